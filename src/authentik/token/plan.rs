//! Working out what a token takes.

use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Gives, PlannedCall, TokenPlan, TokenWish, spelled};
use crate::{
    authentik::{Client, Permission, answers::fault, path},
    site::{Fault, FaultKind},
};

/// How many numbers are tried where a name is taken.
const NUMBERS: u32 = 50;

impl Client {
    /// Plans a token with least rights: for a superuser a role with exactly
    /// the permissions and a service account of its own, for anybody else a
    /// token of the user's, which permits what the user may do. Reads only.
    pub async fn plan_token(&self, wish: &TokenWish) -> Result<TokenPlan, Fault> {
        let me = self.me().await?;
        let name = self.free_name(&wish.identifier, me.is_superuser).await?;
        let mut plan = TokenPlan {
            lines: Vec::new(),
            calls: Vec::new(),
            fallback: Vec::new(),
            identifier: name.clone(),
            username: me.username.clone(),
            wanted_expiry: wish.expires,
        };
        let own = own_token(&name, wish.expires);
        if me.is_superuser {
            plan.username.clone_from(&name);
            plan.lines = vec![
                format!(
                    "A service account `{name}` is made, with a role and a group of the same name."
                ),
                format!("The role permits {} and nothing else.", listed(&wish.permissions)),
                format!("The service account gets an API token `{name}`{}.", until(wish.expires)),
                format!(
                    "Should authentik refuse that, what was made is deleted, and you ({}) get the token instead: it then permits all that you may do.",
                    me.username
                ),
            ];
            plan.calls = dedicated(&name, wish);
            plan.fallback = own;
        } else {
            plan.lines = vec![
                format!("You ({}) get an API token `{name}`{}.", me.username, until(wish.expires)),
                "It permits what you may do: only a superuser can make a service account with less.".into(),
            ];
            plan.calls = own;
        }
        if wish.expires.is_some() {
            plan.lines.push("authentik may end it sooner: its setting “Default token duration” decides, which is 30 minutes unless somebody changed it.".into());
        }
        Ok(plan)
    }

    /// The first of `name`, `name-2`, `name-3` that nothing has yet.
    async fn free_name(&self, name: &str, with_account: bool) -> Result<String, Fault> {
        for number in 1..=NUMBERS {
            let candidate = if number == 1 { name.to_owned() } else { format!("{name}-{number}") };
            if !self.is_taken(&candidate, with_account).await? {
                return Ok(candidate);
            }
        }
        Err(fault(FaultKind::Refused, "find a name for the token")
            .answered(format!("`{name}` and {NUMBERS} numbers after it are taken"))
            .remedy("Delete the old tokens: in authentik, Directory, Tokens and App passwords."))
    }

    async fn is_taken(&self, name: &str, with_account: bool) -> Result<bool, Fault> {
        let tried = "find a name for the token";
        let query = path::query(name);
        let mut lists = vec![(format!("{}?identifier={query}&", path::TOKENS), "identifier")];
        if with_account {
            lists.push((format!("{}?username={query}&", path::USERS), "username"));
            lists.push((format!("{}?name={query}&", path::GROUPS), "name"));
            lists.push((format!("{}?name={query}&", path::ROLES), "name"));
        }
        for (list, key) in lists {
            let rows = self.rows(tried, &list).await?;
            if rows.iter().any(|row| row.get(key).and_then(Value::as_str) == Some(name)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn call(what: String, path: impl Into<String>, body: Value, gives: Gives) -> PlannedCall {
    PlannedCall { what, method: Method::POST, path: path.into(), body: Some(body), gives }
}

/// A service account with a role that permits just what is wished for.
fn dedicated(name: &str, wish: &TokenWish) -> Vec<PlannedCall> {
    let codenames: Vec<&str> = wish.permissions.iter().map(|need| need.codename()).collect();
    let mut account =
        json!({"name": name, "create_group": false, "expiring": wish.expires.is_some()});
    if let (Some(fields), Some(expires)) = (account.as_object_mut(), wish.expires) {
        fields.insert("expires".into(), spelled(expires).into());
    }
    let mut calls = vec![
        call(
            format!("Make the service account `{name}`"),
            path::SERVICE_ACCOUNTS,
            account,
            Gives::User,
        ),
        PlannedCall {
            what: "Delete the app password that every service account is given".into(),
            method: Method::DELETE,
            path: path::token(&format!("service-account-{name}-password")),
            body: None,
            gives: Gives::Nothing,
        },
        call(format!("Make the role `{name}`"), path::ROLES, json!({"name": name}), Gives::Role),
        call(
            "Give the role its permissions".into(),
            "/api/v3/rbac/permissions/assigned_by_roles/{role}/assign/",
            json!({"permissions": codenames}),
            Gives::Permissions,
        ),
        call(
            format!("Make the group `{name}` of the account and the role"),
            path::GROUPS,
            json!({"name": name, "users": ["{user}"], "roles": ["{role}"]}),
            Gives::Group,
        ),
    ];
    calls.extend(token(name, wish.expires, true));
    calls
}

/// A token of whoever asks.
fn own_token(name: &str, expires: Option<Timestamp>) -> Vec<PlannedCall> {
    token(name, expires, false)
}

fn token(name: &str, expires: Option<Timestamp>, of_account: bool) -> Vec<PlannedCall> {
    let mut body = json!({
        "identifier": name,
        "intent": "api",
        "description": "Made by immich-sso to put Immich behind authentik",
        "expiring": expires.is_some(),
    });
    if let Some(fields) = body.as_object_mut() {
        if let Some(expires) = expires {
            fields.insert("expires".into(), spelled(expires).into());
        }
        if of_account {
            fields.insert("user".into(), "{user}".into());
        }
    }
    vec![
        call(format!("Make the API token `{name}`"), path::TOKENS, body, Gives::Token),
        PlannedCall {
            what: "Read the token".into(),
            method: Method::GET,
            path: path::token_key(name),
            body: None,
            gives: Gives::Key,
        },
    ]
}

fn until(expires: Option<Timestamp>) -> String {
    expires.map_or_else(
        || ", which lasts until it is deleted".into(),
        |at| format!(", asked for until {}", spelled(at)),
    )
}

fn listed(permissions: &[Permission]) -> String {
    let names: Vec<&str> = permissions
        .iter()
        .map(|need| need.codename().split('.').next_back().unwrap_or_default())
        .collect();
    names.join(", ")
}
