//! Signing in with a password, users, and API keys.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State as Shared},
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};

use super::{
    accounts::Accounts,
    answers::{Refusal, clear_cookie, cookie, set_session},
    edition::{Edition, LISTS_SESSIONS},
    server,
    state::{State, Who},
};
use crate::Secret;

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
        .route(&format!("{keys}/{{id}}"), get(read_key).delete(delete_key))
        .route(users, get(list_users).post(make_user))
        .route(me, get(whoami));
    if edition.has_plural_paths() {
        app = app.route("/api/users", get(list_others));
    }
    if edition.lists_sessions() {
        app = app.route("/api/admin/users/{id}/sessions", get(list_sessions));
    }
    if edition.tells_keys() {
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
    let token = accounts.open_session(&user, "");
    drop(accounts);
    let body = user.login(&state.edition, &token);
    let mut response = (StatusCode::CREATED, Json(body)).into_response();
    set_session(response.headers_mut(), &token, "password");
    Ok(response)
}

/// A session that came by OAuth, as its browser's cookie says, is sent to the
/// provider's own end of session.
async fn logout(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Refusal> {
    let who = state.who(&headers, uri.query().unwrap_or_default())?;
    let ended = match &who {
        Who::Session(_, token) => state.accounts().sessions.remove(token),
        Who::Key(..) => None,
    };
    let target = match ended {
        Some(session) if cookie(&headers, "immich_auth_type").as_deref() == Some("oauth") => {
            super::relying_party::end_session(&state, &session.id_token)
                .await
                .map_err(|error| Refusal::foreign(format!("Error in OAuth discovery: {error}")))?
        }
        _ => None,
    };
    let target = target.unwrap_or_else(|| "/auth/login?autoLaunch=0".into());
    let body = Json(json!({"successful": true, "redirectUri": target}));
    let mut response = (StatusCode::OK, body).into_response();
    for name in ["immich_access_token", "immich_auth_type", "immich_is_authenticated"] {
        clear_cookie(response.headers_mut(), name);
    }
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

/// The first account of a fresh server, which becomes its administrator.
async fn sign_up(Shared(state): Shared<Arc<State>>, body: Bytes) -> Result<Response, Refusal> {
    let mut accounts = state.accounts();
    if accounts.has_admin() {
        return Err(Refusal::new(400, "The server already has an admin"));
    }
    made(&state, &mut accounts, &body, true)
}

async fn make_user(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
    uri: Uri,
    body: Bytes,
) -> Result<Response, Refusal> {
    let query = uri.query().unwrap_or_default();
    state.allowed(&headers, query, &state.edition.users_permission("create"), true)?;
    made(&state, &mut state.accounts(), &body, false)
}

fn made(
    state: &State,
    accounts: &mut Accounts,
    body: &[u8],
    is_admin: bool,
) -> Result<Response, Refusal> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |key: &str| body[key].as_str().unwrap_or_default();
    if !text("email").contains('@') {
        return Err(Refusal::new(400, json!(["email must be an email"])));
    }
    if accounts.users.iter().any(|user| user.email == text("email")) {
        return Err(Refusal::new(400, "User exists"));
    }
    let password = Some(Secret::new(text("password")));
    let must_change_password = body["shouldChangePassword"] != json!(false);
    let id = accounts.create(text("email"), text("name"), is_admin, password).id;
    let user = accounts.active_mut().find(|user| user.id == id);
    let user = user.ok_or_else(|| Refusal::new(500, "Failed to create user"))?;
    user.must_change_password = must_change_password;
    Ok((StatusCode::CREATED, Json(user.for_admin(&state.edition))).into_response())
}

async fn whoami(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Json<Value>, Refusal> {
    let who = state.allowed(&headers, uri.query().unwrap_or_default(), "user.read", false)?;
    Ok(Json(who.user().for_admin(&state.edition)))
}

async fn list_users(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Json<Value>, Refusal> {
    let permission = state.edition.users_permission("read");
    state.allowed(&headers, uri.query().unwrap_or_default(), &permission, true)?;
    Ok(Json(Value::Array(state.accounts().listed(&state.edition))))
}

async fn list_sessions(
    Shared(state): Shared<Arc<State>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Json<Value>, Refusal> {
    state.allowed(&headers, uri.query().unwrap_or_default(), LISTS_SESSIONS, true)?;
    let accounts = state.accounts();
    if accounts.by_id(&id).is_none() {
        return Err(Refusal::new(400, "User not found"));
    }
    Ok(Json(Value::Array(accounts.sessions_of(&id))))
}

async fn list_others(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Json<Value>, Refusal> {
    state.allowed(&headers, uri.query().unwrap_or_default(), "user.read", false)?;
    let accounts = state.accounts();
    Ok(Json(accounts.users.iter().rev().map(|user| user.for_others(&state.edition)).collect()))
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
    let permissions = permissions(&state.edition, body.get("permissions"))?;
    // Nobody gives away what they do not have.
    if let Who::Key(_, key) = &who
        && !permissions.iter().all(|permission| key.may(permission))
    {
        return Err(Refusal::new(400, "Cannot grant permissions you do not have"));
    }
    let name = body["name"].as_str().unwrap_or("API Key");
    let (secret, key) = state.accounts().make_key(&who.user().id, name, permissions);
    let shown = key.shown(&state.edition);
    let mut body = json!({"secret": secret, "apiKey": shown});
    // From 3.2 on the key's fields are there twice.
    if state.edition.has_admin_config()
        && let (Some(body), Value::Object(shown)) = (body.as_object_mut(), shown)
    {
        body.extend(shown);
    }
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

/// The permissions that a body names, if the release knows them.
fn permissions(edition: &Edition, given: Option<&Value>) -> Result<Vec<String>, Refusal> {
    if !edition.has_permissions() {
        return Ok(Vec::new());
    }
    let known = &edition.permissions;
    let list = given.and_then(Value::as_array);
    let names: Vec<String> =
        list.into_iter().flatten().map(|name| name.as_str().unwrap_or_default().into()).collect();
    let stranger = names.iter().position(|name| !known.contains(name));
    if list.is_some() && !names.is_empty() && stranger.is_none() {
        return Ok(names);
    }
    if edition.is_terse() {
        let quoted: Vec<String> = known.iter().map(|name| format!("\"{name}\"")).collect();
        let error = match (list, stranger) {
            (None, _) => json!({
                "expected": "array",
                "code": "invalid_type",
                "path": ["permissions"],
                "message": "Invalid input: expected array, received undefined",
            }),
            (Some(_), Some(at)) => json!({
                "code": "invalid_value",
                "values": known,
                "path": ["permissions", at],
                "message": format!("Invalid option: expected one of {}", quoted.join("|")),
            }),
            (Some(_), None) => json!({
                "origin": "array",
                "code": "too_small",
                "minimum": 1,
                "inclusive": true,
                "path": ["permissions"],
                "message": "Too small: expected array to have >=1 items",
            }),
        };
        return Err(Refusal::listed(vec![error]));
    }
    let one_of = format!(
        "each value in permissions must be one of the following values: {}",
        known.join(", ")
    );
    let few = "permissions must contain at least 1 elements".to_owned();
    Err(Refusal::new(
        400,
        match list {
            None => vec![few, "permissions should not be empty".to_owned(), one_of],
            Some(_) if names.is_empty() => vec![few],
            Some(_) => vec![one_of],
        },
    ))
}

async fn read_key(
    Shared(state): Shared<Arc<State>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Json<Value>, Refusal> {
    let who = state.allowed(&headers, uri.query().unwrap_or_default(), "apiKey.read", false)?;
    // Before 1.137 `me` is an id like any other, and no good one.
    if id.len() != 36 {
        return Err(Refusal::new(400, json!(["id must be a UUID"])));
    }
    let accounts = state.accounts();
    let key = accounts.keys.values().find(|key| key.id == id && key.owner == who.user().id);
    let key = key.ok_or_else(|| Refusal::new(400, "API Key not found"))?;
    Ok(Json(key.shown(&state.edition)))
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
        Who::Session(..) => Err(Refusal::new(403, "Not authenticated with an API Key")),
    }
}
