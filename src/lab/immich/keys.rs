//! Signing in with a password, users, and API keys.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State as Shared},
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::{delete, get, post},
};
use serde_json::{Value, json};

use super::{
    answers::{Refusal, clear_cookie, set_cookie},
    edition::Edition,
    server,
    state::{State, Who},
};
use crate::secret::Secret;

pub(super) fn routes(edition: &Edition) -> Router<Arc<State>> {
    let (keys, users) = if edition.has_plural_paths() {
        ("/api/api-keys", "/api/admin/users")
    } else {
        ("/api/api-key", "/api/user")
    };
    let me = if edition.has_plural_paths() { "/api/users/me" } else { "/api/user/me" };
    let mut app = Router::new()
        .route("/api/auth/login", post(login))
        .route("/api/auth/logout", post(logout))
        .route("/api/auth/validateToken", post(validate))
        .route("/api/auth/admin-sign-up", post(sign_up))
        .route(keys, get(list_keys).post(make_key))
        .route(&format!("{keys}/{{id}}"), delete(delete_key))
        .route(users, get(list_users))
        .route(me, get(whoami));
    if edition.version.at_least(1, 137, 0) {
        app = app.route("/api/api-keys/me", get(key_itself));
    }
    app
}

async fn login(Shared(state): Shared<Arc<State>>, body: Bytes) -> Result<Response, Refusal> {
    let config = server::config(&state, "login")?;
    if config["passwordLogin"]["enabled"] != json!(true) {
        return Err(Refusal::new(401, "Password login has been disabled"));
    }
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
    let mut accounts = state.accounts();
    let user = accounts.by_password(&text("email"), &Secret::new(text("password"))).cloned();
    let user = user.ok_or_else(|| Refusal::new(401, "Incorrect email or password"))?;
    let token = accounts.open_session(&user, false);
    drop(accounts);
    let body = user.login(&state.edition, &token);
    let mut response = (StatusCode::CREATED, Json(body)).into_response();
    set_cookie(response.headers_mut(), "immich_access_token", &token);
    set_cookie(response.headers_mut(), "immich_auth_type", "password");
    Ok(response)
}

/// A session that came by OAuth is sent to the provider's own end of session.
async fn logout(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Refusal> {
    let who = state.who(&headers, uri.query().unwrap_or_default())?;
    let mut by_oauth = false;
    let id = who.user().id.clone();
    state.accounts().sessions.retain(|_, (user, oauth)| {
        by_oauth |= *user == id && *oauth;
        *user != id
    });
    let target = if by_oauth { super::relying_party::end_session(&state).await } else { None };
    let target = target.unwrap_or_else(|| "/auth/login?autoLaunch=0".into());
    let body = Json(json!({"successful": true, "redirectUri": target}));
    let mut response = (StatusCode::OK, body).into_response();
    clear_cookie(response.headers_mut(), "immich_access_token");
    Ok(response)
}

async fn validate(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Json<Value>, Refusal> {
    state.who(&headers, uri.query().unwrap_or_default())?;
    Ok(Json(json!({"authStatus": true})))
}

async fn sign_up() -> Refusal {
    Refusal::new(400, "The server already has an admin")
}

async fn whoami(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Json<Value>, Refusal> {
    let who = state.allowed(&headers, uri.query().unwrap_or_default(), "user.read", false)?;
    Ok(Json(who.user().for_admin()))
}

async fn list_users(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Json<Value>, Refusal> {
    let permission = state.edition.users_permission();
    state.allowed(&headers, uri.query().unwrap_or_default(), permission, true)?;
    Ok(Json(Value::Array(state.accounts().listed())))
}

async fn list_keys(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Json<Value>, Refusal> {
    let who = state.allowed(&headers, uri.query().unwrap_or_default(), "apiKey.read", false)?;
    let accounts = state.accounts();
    let own = accounts.keys.values().filter(|key| key.owner == who.user().id);
    Ok(Json(own.map(|key| key.shown(&state.edition)).collect()))
}

async fn make_key(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
    uri: Uri,
    body: Bytes,
) -> Result<Response, Refusal> {
    let who = state.allowed(&headers, uri.query().unwrap_or_default(), "apiKey.create", false)?;
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let permissions: Vec<String> = body["permissions"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    if state.edition.has_permissions() && permissions.is_empty() {
        return Err(Refusal {
            status: 400,
            message: json!(["permissions should not be empty", "permissions must be an array"]),
            errors: None,
        });
    }
    // Nobody gives away what they do not have.
    if let Who::Key(_, key) = &who
        && !permissions.iter().all(|permission| key.may(permission))
    {
        return Err(Refusal::new(400, "Cannot grant permissions you do not have"));
    }
    let name = body["name"].as_str().unwrap_or("API Key");
    let (secret, key) = state.accounts().make_key(&who.user().id, name, permissions);
    let body = json!({"secret": secret, "apiKey": key.shown(&state.edition)});
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

async fn delete_key(
    Shared(state): Shared<Arc<State>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<StatusCode, Refusal> {
    let who = state.allowed(&headers, uri.query().unwrap_or_default(), "apiKey.delete", false)?;
    let owner = who.user().id.clone();
    let mut accounts = state.accounts();
    let before = accounts.keys.len();
    accounts.keys.retain(|_, key| key.id != id || key.owner != owner);
    if accounts.keys.len() == before {
        return Err(Refusal::new(400, "API Key not found"));
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn key_itself(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Json<Value>, Refusal> {
    match state.who(&headers, uri.query().unwrap_or_default())? {
        Who::Key(_, key) => Ok(Json(key.shown(&state.edition))),
        Who::Session(_) => Err(Refusal::new(403, "Not authenticated with an API Key")),
    }
}
