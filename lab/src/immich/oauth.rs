//! Logging in through the identity provider.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::State as Shared,
    http::{
        HeaderMap, HeaderValue, Method, StatusCode, Uri,
        header::{ACCEPT, CONTENT_TYPE, LOCATION},
    },
    response::{Html, IntoResponse, Response},
    routing::{any, get, post},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use ring::digest;
use serde_json::{Value, json};
use url::Url;

use super::{
    accounts::User,
    answers::{Refusal, clear_cookie, cookie, set_cookie, set_session},
    claimed,
    edition::Edition,
    relying_party::{Code, Profile, discover, redeem},
    server,
    state::{State, Who},
};
use crate::chance;

const STATE: &str = "immich_oauth_state";
const VERIFIER: &str = "immich_oauth_code_verifier";

/// What the app calls itself.
const APP: &str = "app.immich:///oauth-callback";

pub(super) fn routes(edition: &Edition) -> Router<Arc<State>> {
    let mut app = Router::new();
    if edition.has_backchannel() {
        app = app.route("/api/oauth/backchannel-logout", any(backchannel));
    }
    app.route("/api/oauth/authorize", post(authorize))
        .route("/api/oauth/callback", post(callback))
        .route("/api/oauth/link", post(link))
        .route("/api/oauth/unlink", post(unlink))
        .route("/api/oauth/mobile-redirect", get(mobile_redirect))
}

/// The oauth block, if login with OAuth is on.
fn enabled(state: &State) -> Result<Value, Refusal> {
    let config = server::config(state, "get config")?;
    if config["oauth"]["enabled"] == json!(true) {
        Ok(config["oauth"].clone())
    } else {
        Err(Refusal::new(400, "OAuth is not enabled"))
    }
}

async fn authorize(Shared(shared): Shared<Arc<State>>, body: Bytes) -> Result<Response, Refusal> {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let Some(redirect_uri) = body["redirectUri"].as_str().filter(|uri| !uri.is_empty()) else {
        return Err(no_redirect_uri(&shared.edition, &body));
    };
    let oauth = enabled(&shared)?;
    let redirect_uri = overridden(&oauth, redirect_uri);
    let metadata = discover(&shared, &oauth).await.map_err(|error| {
        shared.note(&format!("Error in OAuth discovery: {error}"));
        Refusal::foreign(format!("Error in OAuth discovery: {error}"))
    })?;
    let endpoint = metadata["authorization_endpoint"].as_str().unwrap_or_default();
    let misleads_to = shared.misleads_to();
    let mut url = Url::parse(misleads_to.as_deref().unwrap_or(endpoint))
        .map_err(|_| Refusal::foreign("Error in OAuth discovery: TypeError: Invalid URL"))?;
    let offers_pkce = metadata["code_challenge_methods_supported"]
        .as_array()
        .is_some_and(|methods| methods.contains(&json!("S256")));
    if !shared.edition.has_pkce() {
        return Ok(by_old_library(url, redirect_uri, &oauth, &body));
    }
    let verifier = chance::letters(43);
    let challenge = match body["codeChallenge"].as_str() {
        Some(given) => Some(given.to_owned()),
        None if offers_pkce => {
            Some(BASE64.encode(digest::digest(&digest::SHA256, verifier.as_bytes())))
        }
        None => None,
    };
    let nonce = body["state"].as_str().map_or_else(|| chance::letters(43), str::to_owned);
    {
        let mut query = url.query_pairs_mut();
        query
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("scope", oauth["scope"].as_str().unwrap_or_default())
            .append_pair("state", &nonce);
        if let Some(prompt) = oauth["prompt"].as_str().filter(|prompt| !prompt.is_empty()) {
            query.append_pair("prompt", prompt);
        }
        if let Some(challenge) = &challenge {
            query.append_pair("code_challenge", challenge);
            query.append_pair("code_challenge_method", "S256");
        }
        query
            .append_pair("client_id", oauth["clientId"].as_str().unwrap_or_default())
            .append_pair("response_type", "code");
    }
    let mut response = (StatusCode::CREATED, Json(json!({"url": url.as_str()}))).into_response();
    set_cookie(response.headers_mut(), STATE, &nonce);
    if challenge.is_some() {
        set_cookie(response.headers_mut(), VERIFIER, &verifier);
    }
    Ok(response)
}

