//! The one HTTP client.

use std::{
    fmt,
    path::PathBuf,
    sync::PoisonError,
    time::{Duration, Instant},
};

use reqwest::{
    Method, StatusCode,
    header::{ACCEPT, AUTHORIZATION, COOKIE, HeaderMap, HeaderName, HeaderValue},
};
use serde_json::Value;
use url::{Host, Url};
use zeroize::Zeroizing;

use super::{failure, tls};
use crate::{
    secret::Secret,
    site::{Fault, FaultKind, System},
};

/// How long one call may take. authentik needs seconds for what is not cached.
const DEADLINE: Duration = Duration::from_secs(15);

/// How long connecting may take, of that.
const CONNECT: Duration = Duration::from_secs(5);

/// The pauses before a read is tried again.
const PAUSES: [Duration; 2] = [Duration::from_millis(150), Duration::from_millis(500)];

/// The longest that a server may ask us to wait before we try again.
const MOST_PATIENCE: Duration = Duration::from_secs(3);

/// The most that is read of an answer, in bytes.
const MOST: usize = 8 << 20;

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
    trust: Trust,
    refused: tls::Refused,
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
#[derive(Clone, Default)]
pub enum Body {
    /// None.
    #[default]
    Empty,
    /// `application/json`
    Json(Value),
    /// `application/x-www-form-urlencoded`
    Form(Vec<(String, String)>),
}

/// Says what kind it is; what is in it may be secret.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "Empty",
            Self::Json(_) => "Json(…)",
            Self::Form(_) => "Form(…)",
        })
    }
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
    /// A client for `system` at `base`. Connections to this machine itself never
    /// go through a proxy.
    ///
    /// # Errors
    /// When the trust settings cannot be read.
    pub fn new(system: System, base: Url, trust: &Trust) -> Result<Self, Fault> {
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("immich-sso/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT);
        // A site without TLS needs nobody's authorities; reading them takes
        // longer than all the rest.
        let mut refused = tls::Refused::default();
        if base.scheme() == "https" {
            let (config, noted) = tls::config(system, trust)?;
            builder = builder.tls_backend_preconfigured(config);
            refused = noted;
        } else {
            let _ = rustls::crypto::ring::default_provider().install_default();
            builder = builder.tls_certs_only([]);
        }
        if is_loopback(&base) {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| {
            Fault::new(system, FaultKind::Unexpected, "prepare the HTTP client")
                .answered(error.to_string())
        })?;
        Ok(Self { system, base, client, trust: trust.clone(), refused })
    }

    /// The address that paths are below of.
    pub const fn base(&self) -> &Url {
        &self.base
    }

    /// Sends a request and returns the answer, whatever its status. Redirects
    /// are not followed. A read that got no answer, or one from a proxy in
    /// front, is tried again; what may change something never is.
    ///
    /// # Errors
    /// When no answer comes back.
    pub async fn send(&self, request: Request) -> Result<Answer, Fault> {
        let until = Instant::now() + request.deadline;
        let is_read = matches!(request.method, Method::GET | Method::HEAD);
        let mut pauses = PAUSES.iter().filter(|_| is_read);
        loop {
            let outcome = self.once(&request, until).await;
            let wait = match &outcome {
                Ok(answer) => patience(answer),
                Err(fault) if fault.kind == FaultKind::Lost => Some(Duration::ZERO),
                Err(_) => None,
            };
            match (wait, pauses.next()) {
                (Some(wait), Some(pause)) if Instant::now() + wait.max(*pause) < until => {
                    tokio::time::sleep(wait.max(*pause)).await;
                }
                _ => return outcome,
            }
        }
    }

    async fn once(&self, request: &Request, until: Instant) -> Result<Answer, Fault> {
        let tried = format!("{} {}", request.method, request.path);
        let url = self.base.join(&request.path).map_err(|error| {
            Fault::new(self.system, FaultKind::Unexpected, &tried).answered(error.to_string())
        })?;
        let began = Instant::now();
        let call = self
            .client
            .request(request.method.clone(), url.clone())
            .timeout(until.saturating_duration_since(began))
            .headers(self.headers(request, &tried)?);
        let call = match &request.body {
            Body::Empty => call,
            Body::Json(body) => call.json(body),
            Body::Form(fields) => call.form(fields),
        };
        let failed = |error: &reqwest::Error| {
            let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner).take();
            failure::explain(self.system, &tried, error, &self.trust, refused)
        };
        let mut answer = call.send().await.map_err(|error| failed(&error))?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let mut body = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(|error| failed(&error))? {
            if body.len() + part.len() > MOST {
                return Err(Fault::new(self.system, FaultKind::Unexpected, &tried)
                    .answered(format!("an answer of more than {} MB", MOST >> 20))
                    .remedy("Is it the right server that answers there?"));
            }
            body.extend_from_slice(&part);
        }
        let took = began.elapsed();
        tracing::debug!(
            method = %request.method,
            host = url.host_str(),
            path = url.path(),
            status = status.as_u16(),
            took_ms = took.as_millis(),
            "called"
        );
        Ok(Answer { status, headers, body, took })
    }

    fn headers(&self, request: &Request, tried: &str) -> Result<HeaderMap, Fault> {
        let unfit = || {
            Fault::new(self.system, FaultKind::Refused, tried)
                .answered("the token holds characters that no token has")
                .remedy("Paste it again, without line breaks.")
        };
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        for (name, value) in &request.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unfit())?;
            headers.insert(name, HeaderValue::from_str(value).map_err(|_| unfit())?);
        }
        let (name, text) = match &request.auth {
            None => return Ok(headers),
            Some(Auth::Bearer(token)) => {
                (AUTHORIZATION, Zeroizing::new(format!("Bearer {}", token.expose())))
            }
            Some(Auth::ApiKey(key)) => {
                (HeaderName::from_static("x-api-key"), Zeroizing::new(key.expose().to_owned()))
            }
            Some(Auth::Cookies(value)) => (COOKIE, Zeroizing::new(value.expose().to_owned())),
        };
        let mut value = HeaderValue::from_str(&text).map_err(|_| unfit())?;
        value.set_sensitive(true);
        headers.insert(name, value);
        Ok(headers)
    }
}

/// How long to wait before an answer is asked for again, if that may help: a
/// proxy that finds nobody behind it, or a server that asks for patience.
fn patience(answer: &Answer) -> Option<Duration> {
    if !matches!(answer.status.as_u16(), 429 | 502..=504) {
        return None;
    }
    let asked = answer.header("retry-after").and_then(|text| text.trim().parse().ok());
    Some(asked.map_or(Duration::ZERO, Duration::from_secs).min(MOST_PATIENCE))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
