//! The settings: read whole, put whole.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::State as Shared,
    http::{HeaderMap, Uri},
    routing::get,
};
use serde_json::Value;

use super::{answers::Refusal, config::check, edition::Edition, server, state::State};

type Outcome = Result<Json<Value>, Refusal>;

pub(super) fn routes(edition: &Edition) -> Router<Arc<State>> {
    let mut app = Router::new();
    if !edition.has_only_admin_config {
        app = app
            .route("/api/system-config", get(read).put(write))
            .route("/api/system-config/defaults", get(defaults));
    }
    if edition.has_admin_config() || edition.has_only_admin_config {
        app = app
            .route("/api/admin/config", get(read).put(write))
            .route("/api/admin/config/defaults", get(defaults));
    }
    app
}

/// Each path has permissions of its own name.
fn permission(uri: &Uri, what: &str) -> String {
    let block = if uri.path().starts_with("/api/admin/") { "adminConfig" } else { "systemConfig" };
    format!("{block}.{what}")
}

fn allowed(state: &State, headers: &HeaderMap, uri: &Uri, what: &str) -> Result<(), Refusal> {
    let query = uri.query().unwrap_or_default();
    state.allowed(headers, query, &permission(uri, what), true).map(|_| ())
}

async fn read(Shared(state): Shared<Arc<State>>, headers: HeaderMap, uri: Uri) -> Outcome {
    allowed(&state, &headers, &uri, "read")?;
    server::shown(&state, "get config").map(Json)
}

async fn defaults(Shared(state): Shared<Arc<State>>, headers: HeaderMap, uri: Uri) -> Outcome {
    allowed(&state, &headers, &uri, "read")?;
    Ok(Json(state.edition.defaults.clone()))
}

async fn write(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
    uri: Uri,
    body: Bytes,
) -> Outcome {
    allowed(&state, &headers, &uri, "update")?;
    let is_json = headers
        .get("content-type")
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| kind.starts_with("application/json"));
    // Another content type reads as an empty body.
    let body: Value = if is_json {
        serde_json::from_slice(&body)
            .map_err(|_| Refusal::unreadable("Unexpected end of JSON input"))?
    } else {
        Value::Object(serde_json::Map::new())
    };
    let config = check(&state.edition, &body).map_err(|w| Refusal::of(&state.edition, &w))?;
    if state.storage.file().is_some() {
        return Err(Refusal::new(
            400,
            "Cannot update configuration while IMMICH_CONFIG_FILE is in use",
        ));
    }
    state.store(&config).map(Json).map_err(|error| {
        state.note(&error);
        Refusal::new(500, "Failed to update config")
    })
}