/// The address that the app's own one is replaced by, where the settings name
/// one. What a browser asks for stays.
fn overridden<'a>(oauth: &'a Value, redirect_uri: &'a str) -> &'a str {
    let own = oauth["mobileRedirectUri"].as_str().filter(|uri| !uri.is_empty());
    match own {
        Some(own) if redirect_uri == APP && oauth["mobileOverrideEnabled"] == json!(true) => own,
        _ => redirect_uri,
    }
}

fn no_redirect_uri(edition: &Edition, body: &Value) -> Refusal {
    if !edition.is_terse() {
        let told = json!(["redirectUri must be a string", "redirectUri should not be empty"]);
        return Refusal::new(400, told);
    }
    let got = if body["redirectUri"].is_null() { "undefined" } else { "another type" };
    Refusal::listed(vec![json!({
        "expected": "string",
        "code": "invalid_type",
        "path": ["redirectUri"],
        "message": format!("Invalid input: expected string, received {got}"),
    })])
}

/// The answer of the library before 1.132: no PKCE, and its own order and
/// spelling of the parameters.
fn by_old_library(mut url: Url, redirect_uri: &str, oauth: &Value, body: &Value) -> Response {
    let state = body["state"].as_str().map_or_else(|| chance::letters(43), str::to_owned);
    let text = |key: &str| oauth[key].as_str().unwrap_or_default();
    let encoded = |text: &str| {
        url::form_urlencoded::byte_serialize(text.as_bytes())
            .collect::<String>()
            .replace('+', "%20")
    };
    url.set_query(Some(&format!(
        "client_id={}&scope={}&response_type=code&redirect_uri={}&state={}",
        encoded(text("clientId")),
        encoded(text("scope")),
        encoded(redirect_uri),
        encoded(&state),
    )));
    (StatusCode::CREATED, Json(json!({"url": url.as_str()}))).into_response()
}

/// What a login began with, by the app's words or the browser's cookies. Before
/// 1.132 there was neither.
struct Begun {
    state: Option<String>,
    verifier: Option<String>,
}

fn begun(shared: &State, headers: &HeaderMap, body: &Value) -> Result<Begun, Refusal> {
    let given = |key: &str, name: &str| {
        body[key].as_str().map(str::to_owned).or_else(|| cookie(headers, name))
    };
    let (state, verifier) = (given("state", STATE), given("codeVerifier", VERIFIER));
    if shared.edition.has_pkce() {
        if state.is_none() {
            return Err(Refusal::new(400, "OAuth state is missing"));
        }
        if verifier.is_none() {
            return Err(Refusal::new(400, "OAuth code verifier is missing"));
        }
    }
    Ok(Begun { state, verifier })
}

/// Who it is, by the callback that a browser or the app brings.
async fn profile(
    shared: &State,
    oauth: &Value,
    begun: &Begun,
    body: &Value,
) -> Result<Profile, Refusal> {
    let failed = |why: &str| {
        shared.note(&format!("OAuth login failed: {why}"));
        Refusal::new(500, "Failed to finish oauth")
    };
    let url = Url::parse(body["url"].as_str().unwrap_or_default())
        .map_err(|error| failed(&error.to_string()))?;
    let query = |key: &str| {
        url.query_pairs().find(|(name, _)| name == key).map(|(_, value)| value.into_owned())
    };
    // The old library has nothing to compare the state with.
    if shared.edition.has_pkce() && query("state") != begun.state {
        return Err(failed("unexpected \"state\" response parameter value"));
    }
    let code = query("code").ok_or_else(|| failed("no code"))?;
    // The app's scheme comes back with one slash; it puts the three back.
    let redirect_uri =
        body["url"].as_str().unwrap_or_default().split('?').next().unwrap_or_default();
    let redirect_uri = overridden(oauth, redirect_uri);
    let metadata = discover(shared, oauth).await.map_err(|error| {
        shared.note(&format!("Error in OAuth discovery: {error}"));
        Refusal::foreign(format!("Error in OAuth discovery: {error}"))
    })?;
    let code = Code { text: &code, redirect_uri, verifier: begun.verifier.as_deref() };
    redeem(shared, oauth, &metadata, &code).await.map_err(|error| failed(&error))
}

