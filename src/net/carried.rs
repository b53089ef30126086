//! What a request carried, mostly in its body, that its answer must not be shown with.

use std::collections::HashSet;

use reqwest::{
    StatusCode,
    header::{HeaderMap, SET_COOKIE},
};
use serde_json::Value;

use super::{
    basic,
    request::{Auth, Body, Request, wipe},
};
use crate::secret::{Known, names_secret};

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
    /// What a request carries in its body; `None`: nothing secret. What is one
    /// by its name is known from now on. A client's secret in the header counts
    /// like one in the form: the answer is as free to repeat it.
    pub(super) fn by(request: &Request, known: &Known) -> Option<Self> {
        let mut carried = Self { fields: HashSet::new(), secrets: Known::default() };
        let mut is_secret = false;
        if let Some(Auth::Basic(_, secret)) = &request.auth {
            carried.text("client_secret", secret.expose(), known, &mut is_secret);
        }
        match &request.body {
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
        Some(Auth::Basic(_, secret)) => {
            known.learn(secret);
            known.learn_text(&basic::encoded(secret.expose()));
        }
        Some(Auth::Cookies(cookies)) => {
            cookies.expose().split(';').for_each(|cookie| learn_cookie(cookie, known));
        }
    }
    Carried::by(request, known)
}

/// Remembers what an answer brings: cookies, and what stands in the fields that
/// the request says are secret.
pub(super) fn learn_answer(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    (brings, known): (&[&str], &Known),
) {
    for line in headers.get_all(SET_COOKIE).iter().filter_map(|line| line.to_str().ok()) {
        learn_cookie(line.split(';').next().unwrap_or_default(), known);
    }
    if status.is_success()
        && !brings.is_empty()
        && let Ok(mut value) = serde_json::from_slice(body)
    {
        learn_fields(&value, brings, known);
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

/// Remembers what stands in fields of these names, however deep they lie.
pub(super) fn learn_fields(value: &Value, names: &[&str], known: &Known) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    Value::String(text) if names.contains(&key.as_str()) => known.learn_text(text),
                    value => learn_fields(value, names, known),
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                learn_fields(item, names, known);
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
    fn only_what_a_request_names_is_a_secret_of_its_answer() {
        let known = Known::default();
        let answer = json!({
            "token": "http://192.0.2.1:9000/application/o/token/",
            "id_token": json!({"iss": "http://192.0.2.1:9000/application/o/immich/"}).to_string(),
            "shouldChangePassword": "hush-hush-9876543210",
            "results": [{"provider": {"client_secret": "hush-hush-0123456789"}}],
        });
        let body = answer.to_string();
        let learns = |status, brings: &[&str]| {
            learn_answer(status, &HeaderMap::new(), body.as_bytes(), (brings, &known));
        };
        learns(StatusCode::OK, &[]);
        learns(StatusCode::BAD_REQUEST, &["client_secret"]);
        assert!(!known.is_in("hush-hush-0123456789"));
        learns(StatusCode::OK, &["client_secret"]);
        assert!(known.is_in("hush-hush-0123456789"));
        assert!(!known.is_in("hush-hush-9876543210"));
        assert!(!known.is_in("http://192.0.2.1:9000/auth/login"));
    }
}
