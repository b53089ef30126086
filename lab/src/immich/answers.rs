//! Answers in the form of the release: 2.x says more around an error than 3.x.

use axum::{
    Json,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header::SET_COOKIE},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{config::Wrong, edition::Edition};

/// How long cookies live, in seconds: 400 days, the most that browsers allow.
const COOKIE_AGE: u32 = 34_560_000;

/// An answer other than success.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refusal {
    status: u16,
    message: Value,
    /// In 3.x: what is wrong with which field.
    errors: Vec<Value>,
    has_name: bool,
    has_id: bool,
}

impl Refusal {
    pub(super) fn new(status: u16, message: impl Into<Value>) -> Self {
        Self { status, message: message.into(), errors: Vec::new(), has_name: true, has_id: true }
    }

    /// An error whose words are some library's: the name of the status is not
    /// told beside them.
    pub(super) fn foreign(message: impl Into<Value>) -> Self {
        Self { has_name: false, ..Self::new(500, message) }
    }

    /// A body that is no JSON, which is found before the request has an id.
    pub(super) fn unreadable(message: impl Into<Value>) -> Self {
        Self { has_id: false, ..Self::new(400, message) }
    }

    /// What is said of a body with these faults.
    pub(super) fn of(edition: &Edition, wrongs: &[Wrong]) -> Self {
        if edition.is_terse() {
            return Self::listed(wrongs.iter().map(Wrong::as_object).collect());
        }
        Self::new(400, wrongs.iter().flat_map(Wrong::as_sentences).collect::<Vec<_>>())
    }

    /// What 3.x says of a body with these faults.
    pub(super) fn listed(errors: Vec<Value>) -> Self {
        Self { errors, ..Self::new(400, "Validation failed") }
    }

    /// The answer that says so.
    pub(super) fn into_answer(self, edition: &Edition, correlation: &str) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let mut body = json!({ "message": self.message });
        if !self.errors.is_empty() {
            body["errors"] = self.errors.into();
        }
        if !edition.is_terse() {
            if let Some(name) = status.canonical_reason().filter(|_| self.has_name) {
                body["error"] = name.into();
            }
            body["statusCode"] = self.status.into();
            if edition.tells_correlation() && self.has_id {
                body["correlationId"] = correlation.into();
            }
        }
        (status, Json(body)).into_response()
    }
}

impl IntoResponse for Refusal {
    /// Leaves the words for whoever knows the form of the release.
    fn into_response(self) -> Response {
        let mut response = StatusCode::BAD_REQUEST.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The header that carries the correlation id.
pub(super) fn correlation_header(edition: &Edition) -> HeaderName {
    if edition.is_terse() {
        HeaderName::from_static("x-correlation-id")
    } else {
        HeaderName::from_static("x-immich-cid")
    }
}

/// A cookie that scripts cannot read.
pub(super) fn set_cookie(headers: &mut HeaderMap, name: &str, value: &str) {
    append(
        headers,
        &format!("{name}={value}; Max-Age={COOKIE_AGE}; Path=/; HttpOnly; SameSite=Lax"),
    );
}

/// The three cookies of a session; the page's own scripts may read one.
pub(super) fn set_session(headers: &mut HeaderMap, token: &str, kind: &str) {
    set_cookie(headers, "immich_access_token", token);
    set_cookie(headers, "immich_auth_type", kind);
    append(
        headers,
        &format!("immich_is_authenticated=true; Max-Age={COOKIE_AGE}; Path=/; SameSite=Lax"),
    );
}

/// Has a browser forget a cookie.
pub(super) fn clear_cookie(headers: &mut HeaderMap, name: &str) {
    append(headers, &format!("{name}=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT"));
}

fn append(headers: &mut HeaderMap, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        headers.append(SET_COOKIE, value);
    }
}

/// The value of a cookie that was sent.
pub(super) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all("cookie")
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}
