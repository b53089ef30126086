//! What is sent.

use std::{fmt, time::Duration};

use reqwest::Method;
use serde_json::Value;
use zeroize::Zeroize;

use crate::secret::Secret;

/// How long one call may take. authentik needs seconds for what is not cached.
const DEADLINE: Duration = Duration::from_secs(15);

/// What a request carries to say who asks.
#[derive(Clone, Debug)]
pub enum Auth {
    /// `Authorization: Bearer …`
    Bearer(Secret),
    /// `x-api-key: …`
    ApiKey(Secret),
    /// `Authorization: Basic …`: a client id and its secret, both as they are.
    Basic(String, Secret),
    /// `Cookie: …`: the whole value of the header.
    Cookies(Secret),
}

/// The body of a request. It may hold secrets, so `Debug` prints its sort only.
#[derive(Clone, Default)]
pub enum Body {
    /// None.
    #[default]
    Empty,
    /// `application/json`
    Json(Value),
    /// `application/json`, spelled as somebody else spelled it.
    Text {
        /// What is sent.
        text: Secret,
        /// What it says.
        says: Value,
    },
    /// `application/x-www-form-urlencoded`
    Form(Vec<(String, String)>),
}

impl Body {
    /// Overwrites the texts in it. What `reqwest` was handed is wiped by itself.
    pub(super) fn wipe(&mut self) {
        match self {
            Self::Empty => {}
            Self::Json(value) | Self::Text { says: value, .. } => wipe(value),
            Self::Form(fields) => fields.iter_mut().for_each(|(_, value)| value.zeroize()),
        }
    }
}

/// Overwrites the texts in a value.
pub(super) fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(fields) => fields.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Json(_) => f.write_str("Json(…)"),
            Self::Text { .. } => f.write_str("Text(…)"),
            Self::Form(fields) => write!(f, "Form({} fields)", fields.len()),
        }
    }
}

/// A request to a path below the client's address, or to a whole URL.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// A path with its query (`/api/v3/core/users/me/`), or a whole URL.
    pub path: String,
    /// Further headers, none of them secret.
    pub headers: Vec<(String, String)>,
    /// Who asks.
    pub auth: Option<Auth>,
    /// The body.
    pub body: Body,
    /// How long the whole call may take, retries and pauses included.
    pub deadline: Duration,
    /// Whether a read that failed may be tried again.
    pub again: bool,
    /// The fields of its answer that hold a secret, by their exact names,
    /// however deep they lie.
    pub brings: &'static [&'static str],
}

impl Request {
    /// A request without body and credentials.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            headers: Vec::new(),
            auth: None,
            body: Body::Empty,
            deadline: DEADLINE,
            again: true,
            brings: &[],
        }
    }

    /// The same, tried once only: for whoever wants to see a server fail.
    #[must_use]
    pub const fn once(mut self) -> Self {
        self.again = false;
        self
    }

    /// Whether it changes nothing there, by its method.
    #[must_use]
    pub const fn reads(&self) -> bool {
        matches!(self.method, Method::GET | Method::HEAD)
    }

    /// Says which fields of its answer hold a secret.
    #[must_use]
    pub const fn brings(mut self, fields: &'static [&'static str]) -> Self {
        self.brings = fields;
        self
    }

    /// A GET.
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    /// Sets the body.
    #[must_use]
    pub fn json(mut self, body: Value) -> Self {
        self.body = Body::Json(body);
        self
    }

    /// Sets a body that is sent as it is spelled.
    #[must_use]
    pub fn json_text(mut self, text: Secret, says: Value) -> Self {
        self.body = Body::Text { text, says };
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn form(mut self, fields: Vec<(String, String)>) -> Self {
        self.body = Body::Form(fields);
        self
    }

    /// Says who asks.
    #[must_use]
    pub fn auth(mut self, auth: Auth) -> Self {
        self.auth = Some(auth);
        self
    }

    /// Adds a header that is not secret.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Says how long the whole call may take.
    #[must_use]
    pub const fn within(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.split_once('?').map_or(self.path.as_str(), |(path, _)| path);
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("path", &path)
            .field("auth", &self.auth)
            .field("body", &self.body)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}
