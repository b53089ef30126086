//! What a server names as an address of its own may lead elsewhere: nothing is
//! sent there, least of all a secret.

use immich_sso::{
    net::{Http, Request, Trust},
    oidc::{self, RedirectVerdict, SecretVerdict},
    secret::Secret,
    site::{Fault, FaultKind, System, TokenAuthMethod},
};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::said_with;

use crate::{recordings::Recording, replay::Replay};

/// The server that a lie leads to; it would answer anything.
async fn stranger() -> Replay {
    let anything = |method: &str| Recording {
        method: method.into(),
        path: "/application/o/token/".into(),
        status: 400,
        headers: Vec::new(),
        body: json!({ "error": "invalid_grant" }),
    };
    Replay::of(vec![anything("GET"), anything("POST")]).await
}

/// A discovery document, which the server makes its own, with one address
/// changed.
fn document(name: &str, address: &str) -> Recording {
    let own = |path: &str| format!("http://auth.example.com/application/o/{path}/");
    let mut body = json!({
        "issuer": own("immich"),
        "authorization_endpoint": own("authorize"),
        "token_endpoint": own("token"),
        "userinfo_endpoint": own("userinfo"),
        "jwks_uri": own("immich/jwks"),
        "end_session_endpoint": own("immich/end-session"),
        "revocation_endpoint": own("revoke"),
    });
    body[name] = Value::from(address);
    Recording {
        method: "GET".into(),
        path: oidc::discovery_path("immich"),
        status: 200,
        headers: Vec::new(),
        body,
    }
}

async fn refusal(name: &str, address: &str) -> (Replay, Fault) {
    let replay = Replay::of(vec![document(name, address)]).await;
    let found = oidc::discovery(&replay.http(), None, "immich").await;
    let fault = found.err().unwrap_or_else(|| panic!("{name} may be {address}"));
    (replay, fault)
}

#[tokio::test]
async fn discovery_at_its_own_address_is_read() {
    let own = "http://auth.example.com/application/o/token/";
    let replay = Replay::of(vec![document("token_endpoint", own)]).await;
    let found = oidc::discovery(&replay.http(), None, "immich").await.unwrap();
    assert_eq!(found.token_endpoint, format!("{}/application/o/token/", replay.address));
}

#[tokio::test]
async fn discovery_that_leads_elsewhere_is_refused() {
    for name in [
        "issuer",
        "authorization_endpoint",
        "token_endpoint",
        "userinfo_endpoint",
        "jwks_uri",
        "end_session_endpoint",
        "revocation_endpoint",
    ] {
        let (replay, fault) = refusal(name, "http://login.example.net/application/o/x/").await;
        assert_eq!(fault.kind, FaultKind::Refused, "{name}: {fault}");
        for part in [name, "http://login.example.net", replay.address.as_str()] {
            assert!(fault.answer.contains(part), "{name}: {fault}");
        }
    }
}

#[tokio::test]
async fn issuer_of_another_application_is_refused() {
    let at = |path: &str| format!("http://auth.example.com{path}");
    for path in ["/application/o/immich/", "/application/o/immich", "/"] {
        let replay = Replay::of(vec![document("issuer", &at(path))]).await;
        let found = oidc::discovery(&replay.http(), None, "immich").await.unwrap();
        assert_eq!(found.issuer, format!("{}{path}", replay.address));
    }
    let long = format!("/application/o/immich/{}", "a".repeat(1 << 20));
    for path in [
        "/application/o/other/",
        "/application/o/immich/../other/",
        "/application/o/immich//",
        "/application/o/immich/?a=b",
        "/application/o/immich/#c",
        "/application/o/immich/\u{1b}[8m",
        "/application/o/immich-2/",
        long.as_str(),
    ] {
        let (_, fault) = refusal("issuer", &at(path)).await;
        assert_eq!(fault.kind, FaultKind::Refused, "{fault}");
        assert!(
            fault.answer.contains(&said_with("not that of the application `{}`", &[&"immich"])),
            "{fault}"
        );
    }
}

#[tokio::test]
async fn discovery_is_refused_whatever_the_trick() {
    let stranger = stranger().await;
    let evil = stranger.address.trim_start_matches("http://").to_owned();
    for trick in [
        format!("http://{evil}/application/o/token/"),
        format!("http://auth.example.com@{evil}/application/o/token/"),
        "http://root:toor@auth.example.com/application/o/token/".to_owned(),
        "http://root@auth.example.com/application/o/token/".to_owned(),
        "https://auth.example.com/application/o/token/".to_owned(),
        "http://auth.example.com.example.net/application/o/token/".to_owned(),
        format!("//{evil}/application/o/token/"),
        format!("\\\\{evil}\\application\\o\\token\\"),
        "/application/o/token/".to_owned(),
        String::new(),
        "javascript:alert(1)".to_owned(),
        "file:///etc/passwd".to_owned(),
        format!("http:{evil}/application/o/token/"),
        format!(" http://{evil}/"),
    ] {
        let (replay, fault) = refusal("token_endpoint", &trick).await;
        assert_eq!(fault.kind, FaultKind::Refused, "{trick}: {fault}");
        assert!(fault.answer.contains("token_endpoint"), "{trick}: {fault}");
        assert!(!fault.to_string().contains("toor"), "{trick}: {fault}");
        assert_eq!(replay.asked().len(), 1, "{trick}");
    }
    assert!(stranger.asked().is_empty(), "{:?}", stranger.asked());
}

