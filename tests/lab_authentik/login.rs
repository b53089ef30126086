//! Logins from the first page to the verified token.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use immich_sso_lab::{Person, authentik::Authentik};
use ring::{digest, signature};
use serde_json::{Value, json};

use crate::http::{Asker, started};

const WEB: &str = "https://photos.example.com/auth/login";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// Where Immich would send the browser.
fn link(authentik: &Authentik, redirect_uri: &str) -> String {
    let hash = digest::digest(&digest::SHA256, VERIFIER.as_bytes());
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("client_id", "immich"),
            ("response_type", "code"),
            ("scope", "openid email profile"),
            ("redirect_uri", redirect_uri),
            ("state", "a state"),
            ("nonce", "n1"),
            ("code_challenge", &URL_SAFE_NO_PAD.encode(hash)),
            ("code_challenge_method", "S256"),
        ])
        .finish();
    format!("{}/application/o/authorize/?{query}", authentik.url())
}

fn alice() -> Person {
    Person::new("alice", Authentik::password("alice"))
}

fn code(address: &str) -> String {
    let query = address.split_once('?').unwrap().1;
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.find(|(key, _)| key == "code").unwrap().1.into_owned()
}

async fn redeem(asker: &Asker, code: &str, uri: &str) -> (u16, Value) {
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", uri),
        ("client_id", "immich"),
        ("client_secret", "secret1"),
        ("code_verifier", VERIFIER),
    ];
    let answer = asker.form("/application/o/token/", &fields).await;
    (answer.status, answer.json())
}

fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[tokio::test]
async fn a_person_signs_in_and_the_client_gets_a_token_that_verifies() {
    for version in ["2024.6.5", "2025.10.4", "2026.8.3"] {
        let (authentik, asker) = started(version).await;
        asker.site(&authentik, |_| ()).await;
        let arrived = alice().sign_in(&link(&authentik, WEB), WEB).await.unwrap();
        assert!(arrived.contains("state=a+state"), "{arrived}");
        let list = "/api/v3/oauth2/authorization_codes/";
        assert_eq!(asker.get(list).await.json()["pagination"]["count"], 1);
        let (status, tokens) = redeem(&asker, &code(&arrived), WEB).await;
        assert_eq!(status, 200, "{tokens}");
        assert_eq!(asker.get(list).await.json()["pagination"]["count"], 0);
        let row = &asker.get("/api/v3/oauth2/access_tokens/").await.json()["results"][0];
        assert_eq!(row["user"]["username"], "alice");

        let id_token = tokens["id_token"].as_str().unwrap();
        let discovery =
            asker.get("/application/o/immich/.well-known/openid-configuration").await.json();
        verify(&asker, &discovery, id_token).await;
        let said = claims(id_token);
        assert_eq!(said["iss"], discovery["issuer"]);
        assert_eq!(said["aud"], "immich");
        assert_eq!(said["nonce"], "n1");
        assert_eq!(said["email"], "alice@example.com");
        assert_eq!(said["email_verified"], version == "2024.6.5");
        let bearer = asker.with(tokens["access_token"].as_str());
        let userinfo = bearer.get("/application/o/userinfo/").await.json();
        assert_eq!(userinfo["sub"], said["sub"]);

        let events = asker.get("/api/v3/events/events/?action=authorize_application").await.json();
        assert_eq!(events["results"][0]["user"]["username"], "alice");
        assert_eq!(events["results"][0]["context"]["http_request"]["args"]["client_id"], "immich");
        let again = redeem(&asker, &code(&arrived), WEB).await;
        assert_eq!((again.0, &again.1["error"]), (400, &json!("invalid_grant")));
    }
}

async fn verify(asker: &Asker, discovery: &Value, token: &str) {
    assert_eq!(discovery["id_token_signing_alg_values_supported"], json!(["RS256"]));
    let path = discovery["jwks_uri"].as_str().unwrap().trim_start_matches(&asker.base).to_owned();
    let key = asker.get(&path).await.json()["keys"][0].clone();
    let bytes = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap();
    let public = signature::RsaPublicKeyComponents { n: bytes("n"), e: bytes("e") };
    let (text, signed) = token.rsplit_once('.').unwrap();
    let signed = URL_SAFE_NO_PAD.decode(signed).unwrap();
    public.verify(&signature::RSA_PKCS1_2048_8192_SHA256, text.as_bytes(), &signed).unwrap();
    let header = URL_SAFE_NO_PAD.decode(text.split('.').next().unwrap()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    assert_eq!(header["kid"], key["kid"]);
}

#[tokio::test]
async fn a_code_lasts_a_minute() {
    let (authentik, asker) = started("2026.8.3").await;
    asker.site(&authentik, |_| ()).await;
    let arrived = alice().sign_in(&link(&authentik, WEB), WEB).await.unwrap();
    authentik.advance(Duration::from_secs(61));
    assert_eq!(redeem(&asker, &code(&arrived), WEB).await.1["error"], "invalid_grant");
}

#[tokio::test]
async fn a_wrong_verifier_redeems_nothing() {
    let (authentik, asker) = started("2026.8.3").await;
    asker.site(&authentik, |_| ()).await;
    let arrived = alice().sign_in(&link(&authentik, WEB), WEB).await.unwrap();
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &code(&arrived)),
        ("redirect_uri", WEB),
        ("client_id", "immich"),
        ("client_secret", "secret1"),
        ("code_verifier", "another"),
    ];
    let answer = asker.form("/application/o/token/", &fields).await;
    assert_eq!(answer.json()["error"], "invalid_grant");
}

