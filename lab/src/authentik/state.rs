//! What an authentik remembers.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::{
    keys::{AddedKey, SigningKey},
    mishap::Mishap,
};
use crate::Version;

/// The fields of one object, as the API shows or stores them.
pub(super) type Row = Map<String, Value>;

/// A user.
#[derive(Clone, Debug)]
pub(super) struct User {
    pub pk: i64,
    pub username: String,
    pub name: String,
    pub email: String,
    pub is_active: bool,
    pub password: Option<String>,
    pub totp: Option<Vec<u8>>,
    pub kind: String,
    pub path: String,
    pub uuid: String,
    pub attributes: Value,
    pub joined: Timestamp,
    pub last_login: Option<Timestamp>,
    pub password_changed: Timestamp,
}

/// A group; its roles are its members'.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub pk: String,
    pub num_pk: i64,
    pub name: String,
    pub is_superuser: bool,
    pub users: Vec<i64>,
    pub roles: Vec<String>,
    pub attributes: Value,
}

/// A role and what it permits, as `app_label.codename`.
#[derive(Clone, Debug)]
pub(super) struct Role {
    pub pk: String,
    pub name: String,
    pub permissions: BTreeSet<String>,
}

/// An API token or app password.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub pk: String,
    pub identifier: String,
    pub intent: String,
    pub user: i64,
    pub description: String,
    /// Shown even where it does not apply, as authentik does.
    pub expires: Timestamp,
    pub expiring: bool,
    pub key: String,
    /// Who made it, and may therefore read its key.
    pub maker: i64,
}

/// What a browser asked the authorization endpoint for.
#[derive(Clone, Debug)]
pub(super) struct AuthorizeRequest {
    pub provider: i64,
    pub redirect_uri: String,
    pub scopes: Vec<String>,
    pub state: Option<String>,
    pub nonce: Option<String>,
    /// PKCE: the challenge and whether it is S256.
    pub challenge: Option<(String, bool)>,
}

/// An authorization code that is not redeemed yet.
#[derive(Clone, Debug)]
pub(super) struct Code {
    pub pk: i64,
    pub text: String,
    pub user: i64,
    pub asked: AuthorizeRequest,
    pub expires: Timestamp,
    pub auth_time: Timestamp,
    pub sid: String,
}

/// An access or refresh token that a client has got.
#[derive(Clone, Debug)]
pub(super) struct Grant {
    pub pk: i64,
    pub token: String,
    pub provider: i64,
    pub user: i64,
    pub scopes: Vec<String>,
    pub nonce: Option<String>,
    pub expires: Timestamp,
    pub auth_time: Timestamp,
    pub sid: String,
    /// The claims of the id token that was issued with it.
    pub claims: Row,
    pub revoked: bool,
}

/// A browser.
#[derive(Clone, Debug, Default)]
pub(super) struct Session {
    pub user: Option<i64>,
    pub auth_time: Timestamp,
    pub csrf: String,
    pub walk: Option<Walk>,
    /// The authorization that waits for a consent flow.
    pub pending: Option<AuthorizeRequest>,
}

/// Where a browser is in a flow.
#[derive(Clone, Debug, Default)]
pub(super) struct Walk {
    pub flow: String,
    pub stage: Stage,
    /// What was typed as user name.
    pub typed: String,
    pub failures: u8,
    pub consent: String,
}

/// A stage of a flow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Stage {
    #[default]
    Identification,
    Password,
    Totp,
    Login,
    Consent,
    Leave,
}

/// Everything.
pub(super) struct State {
    pub version: Version,
    pub page_size: Option<usize>,
    pub install: String,
    pub brand: String,
    pub providers: Vec<Row>,
    pub applications: Vec<Row>,
    pub flows: Vec<Row>,
    pub mappings: Vec<Row>,
    pub key_pair: String,
    pub key: OnceLock<Option<SigningKey>>,
    /// Key pairs beside that one.
    pub added_keys: Vec<AddedKey>,
    pub born: Timestamp,
    pub users: Vec<User>,
    pub groups: Vec<Group>,
    pub roles: Vec<Role>,
    pub tokens: Vec<Token>,
    /// How long API tokens last: `default_token_duration`.
    pub token_duration: String,
    pub bindings: Vec<Row>,
    pub events: Vec<Row>,
    pub codes: Vec<Code>,
    pub access_tokens: Vec<Grant>,
    pub refresh_tokens: Vec<Grant>,
    pub sessions: BTreeMap<String, Session>,
    /// Who consented to which provider and scopes, until when.
    pub consents: Vec<(i64, i64, Vec<String>, Timestamp)>,
    /// "My applications": per user and page, and the filters are not part of
    /// the key.
    pub listed: BTreeMap<(i64, String), Vec<String>>,
    pub mishaps: Vec<Mishap>,
    pub log: Vec<super::Seen>,
    /// How far the clock of this authentik is ahead.
    pub ahead: SignedDuration,
    serial: i64,
    last_provider: i64,
}

