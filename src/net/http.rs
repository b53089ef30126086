//! The one HTTP client.

use std::{
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use bytes::Bytes;
use reqwest::{
    Method,
    header::{self, HeaderMap, HeaderName, HeaderValue},
};
use serde_json::Value;
use url::Url;
use zeroize::Zeroizing;

use super::{
    again::{is_passing, is_refusal, retry_after},
    answer::{Answer, complains_of_plain_http},
    basic,
    carried::{Carried, learn_answer, learn_fields, learn_request},
    peer::listen,
    proxy::{is_loopback, proxy_before},
    request::{Auth, Body, Request},
    target::target,
    tls,
    toward::{Toward, WayError},
    trouble::{Trouble, is_strange, phrase},
    trust::Trust,
};
use crate::{
    secret::Known,
    site::{Fault, FaultKind, System},
};

/// How large a body may be, in bytes. Nothing that is asked for comes near it.
pub const MAX_BODY: usize = 8 << 20;

/// How long a server may take to accept a connection.
pub(super) const CONNECT: Duration = Duration::from_secs(5);

/// The pauses before a read is tried again.
const PAUSES: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(800)];

/// The longest pause that a server may ask for. Whoever asks for more is
/// answered to the caller, not waited for.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Longer than a person needs for a key, shorter than what servers and
/// firewalls keep: a change never goes out on a connection that is dead.
const IDLE: Duration = Duration::from_secs(4);

/// How long a server may be silent during a request over HTTP/2 before it is
/// asked for a sign of life, and how long it may take to give one. Many requests
/// share that connection: one that is dead must not fail them all in turn.
const PING: Duration = Duration::from_secs(4);

/// How large the headers of an answer over HTTP/2 may be, in bytes: policies
/// and cookies fill more than the 16 KB of the library.
const MAX_HEADERS: u32 = 128 << 10;

/// Why a request is not sent.
#[derive(Debug, thiserror::Error)]
enum RequestError {
    #[error("{0}")]
    Body(serde_json::Error),
    #[error("{}", say!("the header {name} holds characters that no header has", name = .0))]
    Header(String),
    #[error("{}", say!("the token holds characters that no token has"))]
    Token,
    #[error("{0}")]
    Client(reqwest::Error),
}

impl WayError for RequestError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Body(_) | Self::Header(_) | Self::Client(_) => FaultKind::Unexpected,
            Self::Token => FaultKind::Refused,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Body(_) | Self::Header(_) | Self::Client(_) => String::new(),
            Self::Token => say!("Paste it again, without line breaks."),
        }
    }
}

/// A client for one system at one address. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Http {
    system: System,
    base: Url,
    trust: Trust,
    client: reqwest::Client,
    /// Made with the first request that needs it.
    http1: Arc<OnceLock<reqwest::Client>>,
    known: Known,
}

impl Http {
    /// A client for `system` at `base`. The proxies of the environment
    /// (`HTTPS_PROXY`, `NO_PROXY`) are used, but never for this very machine.
    ///
    /// # Errors
    /// When the trust settings cannot be read.
    pub fn new(system: System, base: Url, trust: &Trust) -> Result<Self, Fault> {
        let client = client(system, &base, trust, Speaks::Both)?;
        Ok(Self {
            system,
            base,
            trust: trust.clone(),
            client,
            http1: Arc::default(),
            known: Known::default(),
        })
    }

    /// The same client in a run that knows these secrets: no answer shows one of
    /// them, and what goes out or comes back is added.
    #[must_use]
    pub fn knowing(mut self, known: &Known) -> Self {
        self.known = known.clone();
        self
    }

    /// The address that paths are below of.
    pub const fn base(&self) -> &Url {
        &self.base
    }

    /// The secrets of the run that this client is in.
    pub const fn known(&self) -> &Known {
        &self.known
    }

    /// Remembers the secrets of an answer that only its reader can read: what
    /// stands in fields of these names.
    pub fn learn(&self, value: &Value, names: &[&str]) {
        learn_fields(value, names, &self.known);
    }

    /// Whose client this is.
    pub(super) const fn system(&self) -> System {
        self.system
    }