#[tokio::test]
async fn the_mobile_address_loses_two_of_its_slashes() {
    let (authentik, asker) = started("2026.8.3").await;
    asker.site(&authentik, |_| ()).await;
    let mobile = "app.immich:///oauth-callback";
    let arrived = alice().sign_in(&link(&authentik, mobile), mobile).await.unwrap();
    assert!(arrived.starts_with("app.immich:/oauth-callback?code="), "{arrived}");
    assert_eq!(redeem(&asker, &code(&arrived), mobile).await.0, 200);
}

#[tokio::test]
async fn a_second_factor_is_asked_for_where_there_is_one() {
    let (authentik, asker) = started("2026.8.3").await;
    asker.site(&authentik, |_| ()).await;
    let tess = Person::new("tess", Authentik::password("tess"));
    let link = link(&authentik, WEB);
    let lost = tess.sign_in(&link, WEB).await.unwrap_err();
    assert!(lost.at.contains("ak-stage-authenticator-validate"), "{lost}");
    let wrong = tess.clone().with_code("000000".into()).sign_in(&link, WEB).await.unwrap_err();
    assert!(wrong.why.contains("Invalid Token"), "{wrong}");
    let right = tess.with_code(authentik.totp_code("tess").unwrap());
    assert!(right.sign_in(&link, WEB).await.unwrap().starts_with(WEB));
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_written_down() {
    let (authentik, asker) = started("2025.10.4").await;
    asker.site(&authentik, |_| ()).await;
    let stranger = Person::new("alice", "guess".into());
    let lost = stranger.sign_in(&link(&authentik, WEB), WEB).await.unwrap_err();
    assert!(lost.why.contains("Invalid password"), "{lost}");
    let failed = asker.get("/api/v3/events/events/?action=login").await.json();
    assert_eq!(failed["results"][0]["action"], "login_failed");
}

#[tokio::test]
async fn without_mappings_nobody_has_an_e_mail_address_and_without_a_key_it_is_hs256() {
    let (authentik, asker) = started("2026.8.3").await;
    asker
        .site(&authentik, |provider| {
            provider["property_mappings"] = json!([]);
            provider["signing_key"] = Value::Null;
        })
        .await;
    let discovery =
        asker.get("/application/o/immich/.well-known/openid-configuration").await.json();
    assert_eq!(discovery["scopes_supported"], json!([]));
    assert_eq!(discovery["id_token_signing_alg_values_supported"], json!(["HS256"]));
    assert_eq!(asker.get("/application/o/immich/jwks/").await.json(), json!({}));
    let arrived = alice().sign_in(&link(&authentik, WEB), WEB).await.unwrap();
    let (_, tokens) = redeem(&asker, &code(&arrived), WEB).await;
    let said = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!((said.get("email"), said.get("name")), (None, None));
}

#[tokio::test]
async fn whom_a_binding_keeps_out_is_denied() {
    let (authentik, asker) = started("2026.8.3").await;
    asker.site(&authentik, |_| ()).await;
    let group = asker.json("POST", "/api/v3/core/groups/", &json!({"name": "family"})).await.json();
    let application = asker.get("/api/v3/core/applications/immich/").await.json();
    let binding = json!({"target": application["pk"], "group": group["pk"], "order": 0});
    asker.json("POST", "/api/v3/policies/bindings/", &binding).await;
    let lost = alice().sign_in(&link(&authentik, WEB), WEB).await.unwrap_err();
    assert!(lost.why.contains("Permission denied"), "{lost}");
}

#[tokio::test]
async fn consent_is_asked_for_once_in_four_weeks() {
    let (authentik, asker) = started("2026.8.3").await;
    asker.site(&authentik, |_| ()).await;
    let asked = |authentik: &Authentik| {
        let posts = authentik
            .requests()
            .into_iter()
            .filter(|seen| seen.method == "POST" && seen.path.contains("explicit-consent"));
        posts.count()
    };
    for (days, times) in [(0, 1), (1, 1), (28, 2)] {
        authentik.advance(Duration::from_secs(days * 86_400));
        alice().sign_in(&link(&authentik, WEB), WEB).await.unwrap();
        assert_eq!(asked(&authentik), times, "after {days} days more");
    }
}
