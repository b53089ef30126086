//! Who a client says it is, and whether it knows the secret.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::super::{
    state::{Row, State, text},
    wire::{Call, last},
};

/// What a client sent about itself.
pub(super) struct Credentials {
    pub id: String,
    pub secret: String,
}

/// Reads them; the header wins over the form.
pub(super) fn credentials(state: &State, call: &Call, form: &[(String, String)]) -> Credentials {
    let basic = call.header("authorization").and_then(|header| {
        let (scheme, encoded) = header.split_once(' ')?;
        scheme.eq_ignore_ascii_case("basic").then_some(encoded)
    });
    if let Some(encoded) = basic {
        let decoded =
            STANDARD.decode(encoded.trim()).ok().and_then(|raw| String::from_utf8(raw).ok());
        return match decoded.as_deref().and_then(|text| text.split_once(':')) {
            // RFC 6749 section 2.3.1 wants both URL-encoded; authentik undoes
            // it from 2026.5 on only.
            Some((id, secret)) if state.at(2026, 5) => {
                Credentials { id: unquoted(id), secret: unquoted(secret) }
            }
            Some((id, secret)) => Credentials { id: id.into(), secret: secret.into() },
            None => Credentials { id: String::new(), secret: String::new() },
        };
    }
    let field = |name: &str| last(form, name).unwrap_or_default().to_owned();
    Credentials { id: field("client_id"), secret: field("client_secret") }
}

impl Credentials {
    /// Whether the secret is right. A public client has none; an empty one is
    /// right where an empty one is stored.
    pub fn are_right(&self, provider: &Row) -> bool {
        text(provider, "client_type") == "public" || text(provider, "client_secret") == self.secret
    }
}

/// Python's `unquote`: `%41` is `A`, `+` stays.
fn unquoted(text: &str) -> String {
    let pair = format!("x={}", text.replace('+', "%2B").replace('&', "%26"));
    url::form_urlencoded::parse(pair.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}
