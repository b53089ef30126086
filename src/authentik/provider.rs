//! The OAuth2 provider and the application, read from any release.

use serde_json::{Map, Value};

use super::answers::Unreadable;
use crate::secret::Secret;

/// An OAuth2 provider, as authentik has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Provider {
    /// The primary key.
    pub pk: i64,
    /// The name, unique among all providers.
    pub name: String,
    /// `confidential` or `public`.
    pub client_type: String,
    /// The OAuth client id.
    pub client_id: String,
    /// The OAuth client secret; empty when the server does not show it.
    pub client_secret: Secret,
    /// UUID of the flow that asks for consent.
    pub authorization_flow: Option<String>,
    /// UUID of the flow that ends a session. `None`: not set, or before
    /// 2024.10.
    pub invalidation_flow: Option<String>,
    /// UUIDs of the scope mappings.
    pub property_mappings: Vec<String>,
    /// UUID of the key pair that signs tokens. `None`: HS256 with the client
    /// secret.
    pub signing_key: Option<String>,
    /// UUID of the key pair that encrypts tokens. Immich cannot read those.
    pub encryption_key: Option<String>,
    /// Where a browser may be sent back to.
    pub redirect_uris: RedirectUris,
    /// What the client may ask for. `None`: this server does not know the
    /// field (before 2026.5) and permits all.
    pub grant_types: Option<Vec<String>>,
    /// What the subject of a token is made of.
    pub sub_mode: String,
    /// `per_provider` or `global`.
    pub issuer_mode: String,
    /// Slug of the application that uses it, if one does.
    pub assigned_application_slug: Option<String>,
    /// The whole answer without the client secret: what an undo puts back.
    pub raw: Map<String, Value>,
}

impl Provider {
    /// Reads one out of an answer.
    ///
    /// # Errors
    /// Names what is missing.
    pub fn read(answer: Value) -> Result<Self, Unreadable> {
        let Value::Object(mut raw) = answer else {
            return Err(Unreadable::NoProvider);
        };
        let client_secret = match raw.remove("client_secret") {
            Some(Value::String(text)) => Secret::new(text),
            _ => Secret::new(""),
        };
        Ok(Self {
            pk: raw.get("pk").and_then(Value::as_i64).ok_or(Unreadable::ProviderLacks("pk"))?,
            name: text(&raw, "name").ok_or(Unreadable::ProviderLacks("name"))?,
            client_type: text(&raw, "client_type").unwrap_or_default(),
            client_id: text(&raw, "client_id").ok_or(Unreadable::ProviderLacks("client_id"))?,
            client_secret,
            authorization_flow: text(&raw, "authorization_flow"),
            invalidation_flow: text(&raw, "invalidation_flow"),
            property_mappings: texts(raw.get("property_mappings")).unwrap_or_default(),
            signing_key: text(&raw, "signing_key"),
            encryption_key: text(&raw, "encryption_key"),
            redirect_uris: RedirectUris::read(raw.get("redirect_uris")),
            grant_types: texts(raw.get("grant_types")),
            sub_mode: text(&raw, "sub_mode").unwrap_or_default(),
            issuer_mode: text(&raw, "issuer_mode").unwrap_or_default(),
            assigned_application_slug: text(&raw, "assigned_application_slug"),
            raw,
        })
    }
}

/// Where a browser may be sent back to, in the form in which this server
/// keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedirectUris {
    /// A list of entries: from 2024.8.5 and 2024.10.3 on.
    List(Vec<RedirectUri>),
    /// Lines of one text, each of them a regular expression: before that.
    Lines(Vec<String>),
}

/// One entry of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectUri {
    /// `strict` (byte by byte) or `regex`.
    pub matching_mode: String,
    /// The URI, or the regular expression.
    pub url: String,
    /// `authorization` or `logout`. `None`: this server does not know the
    /// field (before 2026.5), which means `authorization`.
    pub kind: Option<String>,
}

impl RedirectUri {
    /// An entry that matches `url` and nothing else.
    pub fn strict(url: impl Into<String>) -> Self {
        Self { matching_mode: "strict".into(), url: url.into(), kind: None }
    }

    /// Whether it is for logins, not for logouts.
    #[must_use]
    pub fn is_for_login(&self) -> bool {
        self.kind.as_deref().is_none_or(|kind| kind == "authorization")
    }

    /// Whether it names exactly `url` for logins. A regular expression that
    /// happens to match does not count.
    #[must_use]
    pub fn is(&self, url: &str) -> bool {
        self.matching_mode == "strict" && self.is_for_login() && self.url == url
    }
}

impl RedirectUris {
    /// Reads them out of a provider's field.
    #[must_use]
    pub fn read(value: Option<&Value>) -> Self {
        match value {
            Some(Value::String(lines)) => {
                Self::Lines(lines.split_whitespace().map(str::to_owned).collect())
            }
            Some(Value::Array(entries)) => Self::List(
                entries
                    .iter()
                    .filter_map(Value::as_object)
                    .map(|entry| RedirectUri {
                        matching_mode: text(entry, "matching_mode").unwrap_or_default(),
                        url: text(entry, "url").unwrap_or_default(),
                        kind: text(entry, "redirect_uri_type"),
                    })
                    .collect(),
            ),
            _ => Self::List(Vec::new()),
        }
    }