async fn callback(
    Shared(shared): Shared<Arc<State>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let oauth = enabled(&shared)?;
    let begun = begun(&shared, &headers, &body)?;
    let profile = profile(&shared, &oauth, &begun, &body).await?;
    let user = matched(&shared, &profile.claims, &oauth)?;
    let token = shared.accounts().open_session(&user, &profile.id_token);
    let body = user.login(&shared.edition, &token);
    let mut response = (StatusCode::CREATED, Json(body)).into_response();
    let headers = response.headers_mut();
    set_session(headers, &token, "oauth");
    clear_cookie(headers, STATE);
    clear_cookie(headers, VERIFIER);
    Ok(response)
}

/// The user whom the claims mean: by the subject, else by the e-mail address,
/// else a new one.
fn matched(shared: &State, claims: &Value, oauth: &Value) -> Result<User, Refusal> {
    let edition = &shared.edition;
    let fails = |text: &str| {
        shared.note(text);
        // From 3.x on the cause is only in the log.
        let told = if edition.is_terse() { "OAuth authentication failed" } else { text };
        Refusal::new(400, told)
    };
    let fold = |email: &str| {
        if edition.folds_email() { email.trim().to_lowercase() } else { email.to_owned() }
    };
    let claim = |setting: &str| oauth[setting].as_str().map_or(&Value::Null, |name| &claims[name]);
    let role = claimed::is_admin(edition, claim("roleClaim"));
    let known = |user: &mut User| {
        if let Some(is_admin) = role.filter(|_| edition.takes_role_at_each_login()) {
            user.is_admin = is_admin;
        }
        user.clone()
    };
    let subject = claims["sub"].as_str().unwrap_or_default();
    let mut accounts = shared.accounts();
    if let Some(user) = accounts.active_mut().find(|user| user.oauth_id == subject) {
        return Ok(known(user));
    }
    let email = claims["email"]
        .as_str()
        .filter(|email| !email.is_empty())
        .map(fold)
        .ok_or_else(|| Refusal::new(400, "OAuth profile does not have an email address"))?;
    if let Some(user) = accounts.active_mut().find(|user| fold(&user.email) == email) {
        if !user.oauth_id.is_empty() {
            return Err(fails("User already exists, but is linked to another account."));
        }
        user.link(subject);
        return Ok(known(user));
    }
    if oauth["autoRegister"] != json!(true) {
        return Err(fails("User does not exist and auto registering is disabled."));
    }
    if !accounts.has_admin() {
        return Err(fails("The first registered account must the administrator."));
    }
    let failed = |why: &str| {
        shared.note(why);
        Refusal::new(500, "Failed to finish oauth")
    };
    // Deleted ones keep their address, and every label is somebody's only.
    if accounts.users.iter().any(|user| user.email == email) {
        return Err(failed("duplicate key value violates unique constraint \"user_email_uq\""));
    }
    let label = claimed::label(claim("storageLabelClaim"));
    if label.is_some() && accounts.users.iter().any(|user| user.storage_label == label) {
        let why = "duplicate key value violates unique constraint \"user_storageLabel_uq\"";
        return Err(failed(why));
    }
    let quota = claimed::quota(claim("storageQuotaClaim"), &oauth["defaultStorageQuota"])
        .map_err(|_| failed("PostgresError: invalid input syntax for type bigint"))?;
    let name = claims["name"].as_str().filter(|name| !name.is_empty()).unwrap_or(&email).to_owned();
    let id = accounts.create(&email, &name, role.unwrap_or_default(), None).id;
    let user = accounts.users.iter_mut().find(|user| user.id == id);
    let user = user.ok_or_else(|| failed("the user is gone"))?;
    user.link(subject);
    user.storage_label = label;
    user.quota = quota.filter(|bytes| *bytes > 0 || edition.knows_empty_quotas());
    Ok(user.clone())
}

