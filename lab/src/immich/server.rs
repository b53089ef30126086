//! The router, and what happens to a request before it comes to its room.

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::{Body, Bytes, to_bytes},
    extract::{ConnectInfo, Request, State as Shared},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri},
    middleware::{self, Next},
    response::{Html, IntoResponse, Response},
    routing::{any, get},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

use super::{
    answers::{Refusal, correlation_header},
    keys, oauth, people,
    state::State,
    system_config,
};
use crate::{
    Gate, chance,
    listener::{Cuttable, Line},
    web::{json_of, who_asks},
};

/// The page that a browser gets: a login button, and who is logged in.
const PAGE: &str = include_str!("../../assets/immich/page.html");

/// The most that is read of a body.
const MOST: usize = 4 << 20;

/// A request that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// `GET` and the like.
    pub method: String,
    /// The path without its query.
    pub path: String,
    /// The body, if it says that it is JSON, and is.
    pub body: Option<Value>,
    /// Who asks: the header that says so, its name in lower case.
    pub asks: Option<String>,
}

impl Seen {
    /// Whether it changes settings, users or keys. Logins, and questions that
    /// are put by POST, do not count.
    #[must_use]
    pub fn changes(&self) -> bool {
        let asks = ["/api/oauth/", "/api/auth/"].iter().any(|start| self.path.starts_with(start));
        self.method != "GET" && !asks
    }
}

/// Something that goes wrong once, with the next request that fits.
#[derive(Clone, Debug)]
pub enum Mishap {
    /// An answer of that status, as a proxy in front gives it.
    Answer {
        /// The method.
        method: String,
        /// The path.
        path: String,
        /// The status.
        status: u16,
    },
    /// The request is carried out, and the answer comes too late.
    Late {
        /// The method.
        method: String,
        /// The path.
        path: String,
        /// How late.
        by: Duration,
    },
    /// The request is carried out only after a while.
    Slow {
        /// The method.
        method: String,
        /// The path.
        path: String,
        /// How long it takes.
        by: Duration,
    },
    /// The request is carried out, and the answer ends in its middle.
    Truncate {
        /// The method.
        method: String,
        /// The path.
        path: String,
    },
    /// The connection breaks, and no answer comes.
    Drop {
        /// The method.
        method: String,
        /// The path.
        path: String,
        /// Whether the request is carried out all the same.
        after: bool,
    },
    /// It waits at a gate.
    Held {
        /// The method.
        method: String,
        /// The path.
        path: String,
        /// The gate.
        gate: Gate,
        /// Whether the request is carried out before, and only its answer
        /// waits. If whoever asks is gone before it is, nothing is done.
        after: bool,
    },
    /// Somebody else changes a setting right before this request is carried
    /// out.
    ForeignChange {
        /// The method.
        method: String,
        /// The path.
        path: String,
        /// The block of the settings.
        block: String,
        /// The key in it.
        key: String,
        /// The value.
        value: Value,
    },
}

impl Mishap {
    pub(super) fn fits(&self, wanted_method: &str, wanted_path: &str) -> bool {
        let (Self::Answer { method, path, .. }
        | Self::Truncate { method, path }
        | Self::Late { method, path, .. }
        | Self::Slow { method, path, .. }
        | Self::Drop { method, path, .. }
        | Self::Held { method, path, .. }
        | Self::ForeignChange { method, path, .. }) = self;
        // A folder stands for all that is below it.
        let here = path == wanted_path || path.ends_with('/') && wanted_path.starts_with(path);
        method == wanted_method && here
    }
}

/// Serves until the task is ended.
pub(super) fn serve(listener: TcpListener, state: Arc<State>) -> JoinHandle<()> {
    let app = router(&state).layer(middleware::from_fn_with_state(Arc::clone(&state), entrance));
    tokio::spawn(async move {
        let service = app.into_make_service_with_connect_info::<Line>();
        if let Err(error) = axum::serve(Cuttable(listener), service).await {
            state.note(&error.to_string());
        }
    })
}

