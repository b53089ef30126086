//! What authentik answers, as far as this program reads it. Unknown fields
//! are kept or skipped, never refused: releases add, rename and drop some
//! every few months.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::site::SigningAlgorithm;

/// The user that a token or a session belongs to.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Me {
    /// The primary key.
    pub pk: i64,
    /// The login name.
    pub username: String,
    /// Whether everything is permitted.
    #[serde(default)]
    pub is_superuser: bool,
    /// The e-mail address; often empty.
    #[serde(default)]
    pub email: String,
    /// Permissions about authentik itself. Those about providers, flows and
    /// applications are not in it.
    #[serde(default)]
    pub system_permissions: Vec<String>,
    /// All else.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A flow: the stages through which authentik leads a browser.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Flow {
    /// The UUID, which providers refer to.
    pub pk: String,
    /// The slug, which people refer to.
    pub slug: String,
    /// The name.
    #[serde(default)]
    pub name: String,
    /// `authorization`, `invalidation`, `authentication` and others.
    #[serde(default)]
    pub designation: String,
}

/// What a flow is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Designation {
    /// Asks for consent, or does not, before a code is issued.
    Authorization,
    /// Ends a session.
    Invalidation,
    /// Signs somebody in.
    Authentication,
}

impl Designation {
    /// The name in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Authorization => "authorization",
            Self::Invalidation => "invalidation",
            Self::Authentication => "authentication",
        }
    }
}

/// What a scope adds to the claims of a token.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ScopeMapping {
    /// The UUID, which providers refer to.
    pub pk: String,
    /// The name.
    #[serde(default)]
    pub name: String,
    /// The scope: `openid`, `email`, `profile`.
    pub scope_name: String,
    /// The name under which authentik itself maintains it, if it does.
    #[serde(default)]
    pub managed: Option<String>,
}

/// A certificate with its private key.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct KeyPair {
    /// The UUID, which providers refer to.
    pub pk: String,
    /// The name.
    pub name: String,
    /// `rsa`, `ec`, `ed25519` and others, if the server says so. The field was
    /// called `private_key_type` before 2025.12.
    #[serde(default, alias = "private_key_type")]
    pub key_type: Option<String>,
    /// When the certificate expires.
    #[serde(default)]
    pub cert_expiry: Option<Timestamp>,
    /// Whether the private key is there.
    #[serde(default)]
    pub private_key_available: bool,
}

impl KeyPair {
    /// Whether tokens signed with it carry RS256, which Immich expects unless
    /// told otherwise.
    #[must_use]
    pub fn is_rsa(&self) -> bool {
        self.key_type.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("rsa"))
    }

    /// Whether it may be one that signs so: true where the server does not say
    /// of which type it is. The curve of a key is never said.
    #[must_use]
    pub fn may_sign(&self, algorithm: SigningAlgorithm) -> bool {
        algorithm.key_type().is_some_and(|wanted| {
            self.key_type.as_deref().is_none_or(|kind| kind.eq_ignore_ascii_case(wanted))
        })
    }
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct User {
    /// The primary key.
    pub pk: i64,
    /// The login name.
    pub username: String,
    /// The full name.
    #[serde(default)]
    pub name: String,
    /// The e-mail address; often empty.
    #[serde(default)]
    pub email: String,
    /// Whether the user may sign in.
    #[serde(default = "yes")]
    pub is_active: bool,
    /// `internal`, `external`, `service_account` and others.
    #[serde(default, rename = "type")]
    pub kind: String,
    /// A digest of the primary key and of what names this installation: another
    /// installation gives the same user another one.
    #[serde(default)]
    pub uid: String,
    /// The UUID.
    #[serde(default)]
    pub uuid: String,
    /// What administrators noted.
    #[serde(default)]
    pub attributes: Map<String, Value>,
}

impl User {
    /// The subject that tokens carry for this user, by the provider's
    /// `sub_mode`. `None`: this program does not know the mode.
    #[must_use]
    pub fn subject(&self, sub_mode: &str) -> Option<String> {
        Some(match sub_mode {
            "" | "hashed_user_id" => self.uid.clone(),
            "user_id" => self.pk.to_string(),
            "user_uuid" => self.uuid.clone(),
            "user_username" => self.username.clone(),
            "user_email" => self.email.clone(),
            "user_upn" => {
                let upn = self.attributes.get("upn").and_then(Value::as_str);
                upn.map_or_else(|| self.uid.clone(), str::to_owned)
            }
            _ => return None,
        })
    }
}

const fn yes() -> bool {
    true
}

/// The addresses that authentik advertises for a provider. Those that are made
/// of the application's slug are missing until there is an application.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SetupUrls {
    /// The issuer.
    pub issuer: Option<String>,
    /// The authorization endpoint.
    pub authorize: Option<String>,
    /// The token endpoint.
    pub token: Option<String>,
    /// The userinfo endpoint.
    pub user_info: Option<String>,
    /// The discovery document.
    pub provider_info: Option<String>,
    /// The end-session endpoint.
    pub logout: Option<String>,
    /// The signing keys.
    pub jwks: Option<String>,
}

/// One page of a list.
#[derive(Debug, Deserialize)]
pub(super) struct Page {
    #[serde(default)]
    pub pagination: Pagination,
    pub results: Vec<Value>,
}

/// Where a page is in its list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Pagination {
    /// The number of the next page; 0 on the last. A float in some releases.
    pub next: f64,
    /// How many rows the whole list has; a number, where it is told.
    pub count: Value,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_what_the_providers_mode_makes_it() {
        let user: User = serde_json::from_value(serde_json::json!({
            "pk": 7, "username": "alice", "email": "alice@example.com", "uid": "digest",
            "uuid": "u-u-i-d", "attributes": {"upn": "alice@corp.example.com"},
        }))
        .unwrap();
        for (mode, subject) in [
            ("hashed_user_id", Some("digest")),
            ("user_id", Some("7")),
            ("user_uuid", Some("u-u-i-d")),
            ("user_username", Some("alice")),
            ("user_email", Some("alice@example.com")),
            ("user_upn", Some("alice@corp.example.com")),
            ("of_a_later_release", None),
        ] {
            assert_eq!(user.subject(mode).as_deref(), subject, "{mode}");
        }
    }
}