    /// Sends a request and returns the answer, whatever its status. Redirects
    /// are not followed, and nothing is sent to another scheme, host or port
    /// than the client's own: what leads there comes from a server. A GET or
    /// HEAD is tried again, twice at most, when the connection fails or the
    /// server says 429, 502, 503 or 504; anything else is sent once.
    ///
    /// # Errors
    /// [`FaultKind::Refused`] when the path leads elsewhere. When no answer comes
    /// back: [`FaultKind::Unreachable`], [`FaultKind::Untrusted`], [`FaultKind::WrongProduct`] where http and
    /// https were mixed up, [`FaultKind::Late`], or [`FaultKind::Lost`], where a
    /// request other than a read may have been carried out.
    pub async fn send(&self, mut request: Request) -> Result<Answer, Fault> {
        let url = target(self.system, &self.base, &request.path)?;
        let tried = phrase(&request.method, &url);
        let trouble = Trouble { system: self.system, tried: &tried, url: &url };
        let headers = self.headers(&request, &tried)?;
        let client = self.client_for(&headers)?;
        let body = encode(&request.body).map_err(|error| {
            Toward::fault(self.system, RequestError::Body(error), tried.as_str())
        })?;
        let carried = learn_request(&request, &self.known).map(Arc::new);
        request.body.wipe();
        let began = Instant::now();
        let known = &self.known;
        let brings = request.brings;
        let sent = Sent { client, headers, body, carried, brings, known, trouble: &trouble, began };
        // Boxed: it is part of every future that asks a server anything.
        let answered = Box::pin(self.persist(&request, &sent));
        match tokio::time::timeout(request.deadline, answered).await {
            Ok(outcome) => outcome,
            Err(_) => Err(trouble.late(request.deadline)),
        }
    }

    async fn persist(&self, request: &Request, sent: &Sent<'_>) -> Result<Answer, Fault> {
        let reads = request.again && request.reads();
        let mut pauses = PAUSES.iter().copied().filter(|_| reads);
        loop {
            let since = Instant::now();
            let outcome = attempt(&request.method, sent).await;
            log(request, sent.trouble.url, since.elapsed(), &outcome);
            let asked_for = match &outcome {
                Ok(answer) if is_passing(answer.status) => retry_after(answer.headers()),
                Err((_, Again::Perhaps)) => None,
                Ok(_) | Err(_) => return outcome.map_err(|(fault, _)| fault),
            };
            let left = request.deadline.saturating_sub(sent.began.elapsed());
            match pauses.next().map(|usual| asked_for.unwrap_or(usual)) {
                Some(pause) if pause <= LONGEST_PAUSE && pause < left => {
                    tokio::time::sleep(pause).await;
                }
                _ => return outcome.map_err(|(fault, _)| fault),
            }
        }
    }

    /// HTTP/2 has no `Host`: a server that finds one beside the address refuses
    /// the request. What asks in another's name goes over HTTP/1.1.
    fn client_for(&self, headers: &HeaderMap) -> Result<&reqwest::Client, Fault> {
        if !headers.contains_key(header::HOST) {
            return Ok(&self.client);
        }
        if let Some(made) = self.http1.get() {
            return Ok(made);
        }
        let made = client(self.system, &self.base, &self.trust, Speaks::Http1)?;
        Ok(self.http1.get_or_init(|| made))
    }

    fn headers(&self, request: &Request, tried: &str) -> Result<HeaderMap, Fault> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        // Without it a server may choose a coding itself.
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        match request.body {
            Body::Empty => None,
            Body::Json(_) | Body::Text { .. } => Some("application/json"),
            Body::Form(_) => Some("application/x-www-form-urlencoded"),
        }
        .map(|kind| headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind)));
        for (name, value) in &request.headers {
            let unfit = || Toward::fault(self.system, RequestError::Header(name.clone()), tried);
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unfit())?;
            headers.insert(name, HeaderValue::from_str(value).map_err(|_| unfit())?);
        }
        let mut tell = |name: HeaderName, text: &str| {
            let mut value = HeaderValue::from_str(text)
                .map_err(|_| Toward::fault(self.system, RequestError::Token, tried))?;
            value.set_sensitive(true);
            headers.insert(name, value);
            Ok(())
        };
        match &request.auth {
            None => {}
            Some(Auth::Bearer(token)) => {
                let text = Zeroizing::new(format!("Bearer {}", token.expose()));
                tell(header::AUTHORIZATION, &text)?;
            }
            Some(Auth::Basic(id, secret)) => {
                tell(header::AUTHORIZATION, &basic::header_value(id, secret))?;
            }
            Some(Auth::ApiKey(key)) => tell(HeaderName::from_static("x-api-key"), key.expose())?,
            Some(Auth::Cookies(value)) => tell(header::COOKIE, value.expose())?,
        }
        Ok(headers)
    }
}

/// The versions of HTTP that a client offers.
#[derive(Clone, Copy, Debug)]
enum Speaks {
    /// HTTP/2 where the server knows it, else HTTP/1.1.
    Both,
    /// HTTP/1.1 alone.
    Http1,
}

