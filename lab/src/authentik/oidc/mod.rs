//! OpenID Connect: what clients and browsers talk to, below
//! `/application/o/`.

mod authorize;
mod client;
mod discovery;
mod token;
mod userinfo;

pub(super) use authorize::{finish, issue};

use axum::http::Method;
use serde_json::json;

use super::{
    state::State,
    wire::{Call, Reply},
};

/// Answers a request below `/application/o/`.
pub(super) fn answer(state: &mut State, call: &Call) -> Reply {
    let rest = call.path.strip_prefix("/application/o/").unwrap_or_default();
    let segments: Vec<&str> = rest.split('/').collect();
    match *segments.as_slice() {
        ["authorize", ""] => {
            only(call, &[Method::GET, Method::POST], |call| authorize::answer(state, call))
        }
        ["token", ""] => only(call, &[Method::POST], |call| token::answer(state, call)),
        ["userinfo", ""] => {
            only(call, &[Method::GET, Method::POST], |call| userinfo::answer(state, call))
        }
        ["introspect", ""] => only(call, &[Method::POST], |call| userinfo::introspect(state, call)),
        ["revoke", ""] => only(call, &[Method::POST], |call| userinfo::revoke(state, call)),
        [slug, ".well-known", "openid-configuration"] => discovery::document(state, call, slug),
        [slug, "jwks", ""] => discovery::jwks(state, call, slug),
        [slug, "end-session", ""] => userinfo::end_session(state, call, slug),
        [slug, ""] => discovery::issuer(state, call, slug),
        _ => Reply::missing(&call.method),
    }
}

fn only(call: &Call, methods: &[Method], answer: impl FnOnce(&Call) -> Reply) -> Reply {
    if methods.contains(&call.method) {
        return answer(call);
    }
    if call.method == Method::OPTIONS {
        return Reply::ok(&json!({}));
    }
    let names: Vec<&str> = methods.iter().map(Method::as_str).collect();
    Reply::html(405, String::new()).with("allow", format!("{}, OPTIONS", names.join(", ")))
}
