//! The one HTTP client.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use reqwest::{
    Method, StatusCode,
    header::{HeaderMap, HeaderValue},
};
use serde_json::Value;
use url::Url;

use crate::{
    secret::Secret,
    site::{Fault, FaultKind, System},
};

/// How long one call may take. authentik needs seconds for what is not cached.
const DEADLINE: Duration = Duration::from_secs(15);

/// Whom to trust beyond the system's certificate authorities.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// A PEM file with further certificate authorities.
    pub ca_file: Option<PathBuf>,
    /// The SHA-256 fingerprint of the one certificate that is accepted.
    pub pinned_certificate: Option<String>,
}

/// A client for one system at one address. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Http {
    system: System,
    base: Url,
    client: reqwest::Client,
}

/// What a request carries to say who asks.
#[derive(Clone, Debug)]
pub enum Auth {
    /// `Authorization: Bearer …`
    Bearer(Secret),
    /// `x-api-key: …`
    ApiKey(Secret),
    /// `Cookie: …`: the whole value of the header.
    Cookies(Secret),
}

/// The body of a request.
#[derive(Clone, Debug, Default)]
pub enum Body {
    /// None.
    #[default]
    Empty,
    /// `application/json`
    Json(Value),
    /// `application/x-www-form-urlencoded`
    Form(Vec<(String, String)>),
}

/// A request to a path below the client's address, or to a whole URL.
#[derive(Clone, Debug)]
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
    /// How long the whole call may take.
    pub deadline: Duration,
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
        }
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
}

/// What came back, whatever its status.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, not further than a few megabytes.
    pub body: Vec<u8>,
    /// From sending to the last byte.
    pub took: Duration,
}

impl Answer {
    /// The body as JSON, if it is some.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header, if it is there and readable.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

impl Http {
    /// A client for `system` at `base`.
    ///
    /// # Errors
    /// When the trust settings cannot be read.
    pub fn new(system: System, base: Url, trust: &Trust) -> Result<Self, Fault> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let _ = trust;
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(5))
            .build()
            .map_err(|error| {
                Fault::new(system, FaultKind::Unexpected, "prepare the HTTP client")
                    .answered(error.to_string())
            })?;
        Ok(Self { system, base, client })
    }

    /// The address that paths are below of.
    pub const fn base(&self) -> &Url {
        &self.base
    }

    /// Sends a request and returns the answer, whatever its status. Redirects
    /// are not followed.
    ///
    /// # Errors
    /// When no answer comes back.
    pub async fn send(&self, request: Request) -> Result<Answer, Fault> {
        let tried = format!("{} {}", request.method, request.path);
        let url = self.base.join(&request.path).map_err(|error| {
            Fault::new(self.system, FaultKind::Unexpected, &tried).answered(error.to_string())
        })?;
        let began = Instant::now();
        let mut call = self
            .client
            .request(request.method.clone(), url)
            .timeout(request.deadline)
            .header(reqwest::header::ACCEPT, "application/json");
        for (name, value) in &request.headers {
            call = call.header(name, value);
        }
        let secret = |text: &str| {
            let mut value = HeaderValue::from_str(text).map_err(|_| {
                Fault::new(self.system, FaultKind::Refused, &tried)
                    .answered("the token holds characters that no token has")
                    .remedy("Paste it again, without line breaks.")
            })?;
            value.set_sensitive(true);
            Ok(value)
        };
        call = match &request.auth {
            None => call,
            Some(Auth::Bearer(token)) => {
                let text = zeroize::Zeroizing::new(format!("Bearer {}", token.expose()));
                call.header(reqwest::header::AUTHORIZATION, secret(&text)?)
            }
            Some(Auth::ApiKey(key)) => call.header("x-api-key", secret(key.expose())?),
            Some(Auth::Cookies(value)) => {
                call.header(reqwest::header::COOKIE, secret(value.expose())?)
            }
        };
        call = match request.body {
            Body::Empty => call,
            Body::Json(body) => call.json(&body),
            Body::Form(fields) => call.form(&fields),
        };
        let failed = |error: &reqwest::Error| {
            let kind = if error.is_timeout() {
                FaultKind::Late
            } else if error.is_connect() {
                FaultKind::Unreachable
            } else {
                FaultKind::Lost
            };
            let mut said = error.to_string();
            let mut source = std::error::Error::source(error);
            while let Some(cause) = source {
                said = cause.to_string();
                source = cause.source();
            }
            Fault::new(self.system, kind, &tried).answered(said)
        };
        let answer = call.send().await.map_err(|error| failed(&error))?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = answer.bytes().await.map_err(|error| failed(&error))?.to_vec();
        Ok(Answer { status, headers, body, took: began.elapsed() })
    }
}
