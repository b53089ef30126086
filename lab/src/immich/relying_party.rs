//! Immich as a client of OpenID Connect: discovery before every login, the
//! exchange of the code, and the check of the token's signature.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use ring::{
    hmac,
    signature::{
        ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
        UnparsedPublicKey,
    },
};
use serde_json::Value;
use url::Url;

use super::state::State;

/// The end of a URL that is a discovery document itself.
const WELL_KNOWN: &str = "/.well-known/openid-configuration";

/// How many parts an encrypted token has: RFC 7516, section 7.1.
const ENCRYPTED: usize = 5;

/// What Immich logs and, before 3.x, tells when discovery fails.
pub(super) type Failure = String;

/// The provider's metadata.
pub(super) async fn discover(state: &State, oauth: &Value) -> Result<Value, Failure> {
    let issuer = oauth["issuerUrl"].as_str().unwrap_or_default();
    let url = Url::parse(issuer).map_err(|_| "TypeError: Invalid URL".to_owned())?;
    let insecure = oauth["allowInsecureRequests"].as_bool().unwrap_or_default();
    if state.edition.refuses_http() && url.scheme() != "https" && !insecure {
        return Err("ClientError: only requests to HTTPS are allowed".into());
    }
    let is_document = url.path().ends_with(WELL_KNOWN);
    let document = if is_document {
        url.clone()
    } else {
        let mut document = url.clone();
        document.set_path(&format!("{}{WELL_KNOWN}", url.path().trim_end_matches('/')));
        document
    };
    let old = !state.edition.has_pkce();
    let answer = state.http.get(document).send().await.map_err(|error| {
        state.note(&format!("{error:?}"));
        let old_words = "AggregateError: Issuer.discover() failed.";
        if old { old_words } else { "TypeError: fetch failed" }.to_owned()
    })?;
    let status = answer.status();
    if status != 200 {
        return Err(if old {
            format!("OPError: expected 200 OK, got: {status}")
        } else {
            "ClientError: unexpected HTTP response status code".into()
        });
    }
    let metadata: Value = answer
        .json()
        .await
        .map_err(|_| "ClientError: unexpected response content-type".to_owned())?;
    if !old && !metadata["issuer"].is_string() {
        return Err("ClientError: invalid response encountered".into());
    }
    // The old library does not compare.
    if !old && !is_document && metadata["issuer"].as_str() != Some(url.as_str()) {
        let text = "ClientError: discovered metadata issuer does not match the expected issuer";
        return Err(text.into());
    }
    Ok(metadata)
}

/// Where a session that came by OAuth with this token is ended at the
/// provider.
pub(super) async fn end_session(state: &State, id_token: &str) -> Result<Option<String>, Failure> {
    let Ok(config) = state.config() else { return Ok(None) };
    let oauth = &config["oauth"];
    if oauth["enabled"] != Value::Bool(true) {
        return Ok(None);
    }
    let own = oauth["endSessionEndpoint"].as_str().filter(|url| !url.is_empty());
    let endpoint = if let Some(own) = own {
        own.to_owned()
    } else {
        let metadata = discover(state, oauth).await?;
        match metadata["end_session_endpoint"].as_str() {
            Some(endpoint) => endpoint.to_owned(),
            None => return Ok(None),
        }
    };
    if !state.edition.sends_token_at_logout() {
        return Ok(Some(endpoint));
    }
    let mut url = Url::parse(&endpoint).map_err(|_| "TypeError: Invalid URL".to_owned())?;
    url.query_pairs_mut().append_pair("id_token_hint", id_token);
    Ok(Some(url.into()))
}

/// What a callback brought.
pub(super) struct Code<'a> {
    pub(super) text: &'a str,
    /// The callback's address without its query.
    pub(super) redirect_uri: &'a str,
    pub(super) verifier: Option<&'a str>,
}

/// Who logs in.
pub(super) struct Profile {
    /// What the provider says of them.
    pub(super) claims: Value,
    /// The token that says so.
    pub(super) id_token: String,
}