impl State {
    pub fn empty(version: Version, page_size: Option<usize>) -> Self {
        Self {
            version,
            page_size,
            install: super::chance::hex(),
            brand: super::chance::uuid(),
            providers: Vec::new(),
            applications: Vec::new(),
            flows: Vec::new(),
            mappings: Vec::new(),
            key_pair: super::chance::uuid(),
            key: OnceLock::new(),
            added_keys: Vec::new(),
            born: Timestamp::now(),
            users: Vec::new(),
            groups: Vec::new(),
            roles: Vec::new(),
            tokens: Vec::new(),
            token_duration: super::settings::TOKEN_DURATION.into(),
            bindings: Vec::new(),
            events: Vec::new(),
            codes: Vec::new(),
            access_tokens: Vec::new(),
            refresh_tokens: Vec::new(),
            sessions: BTreeMap::new(),
            consents: Vec::new(),
            listed: BTreeMap::new(),
            mishaps: Vec::new(),
            log: Vec::new(),
            ahead: SignedDuration::ZERO,
            serial: 0,
            last_provider: 0,
        }
    }

    /// Whether this release behaves like `year.month`; its candidates do.
    pub fn at(&self, year: u32, month: u32) -> bool {
        self.version.at_least(year, month, 0)
    }

    /// Whether `year.month` has been released: its candidates lacked a few
    /// fields.
    pub fn released(&self, year: u32, month: u32) -> bool {
        self.version >= Version::new(year, month, 0)
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::now().checked_add(self.ahead).unwrap_or(Timestamp::MAX)
    }

    pub const fn next(&mut self) -> i64 {
        self.serial += 1;
        self.serial
    }

    /// The number of a new provider. Numbers are never used twice.
    pub fn provider_serial(&mut self, taken: i64) -> i64 {
        self.last_provider = self.last_provider.max(taken) + 1;
        self.last_provider
    }

    pub fn user(&self, pk: i64) -> Option<&User> {
        self.users.iter().find(|user| user.pk == pk)
    }

    pub fn user_mut(&mut self, pk: i64) -> Option<&mut User> {
        self.users.iter_mut().find(|user| user.pk == pk)
    }

    /// A user by what may be typed at the login: user name or e-mail address.
    pub fn user_typed(&self, typed: &str) -> Option<&User> {
        self.users.iter().find(|user| {
            user.username == typed || (!typed.is_empty() && user.email.eq_ignore_ascii_case(typed))
        })
    }

    pub fn groups_of(&self, user: i64) -> impl Iterator<Item = &Group> {
        self.groups.iter().filter(move |group| group.users.contains(&user))
    }

    pub fn is_superuser(&self, user: i64) -> bool {
        self.groups_of(user).any(|group| group.is_superuser)
    }

    /// Whether a user's roles permit something.
    pub fn permits(&self, user: i64, permission: &str) -> bool {
        self.is_superuser(user)
            || self
                .groups_of(user)
                .flat_map(|group| &group.roles)
                .filter_map(|pk| self.roles.iter().find(|role| role.pk == *pk))
                .any(|role| role.permissions.contains(permission))
    }

    /// The subject of tokens, and the `uid` of the API.
    pub fn uid(&self, user: i64) -> String {
        let text = format!("{user}-{}", self.install);
        let hash = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
        super::chance::hex_of(hash.as_ref())
    }

    pub fn provider(&self, pk: i64) -> Option<&Row> {
        self.providers.iter().find(|row| int(row, "pk") == Some(pk))
    }

    pub fn provider_of_client(&self, client_id: &str) -> Option<&Row> {
        self.providers.iter().find(|row| text(row, "client_id") == client_id)
    }

    pub fn application_of(&self, provider: i64) -> Option<&Row> {
        self.applications.iter().find(|row| int(row, "provider") == Some(provider))
    }

    pub fn application(&self, slug: &str) -> Option<&Row> {
        self.applications.iter().find(|row| text(row, "slug") == slug)
    }

    /// The mappings that a provider uses, in the order in which authentik
    /// keeps them.
    pub fn mappings_of<'a>(&'a self, provider: &'a Row) -> impl Iterator<Item = &'a Row> {
        let chosen = provider.get("property_mappings").and_then(Value::as_array);
        self.mappings.iter().filter(move |mapping| {
            chosen.is_some_and(|list| list.iter().any(|pk| Some(pk) == mapping.get("pk")))
        })
    }

    /// Whether policies let a user into an application: no binding lets in
    /// everybody.
    pub fn lets_in(&self, application: &Row, user: i64) -> bool {
        let mut bound = self
            .bindings
            .iter()
            .filter(|row| row.get("target") == application.get("pk"))
            .filter(|row| row.get("enabled") != Some(&Value::Bool(false)))
            .peekable();
        if bound.peek().is_none() {
            return true;
        }
        bound.any(|row| {
            let in_group = self.groups_of(user).any(|group| text(row, "group") == group.pk);
            let hit = in_group || int(row, "user") == Some(user);
            hit != (row.get("negate") == Some(&Value::Bool(true)))
        })
    }
}

/// A field's text, or nothing.
pub(super) fn text<'a>(row: &'a Row, key: &str) -> &'a str {
    row.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// A field's number.
pub(super) fn int(row: &Row, key: &str) -> Option<i64> {
    row.get(key).and_then(Value::as_i64)
}

/// A time as authentik writes it.
pub(super) fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}