fn router(state: &Arc<State>) -> Router {
    let edition = &state.edition;
    let mut app = Router::new()
        .route("/.well-known/immich", get(|| async { Json(json!({"api": {"endpoint": "/api"}})) }))
        .route("/", get(|| async { Html(PAGE) }))
        .route("/auth/login", get(|| async { Html(PAGE) }))
        .route("/user-settings", get(|| async { Html(PAGE) }))
        .merge(keys::routes(edition))
        .merge(oauth::routes(edition))
        .merge(people::routes(edition))
        .merge(system_config::routes(edition));
    let mut prefixes = Vec::new();
    if edition.has_server_paths() {
        prefixes.push("/api/server");
    }
    if edition.has_server_info_paths() {
        prefixes.push("/api/server-info");
    }
    for prefix in prefixes {
        app = app
            .route(&format!("{prefix}/ping"), get(|| async { Json(json!({"res": "pong"})) }))
            .route(&format!("{prefix}/version"), get(version))
            .route(&format!("{prefix}/features"), get(features))
            .route(&format!("{prefix}/config"), get(public_config))
            .route(&format!("{prefix}/version-history"), get(|| async { Json(json!([])) }));
        if edition.since(1, 107, 0) {
            app = app.route(&format!("{prefix}/about"), get(about));
        }
    }
    app.fallback(any(unknown)).with_state(Arc::clone(state))
}

/// Notes every request, and lets happen what is to go wrong with it.
async fn entrance(
    Shared(state): Shared<Arc<State>>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, MOST).await.unwrap_or_default();
    let (method, path) = (parts.method.to_string(), parts.uri.path().to_owned());
    let (json, asks) = (json_of(&parts.headers, &bytes), who_asks(&parts.headers));
    state.saw(Seen { method: method.clone(), path: path.clone(), body: json, asks });
    let correlation = chance::letters(8).to_ascii_lowercase();
    let (mut late, mut cut_short, mut held) = (Duration::ZERO, false, None);
    match state.due(&method, &path) {
        Some(Mishap::Answer { status, .. }) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
            let page = Html("<html><body><h1>Bad Gateway</h1></body></html>");
            // Only "too many" says when to come again.
            return if status == StatusCode::TOO_MANY_REQUESTS {
                (status, [("retry-after", "1")], page).into_response()
            } else {
                (status, page).into_response()
            };
        }
        Some(Mishap::Late { by, .. }) => late = by,
        Some(Mishap::Slow { by, .. }) => tokio::time::sleep(by).await,
        Some(Mishap::Truncate { .. }) => cut_short = true,
        Some(Mishap::Drop { after, .. }) => {
            line.cut();
            if !after {
                return StatusCode::OK.into_response();
            }
        }
        Some(Mishap::Held { gate, after: true, .. }) => held = Some(gate),
        Some(Mishap::Held { gate, .. }) => gate.pass().await,
        Some(Mishap::ForeignChange { block, key, value, .. }) => {
            if let Ok(mut config) = state.config() {
                config[block][key] = value;
                let _ = state.store(&config);
            }
        }
        None => {}
    }
    let mut response = next.run(Request::from_parts(parts, Body::from(bytes))).await;
    tokio::time::sleep(late).await;
    if let Some(gate) = held {
        gate.pass().await;
    }
    // A room that refuses leaves the words here; the form is the release's.
    if let Some(refusal) = response.extensions_mut().remove::<Refusal>() {
        response = refusal.into_answer(&state.edition, &correlation);
    }
    if cut_short {
        let whole = to_bytes(response.into_body(), MOST).await.unwrap_or_default();
        response = Response::new(Body::from(whole.slice(..whole.len() / 2)));
    }
    if let Ok(value) = HeaderValue::from_str(&correlation) {
        response.headers_mut().insert(correlation_header(&state.edition), value);
    }
    response
}

