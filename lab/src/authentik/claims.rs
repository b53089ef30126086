//! What tokens say about somebody.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    chance, expression, fields,
    state::{Grant, Row, State, int, text},
};

/// The class of every login here.
const ACR: &str = "goauthentik.io/providers/oauth2/default";

/// What the scope mappings of a provider say of a user. A scope without a
/// mapping says nothing: a provider without mappings knows no e-mail address.
pub(super) fn of_scopes(state: &State, provider: &Row, user: i64, scopes: &[String]) -> Row {
    let mut claims = Row::new();
    let Some(user) = state.user(user) else { return claims };
    let asked = |mapping: &&Row| scopes.iter().any(|scope| scope == text(mapping, "scope_name"));
    let is_own = |mapping: &&Row| mapping.get("managed").is_none_or(Value::is_null);
    // What authentik brought wins over what an administrator added.
    for mapping in state.mappings_of(provider).filter(asked).filter(is_own) {
        // Where one fails, the login goes on without what it would say.
        let said = expression::evaluate(text(mapping, "expression"), state, user);
        fields::merge(&mut claims, said.unwrap_or_default());
    }
    for mapping in state.mappings_of(provider).filter(asked).filter(|row| !is_own(row)) {
        let scope = text(mapping, "scope_name");
        let said = match scope {
            "email" => json!({"email": user.email, "email_verified": !state.at(2025, 10)}),
            "profile" => {
                let groups: Vec<&str> =
                    state.groups_of(user.pk).map(|group| group.name.as_str()).collect();
                json!({
                    "name": user.name,
                    "given_name": user.name,
                    "preferred_username": user.username,
                    "nickname": user.username,
                    "groups": groups,
                })
            }
            "entitlements" => json!({"entitlements": [], "roles": []}),
            _ => json!({}),
        };
        fields::merge(&mut claims, super::install::row(said));
    }
    claims
}

/// The issuer of a provider.
pub(super) fn issuer(state: &State, provider: &Row, base: &str) -> String {
    let slug = int(provider, "pk").and_then(|pk| state.application_of(pk));
    match slug {
        Some(row) if text(provider, "issuer_mode") != "global" => {
            format!("{base}/application/o/{}/", text(row, "slug"))
        }
        _ => format!("{base}/"),
    }
}

/// Who somebody is for a provider.
pub(super) fn subject(state: &State, provider: &Row, user: i64) -> String {
    let Some(found) = state.user(user) else { return String::new() };
    match text(provider, "sub_mode") {
        "user_id" => found.pk.to_string(),
        "user_uuid" => found.uuid.clone(),
        "user_username" => found.username.clone(),
        "user_email" => found.email.clone(),
        _ => state.uid(user),
    }
}

/// The claims of the id token of a grant.
pub(super) fn id_token(state: &State, provider: &Row, grant: &Grant, base: &str) -> Row {
    let now = state.now();
    let mut claims = Row::new();
    let mut put = |name: &str, value: Value| claims.insert(name.into(), value);
    put("iss", json!(issuer(state, provider, base)));
    put("sub", json!(subject(state, provider, grant.user)));
    put("aud", json!(text(provider, "client_id")));
    put("exp", json!(grant.expires.as_second()));
    put("iat", json!(now.as_second()));
    put("auth_time", json!(grant.auth_time.as_second()));
    put("acr", json!(ACR));
    put("amr", json!(["pwd"]));
    if let Some(nonce) = &grant.nonce {
        put("nonce", json!(nonce));
    }
    put("sid", json!(grant.sid));
    if state.at(2026, 5) {
        put("jti", json!(chance::letters(40)));
    }
    if provider.get("include_claims_in_id_token") != Some(&Value::Bool(false)) {
        fields::merge(&mut claims, of_scopes(state, provider, grant.user, &grant.scopes));
    }
    claims
}

/// The claims that a user would get, without a login.
pub(super) fn preview(
    state: &State,
    provider: &Row,
    user: i64,
    scopes: &[String],
    base: &str,
) -> Row {
    let now = state.now();
    let grant = Grant {
        pk: 0,
        token: String::new(),
        provider: 0,
        user,
        scopes: scopes.to_vec(),
        nonce: None,
        expires: after(now, 1_800),
        auth_time: now,
        sid: String::new(),
        claims: Row::new(),
        revoked: false,
    };
    let mut claims = id_token(state, provider, &grant, base);
    claims.shift_remove("amr");
    claims.shift_remove("sid");
    claims
}

/// So many seconds later.
pub(super) fn after(at: Timestamp, seconds: i64) -> Timestamp {
    at.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}