/// Sessions may link, and keys that may do everything.
fn linker(shared: &State, headers: &HeaderMap, uri: &Uri) -> Result<User, Refusal> {
    let who = shared.allowed(headers, uri.query().unwrap_or_default(), "all", false)?;
    match who {
        Who::Session(user, _) | Who::Key(user, _) => Ok(user),
    }
}

async fn link(
    Shared(shared): Shared<Arc<State>>,
    headers: HeaderMap,
    uri: Uri,
    body: Bytes,
) -> Result<Response, Refusal> {
    let linker = linker(&shared, &headers, &uri)?;
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let begun = begun(&shared, &headers, &body)?;
    let found = match enabled(&shared) {
        Ok(oauth) => profile(&shared, &oauth, &begun, &body).await,
        Err(refusal) => Err(refusal),
    };
    // Whatever went wrong, the cause is only in the log.
    let profile = found.map_err(|_| Refusal::new(500, "Failed to link oauth account"))?;
    let subject = profile.claims["sub"].as_str().unwrap_or_default();
    let mut accounts = shared.accounts();
    if accounts.users.iter().any(|user| user.oauth_id == subject && user.id != linker.id) {
        let text = "This OAuth account has already been linked to another user.";
        return Err(Refusal::new(400, text));
    }
    let status = shared.edition.link_status();
    relink(&shared.edition, &mut accounts.users, &linker.id, subject)
        .map(|user| (status, user).into_response())
}

async fn unlink(
    Shared(shared): Shared<Arc<State>>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Refusal> {
    let linker = linker(&shared, &headers, &uri)?;
    let status = shared.edition.unlink_status();
    relink(&shared.edition, &mut shared.accounts().users, &linker.id, "")
        .map(|user| (status, user).into_response())
}

fn relink(
    edition: &Edition,
    users: &mut [User],
    id: &str,
    subject: &str,
) -> Result<Json<Value>, Refusal> {
    let user = users.iter_mut().find(|user| user.id == id);
    let user = user.ok_or_else(|| Refusal::new(401, "Invalid user token"))?;
    user.link(subject);
    Ok(Json(user.for_admin(edition)))
}

/// The provider ends a session. The lab's authentik ends none, so no token is
/// one that would.
async fn backchannel(
    Shared(shared): Shared<Arc<State>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Refusal {
    if method != Method::POST {
        return Refusal::new(404, format!("Cannot {method} {}", uri.path()));
    }
    let is_json = headers
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    let has_token = if is_json {
        serde_json::from_slice(&body).is_ok_and(|body: Value| body["logout_token"].is_string())
    } else {
        url::form_urlencoded::parse(&body).any(|(key, _)| key == "logout_token")
    };
    if !has_token {
        return Refusal::listed(vec![json!({
            "expected": "string",
            "code": "invalid_type",
            "path": ["logout_token"],
            "message": "Invalid input: expected string, received undefined",
        })]);
    }
    if enabled(&shared).is_err() {
        let told = "Received backchannel logout request but OAuth is not enabled";
        return Refusal::new(400, told);
    }
    Refusal::new(400, "Error backchannel logout: token validation failed")
}

async fn mobile_redirect(uri: Uri, headers: HeaderMap) -> Response {
    let target = format!("{APP}?{}", uri.query().unwrap_or_default());
    let accepts = headers.get(ACCEPT).and_then(|kinds| kinds.to_str().ok()).unwrap_or_default();
    let mut response = if accepts.contains("text/html") {
        let shown = target.replace('&', "&amp;");
        let page = Html(format!("<p>Temporary Redirect. Redirecting to {shown}</p>"));
        (StatusCode::TEMPORARY_REDIRECT, page).into_response()
    } else {
        StatusCode::TEMPORARY_REDIRECT.into_response()
    };
    if let Ok(target) = HeaderValue::from_str(&target) {
        response.headers_mut().insert(LOCATION, target);
    }
    response
}
