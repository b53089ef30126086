//! Users who are deleted, at once or for a while, and come back.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State as Shared},
    http::{HeaderMap, Uri},
    routing::{delete, post},
};
use serde_json::{Value, json};

use super::{
    accounts::{Standing, User},
    answers::Refusal,
    edition::Edition,
    state::State,
};

pub(super) fn routes(edition: &Edition) -> Router<Arc<State>> {
    let mut app = Router::new();
    if edition.has_plural_paths() {
        app = app
            .route("/api/admin/users/{id}", delete(remove))
            .route("/api/admin/users/{id}/restore", post(restore));
    }
    app
}

async fn remove(
    Shared(state): Shared<Arc<State>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    uri: Uri,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let permission = state.edition.users_permission("delete");
    let who = state.allowed(&headers, uri.query().unwrap_or_default(), &permission, true)?;
    if who.user().id == id {
        return Err(Refusal::new(403, "Cannot delete your own account"));
    }
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let mut accounts = state.accounts();
    let user = accounts.active_mut().find(|user| user.id == id).ok_or_else(no_such)?;
    let forced = body["force"] == json!(true);
    user.stand(if forced { Standing::Removing } else { Standing::Deleted });
    let shown = user.for_admin(&state.edition);
    accounts.sessions.retain(|_, session| session.user != id);
    if forced {
        accounts.users.retain(|user| user.id != id);
    }
    Ok(Json(shown))
}

async fn restore(
    Shared(state): Shared<Arc<State>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Json<Value>, Refusal> {
    let permission = state.edition.users_permission("delete");
    state.allowed(&headers, uri.query().unwrap_or_default(), &permission, true)?;
    let mut accounts = state.accounts();
    let user: &mut User =
        accounts.users.iter_mut().find(|user| user.id == id).ok_or_else(no_such)?;
    user.stand(Standing::Active);
    Ok(Json(user.for_admin(&state.edition)))
}

fn no_such() -> Refusal {
    Refusal::new(400, "User not found")
}
