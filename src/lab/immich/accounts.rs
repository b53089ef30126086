//! Users, their sessions and API keys.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::edition::Edition;
use crate::{lab::chance, secret::Secret};

/// How long session tokens and keys are.
const TOKEN: usize = 42;

/// A user.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct User {
    pub(super) id: String,
    pub(super) email: String,
    pub(super) name: String,
    pub(super) is_admin: bool,
    /// The subject at the provider; empty: not linked.
    pub(super) oauth_id: String,
    pub(super) storage_label: Option<String>,
    /// In bytes; `None`: without limit.
    pub(super) quota: Option<u64>,
    created: Timestamp,
    updated: Timestamp,
    password: Option<Secret>,
}

/// Who holds a session.
#[derive(Clone, Debug)]
pub(super) struct Session {
    id: String,
    pub(super) user: String,
    created: Timestamp,
    /// Whether it came by OAuth.
    pub(super) oauth: bool,
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
    /// Sessions by their tokens.
    pub(super) sessions: HashMap<String, Session>,
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
        let now = Timestamp::now();
        let user = User {
            id: chance::uuid(),
            email: email.to_owned(),
            name: name.to_owned(),
            is_admin,
            oauth_id: String::new(),
            storage_label: is_admin.then(|| "admin".to_owned()),
            quota: None,
            created: now,
            updated: now,
            password,
        };
        self.users.push(user.clone());
        user
    }

    pub(super) fn has_admin(&self) -> bool {
        self.users.iter().any(|user| user.is_admin)
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
        let token = chance::letters(TOKEN);
        let (id, created) = (chance::uuid(), Timestamp::now());
        let session = Session { id, user: user.id.clone(), created, oauth };
        self.sessions.insert(token.clone(), session);
        token
    }

    /// A user's sessions, the newest first.
    pub(super) fn sessions_of(&self, user: &str) -> Vec<Value> {
        let mut own: Vec<&Session> =
            self.sessions.values().filter(|session| session.user == user).collect();
        own.sort_by_key(|session| std::cmp::Reverse(session.created));
        own.into_iter().map(Session::for_admin).collect()
    }

    pub(super) fn make_key(
        &mut self,
        owner: &str,
        name: &str,
        permissions: Vec<String>,
    ) -> (String, Key) {
        let secret = chance::letters(TOKEN);
        let key = Key {
            id: chance::uuid(),
            name: name.to_owned(),
            permissions,
            owner: owner.to_owned(),
            created: Timestamp::now(),
        };
        self.keys.insert(secret.clone(), key.clone());
        (secret, key)
    }

    /// All users, the newest first.
    pub(super) fn listed(&self, edition: &Edition) -> Vec<Value> {
        self.users.iter().rev().map(|user| user.for_admin(edition)).collect()
    }
}

impl Session {
    fn for_admin(&self) -> Value {
        json!({
            "id": self.id,
            "createdAt": time(self.created),
            "updatedAt": time(self.created),
            "current": false,
            "appVersion": null,
            "deviceOS": "",
            "deviceType": "",
            "isPendingSyncReset": false,
        })
    }
}

impl User {
    /// Links it to a subject at the provider, or, with an empty one, to none.
    pub(super) fn link(&mut self, subject: &str) {
        subject.clone_into(&mut self.oauth_id);
        self.updated = Timestamp::now();
    }

    /// As the administrator's list and the user's own page show it.
    pub(super) fn for_admin(&self, edition: &Edition) -> Value {
        let mut body = json!({
            "id": self.id,
            "email": self.email,
            "name": self.name,
            "profileImagePath": "",
            "avatarColor": "blue",
            "storageLabel": self.storage_label,
            "shouldChangePassword": true,
            "isAdmin": self.is_admin,
            "createdAt": time(self.created),
            "deletedAt": null,
            "updatedAt": time(self.updated),
            "oauthId": self.oauth_id,
            "quotaSizeInBytes": self.quota,
            "quotaUsageInBytes": 0,
            "status": "active",
        });
        if !edition.has_plural_paths() {
            body["memoriesEnabled"] = true.into();
        }
        if edition.since(1, 118, 0) {
            body["profileChangedAt"] = time(self.created).into();
        }
        if edition.since(1, 111, 0) {
            body["license"] = Value::Null;
        }
        if edition.has_admin_config() {
            body["clusterGroupId"] = self.id.clone().into();
        }
        body
    }

    /// As other users see it.
    pub(super) fn for_others(&self, edition: &Edition) -> Value {
        let mut body = json!({
            "id": self.id,
            "email": self.email,
            "name": self.name,
            "profileImagePath": "",
            "avatarColor": "blue",
        });
        if edition.since(1, 118, 0) {
            body["profileChangedAt"] = time(self.created).into();
        }
        body
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
            "shouldChangePassword": true,
        });
        if edition.since(1, 135, 0) {
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
