//! Browsers: sessions by cookie, and the token against forged requests.

use axum::http::Method;
use serde_json::json;

use super::{
    chance,
    state::{Session, State},
    wire::{Call, Reply},
};

pub(super) const COOKIE: &str = "authentik_session";
pub(super) const CSRF_COOKIE: &str = "authentik_csrf";
/// Spelled by authentik as `X-authentik-CSRF`.
pub(super) const CSRF_HEADER: &str = "x-authentik-csrf";

/// The id of the session that a request belongs to.
pub(super) fn find(state: &State, call: &Call) -> Option<String> {
    let cookie = call.cookie(COOKIE)?;
    let sid = cookie.split('.').nth(1)?;
    let sid =
        base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, sid).ok()?;
    let sid = serde_json::from_slice::<serde_json::Value>(&sid).ok()?;
    let sid = sid.get("sid")?.as_str()?.to_owned();
    (state.sessions.contains_key(&sid) && cookie == signed(state, &sid)).then_some(sid)
}

/// [`find`], or a new session.
pub(super) fn find_or_begin(state: &mut State, call: &Call) -> String {
    find(state, call).unwrap_or_else(|| {
        let sid = chance::letters(32).to_lowercase();
        state
            .sessions
            .insert(sid.clone(), Session { auth_time: state.now(), ..Session::default() });
        sid
    })
}

/// Signs somebody in: the session gets a new id, as it must.
pub(super) fn sign_in(state: &mut State, sid: &str, user: i64) -> String {
    let mut session = state.sessions.remove(sid).unwrap_or_default();
    session.user = Some(user);
    session.auth_time = state.now();
    session.csrf = chance::letters(32);
    let now = state.now();
    if let Some(user) = state.user_mut(user) {
        user.last_login = Some(now);
    }
    let fresh = chance::letters(32).to_lowercase();
    state.sessions.insert(fresh.clone(), session);
    fresh
}

/// Sets a session's cookies on an answer.
pub(super) fn cookies(state: &State, sid: &str, reply: Reply) -> Reply {
    let session = format!("{COOKIE}={}; HttpOnly; Path=/; SameSite=Lax", signed(state, sid));
    let reply = reply.with("set-cookie", session);
    match state.sessions.get(sid) {
        Some(session) if session.user.is_some() => {
            let csrf = &session.csrf;
            let line = format!("{CSRF_COOKIE}={csrf}; Max-Age=31449600; Path=/; SameSite=Lax");
            reply.with("set-cookie", line)
        }
        _ => reply,
    }
}

/// Whether a request that changes something proves that it comes from a page
/// of this site.
pub(super) fn csrf_is_right(session: &Session, call: &Call) -> bool {
    session.user.is_none()
        || call.method == Method::GET
        || (call.header(CSRF_HEADER) == Some(session.csrf.as_str())
            && call.cookie(CSRF_COOKIE) == Some(session.csrf.as_str())
            && names_its_page(call))
}

/// Over TLS a request says which page it comes from, and that is one of this
/// site's.
fn names_its_page(call: &Call) -> bool {
    if !call.base.starts_with("https://") {
        return true;
    }
    let origin = call.header("origin") == Some(call.base.as_str());
    let page = call.header("referer").and_then(|page| page.strip_prefix(call.base.as_str()));
    origin || page.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The cookie's value: a token that carries the id, signed so that nobody
/// makes one up.
fn signed(state: &State, sid: &str) -> String {
    let user = state.sessions.get(sid).and_then(|session| session.user);
    let claims = json!({
        "sid": sid,
        "iss": "authentik",
        "sub": user.map_or_else(|| "anonymous".to_owned(), |user| state.uid(user)),
        "authenticated": user.is_some(),
        "acr": "goauthentik.io/core/default",
    });
    state.sign(&claims, None, &state.install)
}
