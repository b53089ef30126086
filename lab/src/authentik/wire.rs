//! A request as the lab's authentik sees it, and what it answers.

use std::net::IpAddr;

use axum::{
    body::Bytes,
    http::{HeaderMap, Method, header},
};
use serde_json::{Map, Value, json};

/// One request.
pub(super) struct Call {
    pub method: Method,
    pub path: String,
    /// The query as it came, which the flow executor is particular about.
    pub raw_query: String,
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// Scheme and host as the client named them: authentik builds every
    /// address from them.
    pub base: String,
    /// The request id: 32 hexadecimal digits.
    pub id: String,
    pub from: IpAddr,
}

impl Call {
    /// The last value of a parameter, as Django reads it.
    pub fn param(&self, name: &str) -> Option<&str> {
        last(&self.query, name)
    }

    /// All values of a parameter that may be repeated.
    pub fn params<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.query.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    }

    /// The fields of a JSON body.
    pub fn fields(&self) -> Result<Map<String, Value>, Reply> {
        let kind = self.header("content-type").unwrap_or_default();
        if self.body.is_empty() {
            return Ok(Map::new());
        }
        if !kind.starts_with("application/json") {
            let detail = format!("Unsupported media type \"{kind}\" in request.");
            return Err(Reply::json(415, &json!({"detail": detail})));
        }
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(fields)) => Ok(fields),
            Ok(other) => {
                let told = format!(
                    "Invalid data. Expected a dictionary, but got {}.",
                    super::fields::python_type(&other)
                );
                Err(Reply::json(400, &json!({"non_field_errors": [told]})))
            }
            Err(why) => {
                let detail = format!("JSON parse error - {why}");
                Err(Reply::json(400, &json!({"detail": detail})))
            }
        }
    }

    /// The fields of a form; those of any other body are not seen.
    pub fn form(&self) -> Vec<(String, String)> {
        let kind = self.header("content-type").unwrap_or_default();
        if !kind.starts_with("application/x-www-form-urlencoded") {
            return Vec::new();
        }
        url::form_urlencoded::parse(&self.body).into_owned().collect()
    }

    /// Path and query, as an address that a browser can be sent back to.
    pub fn full_path(&self) -> String {
        if self.raw_query.is_empty() {
            self.path.clone()
        } else {
            format!("{}?{}", self.path, self.raw_query)
        }
    }
}

/// The last value of a field in a form or a query.
pub(super) fn last<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// One answer.
#[derive(Debug)]
pub(super) struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

/// What a handler comes to: both sides are answers, the second one ends it
/// early.
pub(super) type Outcome = Result<Reply, Reply>;

impl Reply {
    pub fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            headers: vec![("content-type", "application/json".into())],
            body: body.to_string(),
        }
    }

    pub fn ok(body: &Value) -> Self {
        Self::json(200, body)
    }

    pub fn detail(status: u16, text: &str) -> Self {
        Self::json(status, &json!({"detail": text}))
    }

    pub fn forbidden() -> Self {
        Self::detail(403, "You do not have permission to perform this action.")
    }

    /// Nothing but a status.
    pub const fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: String::new() }
    }

    pub fn html(status: u16, body: String) -> Self {
        Self { status, headers: vec![("content-type", "text/html; charset=utf-8".into())], body }
    }

    pub fn redirect(to: impl Into<String>) -> Self {
        Self::html(302, String::new()).with("location", to)
    }

    /// What Django's error pages come to: they only know `GET`, so anything
    /// else is told that its method is not allowed, with an empty body.
    pub fn error_page(method: &Method, status: u16, title: &str) -> Self {
        if *method == Method::GET || *method == Method::HEAD {
            Self::html(status, super::page::message(title, ""))
        } else {
            Self::html(405, String::new()).with("allow", "GET, HEAD, OPTIONS")
        }
    }

    /// A path that this version does not have.
    pub fn missing(method: &Method) -> Self {
        Self::error_page(method, 404, "Not Found")
    }

    /// authentik crashed.
    pub fn crash(method: &Method) -> Self {
        Self::error_page(method, 500, "Server Error")
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(key, _)| *key == name)
    }
}
