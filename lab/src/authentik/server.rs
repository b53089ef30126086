//! The server: takes requests, has them answered, and lets go wrong what is
//! meant to.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{ConnectInfo, Request, State as Shared},
    http::{HeaderValue, Method, Response, StatusCode, header, request::Parts},
};

use super::{
    Seen, api, chance, executor, install,
    listener::Line,
    mishap::{Mishap, MishapKind},
    oidc, page,
    state::State,
    wire::{Call, Reply},
};
use crate::web::{json_of, who_asks};

/// Bodies beyond this are not read.
const LONGEST_BODY: usize = 4 * 1024 * 1024;

/// What all connections share.
#[derive(Clone)]
pub(super) struct Inner {
    state: Arc<Mutex<State>>,
    /// The address to advertise where a request names no host.
    pub own: SocketAddr,
}

impl Inner {
    pub fn new(state: State, own: SocketAddr) -> Self {
        Self { state: Arc::new(Mutex::new(state)), own }
    }

    /// The same at another address.
    pub fn at(&self, own: SocketAddr) -> Self {
        Self { state: Arc::clone(&self.state), own }
    }

    /// The state; a handler that panicked does not make it unusable.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn router(&self) -> Router {
        Router::new().fallback(serve).with_state(self.clone())
    }
}

async fn serve(
    Shared(inner): Shared<Inner>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: Request,
) -> Response<Body> {
    let call = take_in(&inner, &line, request).await;
    let mishap = {
        let mut state = inner.lock();
        state.log.push(Seen {
            method: call.method.to_string(),
            path: call.full_path(),
            body: json_of(&call.headers, &call.body),
            asks: who_asks(&call.headers),
        });
        Mishap::take(&mut state.mishaps, &call)
    };
    match &mishap {
        Some(MishapKind::Drop) => line.cut(),
        Some(MishapKind::Delay(long)) => tokio::time::sleep(*long).await,
        Some(MishapKind::HeldBefore(gate)) => gate.pass().await,
        _ => {}
    }
    let mut reply = match mishap.as_ref().and_then(MishapKind::reply) {
        Some(reply) => reply,
        None if mishap == Some(MishapKind::Drop) => Reply::empty(200),
        None if mishap == Some(MishapKind::Forget) => {
            let mut state = inner.lock();
            let stored = (state.providers.clone(), state.applications.clone());
            let reply = answer(&mut state, &call);
            (state.providers, state.applications) = stored;
            reply
        }
        None => answer(&mut inner.lock(), &call),
    };
    if mishap == Some(MishapKind::Truncate) {
        let half = reply.body.len() / 2;
        let half = (0..=half).rev().find(|at| reply.body.is_char_boundary(*at));
        reply.body.truncate(half.unwrap_or_default());
    }
    match &mishap {
        Some(MishapKind::DropAfter) => line.cut(),
        Some(MishapKind::HeldAfter(gate)) => gate.pass().await,
        _ => {}
    }
    send(&call, reply)
}

async fn take_in(inner: &Inner, line: &Line, request: Request) -> Call {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, LONGEST_BODY).await.unwrap_or_default();
    let raw_query = head.uri.query().unwrap_or_default().to_owned();
    Call {
        query: url::form_urlencoded::parse(raw_query.as_bytes()).into_owned().collect(),
        base: base(&head, inner.own),
        method: head.method,
        path: head.uri.path().to_owned(),
        raw_query,
        headers: head.headers,
        body,
        id: chance::hex(),
        from: line.from.ip(),
    }
}

/// Scheme and host as the client, or the proxy before it, named them. HTTP/2
/// has both in the address.
fn base(head: &Parts, own: SocketAddr) -> String {
    let text = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
    let host = text("x-forwarded-host")
        .or_else(|| text(header::HOST.as_str()))
        .or_else(|| head.uri.authority().map(axum::http::uri::Authority::as_str));
    let host = host.map_or_else(|| own.to_string(), str::to_owned);
    let scheme = text("x-forwarded-proto").or_else(|| head.uri.scheme_str()).unwrap_or("http");
    format!("{scheme}://{host}")
}

/// What authentik answers when nothing goes wrong.
fn answer(state: &mut State, call: &Call) -> Reply {
    let path = call.path.as_str();
    if path.starts_with("/api/v3/flows/executor/") {
        return executor::answer(state, call);
    }
    if path.starts_with("/api/v3/") {
        return api::answer(state, call);
    }
    if path.starts_with("/application/o/") {
        return oidc::answer(state, call);
    }
    if call.method != Method::GET && call.method != Method::HEAD {
        return Reply::missing(&call.method);
    }
    match path {
        "/-/health/ready/" | "/-/health/live/" => {
            let status = if state.at(2024, 8) { 200 } else { 204 };
            Reply::html(status, String::new())
        }
        "/" => Reply::redirect("/flows/-/default/authentication/?next=/"),
        "/flows/-/default/authentication/" => {
            let query = respelled(call);
            Reply::redirect(format!("/if/flow/default-authentication-flow/{query}"))
        }
        "/flows/-/cancel/" => {
            Reply::html(200, page::message("Cancelled", "The login was given up."))
        }
        install::BACKGROUND => Reply::missing(&call.method),
        _ => {
            let slug = path.strip_prefix("/if/flow/").and_then(|rest| rest.strip_suffix('/'));
            let known = slug.filter(|slug| {
                state.flows.iter().any(|row| super::state::text(row, "slug") == *slug)
            });
            known.map_or_else(
                || Reply::missing(&call.method),
                |slug| Reply::html(200, page::flow(slug, &state.version.to_string())),
            )
        }
    }
}

/// A query in Django's spelling.
fn respelled(call: &Call) -> String {
    let pairs: Vec<String> = call
        .query
        .iter()
        .map(|(key, value)| {
            format!("{}={}", executor::urlencoded(key), executor::urlencoded(value))
        })
        .collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

fn send(call: &Call, reply: Reply) -> Response<Body> {
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    for (name, value) in reply.headers {
        // What cannot be a header's value is left out: a redirect that a
        // client smuggled a line break into, for one.
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.append(name, value);
        }
    }
    if let Ok(id) = HeaderValue::from_str(&call.id) {
        headers.insert("x-authentik-id", id);
    }
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    headers.insert("x-frame-options", HeaderValue::from_static("DENY"));
    headers.insert("referrer-policy", HeaderValue::from_static("same-origin"));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Language, Cookie"));
    response
}
