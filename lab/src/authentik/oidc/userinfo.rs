//! What a token is good for: userinfo, introspection, revocation, logout.

use axum::http::Method;
use serde_json::{Value, json};

use super::{
    super::{
        claims, session,
        state::{Grant, State, int, text},
        wire::{Call, Reply, last},
    },
    client::credentials,
};

/// OpenID Connect Core 1.0, section 5.3.
pub(super) fn answer(state: &State, call: &Call) -> Reply {
    let bearer = call.header("authorization").and_then(|header| {
        let (scheme, token) = header.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.to_owned())
    });
    let given = bearer.or_else(|| last(&call.form(), "access_token").map(str::to_owned));
    let now = state.now();
    let grant = state.access_tokens.iter().find(|grant| {
        Some(&grant.token) == given.as_ref() && !grant.revoked && grant.expires > now
    });
    let provider = grant.and_then(|grant| state.provider(grant.provider));
    let (Some(grant), Some(provider)) = (grant, provider) else {
        let why = "error=\"invalid_token\", error_description=\"The access token provided is expired, revoked, malformed, or invalid for other reasons\"";
        return Reply::html(401, String::new()).with("www-authenticate", why);
    };
    if !grant.scopes.iter().any(|scope| scope == "openid") {
        let why = "error=\"insufficient_scope\", error_description=\"The request requires higher privileges than provided by the access token\"";
        return Reply::html(403, String::new()).with("www-authenticate", why);
    }
    let mut body = super::super::state::Row::new();
    body.insert("sub".into(), json!(claims::subject(state, provider, grant.user)));
    let said = claims::of_scopes(state, provider, grant.user, &grant.scopes);
    super::super::fields::merge(&mut body, said);
    if let Some(nonce) = &grant.nonce {
        body.insert("nonce".into(), json!(nonce));
    }
    Reply::ok(&Value::Object(body)).with("cache-control", "no-store").with("pragma", "no-cache")
}

/// RFC 7662. Wrong credentials and unknown tokens get the same answer.
pub(super) fn introspect(state: &State, call: &Call) -> Reply {
    let form = call.form();
    let client = credentials(state, call, &form);
    let provider = state.provider_of_client(&client.id).filter(|row| client.are_right(row));
    let token = last(&form, "token").unwrap_or_default();
    let now = state.now();
    let mut grants = state.access_tokens.iter().chain(&state.refresh_tokens);
    let grant = provider.and_then(|row| {
        grants.find(|grant| {
            grant.token == token
                && Some(grant.provider) == int(row, "pk")
                && !grant.revoked
                && grant.expires > now
        })
    });
    let Some(grant) = grant else { return Reply::ok(&json!({"active": false})) };
    let mut body = grant.claims.clone();
    body.insert("active".into(), json!(true));
    body.insert("scope".into(), json!(grant.scopes.join(" ")));
    body.insert("client_id".into(), json!(client.id));
    Reply::ok(&Value::Object(body))
}

/// RFC 7009.
pub(super) fn revoke(state: &mut State, call: &Call) -> Reply {
    let form = call.form();
    let client = credentials(state, call, &form);
    let provider = state.provider_of_client(&client.id).filter(|row| client.are_right(row));
    let Some(pk) = provider.and_then(|row| int(row, "pk")) else {
        return super::token::refused(call, "invalid_client");
    };
    let token = last(&form, "token").unwrap_or_default().to_owned();
    let ours = |grant: &&mut Grant| grant.token == token && grant.provider == pk;
    let mut grants = state.access_tokens.iter_mut().chain(&mut state.refresh_tokens);
    if let Some(grant) = grants.find(ours) {
        grant.revoked = true;
    }
    Reply::ok(&json!({}))
}

/// Ends the login at the application; the provider's invalidation flow says
/// how.
pub(super) fn end_session(state: &mut State, call: &Call, slug: &str) -> Reply {
    let application = state.application(slug);
    let provider = application.and_then(|row| state.provider(int(row, "provider")?));
    let Some(provider) = provider else { return Reply::missing(&call.method) };
    if call.method != Method::GET && call.method != Method::POST {
        return Reply::missing(&call.method);
    }
    let flow = text(provider, "invalidation_flow");
    let flow = state.flows.iter().find(|row| text(row, "pk") == flow);
    let slug = flow.map_or("default-invalidation-flow", |row| text(row, "slug")).to_owned();
    let sid = session::find_or_begin(state, call);
    let to = format!("/if/flow/{slug}/?{}", call.raw_query);
    session::cookies(state, &sid, Reply::redirect(to.trim_end_matches('?')))
}
