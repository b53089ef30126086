//! The authorization endpoint: where a browser begins a login.

use serde_json::json;

use super::super::{
    claims::after,
    events, fields, page, redirect_uris, session,
    state::{AuthorizeRequest, Code, Row, State, int, text},
    wire::{Call, Reply},
};
use crate::authentik::{chance, executor};

/// Why a request is refused.
enum Refusal {
    /// With a page: the browser must not be sent to an address that nobody
    /// vouched for.
    Page(&'static str, &'static str),
    /// By sending the browser back with an error.
    Back { error: &'static str, description: String },
    /// authentik crashes.
    Crash,
}

pub(super) fn answer(state: &mut State, call: &Call) -> Reply {
    if call.query.is_empty() {
        return Reply::missing(&call.method);
    }
    let uri = call.param("redirect_uri").unwrap_or_default().to_owned();
    let asked = match read(state, call) {
        Ok(asked) => asked,
        Err(refusal) => return refused(call, &uri, refusal),
    };
    let sid = session::find_or_begin(state, call);
    let user = state.sessions.get(&sid).and_then(|session| session.user);
    let prompts: Vec<&str> = call.param("prompt").unwrap_or_default().split(' ').collect();
    if user.is_none() && prompts.contains(&"none") {
        let description = "The Authorization Server requires End-User authentication".to_owned();
        return refused(call, &uri, Refusal::Back { error: "login_required", description });
    }
    let denied =
        || Reply::html(200, page::message("Permission denied", "Request has been denied."));
    let Some(application) = state.application_of(asked.provider).cloned() else {
        return denied();
    };
    let Some(user) = user else {
        let to = login(state, call, asked.provider);
        return session::cookies(state, &sid, Reply::redirect(to));
    };
    if !state.lets_in(&application, user) {
        return denied();
    }
    let provider = state.provider(asked.provider);
    let flow = provider.map(|row| text(row, "authorization_flow").to_owned());
    let flow = state.flows.iter().find(|row| Some(text(row, "pk")) == flow.as_deref());
    let Some(flow) = flow else { return Reply::crash(&call.method) };
    let slug = text(flow, "slug").to_owned();
    let asks = flow.get("stages").and_then(|s| s.as_array()).is_some_and(|s| !s.is_empty());
    if asks || !state.at(2025, 10) {
        // The flow's page finds the request in the session.
        if let Some(session) = state.sessions.get_mut(&sid) {
            session.pending = Some(asked);
            session.walk = None;
        }
        let to = format!("/if/flow/{slug}/?{}", call.raw_query);
        return session::cookies(state, &sid, Reply::redirect(to));
    }
    let to = issue(state, call, &sid, user, &asked, &call.query);
    session::cookies(state, &sid, Reply::redirect(finish(&to)))
}

fn read(state: &mut State, call: &Call) -> Result<AuthorizeRequest, Refusal> {
    let param = |name: &str| call.param(name).unwrap_or_default();
    if param("max_age").parse::<i64>().is_err() && !param("max_age").is_empty() {
        return Err(Refusal::Crash);
    }
    let uri = param("redirect_uri");
    let provider =
        state.provider_of_client(param("client_id")).filter(|_| !param("client_id").is_empty());
    let provider = provider.cloned().ok_or(Refusal::Page(
        "Client ID Error",
        "The client identifier (client_id) is missing or invalid.",
    ))?;
    let pk = int(&provider, "pk").unwrap_or_default();
    let wrong_uri = Refusal::Page(
        "Redirect URI Error",
        "The request fails due to a missing, invalid, or mismatching redirection URI (redirect_uri).",
    );
    if uri.is_empty() || redirect_uris::is_corrupt(&provider) {
        return Err(wrong_uri);
    }
    if redirect_uris::is_empty(&provider) {
        // Trust on first use: whoever comes first decides.
        redirect_uris::trust(state, pk, uri);
    } else if !redirect_uris::allows(&provider, uri) {
        return Err(wrong_uri);
    }
    let back = |error, description: &str| Refusal::Back { error, description: description.into() };
    if param("response_type") != "code" {
        return Err(back(
            "unsupported_response_type",
            "The authorization server does not support obtaining an authorization code using this method",
        ));
    }
    if !may(state, &provider, "authorization_code") {
        return Err(back("invalid_request", "The request is otherwise malformed"));
    }
    let challenge = param("code_challenge");
    let challenge = match (challenge, param("code_challenge_method")) {
        ("", _) => None,
        (challenge, "S256") => Some((challenge.to_owned(), true)),
        (challenge, "" | "plain") => Some((challenge.to_owned(), false)),
        (_, other) => {
            return Err(back("invalid_request", &format!("Unsupported challenge method {other}")));
        }
    };
    // Scopes that no mapping knows are dropped without a word.
    let known: Vec<&str> = state.mappings_of(&provider).map(|m| text(m, "scope_name")).collect();
    let mut scopes: Vec<String> = param("scope")
        .split_whitespace()
        .filter(|scope| known.contains(scope))
        .map(str::to_owned)
        .collect();
    scopes.sort_unstable();
    scopes.dedup();
    let given = |name: &str| call.param(name).filter(|value| !value.is_empty()).map(str::to_owned);
    Ok(AuthorizeRequest {
        provider: pk,
        redirect_uri: uri.to_owned(),
        scopes,
        state: given("state"),
        nonce: given("nonce"),
        challenge,
    })
}

/// Whether a provider permits a grant type: from 2026.5 on only what is
/// listed, and an API client that lists nothing has listed nothing.
pub(super) fn may(state: &State, provider: &Row, grant: &str) -> bool {
    let listed = provider.get("grant_types").and_then(|types| types.as_array());
    !state.released(2026, 5) || listed.is_some_and(|types| types.iter().any(|t| t == grant))
}

fn refused(call: &Call, uri: &str, refusal: Refusal) -> Reply {
    match refusal {
        Refusal::Crash => Reply::crash(&call.method),
        Refusal::Page(title, text) => Reply::html(400, page::message(title, text)),
        Refusal::Back { error, description } => {
            // Django refuses to redirect to a scheme that it does not know.
            if !uri.starts_with("http://") && !uri.starts_with("https://") {
                return Reply::html(400, page::message("Bad Request", ""));
            }
            let mut to = format!(
                "{uri}{}error={error}&error_description={}",
                if uri.contains('?') { '&' } else { '?' },
                quoted(&description)
            );
            if let Some(state) = call.param("state").filter(|state| !state.is_empty()) {
                to.push_str("&state=");
                to.push_str(&quoted(state));
            }
            Reply::redirect(to)
        }
    }
}

/// Where somebody who is not signed in is led: a path of authentik's own.
fn login(state: &State, call: &Call, provider: i64) -> String {
    let next = call.full_path();
    if state.at(2026, 5) {
        let next = executor::urlencoded(&next);
        let own = state.provider(provider).map(|row| text(row, "authentication_flow"));
        let flow = state.flows.iter().find(|row| Some(text(row, "pk")) == own);
        let slug = flow.map_or("default-authentication-flow", |row| text(row, "slug"));
        format!("/if/flow/{slug}/?{}&next={next}", call.raw_query)
    } else {
        let next = quoted(&next);
        format!("/flows/-/default/authentication/?next={next}")
    }
}

/// Issues a code: the browser may go back to the client with it. `args` are
/// the parameters that the event remembers.
pub(in super::super) fn issue(
    state: &mut State,
    call: &Call,
    sid: &str,
    user: i64,
    asked: &AuthorizeRequest,
    args: &[(String, String)],
) -> String {
    let now = state.now();
    let provider = state.provider(asked.provider).cloned().unwrap_or_default();
    let lasts = fields::seconds(text(&provider, "access_code_validity")).unwrap_or(60);
    let session = state.sessions.get(sid).cloned().unwrap_or_default();
    let code = chance::hex();
    let hashed = ring::digest::digest(&ring::digest::SHA256, sid.as_bytes());
    let pk = state.next();
    state.codes.push(Code {
        pk,
        text: code.clone(),
        user,
        asked: asked.clone(),
        expires: after(now, lasts),
        auth_time: session.auth_time,
        sid: chance::hex_of(hashed.as_ref()),
    });
    let application = state.application_of(asked.provider).cloned().unwrap_or_default();
    let context = super::super::install::row(json!({
        "flow": text(&provider, "authorization_flow").replace('-', ""),
        "scopes": asked.scopes.join(" "),
        "authorized_application": events::named("authentik_core", "application", &application),
    }));
    let actor = events::actor(state, user);
    let app = "authentik.providers.oauth2.views.authorize";
    events::record(state, call, "authorize_application", app, &actor, context, args);
    let joint = if asked.redirect_uri.contains('?') { '&' } else { '?' };
    let mut to = format!("{}{joint}code={code}", asked.redirect_uri);
    if let Some(text) = &asked.state {
        to.push_str("&state=");
        to.push_str(&executor::urlencoded(text));
    }
    to
}

/// A redirect as Python puts it together again: a scheme without a host loses
/// its slashes, so that `app.immich:///oauth-callback` becomes
/// `app.immich:/oauth-callback`.
pub(in super::super) fn finish(to: &str) -> String {
    match to.split_once(":///") {
        Some((scheme, rest)) if !scheme.contains(['/', '?']) => format!("{scheme}:/{rest}"),
        _ => to.to_owned(),
    }
}

/// Python's `quote`: like a query, but a blank is `%20` and `/` stays.
fn quoted(text: &str) -> String {
    executor::urlencoded(text).replace('+', "%20").replace("%2F", "/")
}
