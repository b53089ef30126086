//! The requests that make what a token needs, in their order.

use reqwest::Method;
use serde_json::json;

use super::{AccessIds, AccessPart, TokenLife, TokenOwner, TokenPart};
use crate::{
    authentik::{
        call::{Call, When},
        path,
    },
    net::{Fills, Hole, Json},
};

impl AccessPart {
    /// The name of what is made or changed.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::MakeAccount { name, .. }
            | Self::MakeRole { name, .. }
            | Self::MakeGroup { name, .. } => name,
        }
    }

    /// The primary key, where the object is there already.
    #[must_use]
    pub fn known(&self) -> Option<&str> {
        match self {
            Self::MakeAccount { .. } => None,
            Self::MakeRole { known, .. } | Self::MakeGroup { known, .. } => known.as_deref(),
        }
    }

    /// Its requests, in their order.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        match self {
            Self::MakeAccount { name, expiring } => make_account(name, *expiring),
            Self::MakeRole { name, known, permissions } => {
                let permits = Call::new(
                    say!("give the role `{name}` its permissions", name),
                    Method::POST,
                    path::role_permissions(known.as_deref()),
                )
                .body(object(&[("permissions", permissions.clone().into())]));
                let what = say!("create the role `{name}`", name);
                let made = Call::new(what, Method::POST, path::ROLES)
                    .body(object(&[("name", name.as_str().into())]));
                if known.is_some() { vec![permits] } else { vec![made, permits] }
            }
            Self::MakeGroup { name, known, account, role, users, roles } => {
                let account = account.map_or(Json::Hole(Hole::Account), Json::from);
                let role = role.as_deref().map_or(Json::Hole(Hole::Role), Json::from);
                let users = with(users.iter().map(|pk| Json::from(*pk)).collect(), account);
                let roles = with(roles.iter().map(|pk| Json::from(pk.as_str())).collect(), role);
                let has = [("users", users), ("roles", roles)];
                vec![match known {
                    Some(pk) => Call::new(
                        say!("give the group `{name}` the account and the role", name),
                        Method::PATCH,
                        path::group(pk),
                    )
                    .body(object(&has)),
                    None => Call::new(
                        say!("create the group `{name}` of the account and the role", name),
                        Method::POST,
                        path::GROUPS,
                    )
                    .body(object(&[&[("name", name.as_str().into())][..], &has].concat())),
                }]
            }
        }
    }
}

fn make_account(name: &str, expiring: bool) -> Vec<Call> {
    let body = json!({"name": name, "create_group": false, "expiring": expiring});
    vec![
        Call::new(
            say!("create the service account `{name}`", name),
            Method::POST,
            path::SERVICE_ACCOUNTS,
        )
        .body(body.into()),
        Call::new(
            say!("delete the app password that every service account gets"),
            Method::DELETE,
            path::token(&format!("service-account-{name}-password")),
        )
        .when(When::Harmless),
    ]
}

impl TokenPart {
    /// Its requests.
    #[must_use]
    pub fn calls(&self) -> TokenCalls {
        let name = &self.identifier;
        let mut body = object(&[
            ("identifier", name.as_str().into()),
            ("intent", "api".into()),
            ("description", "Made by immich-sso to put Immich behind authentik".into()),
            ("expiring", self.life.expires().into()),
        ]);
        if let TokenOwner::Account { account, .. } = &self.owner {
            body = body.with("user", account.map_or(Json::Hole(Hole::Account), Json::from));
        }
        let what = say!("create the API token `{name}`", name);
        let unlimited = self.life == TokenLife::Unlimited;
        TokenCalls {
            create: Call::new(what, Method::POST, path::TOKENS).body(body),
            keep: unlimited.then(|| Call::change_token(name, false).when(When::TokenEnds)),
            read: Call::new(say!("read the token"), Method::GET, path::token_key(name)),
        }
    }
}

/// The requests that make a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenCalls {
    pub(super) create: Call,
    /// Keeps it from ending, where it ends against what was asked for.
    pub(super) keep: Option<Call>,
    /// Reads its text.
    pub(super) read: Call,
}

impl TokenCalls {
    /// All of them, in their order.
    #[must_use]
    pub fn all(self) -> Vec<Call> {
        [self.create].into_iter().chain(self.keep).chain([self.read]).collect()
    }
}

impl AccessIds {
    /// What goes into the holes of requests that name what was made before.
    pub(super) fn fills(&self) -> Fills {
        let mut fills = Fills::default();
        if let Some(account) = self.account {
            fills = fills.with(Hole::Account, account);
        }
        if let Some(role) = self.role.as_deref() {
            fills = fills.with(Hole::Role, role);
        }
        fills
    }
}

fn object(fields: &[(&str, Json)]) -> Json {
    Json::Object(fields.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect())
}

fn with(mut all: Vec<Json>, one: Json) -> Json {
    if !all.contains(&one) {
        all.push(one);
    }
    Json::List(all)
}
