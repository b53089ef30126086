//! What a request carried in its body that its answer must not be shown with.

use std::collections::HashSet;

use reqwest::{
    StatusCode,
    header::{HeaderMap, SET_COOKIE},
};
use serde_json::Value;
use url::Url;

use super::{
    request::{Auth, Body, Request, wipe},
    target::has_user,
};
use crate::secret::{Known, names_secret};

/// Answers up to this size are searched for secrets that they bring, in bytes.
/// What is larger describes the API and holds none.
const LEARNED: usize = 1 << 20;

/// Names under which servers say what is wrong, whatever was sent.
const GENERIC: [&str; 14] = [
    "code",
    "component",
    "detail",
    "error",
    "error_description",
    "errors",
    "message",
    "non_field_errors",
    "path",
    "response_errors",
    "status",
    "statusCode",
    "string",
    "type",
];

/// The fields that a body had, and what stood in them.
pub(super) struct Carried {
    fields: HashSet<String>,
    secrets: Known,
}

impl Carried {
    /// What a body carries; `None`: nothing secret. What is one by its name is
    /// known from now on.
    pub(super) fn by(body: &Body, known: &Known) -> Option<Self> {
        let mut carried = Self { fields: HashSet::new(), secrets: Known::default() };
        let mut is_secret = false;
        match body {
            Body::Empty => {}
            Body::Json(value) | Body::Text { says: value, .. } => {
                carried.take("", value, known, &mut is_secret);
            }
            Body::Form(fields) => {
                for (key, value) in fields {
                    carried.text(key, value, known, &mut is_secret);
                }
            }
        }
        is_secret.then_some(carried)
    }

    /// What stood in its fields.
    pub(super) const fn secrets(&self) -> &Known {
        &self.secrets
    }

    /// Whether that is a field of the body, or a name under which a server says
    /// what is wrong.
    pub(super) fn has(&self, field: &str) -> bool {
        GENERIC.contains(&field) || self.fields.contains(field)
    }

    fn take(&mut self, key: &str, value: &Value, known: &Known, is_secret: &mut bool) {
        match value {
            Value::String(text) => self.text(key, text, known, is_secret),
            Value::Array(items) => {
                for item in items {
                    self.take(key, item, known, is_secret);
                }
            }
            Value::Object(fields) => {
                for (key, value) in fields {
                    self.fields.insert(key.clone());
                    self.take(key, value, known, is_secret);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn text(&mut self, key: &str, text: &str, known: &Known, is_secret: &mut bool) {
        const LONG: usize = 16;
        self.fields.insert(key.to_owned());
        let names_secret = names_secret(key) && !text.is_empty();
        if names_secret {
            known.learn_text(text);
        }
        *is_secret |= names_secret || known.is_in(text);
        // Other people's values go out beside ours: nobody knows which of them
        // are secret. Ordinary words are shorter.
        if names_secret || text.len() >= LONG {
            self.secrets.learn_text(text);
        }
    }
}

/// Remembers who asks, and says what the body carries.
pub(super) fn learn_request(request: &Request, known: &Known) -> Option<Carried> {
    match &request.auth {
        None => {}
        Some(Auth::Bearer(secret) | Auth::ApiKey(secret)) => known.learn(secret),
        Some(Auth::Cookies(cookies)) => {
            cookies.expose().split(';').for_each(|cookie| learn_cookie(cookie, known));
        }
    }
    Carried::by(&request.body, known)
}

/// Remembers what an answer brings: cookies, and what stands under the name of
/// a secret.
pub(super) fn learn_answer(status: StatusCode, headers: &HeaderMap, body: &[u8], known: &Known) {
    for line in headers.get_all(SET_COOKIE).iter().filter_map(|line| line.to_str().ok()) {
        learn_cookie(line.split(';').next().unwrap_or_default(), known);
    }
    if status.is_success()
        && body.len() <= LEARNED
        && let Ok(mut value) = serde_json::from_slice(body)
    {
        learn_from(&value, known);
        wipe(&mut value);
    }
}

/// A cookie's value, if it is no mere word.
fn learn_cookie(cookie: &str, known: &Known) {
    const WORD: usize = 16;
    if let Some((_, value)) = cookie.split_once('=').filter(|(_, value)| value.len() >= WORD) {
        known.learn_text(value.trim().trim_matches('"'));
    }
}

/// Remembers what stands under the name of a secret. authentik shows an ID token
/// as the JSON text of its claims: addresses and names, of which only what is
/// named as a secret itself is one.
fn learn_named(text: &str, known: &Known) {
    match serde_json::from_str::<Value>(text) {
        Ok(mut claims @ Value::Object(_)) => {
            learn_from(&claims, known);
            wipe(&mut claims);
        }
        _ => known.learn_text(text),
    }
}

/// Whether a text is the address of a page. authentik names its endpoints in a
/// list, one of them by the name `token`; an address with credentials or a query
/// is none in this sense.
fn is_address(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && !has_user(&url)
            && url.query().is_none()
            && url.fragment().is_none()
    })
}

/// Remembers the secrets that an answer brings: what stands under the name of
/// one. `key` is what authentik calls a token that it shows.
pub(super) fn learn_from(value: &Value, known: &Known) {
    const TOKEN: usize = 20;
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    Value::String(text)
                        if names_secret(key) && !is_address(text)
                            || (key == "key"
                                && text.len() >= TOKEN
                                && text.bytes().all(|byte| byte.is_ascii_alphanumeric())) =>
                    {
                        learn_named(text, known);
                    }
                    value => learn_from(value, known),
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                learn_from(item, known);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn address_under_the_name_of_a_token_is_no_secret() {
        let known = Known::default();
        learn_from(&json!({"token": "http://192.0.2.1:9000/application/o/token/"}), &known);
        assert!(!known.is_in("http://192.0.2.1:9000/auth/login"));
        let claims = json!({"iss": "http://192.0.2.1:9000/application/o/immich/"}).to_string();
        learn_from(&json!({"id_token": claims}), &known);
        assert!(!known.is_in("http://192.0.2.1:9000/auth/login"));
        learn_from(&json!({"token": "http://192.0.2.1/?key=hush-hush-0123456789"}), &known);
        assert!(known.is_in("hush-hush-0123456789"));
    }
}
