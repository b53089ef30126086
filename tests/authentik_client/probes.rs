//! Discovery and the probes, against recorded answers.

use immich_sso::{
    net::{Http, Trust},
    oidc::{self, RedirectVerdict, Route, SecretVerdict},
    secret::Secret,
    site::{FaultKind, System, TokenAuthMethod},
};

use crate::{
    recordings::{RELEASES, one},
    replay::Replay,
};

async fn redirect(release: &str, names: &[&str], uri: &str) -> RedirectVerdict {
    let answers = names.iter().map(|name| one(release, name)).collect();
    let replay = Replay::in_order(answers).await;
    let endpoint = format!("{}/application/o/authorize/", replay.address);
    let verdict = oidc::probe_redirect(&replay.http(), &endpoint, "immich", uri).await;
    let asked = replay.asked();
    assert_eq!(asked.len(), names.len(), "{asked:?}");
    assert_eq!(asked[0].path.contains("prompt=none"), uri.starts_with("http"));
    verdict
}

#[tokio::test]
async fn the_authorization_endpoint_is_understood() {
    let web = "https://photos.example.com/auth/login";
    for release in RELEASES {
        let (none, plain) = ("5.authorize-prompt-none", "5.authorize-ok");
        let mobile = "app.immich:///oauth-callback";
        for (names, uri, expected) in [
            (&[none, plain][..], web, RedirectVerdict::Accepted),
            (&["5.authorize-mobile"], mobile, RedirectVerdict::Accepted),
            (&["5.authorize-wrong-redirect"], "https://evil.example/", RedirectVerdict::UriRefused),
            (&["5.authorize-prompt-none-wrong-redirect"], web, RedirectVerdict::UriRefused),
            (&["5.authorize-redirect-port"], web, RedirectVerdict::UriRefused),
            (&["5.authorize-no-redirect"], web, RedirectVerdict::UriRefused),
            (&["5.authorize-unknown-client"], web, RedirectVerdict::ClientRefused),
            // Only without prompt=none does authentik look for an application.
            (&[none, "5b.noapp-authorize"], web, RedirectVerdict::NoApplication),
        ] {
            assert_eq!(redirect(release, names, uri).await, expected, "{release}: {names:?}");
        }
        let mut guarded = one(release, "5.authorize-ok");
        guarded.headers.retain(|(key, _)| key != "location");
        guarded.headers.push(("location".into(), "/outpost.goauthentik.io/start?rd=x".into()));
        let replay = Replay::of(vec![guarded]).await;
        let verdict =
            oidc::probe_redirect(&replay.http(), "/application/o/authorize/", "immich", web).await;
        let RedirectVerdict::Unclear(fault) = verdict else { panic!("{verdict:?}") };
        assert!(fault.answer.contains("/outpost.goauthentik.io/start"), "{fault}");
        let refused = redirect(release, &["5.authorize-bad-response-type"], web).await;
        assert!(
            matches!(&refused, RedirectVerdict::GrantRefused(why) if why.starts_with("unsupported_response_type")),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn the_token_endpoint_tells_a_right_secret_from_a_wrong_one() {
    let verdict = async |release: &str, names: &[&str]| {
        let answers = names.iter().map(|name| one(release, name)).collect();
        let replay = Replay::in_order(answers).await;
        let endpoint = format!("{}/application/o/token/", replay.address);
        let secret = Secret::new("made-up-second-secret");
        let verdict = oidc::probe_secret(
            &replay.http(),
            &endpoint,
            "immich",
            &secret,
            TokenAuthMethod::default(),
        )
        .await;
        let asked = replay.asked();
        assert_eq!(asked.len(), names.len());
        assert_eq!(asked[0].path, "/application/o/token/", "a secret belongs into the body");
        assert_eq!(
            asked[0].body,
            "grant_type=authorization_code&client_id=immich&client_secret=made-up-second-secret"
        );
        verdict
    };
    for release in RELEASES {
        let (right, wrong) = ("5.token-post-right-nocode", "5.token-post-wrong-nocode");
        assert_eq!(verdict(release, &[right, wrong]).await, SecretVerdict::Right);
        assert_eq!(verdict(release, &[wrong]).await, SecretVerdict::Wrong);
        assert_eq!(verdict(release, &["5.token-post-unknown-client"]).await, SecretVerdict::Wrong);
        // Without the grant type, or with a public client, any secret seems right.
        let any = verdict(release, &[right, right]).await;
        assert!(matches!(any, SecretVerdict::Unclear(_)), "{any:?}");
        let page = Replay::of(vec![one(release, "2.scopes-old-path")]).await;
        let endpoint = format!("{}/api/v3/propertymappings/scope/", page.address);
        let none = oidc::probe_secret(
            &page.http(),
            &endpoint,
            "immich",
            &"x".into(),
            TokenAuthMethod::default(),
        )
        .await;
        assert!(matches!(none, SecretVerdict::Unclear(_)), "{none:?}");
    }
}

#[tokio::test]
async fn discovery_is_read_at_the_public_address() {
    for release in RELEASES {
        let recordings = vec![one(release, "5.discovery"), one(release, "5.jwks")];
        let replay = Replay::of(recordings).await;
        let found = oidc::discovery(&replay.http(), None, "immich").await.unwrap();
        assert_eq!(found.route, Route::Public);
        assert!(found.issuer.ends_with("/application/o/immich/"), "{}", found.issuer);
        assert_eq!(found.id_token_signing_alg_values_supported, ["RS256"]);
        assert!(found.scopes_supported.contains(&"email".to_owned()));
        assert!(found.code_challenge_methods_supported.contains(&"S256".to_owned()));
        let jwks = format!("{}/application/o/immich/jwks/", replay.address);
        assert!(oidc::has_rsa_key(&replay.http(), &jwks).await.unwrap());

        let none = Replay::of(vec![one(release, "5b.hs-jwks")]).await;
        let jwks = format!("{}/application/o/hs/jwks/", none.address);
        assert!(!oidc::has_rsa_key(&none.http(), &jwks).await.unwrap());

        let mut unknown = one(release, "5.discovery-unknown");
        unknown.path = oidc::discovery_path("nope");
        let replay = Replay::of(vec![unknown]).await;
        let fault = oidc::discovery(&replay.http(), None, "nope").await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::NotFound);
        assert!(!fault.remedy.is_empty());
    }
}

#[tokio::test]
async fn where_the_public_address_is_out_of_reach_the_api_address_is_asked_in_its_name() {
    // A port that is taken, so that no other test gets it, and not listened on.
    let taken = tokio::net::TcpSocket::new_v4().unwrap();
    taken.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let free = taken.local_addr().unwrap();
    let public =
        Http::new(System::Authentik, format!("http://{free}").parse().unwrap(), &Trust::default())
            .unwrap();
    let replay = Replay::of(vec![one("2026.5", "5.discovery")]).await;
    let api = replay.http();
    let found = oidc::discovery(&public, Some(&api), "immich").await.unwrap();
    let Route::InTheNameOfPublic { why } = &found.route else { panic!("{:?}", found.route) };
    assert_eq!(why.kind, FaultKind::Unreachable);
    let asked = replay.asked().remove(0);
    assert_eq!(asked.header("host"), Some(free.to_string().as_str()));
    assert_eq!(asked.header("x-forwarded-proto"), Some("http"));
    assert_eq!(found.reached_at(&found.token_endpoint), "/application/o/token/");
    assert_eq!(found.asked_with(&public, Some(&api)).base(), api.base());
}

#[test]
fn every_call_can_be_made_from_any_thread() {
    fn may_move<T: Send>(_: T) {}
    let http =
        Http::new(System::Authentik, "http://127.0.0.1:1".parse().unwrap(), &Trust::default());
    let http = http.unwrap();
    let client = immich_sso::authentik::Client::new(http.clone(), None);
    let secret = Secret::new("s");
    may_move(oidc::probe_redirect(&http, "e", "c", "u"));
    may_move(oidc::probe_secret(&http, "e", "c", &secret, TokenAuthMethod::default()));
    may_move(oidc::discovery(&http, None, "immich"));
    may_move(client.scope_mappings(&["email"]));
    may_move(client.preflight(&[]));
    may_move(client.look());
    let mut sign_in = immich_sso::authentik::SignIn::new(http.clone());
    may_move(sign_in.password("u", &secret));
    may_move(client.authorize_events(jiff::Timestamp::now(), "c"));
}