fn client(
    system: System,
    base: &Url,
    trust: &Trust,
    speaks: Speaks,
) -> Result<reqwest::Client, Fault> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder();
    let mut tls = tls::config(system, trust)?;
    match speaks {
        Speaks::Both => tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()],
        Speaks::Http1 => builder = builder.http1_only(),
    }
    builder = builder
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .connect_timeout(CONNECT)
        .pool_idle_timeout(IDLE)
        .http2_keep_alive_interval(PING)
        .http2_keep_alive_timeout(PING)
        .http2_max_header_list_size(MAX_HEADERS)
        .user_agent(concat!("immich-sso/", env!("CARGO_PKG_VERSION")));
    if is_loopback(base) {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| {
        Toward::fault(system, RequestError::Client(error), word!("prepare the HTTP client"))
    })
}

async fn attempt(method: &Method, sent: &Sent<'_>) -> Result<Answer, (Fault, Again)> {
    let trouble = sent.trouble;
    let failed = |error: &reqwest::Error| {
        let fault = trouble.of(error);
        // A name that is not found and a server that stays silent do not
        // change within a second.
        let again = match fault.kind {
            FaultKind::Lost => Again::Perhaps,
            FaultKind::Unreachable if is_refusal(error) => Again::Perhaps,
            _ => Again::No,
        };
        (fault, again)
    };
    let mut call = sent.client.request(method.clone(), trouble.url.clone());
    call = call.headers(sent.headers.clone());
    if let Some(body) = &sent.body {
        call = call.body(body.clone());
    }
    let mut answer = match call.send().await {
        Ok(answer) => answer,
        Err(error) => return Err(explained(&error, sent).await.unwrap_or_else(|| failed(&error))),
    };
    if let Some(coding) = foreign_coding(answer.headers()) {
        return Err((trouble.encoded(&coding), Again::No));
    }
    let flood = || (trouble.flood(MAX_BODY), Again::No);
    if method != Method::HEAD
        && answer.content_length().is_some_and(|bytes| bytes > MAX_BODY as u64)
    {
        return Err(flood());
    }
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| failed(&error))? {
        if body.len() + chunk.len() > MAX_BODY {
            return Err(flood());
        }
        body.extend_from_slice(&chunk);
    }
    learn_answer(answer.status(), answer.headers(), &body, (sent.brings, sent.known));
    let answer = Answer::new(answer.status(), answer.headers().clone(), body)
        .to(sent.known, sent.carried.clone())
        .after(sent.began.elapsed());
    match complains_of_plain_http(&answer) {
        Some(said) if trouble.url.scheme() == "http" => Err((trouble.speaks_tls(said), Again::No)),
        _ => Ok(answer),
    }
}

/// What the peer is that answered with another protocol than it was asked in.
/// A proxy in between is not asked: it does not say what is behind it.
async fn explained(error: &reqwest::Error, sent: &Sent<'_>) -> Option<(Fault, Again)> {
    let (trouble, known) = (sent.trouble, sent.known);
    if !is_strange(error) || proxy_before(trouble.url).is_some() {
        return None;
    }
    let heard = listen(trouble.url).await;
    trouble.of_words(&heard, known).map(|fault| (fault, Again::No))
}

/// What every attempt of a request has in common.
struct Sent<'a> {
    client: &'a reqwest::Client,
    headers: HeaderMap,
    body: Option<Bytes>,
    carried: Option<Arc<Carried>>,
    brings: &'static [&'static str],
    known: &'a Known,
    trouble: &'a Trouble<'a>,
    began: Instant,
}

/// Whether the same may go well a moment later.
#[derive(Clone, Copy, Debug)]
enum Again {
    No,
    Perhaps,
}

/// The body as it is sent, wiped when the last attempt lets go of it.
fn encode(body: &Body) -> Result<Option<Bytes>, serde_json::Error> {
    let bytes = match body {
        Body::Empty => return Ok(None),
        Body::Json(value) => serde_json::to_vec(value)?,
        Body::Text { text, .. } => text.expose().as_bytes().to_vec(),
        Body::Form(fields) => {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            form.extend_pairs(fields);
            form.finish().into_bytes()
        }
    };
    Ok(Some(Bytes::from_owner(Zeroizing::new(bytes))))
}

/// How the body is packed, where it is.
fn foreign_coding(headers: &HeaderMap) -> Option<String> {
    let coding = headers.get(header::CONTENT_ENCODING)?;
    let coding = String::from_utf8_lossy(coding.as_bytes()).trim().to_ascii_lowercase();
    (!coding.is_empty() && coding != "identity").then_some(coding)
}

fn log(request: &Request, url: &Url, took: Duration, outcome: &Result<Answer, (Fault, Again)>) {
    let place = format!("{}{}", url.origin().ascii_serialization(), url.path());
    let method = &request.method;
    match outcome {
        Ok(answer) => {
            tracing::debug!(%method, place, status = answer.status.as_u16(), ?took, "answered");
        }
        Err((fault, _)) => tracing::debug!(%method, place, kind = ?fault.kind, ?took, "failed"),
    }
}
