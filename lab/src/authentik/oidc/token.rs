//! The token endpoint: where a client redeems a code.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{
    super::{
        chance,
        claims::{self, after},
        events, fields, install, redirect_uris,
        state::{Grant, Row, State, User, int, text},
        wire::{Call, Reply, last},
    },
    authorize::may,
    client::credentials,
};

/// The grant types that the endpoint knows at all.
const KNOWN: [&str; 5] = [
    "authorization_code",
    "refresh_token",
    "client_credentials",
    "password",
    "urn:ietf:params:oauth:grant-type:device_code",
];

/// An OAuth error: always 400, never 401.
pub(super) fn refused(call: &Call, error: &str) -> Reply {
    let description = match error {
        "invalid_client" => {
            "Client authentication failed (e.g., unknown client, no client authentication included, or unsupported authentication method)"
        }
        "unsupported_grant_type" => {
            "The authorization grant type is not supported by the authorization server"
        }
        "invalid_request" => "The request is otherwise malformed",
        _ => {
            "The provided authorization grant or refresh token is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client"
        }
    };
    let body = json!({"error": error, "error_description": description, "request_id": call.id});
    unkept(Reply::json(400, &body))
}

/// No cache keeps this answer.
fn unkept(reply: Reply) -> Reply {
    reply.with("cache-control", "no-store").with("pragma", "no-cache")
}

pub(super) fn answer(state: &mut State, call: &Call) -> Reply {
    let form = call.form();
    let grant_type = last(&form, "grant_type").unwrap_or_default().to_owned();
    let client = credentials(state, call, &form);
    let Some(provider) = state.provider_of_client(&client.id).cloned() else {
        return refused(call, "invalid_client");
    };
    if !KNOWN.contains(&grant_type.as_str()) {
        return refused(call, "unsupported_grant_type");
    }
    // Before the secret is looked at.
    if !may(state, &provider, &grant_type) {
        return refused(call, "invalid_grant");
    }
    let confidential = matches!(grant_type.as_str(), "authorization_code" | "refresh_token");
    if confidential && !client.are_right(&provider) {
        return refused(call, "invalid_client");
    }
    match grant_type.as_str() {
        "authorization_code" => redeem(state, call, &form, &provider),
        "refresh_token" => refresh(state, call, &form, &provider),
        "client_credentials" if client.are_right(&provider) => {
            by_credentials(state, call, &form, &provider)
        }
        _ => refused(call, "invalid_grant"),
    }
}

fn redeem(state: &mut State, call: &Call, form: &[(String, String)], provider: &Row) -> Reply {
    let pk = int(provider, "pk").unwrap_or_default();
    let Some(given) = last(form, "code").filter(|code| !code.is_empty()) else {
        return refused(call, "invalid_grant");
    };
    let uri = last(form, "redirect_uri").unwrap_or_default();
    if !redirect_uris::allows(provider, uri) {
        misconfigured(state, call, provider, uri);
        return refused(call, "invalid_client");
    }
    let now = state.now();
    let Some(at) =
        state.codes.iter().position(|code| code.text == given && code.asked.provider == pk)
    else {
        return refused(call, "invalid_grant");
    };
    let code = &state.codes[at];
    if code.expires <= now || code.asked.redirect_uri != uri {
        return refused(call, "invalid_grant");
    }
    if !proves(code.asked.challenge.as_ref(), last(form, "code_verifier")) {
        return refused(call, "invalid_grant");
    }
    let code = state.codes.remove(at);
    let grant = Grant {
        pk: 0,
        token: String::new(),
        provider: pk,
        user: code.user,
        scopes: code.asked.scopes,
        nonce: code.asked.nonce,
        expires: now,
        auth_time: code.auth_time,
        sid: code.sid,
        claims: Row::new(),
        revoked: false,
    };
    hand_out(state, call, provider, &grant)
}

/// Whether a client that began with a challenge proves that it is the same:
/// RFC 7636 section 4.6.
fn proves(challenge: Option<&(String, bool)>, verifier: Option<&str>) -> bool {
    match (challenge, verifier) {
        (None, given) => given.is_none_or(str::is_empty),
        (Some(_), None) => false,
        (Some((challenge, hashed)), Some(verifier)) => {
            if *hashed {
                let hash = ring::digest::digest(&ring::digest::SHA256, verifier.as_bytes());
                URL_SAFE_NO_PAD.encode(hash) == *challenge
            } else {
                verifier == challenge
            }
        }
    }
}

fn refresh(state: &mut State, call: &Call, form: &[(String, String)], provider: &Row) -> Reply {
    let pk = int(provider, "pk").unwrap_or_default();
    let given = last(form, "refresh_token").unwrap_or_default();
    let now = state.now();
    let found = state.refresh_tokens.iter_mut().find(|grant| {
        grant.token == given && grant.provider == pk && !grant.revoked && grant.expires > now
    });
    let Some(found) = found else { return refused(call, "invalid_grant") };
    let grant = found.clone();
    // The new answer brings a new one.
    found.revoked = true;
    hand_out(state, call, provider, &grant)
}

