//! Users, their sessions and API keys.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::edition::Edition;
use crate::secret::Secret;

/// A user.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct User {
    pub(super) id: String,
    pub(super) email: String,
    pub(super) name: String,
    pub(super) is_admin: bool,
    pub(super) oauth_id: String,
    pub(super) storage_label: Option<String>,
    pub(super) created: Timestamp,
    password: Option<Secret>,
}

/// An API key.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) permissions: Vec<String>,
    pub(super) owner: String,
    pub(super) created: Timestamp,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    pub(super) users: Vec<User>,
    /// Session tokens, with the user and whether it came by OAuth.
    pub(super) sessions: HashMap<String, (String, bool)>,
    /// Keys by their secrets.
    pub(super) keys: HashMap<String, Key>,
}

impl Accounts {
    pub(super) fn create(
        &mut self,
        email: &str,
        name: &str,
        is_admin: bool,
        password: Option<Secret>,
    ) -> User {
        let user = User {
            id: uuid(),
            email: email.to_owned(),
            name: name.to_owned(),
            is_admin,
            oauth_id: String::new(),
            storage_label: is_admin.then(|| "admin".to_owned()),
            created: Timestamp::now(),
            password,
        };
        self.users.push(user.clone());
        user
    }

    pub(super) fn by_id(&self, id: &str) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    pub(super) fn by_password(&self, email: &str, password: &Secret) -> Option<&User> {
        self.users
            .iter()
            .find(|user| user.email == email && user.password.as_ref() == Some(password))
    }

    pub(super) fn open_session(&mut self, user: &User, oauth: bool) -> String {
        let token = random(42);
        self.sessions.insert(token.clone(), (user.id.clone(), oauth));
        token
    }

    pub(super) fn make_key(
        &mut self,
        owner: &str,
        name: &str,
        permissions: Vec<String>,
    ) -> (String, Key) {
        let secret = random(42);
        let key = Key {
            id: uuid(),
            name: name.to_owned(),
            permissions,
            owner: owner.to_owned(),
            created: Timestamp::now(),
        };
        self.keys.insert(secret.clone(), key.clone());
        (secret, key)
    }

    pub(super) fn listed(&self) -> Vec<Value> {
        self.users.iter().map(User::for_admin).collect()
    }
}

impl User {
    /// As the administrator's list and the user's own page show it.
    pub(super) fn for_admin(&self) -> Value {
        json!({
            "id": self.id,
            "email": self.email,
            "name": self.name,
            "profileImagePath": "",
            "avatarColor": "blue",
            "profileChangedAt": time(self.created),
            "storageLabel": self.storage_label,
            "shouldChangePassword": self.password.is_some(),
            "isAdmin": self.is_admin,
            "createdAt": time(self.created),
            "deletedAt": null,
            "updatedAt": time(self.created),
            "oauthId": self.oauth_id,
            "quotaSizeInBytes": null,
            "quotaUsageInBytes": 0,
            "status": "active",
            "license": null,
        })
    }

    /// As a login answers.
    pub(super) fn login(&self, edition: &Edition, token: &str) -> Value {
        let mut body = json!({
            "accessToken": token,
            "userId": self.id,
            "userEmail": self.email,
            "name": self.name,
            "isAdmin": self.is_admin,
            "profileImagePath": "",
            "shouldChangePassword": self.password.is_some(),
        });
        if edition.has_permissions() {
            body["isOnboarded"] = false.into();
        }
        body
    }
}

impl Key {
    pub(super) fn shown(&self, edition: &Edition) -> Value {
        let mut body = json!({
            "id": self.id,
            "name": self.name,
            "createdAt": time(self.created),
            "updatedAt": time(self.created),
        });
        if edition.has_permissions() {
            body["permissions"] = json!(self.permissions);
        }
        body
    }

    pub(super) fn may(&self, permission: &str) -> bool {
        self.permissions.iter().any(|known| known == "all" || known == permission)
    }
}

fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// Letters and digits out of the machine's random source.
pub(super) fn random(length: usize) -> String {
    // A machine without a random source cannot run a lab; the text is then
    // empty and nothing will let anybody in.
    let secret = Secret::generate().map(|secret| secret.expose().to_owned()).unwrap_or_default();
    secret.chars().take(length).collect()
}

/// A random UUID, version 4.
fn uuid() -> String {
    let mut bytes = [0_u8; 16];
    let _ = getrandom::fill(&mut bytes);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let part = |from: usize, to: usize| hex[from..to].concat();
    format!("{}-{}-{}-{}-{}", part(0, 4), part(4, 6), part(6, 8), part(8, 10), part(10, 16))
}
