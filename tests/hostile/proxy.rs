//! What stands between the program and a server of the lab: it passes
//! everything on, notes which requests came and which secrets they and their
//! answers held, and answers a chosen one by itself.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, Method, Response, header},
};
use futures::stream;
use immich_sso::site::System;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::{
    echo::{Echo, Place},
    lie::{self, Lie},
};

/// A request as it is told apart from others: names and numbers of objects do
/// not count.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seen {
    pub system: System,
    pub method: String,
    pub path: String,
}

/// What both proxies of a site share.
#[derive(Clone, Default)]
pub struct Wire(Arc<Mutex<Noted>>);

#[derive(Default)]
struct Noted {
    requests: Vec<Seen>,
    secrets: BTreeSet<String>,
    echo: Option<Echo>,
    /// How often the echo was sent.
    echoed: usize,
    /// The secrets that the echoes held.
    told: BTreeSet<String>,
    /// What is said instead of secrets.
    instead: Option<String>,
    lie: Option<Lie>,
    /// How often it lied.
    lied: usize,
    /// The paths of all requests, as they came.
    paths: BTreeSet<String>,
}

impl Wire {
    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.0.lock().unwrap()
    }

    /// The secrets that requests brought or answers gave.
    pub fn secrets(&self) -> BTreeSet<String> {
        self.noted().secrets.clone()
    }

    /// Every request so far, in order.
    pub fn requests(&self) -> Vec<Seen> {
        self.noted().requests.clone()
    }

    /// Answers by itself from now on.
    pub fn set(&self, echo: Echo) {
        self.noted().echo = Some(echo);
    }

    /// How often it did, and which secrets it repeated.
    pub fn echoed(&self) -> (usize, BTreeSet<String>) {
        let noted = self.noted();
        (noted.echoed, noted.told.clone())
    }

    /// The same, with that text instead of secrets.
    pub fn say(&self, echo: Echo, text: &str) {
        self.set(echo);
        self.noted().instead = Some(text.to_owned());
    }

    /// Lies from now on.
    pub fn lie(&self, lie: Lie) {
        self.noted().lie = Some(lie);
    }

    /// How often it did.
    pub fn lied(&self) -> usize {
        self.noted().lied
    }

    /// The path of every request, as it came.
    pub fn paths(&self) -> BTreeSet<String> {
        self.noted().paths.clone()
    }

    /// Begins anew.
    pub fn forget(&self) {
        *self.noted() = Noted::default();
    }

    /// Puts itself before a server; the address to ask instead.
    pub async fn before(&self, system: System, server: &str) -> String {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let at: SocketAddr = listener.local_addr().unwrap();
        let client = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let proxy = Proxy { system, server: server.to_owned(), client, wire: self.clone() };
        let router = Router::new().fallback(pass).with_state(Arc::new(proxy));
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{at}")
    }
}

struct Proxy {
    system: System,
    server: String,
    client: reqwest::Client,
    wire: Wire,
}

async fn pass(State(proxy): State<Arc<Proxy>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let path = parts.uri.path().to_owned();
    // What a browser or the servers ask each other is not the program's.
    let is_ours = parts
        .headers
        .get(header::USER_AGENT)
        .is_some_and(|agent| agent.to_str().is_ok_and(|agent| agent.starts_with("immich-sso/")));
    let seen =
        Seen { system: proxy.system, method: parts.method.to_string(), path: template(&path) };
    let mut lies = None;
    if is_ours {
        let mut noted = proxy.wire.noted();
        let of_headers = secrets_of_headers(&parts.headers);
        noted.secrets.extend(of_headers.into_iter().chain(secrets_in(&body)));
        noted.requests.push(seen.clone());
        noted.paths.insert(path.clone());
        let nth = noted.requests.iter().filter(|other| **other == seen).count();
        let wrote = noted.requests.iter().any(|other| {
            other.system == proxy.system && other.method != "GET" && other.method != "POST"
                || other.method == "POST" && other.path.contains("/api/v3/")
        });
        if let Some(echo) = noted.echo.clone().filter(|echo| echo.meets(&seen, nth, wrote)) {
            noted.echoed += 1;
            let secrets = noted.secrets.clone();
            noted.told.extend(secrets.iter().cloned());
            let all: Vec<String> = secrets.iter().map(|secret| echo.spelling.of(secret)).collect();
            let said = match (&noted.instead, echo.place) {
                (Some(text), _) => text.clone(),
                (None, Place::Body) => String::from_utf8_lossy(&body).into_owned(),
                (None, _) => all.join(" and "),
            };
            return answer(&echo, &said);
        }
        lies = noted.lie.clone().filter(|lie| lie.meets(&seen, nth));
        noted.lied += usize::from(lies.is_some());
    }
    if let Some(lie) = lies.as_ref().filter(|lie| lie.kind.keeps_it_from_the_server()) {
        return lie::without(&lie.kind, &body);
    }
    let url = format!("{}{}", proxy.server, parts.uri.path_and_query().unwrap());
    let mut headers = parts.headers.clone();
    headers.remove(header::CONTENT_LENGTH);
    headers.remove(header::TRANSFER_ENCODING);
    let sent = proxy.client.request(parts.method.clone(), url).headers(headers).body(body);
    let Ok(came) = sent.send().await else {
        return Response::builder().status(502).body(Body::empty()).unwrap();
    };
    let (status, headers) = (came.status(), came.headers().clone());
    let body = came.bytes().await.unwrap_or_default();
    if is_ours && status.is_success() {
        let mut noted = proxy.wire.noted();
        noted.secrets.extend(secrets_in(&body));
    }
    if let Some(lie) = lies.filter(|_| status.is_success()) {
        return lie::about(&lie.kind, status, &body);
    }
    let mut response = Response::builder().status(status);
    for (name, value) in &headers {
        if name != header::TRANSFER_ENCODING && name != header::CONTENT_LENGTH {
            response = response.header(name, value);
        }
    }
    let body = if parts.method == Method::HEAD { Body::empty() } else { Body::from(body) };
    response.body(body).unwrap()
}