#[tokio::test]
async fn secrets_are_sent_to_the_named_server_alone() {
    let (home, stranger) = (Replay::of(Vec::new()).await, stranger().await);
    let evil = stranger.address.trim_start_matches("http://").to_owned();
    let port = home.address.rsplit(':').next().unwrap().to_owned();
    let secret = Secret::new("hush-hush-0123456789");
    for trick in [
        format!("http://{evil}/application/o/token/"),
        format!("//{evil}/application/o/token/"),
        format!("\\\\{evil}/application/o/token/"),
        format!("http://127.0.0.1:{port}@{evil}/application/o/token/"),
        format!("http://root:toor@127.0.0.1:{port}/application/o/token/"),
        format!("https://127.0.0.1:{port}/application/o/token/"),
    ] {
        let verdict =
            oidc::ask_secret(&home.http(), &trick, "immich", &secret, TokenAuthMethod::default())
                .await;
        let SecretVerdict::Unclear(fault) = verdict else { panic!("{trick}: {verdict:?}") };
        assert_eq!(fault.kind, FaultKind::Refused, "{trick}: {fault}");
        let said = fault.to_string();
        assert!(!said.contains("toor") && !said.contains("hush"), "{said}");
        let verdict = oidc::probe_redirect(&home.http(), &trick, "immich", "http://a/b").await;
        assert!(matches!(verdict, RedirectVerdict::Unclear(_)), "{trick}: {verdict:?}");
        let request = Request::new(Method::POST, trick.clone());
        assert_eq!(home.http().send(request).await.unwrap_err().kind, FaultKind::Refused);
    }
    assert!(stranger.asked().is_empty(), "{:?}", stranger.asked());
    assert!(home.asked().is_empty(), "{:?}", home.asked());
}

/// A document that is right for the public name, whose path is a trick at the
/// API address.
#[tokio::test]
async fn split_names_do_not_lead_elsewhere_either() {
    let stranger = stranger().await;
    let evil = stranger.address.trim_start_matches("http://").to_owned();
    // A port that is taken, so that no other test gets it, and not listened on.
    let taken = tokio::net::TcpSocket::new_v4().unwrap();
    taken.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let free = taken.local_addr().unwrap();
    let address = format!("http://{free}").parse().unwrap();
    let public = Http::new(System::Authentik, address, &Trust::default()).unwrap();
    let trick = format!("http://auth.example.com//{evil}/application/o/token/");
    let api = Replay::of(vec![document("token_endpoint", &trick)]).await;
    let http = api.http();
    let found = oidc::discovery(&public, Some(&http), "immich").await.unwrap();
    let endpoint = found.reached_at(&found.token_endpoint);
    let secret = Secret::new("hush-hush-0123456789");
    let verdict =
        oidc::ask_secret(&http, &endpoint, "immich", &secret, TokenAuthMethod::default()).await;
    assert!(matches!(&verdict, SecretVerdict::Unclear(fault) if fault.kind == FaultKind::Refused));
    assert!(stranger.asked().is_empty(), "{:?}", stranger.asked());
    // What is honest there works as before.
    let own = "http://auth.example.com/application/o/token/";
    let token = Recording {
        method: "POST".into(),
        path: "/application/o/token/".into(),
        status: 400,
        headers: Vec::new(),
        body: json!({ "error": "invalid_grant" }),
    };
    let api = Replay::of(vec![document("token_endpoint", own), token]).await;
    let http = api.http();
    let found = oidc::discovery(&public, Some(&http), "immich").await.unwrap();
    let endpoint = found.reached_at(&found.token_endpoint);
    let verdict =
        oidc::ask_secret(&http, &endpoint, "immich", &secret, TokenAuthMethod::default()).await;
    assert_eq!(verdict, SecretVerdict::Right);
}

/// A client secret in the header is as secret as one in the form.
#[tokio::test]
async fn a_secret_from_the_header_is_not_shown_when_the_server_repeats_it() {
    let (plain, encoded) = ("hush/hush-0123456789", "hush%2Fhush%2D0123456789");
    let pair = "cGhvdG9zOmh1c2glMkZodXNoJTJEMDEyMzQ1Njc4OQ==";
    for (field, repeated) in ["error_description", "message", "header"]
        .into_iter()
        .flat_map(|field| [plain, encoded, pair].map(|repeated| (field, repeated)))
    {
        let replay = Replay::of(vec![Recording {
            method: "POST".into(),
            path: "/application/o/token/".into(),
            status: 400,
            headers: Vec::new(),
            body: json!({ "error": "invalid_request", field: format!("not like this: {repeated}") }),
        }])
        .await;
        let endpoint = format!("{}/application/o/token/", replay.address);
        let method = TokenAuthMethod::ClientSecretBasic;
        let secret = Secret::new(plain);
        let verdict = oidc::ask_secret(&replay.http(), &endpoint, "photos", &secret, method).await;
        let asked = replay.asked();
        assert_eq!(asked[0].header("authorization"), Some(format!("Basic {pair}").as_str()));
        let SecretVerdict::Unclear(fault) = verdict else { panic!("{verdict:?}") };
        let told = format!("{fault} {fault:?}");
        for part in [plain, encoded, &pair[12..40]] {
            assert!(!told.contains(part), "{field} {repeated}: {told}");
        }
    }
}
