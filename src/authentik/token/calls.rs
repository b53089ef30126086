//! The requests that make what a token needs: built once, shown before they
//! are sent, and sent as they were shown.

use reqwest::Method;
use serde_json::{Value, json};

use super::{AccessIds, AccessPart, PlannedCall, TokenOwner, TokenPart};
use crate::authentik::path;

/// Stands for the account that is made right before.
const ACCOUNT: &str = "{account}";
/// Stands for the role that is made right before.
const ROLE: &str = "{role}";

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
    pub fn calls(&self) -> Vec<PlannedCall> {
        match self {
            Self::MakeAccount { name, expiring } => vec![
                call(
                    say!("create the service account `{name}`", name),
                    Method::POST,
                    path::SERVICE_ACCOUNTS,
                    Some(json!({"name": name, "create_group": false, "expiring": expiring})),
                ),
                PlannedCall {
                    optional: true,
                    ..call(
                        say!("delete the app password that every service account gets"),
                        Method::DELETE,
                        path::token(&format!("service-account-{name}-password")),
                        None,
                    )
                },
            ],
            Self::MakeRole { name, known, permissions } => {
                let permits = call(
                    say!("give the role `{name}` its permissions", name),
                    Method::POST,
                    known.as_deref().map_or_else(
                        || format!("/api/v3/rbac/permissions/assigned_by_roles/{ROLE}/assign/"),
                        path::role_permissions,
                    ),
                    Some(json!({"permissions": permissions})),
                );
                let made = call(
                    say!("create the role `{name}`", name),
                    Method::POST,
                    path::ROLES,
                    Some(json!({"name": name})),
                );
                if known.is_some() { vec![permits] } else { vec![made, permits] }
            }
            Self::MakeGroup { name, known, account, role, users, roles } => {
                let account = account.map_or_else(|| json!(ACCOUNT), Value::from);
                let role = role.as_ref().map_or_else(|| json!(ROLE), |role| json!(role));
                let users = with(users.iter().map(|pk| json!(pk)).collect(), account);
                let roles = with(roles.iter().map(|pk| json!(pk)).collect(), role);
                vec![match known {
                    Some(pk) => call(
                        say!("give the group `{name}` the account and the role", name),
                        Method::PATCH,
                        path::group(pk),
                        Some(json!({"users": users, "roles": roles})),
                    ),
                    None => call(
                        say!("create the group `{name}` of the account and the role", name),
                        Method::POST,
                        path::GROUPS,
                        Some(json!({"name": name, "users": users, "roles": roles})),
                    ),
                }]
            }
        }
    }
}

impl TokenPart {
    /// Its requests, in their order: it is made, and its text is read.
    #[must_use]
    pub fn calls(&self) -> [PlannedCall; 2] {
        let name = &self.identifier;
        let mut body = json!({
            "identifier": name,
            "intent": "api",
            "description": "Made by immich-sso to put Immich behind authentik",
            "expiring": self.life.expires(),
        });
        if let TokenOwner::Account { account, .. } = &self.owner {
            body["user"] = account.map_or_else(|| json!(ACCOUNT), Value::from);
        }
        [
            call(
                say!("create the API token `{name}`", name),
                Method::POST,
                path::TOKENS,
                Some(body),
            ),
            call(say!("read the token"), Method::GET, path::token_key(name), None),
        ]
    }
}

impl AccessIds {
    /// A path with what was made before in place of the holes.
    pub(super) fn fill_path(&self, path: &str) -> String {
        path.replace(ROLE, &path::segment(self.role.as_deref().unwrap_or_default()))
    }

    /// The same for a body.
    pub(super) fn fill(&self, body: &Value) -> Value {
        match body {
            Value::String(text) if text == ACCOUNT => json!(self.account),
            Value::String(text) if text == ROLE => json!(self.role),
            Value::Array(items) => items.iter().map(|item| self.fill(item)).collect(),
            Value::Object(fields) => {
                fields.iter().map(|(key, value)| (key.clone(), self.fill(value))).collect()
            }
            other => other.clone(),
        }
    }
}

fn with(mut all: Vec<Value>, one: Value) -> Vec<Value> {
    if !all.contains(&one) {
        all.push(one);
    }
    all
}

fn call(what: String, method: Method, path: impl Into<String>, body: Option<Value>) -> PlannedCall {
    PlannedCall { what, method, path: path.into(), body, optional: false }
}
