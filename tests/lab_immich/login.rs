//! Logging in through the lab's authentik, end to end.

use serde_json::{Value, json};

use crate::site::{Site, WEB, browser};

const ALL: [&str; 5] = ["1.105.1", "1.106.4", "2.7.5", "3.0.3", "3.2.2"];
const ALICE: &str = "alice@example.com";

#[tokio::test]
async fn a_first_login_links_the_user_who_has_the_address_and_a_second_finds_the_link() {
    for version in ALL {
        let site = Site::start(version, |_| ()).await;
        site.immich.create_user(ALICE, "Alice");
        for _ in 0..2 {
            let (status, user) = site.log_in().await;
            assert_eq!(
                (status, user["userEmail"].as_str()),
                (201, Some(ALICE)),
                "{version}: {user}"
            );
        }
        assert_ne!(site.user(ALICE).unwrap()["oauthId"], "", "{version}");
        assert_eq!(site.immich.users().len(), 2, "{version}");
    }
}

#[tokio::test]
async fn a_login_ends_at_the_providers_end_of_session_and_only_that_session_ends() {
    let site = Site::start("2.7.5", |_| ()).await;
    let (_, user) = site.log_in().await;
    let (_, again) = site.log_in().await;
    let (status, out) = site.post("/api/auth/logout", &Value::Null).await;
    assert_eq!(status, 200);
    assert!(out["redirectUri"].as_str().unwrap().ends_with("/end-session/"), "{out}");
    let me = async |token: &Value| {
        let url = format!("{}/api/users/me", site.immich.url());
        let asked = browser().get(url).bearer_auth(token.as_str().unwrap()).send().await.unwrap();
        asked.status().as_u16()
    };
    assert_eq!(me(&again["accessToken"]).await, 401);
    assert_eq!(me(&user["accessToken"]).await, 200);
}

#[tokio::test]
async fn a_user_who_is_not_known_is_registered_or_refused_in_the_words_of_the_release() {
    for (version, words) in [
        ("2.7.5", "User does not exist and auto registering is disabled."),
        ("3.0.3", "OAuth authentication failed"),
    ] {
        let site = Site::start(version, |oauth| oauth["autoRegister"] = false.into()).await;
        let (status, refused) = site.log_in().await;
        assert_eq!((status, refused["message"].as_str()), (400, Some(words)));
        site.put(|oauth| oauth["autoRegister"] = true.into()).await;
        assert_eq!(site.log_in().await.0, 201);
        assert_eq!(site.user(ALICE).unwrap()["storageLabel"], "alice");
    }
}

#[tokio::test]
async fn a_user_who_is_linked_to_another_subject_is_refused() {
    for (version, words) in [
        ("2.7.5", "User already exists, but is linked to another account."),
        ("3.0.3", "OAuth authentication failed"),
    ] {
        let site = Site::start(version, |_| ()).await;
        site.immich.create_user(ALICE, "Alice");
        assert!(site.immich.link_user(ALICE, "the subject of another authentik"));
        let (status, refused) = site.log_in().await;
        assert_eq!((status, refused["message"].as_str()), (400, Some(words)));
    }
}

#[tokio::test]
async fn addresses_are_compared_to_the_letter_before_3_0() {
    for (version, users) in [("2.7.5", 3), ("3.0.3", 2)] {
        let site = Site::start(version, |_| ()).await;
        site.immich.create_user("Alice@Example.COM", "Alice");
        assert_eq!(site.log_in().await.0, 201);
        assert_eq!(site.immich.users().len(), users, "{version}");
    }
}

#[tokio::test]
async fn a_wrong_secret_a_wrong_state_and_a_wrong_algorithm_have_one_answer_and_a_line_in_the_log()
{
    let failed = (500, Some("Failed to finish oauth"));
    let site = Site::start("2.7.5", |oauth| oauth["clientSecret"] = "wrong".into()).await;
    let (status, refused) = site.log_in().await;
    assert_eq!((status, refused["message"].as_str()), failed);
    assert!(site.immich.log().iter().any(|line| line.contains("invalid_client")));

    site.put(|oauth| oauth["clientSecret"] = "secret1".into()).await;
    let arrived = site.arrive().await;
    let body = json!({ "url": arrived, "state": "another" });
    let (status, refused) = site.post("/api/oauth/callback", &body).await;
    assert_eq!((status, refused["message"].as_str()), failed);

    site.put(|oauth| oauth["signingAlgorithm"] = "HS256".into()).await;
    let (status, refused) = site.log_in().await;
    assert_eq!((status, refused["message"].as_str()), failed);
    assert!(site.immich.log().iter().any(|line| line.contains("\"alg\"")));
}