/// The answer that says that.
fn answer(echo: &Echo, said: &str) -> Response<Body> {
    let response = Response::builder().status(echo.status);
    let json = "application/json";
    let response = match echo.place {
        Place::Field => {
            let body = serde_json::json!({ "client_secret": [said], "name": said, "detail": said,
                "message": said, "errors": [{ "path": ["oauth", said], "message": said }] });
            response.header("content-type", json).body(Body::from(body.to_string()))
        }
        Place::Body => {
            // Cut in the middle of what was sent, too.
            let half: String = said.chars().take(said.chars().count() / 2).collect();
            let value = serde_json::from_str::<Value>(said).unwrap_or_default();
            let body = serde_json::json!({ "message": [half, said], "detail": said,
                "oauth": value, "received": value, "client_secret": [said] });
            response.header("content-type", json).body(Body::from(body.to_string()))
        }
        Place::Text => {
            response.header("content-type", "text/plain").body(Body::from(format!("it was {said}")))
        }
        Place::Title => response.header("content-type", "text/html").body(Body::from(format!(
            "<html><head><title>No {said}</title></head><body>{said}</body></html>"
        ))),
        Place::Location => response
            .status(302)
            .header("location", header_value(&format!("https://auth.example.com/{said}")))
            .body(Body::empty()),
        Place::Header => response
            .header("x-authentik-id", header_value(said))
            .header("x-correlation-id", header_value(said))
            .header("server", header_value(said))
            .header("content-type", json)
            .body(Body::from(r#"{"message": "no", "detail": "no"}"#)),
        Place::Chunks => {
            let text = format!("{{\"message\": \"it was {said}\", \"detail\": \"{said}\"}}");
            // Cut within every secret.
            let pieces: Vec<Result<Vec<u8>, std::io::Error>> =
                text.as_bytes().chunks(7).map(|piece| Ok(piece.to_vec())).collect();
            response.header("content-type", json).body(Body::from_stream(stream::iter(pieces)))
        }
    };
    response.unwrap()
}

/// A header holds no line end and nothing beyond ASCII.
fn header_value(text: &str) -> String {
    text.chars().filter(|c| (' '..='~').contains(c)).collect()
}

/// The path with its objects left out.
fn template(path: &str) -> String {
    const NAMES: [&str; 3] = ["immich", "default-authentication-flow", "immich-oauth-provider"];
    let is_object = |part: &str| {
        !part.is_empty()
            && (NAMES.contains(&part)
                || part.chars().any(|c| c.is_ascii_digit()) && part != "v3" && part != "oauth2")
    };
    let parts = path.split('/').map(|part| if is_object(part) { "*" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

fn secrets_of_headers(headers: &HeaderMap) -> Vec<String> {
    let mut secrets = Vec::new();
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    secrets.extend(
        text("authorization").and_then(|value| value.strip_prefix("Bearer ")).map(str::to_owned),
    );
    secrets.extend(text("x-api-key").map(str::to_owned));
    for cookie in text("cookie").into_iter().flat_map(|line| line.split("; ")) {
        let value = cookie.split_once('=').map_or("", |(_, value)| value);
        secrets.extend((value.len() >= 16).then(|| value.to_owned()));
    }
    secrets
}

/// The secrets in a body, by their names.
fn secrets_in(body: &[u8]) -> Vec<String> {
    let mut secrets = Vec::new();
    if let Ok(value) = serde_json::from_slice::<Value>(body) {
        collect(&value, &mut secrets);
    } else {
        for (key, value) in url::form_urlencoded::parse(body) {
            if key == "client_secret" {
                secrets.push(value.into_owned());
            }
        }
    }
    secrets
}

fn collect(value: &Value, secrets: &mut Vec<String>) {
    const NAMES: [&str; 7] =
        ["client_secret", "clientSecret", "password", "accessToken", "secret", "key", "token"];
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    Value::String(text) if NAMES.contains(&key.as_str()) && text.len() >= 8 => {
                        secrets.push(text.clone());
                    }
                    value => collect(value, secrets),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, secrets)),
        _ => {}
    }
}