/// Redeems a code and returns who it is.
pub(super) async fn redeem(
    state: &State,
    oauth: &Value,
    metadata: &Value,
    code: &Code<'_>,
) -> Result<Profile, Failure> {
    let endpoint = |key: &str| metadata[key].as_str().unwrap_or_default().to_owned();
    let text = |key: &str| oauth[key].as_str().unwrap_or_default();
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code.text),
        ("redirect_uri", code.redirect_uri),
    ];
    form.extend(code.verifier.map(|verifier| ("code_verifier", verifier)));
    let mut request = state.http.post(endpoint("token_endpoint"));
    if text("tokenEndpointAuthMethod") == "client_secret_basic" {
        request = request
            .basic_auth(form_encoded(text("clientId")), Some(form_encoded(text("clientSecret"))));
    } else {
        form.push(("client_id", text("clientId")));
        form.push(("client_secret", text("clientSecret")));
    }
    let answer = request.form(&form).send().await.map_err(|error| error.to_string())?;
    let tokens: Value = answer.json().await.map_err(|error| error.to_string())?;
    if let Some(error) = tokens["error"].as_str() {
        return Err(error.to_owned());
    }
    let token = tokens["id_token"].as_str().ok_or("no id_token")?;
    let id_token = token.to_owned();
    let claims = verified(state, metadata, oauth, token).await?;
    if claims["email"].is_string() {
        return Ok(Profile { claims, id_token });
    }
    let access = tokens["access_token"].as_str().unwrap_or_default();
    let answer = state
        .http
        .get(endpoint("userinfo_endpoint"))
        .bearer_auth(access)
        .send()
        .await
        .map_err(|error| error.to_string())?;
    if answer.status() != 200 {
        return Err("unexpected HTTP response status code".into());
    }
    // authentik signs no answer of this kind.
    if !matches!(text("profileSigningAlgorithm"), "" | "none") {
        return Err("JWT UserInfo Response expected".into());
    }
    let claims = answer.json().await.map_err(|error| error.to_string())?;
    Ok(Profile { claims, id_token })
}

/// The claims of a token whose signature, issuer, audience and expiry are
/// right.
async fn verified(
    state: &State,
    metadata: &Value,
    oauth: &Value,
    token: &str,
) -> Result<Value, Failure> {
    if token.split('.').count() == ENCRYPTED {
        return Err("UnsupportedOperationError: JWE decryption is not configured".into());
    }
    let (signed, signature) = token.rsplit_once('.').ok_or("the token has no signature")?;
    let (header, payload) = signed.split_once('.').ok_or("the token has no header")?;
    let header = decoded(header)?;
    if header["alg"] != oauth["signingAlgorithm"] {
        return Err("unexpected JWT \"alg\" header parameter".into());
    }
    let signature = BASE64.decode(signature).map_err(|error| error.to_string())?;
    if header["alg"] == "HS256" {
        let secret = oauth["clientSecret"].as_str().unwrap_or_default();
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        hmac::verify(&key, signed.as_bytes(), &signature)
            .map_err(|_| "JWT signature verification failed")?;
    } else {
        let key = published(state, metadata, &header).await?;
        verify(&key, signed.as_bytes(), &signature)?;
    }
    let claims = decoded(payload)?;
    if claims["iss"] != metadata["issuer"] {
        return Err("unexpected \"iss\" claim".into());
    }
    let for_us = match &claims["aud"] {
        Value::Array(all) => all.contains(&oauth["clientId"]),
        one => *one == oauth["clientId"],
    };
    if !for_us {
        return Err("unexpected \"aud\" claim".into());
    }
    let now = jiff::Timestamp::now().as_second();
    if claims["exp"].as_i64().is_none_or(|exp| exp < now - 30) {
        return Err("\"exp\" claim timestamp check failed".into());
    }
    Ok(claims)
}

/// The published key that a token names.
async fn published(state: &State, metadata: &Value, header: &Value) -> Result<Value, Failure> {
    let keys: Value = state
        .http
        .get(metadata["jwks_uri"].as_str().unwrap_or_default())
        .send()
        .await
        .map_err(|error| error.to_string())?
        .json()
        .await
        .map_err(|error| error.to_string())?;
    let mut keys = keys["keys"].as_array().into_iter().flatten();
    let named = keys.find(|key| key["kid"] == header["kid"] && key["alg"] == header["alg"]);
    named.cloned().ok_or_else(|| "no key of that kid".to_owned())
}

fn verify(key: &Value, signed: &[u8], signature: &[u8]) -> Result<(), Failure> {
    let number = |name: &str| {
        BASE64.decode(key[name].as_str().unwrap_or_default()).map_err(|error| error.to_string())
    };
    let outcome = match key["kty"].as_str() {
        Some("EC") if key["crv"] == "P-256" => {
            let point = [vec![4], number("x")?, number("y")?].concat();
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(signed, signature)
        }
        _ => RsaPublicKeyComponents { n: number("n")?, e: number("e")? }.verify(
            &RSA_PKCS1_2048_8192_SHA256,
            signed,
            signature,
        ),
    };
    outcome.map_err(|_| "JWT signature verification failed".to_owned())
}

/// As the OAuth library of Immich encodes client id and secret for a header:
/// everything but letters and digits.
fn form_encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b' ' => "+".to_owned(),
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

fn decoded(part: &str) -> Result<Value, Failure> {
    let bytes = BASE64.decode(part).map_err(|error| error.to_string())?;
    serde_json::from_slice(&bytes).map_err(|error| error.to_string())
}