#[tokio::test]
async fn the_app_brings_its_own_state_and_verifier() {
    let site = Site::start("2.7.5", |_| ()).await;
    let (status, arrived) = (201, site.arrive().await);
    let query = arrived.split_once('?').unwrap().1;
    let state = url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "state");
    // Without the browser's cookies the callback needs both in its body.
    let body = json!({ "url": arrived, "state": state.unwrap().1 });
    let url = format!("{}/api/oauth/callback", site.immich.url());
    let answer = browser().post(url).json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 400);
    let told: Value = answer.json().await.unwrap();
    assert_eq!((status, told["message"].as_str()), (201, Some("OAuth code verifier is missing")));
}

#[tokio::test]
async fn what_keeps_immich_from_its_provider_is_told_in_its_own_words() {
    let says = async |site: &Site, issuer: String, words: &str| {
        site.put(|oauth| oauth["issuerUrl"] = issuer.clone().into()).await;
        let (status, told) = site.begin().await;
        let message = format!("Error in OAuth discovery: {words}");
        assert_eq!((status, told["message"].as_str()), (500, Some(message.as_str())), "{issuer}");
    };
    let site = Site::start("2.7.5", |_| ()).await;
    let base = format!("{}/application/o", site.authentik.url());
    let other = "ClientError: discovered metadata issuer does not match the expected issuer";
    says(&site, format!("{base}/immich"), other).await;
    let missing = "ClientError: unexpected HTTP response status code";
    says(&site, format!("{base}/nobody/"), missing).await;
    says(&site, "not a url".into(), "TypeError: Invalid URL").await;
    says(&site, "http://127.0.0.1:1/".into(), "TypeError: fetch failed").await;
    // The discovery document itself may be named, too.
    let document = format!("{base}/immich/.well-known/openid-configuration");
    site.put(|oauth| oauth["issuerUrl"] = document.into()).await;
    assert_eq!(site.begin().await.0, 201);

    let strict = Site::start("3.0.3", |oauth| oauth["allowInsecureRequests"] = false.into()).await;
    let (status, told) = strict.begin().await;
    assert_eq!(status, 500);
    assert!(told["message"].as_str().unwrap().ends_with("only requests to HTTPS are allowed"));
    assert!(told.get("statusCode").is_none());
}

#[tokio::test]
async fn the_link_is_the_one_that_the_release_makes() {
    for (version, pkce) in [("1.105.1", false), ("2.7.5", true), ("3.2.2", true)] {
        let site = Site::start(version, |_| ()).await;
        let (_, begun) = site.begin().await;
        let link = begun["url"].as_str().unwrap();
        assert_eq!(link.contains("code_challenge_method=S256"), pkce, "{link}");
        assert_eq!(link.contains("scope=openid%20email"), !pkce, "{link}");
        assert!(
            link.contains(
                &url::form_urlencoded::byte_serialize(WEB.as_bytes()).collect::<String>()
            )
        );
        assert!(!link.contains("nonce"));
    }
}

#[tokio::test]
async fn somebody_who_is_signed_in_links_and_unlinks_once() {
    let site = Site::start("2.7.5", |_| ()).await;
    site.immich.create_user_with("bob@example.com", "Bob", "bob-password".into());
    let body = json!({ "email": "bob@example.com", "password": "bob-password" });
    let sign_in = async || assert_eq!(site.post("/api/auth/login", &body).await.0, 201);
    sign_in().await;
    let arrived = site.arrive().await;
    let (status, linked) = site.post("/api/oauth/link", &json!({ "url": arrived })).await;
    assert_eq!(status, 200, "{linked}");
    assert_ne!(linked["oauthId"], "");
    let (_, unlinked) = site.post("/api/oauth/unlink", &Value::Null).await;
    assert_eq!(unlinked["oauthId"], "");
    // alice has the subject now: bob cannot have it as well.
    assert_eq!(site.log_in().await.0, 201);
    sign_in().await;
    let arrived = site.arrive().await;
    let (status, refused) = site.post("/api/oauth/link", &json!({ "url": arrived })).await;
    let words = "This OAuth account has already been linked to another user.";
    assert_eq!((status, refused["message"].as_str()), (400, Some(words)));
}