    /// Whether `url` is among them by name.
    #[must_use]
    pub fn names(&self, url: &str) -> bool {
        match self {
            Self::List(entries) => entries.iter().any(|entry| entry.is(url)),
            Self::Lines(lines) => {
                lines.iter().any(|line| line == url || *line == super::escape::escaped(url))
            }
        }
    }

    /// The entries for logins as they are stored: URIs, or lines that are
    /// regular expressions. A regular expression of the list is nobody's URI.
    #[must_use]
    pub fn stored(&self) -> Vec<&str> {
        match self {
            Self::List(entries) => entries
                .iter()
                .filter(|entry| entry.matching_mode == "strict" && entry.is_for_login())
                .map(|entry| entry.url.as_str())
                .collect(),
            Self::Lines(lines) => lines.iter().map(String::as_str).collect(),
        }
    }

    /// The same without the entries that [`Self::stored`] spells so.
    #[must_use]
    pub fn without(&self, gone: &[String]) -> Self {
        let goes = |text: &str| gone.iter().any(|other| other == text);
        match self {
            Self::List(entries) => {
                let stays = |entry: &&RedirectUri| {
                    entry.matching_mode != "strict" || !entry.is_for_login() || !goes(&entry.url)
                };
                Self::List(entries.iter().filter(stays).cloned().collect())
            }
            Self::Lines(lines) => {
                Self::Lines(lines.iter().filter(|line| !goes(line)).cloned().collect())
            }
        }
    }

    /// Whether a stored entry is this URI.
    #[must_use]
    pub fn is_stored_as(&self, stored: &str, url: &str) -> bool {
        let is_line = matches!(self, Self::Lines(_));
        stored == url || (is_line && stored == super::escape::escaped(url))
    }

    /// Whether there is none. authentik then trusts the first one that anybody
    /// asks for.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        match self {
            Self::List(entries) => entries.is_empty(),
            Self::Lines(lines) => lines.is_empty(),
        }
    }

    /// The entries as a person reads them, in their order.
    #[must_use]
    pub fn spelled(&self) -> Vec<String> {
        match self {
            Self::List(entries) => entries
                .iter()
                .map(|entry| match (entry.matching_mode.as_str(), entry.is_for_login()) {
                    ("strict", true) => entry.url.clone(),
                    (mode, true) => say!("{url} ({mode})", url = entry.url, mode),
                    ("strict", false) => say!("{url} (logout)", url = entry.url),
                    (mode, false) => say!("{url} ({mode}, logout)", url = entry.url, mode),
                })
                .collect(),
            Self::Lines(lines) => lines.iter().map(|line| super::escape::unescaped(line)).collect(),
        }
    }

    /// These and those of `wanted` that are missing. The wanted ones come
    /// first, in their order, because authentik guesses an application's
    /// launch URL from the first; then all others as they were.
    #[must_use]
    pub fn with(&self, wanted: &[String]) -> Self {
        match self {
            Self::List(entries) => {
                let ours = wanted.iter().map(|url| {
                    entries
                        .iter()
                        .find(|entry| entry.is(url))
                        .cloned()
                        .unwrap_or_else(|| RedirectUri::strict(url.clone()))
                });
                let others =
                    entries.iter().filter(|entry| !wanted.iter().any(|url| entry.is(url))).cloned();
                Self::List(ours.chain(others).collect())
            }
            Self::Lines(lines) => {
                let ours: Vec<String> =
                    wanted.iter().map(|url| super::escape::escaped(url)).collect();
                let others = lines
                    .iter()
                    .filter(|line| !ours.contains(line) && !wanted.contains(line))
                    .cloned();
                Self::Lines(ours.iter().cloned().chain(others).collect())
            }
        }
    }
}

/// An application, as authentik has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Application {
    /// The UUID.
    pub pk: String,
    /// The name on the tile.
    pub name: String,
    /// The slug: part of the issuer.
    pub slug: String,
    /// Primary key of the provider, if one is attached.
    pub provider: Option<i64>,
    /// Where the tile leads, as set; may be empty.
    pub meta_launch_url: String,
    /// Where the tile leads, as authentik works it out.
    pub launch_url: Option<String>,
    /// The whole answer: what an undo puts back.
    pub raw: Map<String, Value>,
}

impl Application {
    /// Reads one out of an answer.
    ///
    /// # Errors
    /// Names what is missing.
    pub fn read(answer: Value) -> Result<Self, Unreadable> {
        let Value::Object(raw) = answer else {
            return Err(Unreadable::NoApplication);
        };
        Ok(Self {
            pk: text(&raw, "pk").ok_or(Unreadable::ApplicationLacks("pk"))?,
            name: text(&raw, "name").ok_or(Unreadable::ApplicationLacks("name"))?,
            slug: text(&raw, "slug").ok_or(Unreadable::ApplicationLacks("slug"))?,
            provider: raw.get("provider").and_then(Value::as_i64),
            meta_launch_url: text(&raw, "meta_launch_url").unwrap_or_default(),
            launch_url: text(&raw, "launch_url"),
            raw,
        })
    }
}

fn text(object: &Map<String, Value>, key: &str) -> Option<String> {
    object.get(key).and_then(Value::as_str).map(str::to_owned)
}

fn texts(value: Option<&Value>) -> Option<Vec<String>> {
    let list = value?.as_array()?;
    Some(list.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}
