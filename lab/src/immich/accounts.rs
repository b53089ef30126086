//! Users, their sessions and API keys.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::edition::Edition;
use crate::{Secret, chance};

/// How long session tokens and keys are.
const TOKEN: usize = 42;

/// Whether an account may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Active,
    /// For seven days it can be restored.
    Deleted,
    /// It is gone in a moment.
    Removing,
}

impl Standing {
    const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Deleted => "deleted",
            Self::Removing => "removing",
        }
    }
}

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
    /// Whoever logs in with a password is asked for another one first.
    pub(super) must_change_password: bool,
    standing: Standing,
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
    /// The token that it came with by OAuth; empty: it came otherwise.
    pub(super) id_token: String,
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
            must_change_password: true,
            standing: Standing::Active,
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

    /// Who is not deleted.
    pub(super) fn active_mut(&mut self) -> impl Iterator<Item = &mut User> {
        self.users.iter_mut().filter(|user| user.standing == Standing::Active)
    }

    fn active(&self) -> impl DoubleEndedIterator<Item = &User> {
        self.users.iter().filter(|user| user.standing == Standing::Active)
    }

    pub(super) fn by_id(&self, id: &str) -> Option<&User> {
        self.active().find(|user| user.id == id)
    }

    pub(super) fn by_password(&self, email: &str, password: &Secret) -> Option<&User> {
        self.active().find(|user| user.email == email && user.password.as_ref() == Some(password))
    }

    pub(super) fn open_session(&mut self, user: &User, id_token: &str) -> String {
        let token = chance::letters(TOKEN);
        let session = Session {
            id: chance::uuid(),
            user: user.id.clone(),
            created: Timestamp::now(),
            id_token: id_token.to_owned(),
        };
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
        self.active().rev().map(|user| user.for_admin(edition)).collect()
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

    /// Changes whether it may be used.
    pub(super) fn stand(&mut self, standing: Standing) {
        self.standing = standing;
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
            "shouldChangePassword": self.must_change_password,
            "isAdmin": self.is_admin,
            "createdAt": time(self.created),
            "deletedAt": (self.standing != Standing::Active).then(|| time(self.updated)),
            "updatedAt": time(self.updated),
            "oauthId": self.oauth_id,
            "quotaSizeInBytes": self.quota,
            "quotaUsageInBytes": 0,
            "status": self.standing.name(),
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
            "shouldChangePassword": self.must_change_password,
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