/// A client in its own name: authentik makes a user for it.
fn by_credentials(
    state: &mut State,
    call: &Call,
    form: &[(String, String)],
    provider: &Row,
) -> Reply {
    let pk = int(provider, "pk").unwrap_or_default();
    let Some(application) = state.application_of(pk).cloned() else {
        return refused(call, "invalid_grant");
    };
    let username = format!("ak-{}-client_credentials", text(provider, "name"));
    let known = state.users.iter().find(|user| user.username == username).map(|user| user.pk);
    let user = known.unwrap_or_else(|| {
        let now = state.now();
        let pk = state.next();
        let name = text(&application, "name");
        state.users.push(User {
            pk,
            username,
            name: format!("Autogenerated user from application {name} (client credentials)"),
            email: String::new(),
            is_active: true,
            password: None,
            totp: None,
            kind: "service_account".into(),
            path: "goauthentik.io/application".into(),
            uuid: chance::uuid(),
            attributes: json!({"goauthentik.io/user/generated": true}),
            joined: now,
            last_login: Some(now),
            password_changed: now,
        });
        pk
    });
    if !state.lets_in(&application, user) {
        return refused(call, "invalid_grant");
    }
    let actor = events::actor(state, user);
    let context =
        install::row(json!({"auth_method": "oauth_client_secret", "auth_method_args": {}}));
    events::record(state, call, "login", "authentik.events.signals", &actor, context, &[]);
    let known: Vec<&str> = state.mappings_of(provider).map(|m| text(m, "scope_name")).collect();
    let mut scopes: Vec<String> = last(form, "scope")
        .unwrap_or_default()
        .split_whitespace()
        .filter(|scope| known.contains(scope))
        .map(str::to_owned)
        .collect();
    scopes.sort_unstable();
    let now = state.now();
    let grant = Grant {
        pk: 0,
        token: String::new(),
        provider: pk,
        user,
        scopes,
        nonce: None,
        expires: now,
        auth_time: now,
        sid: String::new(),
        claims: Row::new(),
        revoked: false,
    };
    hand_out(state, call, provider, &grant)
}

/// Makes the tokens and answers with them.
fn hand_out(state: &mut State, call: &Call, provider: &Row, from: &Grant) -> Reply {
    let now = state.now();
    let lasts = fields::seconds(text(provider, "access_token_validity")).unwrap_or(3_600);
    let secret = text(provider, "client_secret");
    let mut grant = Grant { expires: after(now, lasts), revoked: false, ..from.clone() };
    grant.pk = state.next();
    grant.claims = claims::id_token(state, provider, &grant, &call.base);
    if grant.sid.is_empty() {
        grant.claims.shift_remove("sid");
    }
    let encrypted = provider.get("encryption_key").is_some_and(|key| !key.is_null());
    let id_token = state.sign(&Value::Object(grant.claims.clone()), Some(provider), secret);
    let id_token = if encrypted { sealed() } else { id_token };
    let mut access = grant.claims.clone();
    access.insert("azp".into(), json!(text(provider, "client_id")));
    access.insert("uid".into(), json!(chance::letters(40)));
    access.insert("scope".into(), json!(grant.scopes.join(" ")));
    grant.token = state.sign(&Value::Object(access), Some(provider), secret);
    let mut body = install::row(json!({
        "access_token": grant.token,
        "token_type": "Bearer",
        "scope": grant.scopes.join(" "),
        "expires_in": lasts,
        "id_token": id_token,
    }));
    // Before 2024.2 every answer brought a refresh token.
    let keeps = grant.scopes.iter().any(|scope| scope == "offline_access") || !state.at(2024, 2);
    state.access_tokens.push(grant.clone());
    if keeps {
        let days = fields::seconds(text(provider, "refresh_token_validity")).unwrap_or(2_592_000);
        let token = chance::letters(128);
        body.insert("refresh_token".into(), json!(token));
        let pk = state.next();
        state.refresh_tokens.push(Grant { pk, token, expires: after(now, days), ..grant });
    }
    unkept(Reply::ok(&Value::Object(body)))
}

/// A token that only the holder of a private key can read, for all that a client
/// without it sees: five parts, RFC 7516.
fn sealed() -> String {
    let header = json!({"alg": "RSA-OAEP-256", "enc": "A256CBC-HS512", "cty": "JWT"});
    let header = URL_SAFE_NO_PAD.encode(header.to_string());
    let part = |length| URL_SAFE_NO_PAD.encode(chance::letters(length));
    format!("{header}.{}.{}.{}.{}", part(256), part(16), part(512), part(32))
}

/// A redirect URI that the provider does not allow is written down.
fn misconfigured(state: &mut State, call: &Call, provider: &Row, uri: &str) {
    let context = install::row(json!({
        "message": "Invalid redirect URI used by provider",
        "expected": provider.get("redirect_uris"),
        "provider": events::named("authentik_providers_oauth2", "oauth2provider", provider),
        "redirect_uri": uri,
    }));
    let app = "authentik.providers.oauth2.views.token";
    events::record(state, call, "configuration_error", app, &events::anonymous(), context, &[]);
}