async fn unknown(method: Method, uri: Uri) -> Response {
    if uri.path().starts_with("/api") {
        Refusal::new(404, format!("Cannot {method} {}", uri.path())).into_response()
    } else {
        Html(PAGE).into_response()
    }
}

async fn version(Shared(state): Shared<Arc<State>>) -> Json<Value> {
    let text = state.edition.version.to_string();
    let mut numbers = text.split(['.', '-']).map(|part| part.parse::<u32>().unwrap_or_default());
    let mut next = || numbers.next().unwrap_or_default();
    let mut body = json!({"major": next(), "minor": next(), "patch": next()});
    if state.edition.is_terse() {
        body["prerelease"] = Value::Null;
    }
    Json(body)
}

/// A config file that cannot be read takes the whole server down.
pub(super) fn config(state: &State, what: &str) -> Result<Value, Refusal> {
    readable(state, state.config(), what)
}

/// The same of what its API shows.
pub(super) fn shown(state: &State, what: &str) -> Result<Value, Refusal> {
    readable(state, state.shown(), what)
}

fn readable(state: &State, read: Result<Value, String>, what: &str) -> Result<Value, Refusal> {
    read.map_err(|error| {
        state.note(&error);
        Refusal::new(500, format!("Failed to {what}"))
    })
}

async fn features(Shared(state): Shared<Arc<State>>) -> Result<Json<Value>, Refusal> {
    let config = config(&state, "get server features")?;
    let mut body = json!({
        "smartSearch": false, "facialRecognition": false, "map": true, "reverseGeocoding": true,
        "sidecar": true, "search": true, "trash": true,
        "oauth": config["oauth"]["enabled"],
        "oauthAutoLaunch": config["oauth"]["autoLaunch"],
        "passwordLogin": config["passwordLogin"]["enabled"],
        "configFile": state.storage.file().is_some(),
        "email": false,
    });
    let later = [
        ("duplicateDetection", (1, 106, 0)),
        ("importFaces", (1, 118, 0)),
        ("ocr", (2, 2, 0)),
        ("realtimeTranscoding", (3, 0, 0)),
    ];
    for (key, (major, minor, patch)) in later {
        if state.edition.since(major, minor, patch) {
            body[key] = false.into();
        }
    }
    Ok(Json(body))
}

async fn public_config(Shared(state): Shared<Arc<State>>) -> Result<Json<Value>, Refusal> {
    let config = config(&state, "get server config")?;
    let mut body = json!({
        "loginPageMessage": config["server"]["loginPageMessage"],
        "trashDays": 30,
        "userDeleteDelay": 7,
        "oauthButtonText": config["oauth"]["buttonText"],
        "isInitialized": state.accounts().has_admin(),
        // With a config file there is nothing left to ask in the web wizard.
        "isOnboarded": state.storage.file().is_some(),
        "externalDomain": config["server"]["externalDomain"],
    });
    if state.edition.since(1, 118, 0) {
        body["mapDarkStyleUrl"] = "https://tiles.example.com/dark.json".into();
        body["mapLightStyleUrl"] = "https://tiles.example.com/light.json".into();
    }
    if state.edition.since(1, 125, 0) {
        body["publicUsers"] = true.into();
    }
    if state.edition.since(2, 3, 0) {
        body["maintenanceMode"] = false.into();
    }
    if state.edition.is_terse() {
        body["minFaces"] = 3.into();
    }
    Ok(Json(body))
}

async fn about(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
    uri: Uri,
    _: Bytes,
) -> Result<Json<Value>, Refusal> {
    state.allowed(&headers, uri.query().unwrap_or_default(), "server.about", false)?;
    let version = format!("v{}", state.edition.version);
    Ok(Json(json!({
        "version": version, "versionUrl": "https://immich.example.com/releases", "licensed": false,
        "nodejs": "", "exiftool": "", "ffmpeg": "", "libvips": "", "imagemagick": "",
    })))
}
