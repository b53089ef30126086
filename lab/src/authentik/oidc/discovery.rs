//! What a provider says of itself.

use axum::http::Method;
use serde_json::{Map, Value, json};

use super::super::{
    claims,
    state::{Row, State, int, text},
    wire::{Call, Reply},
};

/// The provider of an application, by the application's slug.
fn provider<'a>(state: &'a State, slug: &str) -> Option<&'a Row> {
    state.provider(int(state.application(slug)?, "provider")?)
}

/// OpenID Connect Discovery 1.0, section 4. The addresses are made of the
/// host by which authentik was asked.
pub(super) fn document(state: &State, call: &Call, slug: &str) -> Reply {
    let Some(provider) = provider(state, slug).filter(|_| call.method == Method::GET) else {
        return Reply::missing(&call.method);
    };
    let base = &call.base;
    let global = |name: &str| format!("{base}/application/o/{name}/");
    let own = |rest: &str| format!("{base}/application/o/{slug}/{rest}/");
    let scopes: Vec<&str> =
        state.mappings_of(provider).map(|mapping| text(mapping, "scope_name")).collect();
    let mut said: Vec<String> =
        ["sub", "iss", "aud", "exp", "iat", "auth_time", "acr", "amr", "nonce"]
            .map(str::to_owned)
            .to_vec();
    let asked: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    let anybody = state.users.first().map_or(0, |user| user.pk);
    said.extend(claims::of_scopes(state, provider, anybody, &asked).keys().cloned());
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| body.insert(name.into(), value);
    put("issuer", json!(claims::issuer(state, provider, base)));
    put("authorization_endpoint", json!(global("authorize")));
    put("token_endpoint", json!(global("token")));
    put("userinfo_endpoint", json!(global("userinfo")));
    put("end_session_endpoint", json!(own("end-session")));
    put("introspection_endpoint", json!(global("introspect")));
    put("revocation_endpoint", json!(global("revoke")));
    put("device_authorization_endpoint", json!(global("device")));
    if state.at(2025, 8) {
        put("backchannel_logout_supported", json!(true));
        put("backchannel_logout_session_supported", json!(true));
    }
    if state.at(2026, 5) {
        put("frontchannel_logout_supported", json!(true));
        put("frontchannel_logout_session_supported", json!(true));
    }
    let responses = [
        "code",
        "id_token",
        "id_token token",
        "code token",
        "code id_token",
        "code id_token token",
    ];
    put("response_types_supported", json!(responses));
    put("response_modes_supported", json!(["query", "fragment", "form_post"]));
    put("jwks_uri", json!(own("jwks")));
    let grants = [
        "authorization_code",
        "refresh_token",
        "implicit",
        "client_credentials",
        "password",
        "urn:ietf:params:oauth:grant-type:device_code",
    ];
    put("grant_types_supported", json!(grants));
    put("id_token_signing_alg_values_supported", json!([state.algorithm(provider)]));
    if provider.get("encryption_key").is_some_and(|key| !key.is_null()) {
        put("id_token_encryption_alg_values_supported", json!(["RSA-OAEP-256"]));
        put("id_token_encryption_enc_values_supported", json!(["A256CBC-HS512"]));
    }
    put("subject_types_supported", json!(["public"]));
    let methods = ["client_secret_post", "client_secret_basic"];
    put("token_endpoint_auth_methods_supported", json!(methods));
    put("acr_values_supported", json!(["goauthentik.io/providers/oauth2/default"]));
    put("scopes_supported", json!(scopes));
    put("request_parameter_supported", json!(false));
    put("claims_supported", json!(said));
    put("claims_parameter_supported", json!(false));
    put("code_challenge_methods_supported", json!(["plain", "S256"]));
    Reply::ok(&Value::Object(body)).with("access-control-allow-origin", "*")
}

/// The keys that sign this provider's tokens.
pub(super) fn jwks(state: &State, call: &Call, slug: &str) -> Reply {
    let Some(provider) = provider(state, slug).filter(|_| call.method == Method::GET) else {
        return Reply::missing(&call.method);
    };
    Reply::ok(&state.jwks(provider)).with("access-control-allow-origin", "*")
}

/// The issuer itself leads to its description.
pub(super) fn issuer(state: &State, call: &Call, slug: &str) -> Reply {
    if provider(state, slug).is_none() || call.method != Method::GET {
        return Reply::missing(&call.method);
    }
    Reply::redirect(format!("/application/o/{slug}/.well-known/openid-configuration"))
}
