//! What authentik's releases differ in, as far as requests go: the one place
//! that knows versions.
//!
//! A provider that is there shows what this server knows; only where there is
//! none does the version decide. Sources are the release notes and the API
//! descriptions of the releases, see <https://docs.goauthentik.io/releases/>.

use serde_json::{Value, json};

use super::{Provider, RedirectUri, RedirectUris, escape::escaped};
use crate::site::Version;

/// The grant types that Immich's client needs. A server that knows the field
/// gives a provider none of its own accord, and then refuses every login.
pub const GRANT_TYPES: [&str; 2] = ["authorization_code", "refresh_token"];

/// How to talk to one server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// Whether redirect URIs are a list of entries, not lines of a text.
    pub redirect_uri_list: bool,
    /// Whether an entry says what it is for: logins or logouts.
    pub redirect_uri_type: bool,
    /// Whether a provider has an invalidation flow.
    pub invalidation_flow: bool,
    /// Whether a provider lists its grant types.
    pub grant_types: bool,
}

impl Dialect {
    /// The dialect of a server of this version, corrected by what a provider
    /// of its shows. Without either: that of the newest release.
    #[must_use]
    pub fn of(version: Option<&Version>, shown: Option<&Provider>) -> Self {
        let mut dialect = version.map_or(
            Self {
                redirect_uri_list: true,
                redirect_uri_type: true,
                invalidation_flow: true,
                grant_types: true,
            },
            Self::of_version,
        );
        if let Some(provider) = shown {
            dialect.invalidation_flow = provider.raw.contains_key("invalidation_flow");
            dialect.grant_types = provider.raw.contains_key("grant_types");
            match &provider.redirect_uris {
                RedirectUris::Lines(_) => dialect.redirect_uri_list = false,
                RedirectUris::List(entries) => {
                    dialect.redirect_uri_list = true;
                    if let Some(entry) = entries.first() {
                        dialect.redirect_uri_type = entry.kind.is_some();
                    }
                }
            }
        }
        dialect
    }

    fn of_version(version: &Version) -> Self {
        // The list came with a security fix, into two maintained branches at
        // once (CVE-2024-52289): 2024.10.0 to 2024.10.2 still take lines.
        let list = version.at_least(2024, 10, 3)
            || (version.at_least(2024, 8, 5) && !version.at_least(2024, 9, 0));
        Self {
            redirect_uri_list: list,
            redirect_uri_type: version.at_least(2026, 5, 0),
            invalidation_flow: version.at_least(2024, 10, 0),
            // 2026.5.0-rc1 did not have it, but ignores what it does not know.
            grant_types: version.at_least(2026, 5, 0),
        }
    }

    /// Redirect URIs of a provider that is to be made.
    #[must_use]
    pub fn redirect_uris(self, wanted: &[String]) -> RedirectUris {
        let none = if self.redirect_uri_list {
            RedirectUris::List(Vec::new())
        } else {
            RedirectUris::Lines(Vec::new())
        };
        none.with(wanted)
    }

    /// Redirect URIs as they go into a request body. The whole list replaces
    /// what is there, so each entry says all it knows of itself: without its
    /// type a logout entry would become one for logins.
    #[must_use]
    pub fn write(self, uris: &RedirectUris) -> Value {
        match uris {
            RedirectUris::List(entries) if self.redirect_uri_list => {
                entries.iter().map(|entry| self.write_entry(entry)).collect()
            }
            RedirectUris::List(entries) => {
                Value::String(entries.iter().map(line).collect::<Vec<_>>().join("\n"))
            }
            RedirectUris::Lines(lines) if self.redirect_uri_list => {
                lines.iter().map(|line| json!({"matching_mode": "regex", "url": line})).collect()
            }
            RedirectUris::Lines(lines) => Value::String(lines.join("\n")),
        }
    }

    fn write_entry(self, entry: &RedirectUri) -> Value {
        let mut body = json!({"matching_mode": entry.matching_mode, "url": entry.url});
        if let Some(object) = body.as_object_mut() {
            let kind = entry.kind.clone();
            let kind = kind.or_else(|| self.redirect_uri_type.then(|| "authorization".to_owned()));
            if let Some(kind) = kind {
                object.insert("redirect_uri_type".into(), kind.into());
            }
        }
        body
    }
}

fn line(entry: &RedirectUri) -> String {
    if entry.matching_mode == "strict" { escaped(&entry.url) } else { entry.url.clone() }
}
