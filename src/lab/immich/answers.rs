//! Answers in the form of the release: 2.x says more around an error than 3.x.

use axum::{
    Json,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{config::Wrong, edition::Edition};

/// An answer other than success.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) message: Value,
    pub(super) errors: Option<Value>,
}

impl Refusal {
    pub(super) fn new(status: u16, message: impl Into<String>) -> Self {
        Self { status, message: Value::String(message.into()), errors: None }
    }

    /// What is said of a body with these faults.
    pub(super) fn of(edition: &Edition, wrongs: &[Wrong]) -> Self {
        if edition.is_terse() {
            let errors = wrongs
                .iter()
                .map(|wrong| json!({"code": wrong.code, "path": wrong.path, "message": wrong.message}))
                .collect();
            return Self {
                status: 400,
                message: "Validation failed".into(),
                errors: Some(Value::Array(errors)),
            };
        }
        let texts: Vec<Value> = wrongs
            .iter()
            .map(|wrong| format!("{} {}", wrong.path.join("."), wrong.must).into())
            .collect();
        Self { status: 400, message: Value::Array(texts), errors: None }
    }

    /// The answer that says so.
    pub(super) fn in_the_form_of(self, edition: &Edition, correlation: &str) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let mut body = json!({ "message": self.message });
        if let Some(errors) = self.errors {
            body["errors"] = errors;
        }
        if !edition.is_terse() {
            // Server errors lack the name of the error.
            if let Some(reason) = status.canonical_reason().filter(|_| self.status < 500) {
                body["error"] = reason.into();
            }
            body["statusCode"] = self.status.into();
            body["correlationId"] = correlation.into();
        }
        (status, Json(body)).into_response()
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
    let text = format!("{name}={value}; Max-Age=34560000; Path=/; HttpOnly; SameSite=Lax");
    if let Ok(value) = HeaderValue::from_str(&text) {
        headers.append(axum::http::header::SET_COOKIE, value);
    }
}

/// Takes a cookie back.
pub(super) fn clear_cookie(headers: &mut HeaderMap, name: &str) {
    if let Ok(value) = HeaderValue::from_str(&format!("{name}=; Max-Age=0; Path=/")) {
        headers.append(axum::http::header::SET_COOKIE, value);
    }
}

/// A cookie that came with a request.
pub(super) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get(axum::http::header::COOKIE)?.to_str().ok()?;
    all.split(';').find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then(|| value.to_owned())
    })
}
