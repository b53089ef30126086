//! How the login is begun, probed and refused.

use serde_json::{Value, json};

use crate::http::{Answer, Asker, started};

const WEB: &str = "https://photos.example.com/auth/login";

async fn authorize(asker: &Asker, client: &str, uri: &str, more: &[(&str, &str)]) -> Answer {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("client_id", client), ("response_type", "code"), ("redirect_uri", uri)])
        .extend_pairs([("scope", "openid email profile"), ("state", "s")])
        .extend_pairs(more)
        .finish();
    asker.with(None).get(&format!("/application/o/authorize/?{query}")).await
}

#[tokio::test]
async fn a_provider_made_without_grant_types_refuses_every_login_from_2026_5_on() {
    for (version, refused) in [("2025.10.4", false), ("2026.5.0-rc1", false), ("2026.5.6", true)] {
        let (authentik, asker) = started(version).await;
        asker
            .site(&authentik, |provider| {
                provider.as_object_mut().unwrap().remove("grant_types");
            })
            .await;
        let answer = authorize(&asker, "immich", WEB, &[]).await;
        assert_eq!(answer.status, 302);
        let to = answer.header("location");
        assert_eq!(to.contains("error=invalid_request"), refused, "{version}: {to}");
    }
}

#[tokio::test]
async fn the_first_redirect_uri_that_anybody_asks_for_is_trusted() {
    for (version, stored) in [
        ("2024.6.5", json!("https://evil.example/first")),
        ("2025.10.4", json!([{"matching_mode": "strict", "url": "https://evil.example/first"}])),
    ] {
        let (authentik, asker) = started(version).await;
        let none = if version == "2024.6.5" { json!("") } else { json!([]) };
        asker.site(&authentik, |provider| provider["redirect_uris"] = none).await;
        let first = authorize(&asker, "immich", "https://evil.example/first", &[]).await;
        assert_eq!(first.status, 302);
        assert_eq!(authentik.providers()[0]["redirect_uris"], stored);
        assert_eq!(authorize(&asker, "immich", WEB, &[]).await.status, 400);
    }
}

#[tokio::test]
async fn an_old_release_reads_each_line_as_a_regular_expression() {
    let (authentik, asker) = started("2024.6.5").await;
    let lines = "https://photos\\.example\\.com/.*\napp.immich:///oauth-callback";
    asker.site(&authentik, |provider| provider["redirect_uris"] = json!(lines)).await;
    for (uri, status) in [(WEB, 302), ("https://photosXexample.com/auth/login", 400)] {
        assert_eq!(authorize(&asker, "immich", uri, &[]).await.status, status, "{uri}");
    }
    let other = json!({"redirect_uris": [{"matching_mode": "strict", "url": WEB}]});
    let provider = authentik.providers()[0]["pk"].clone();
    let refused =
        asker.json("PATCH", &format!("/api/v3/providers/oauth2/{provider}/"), &other).await;
    assert_eq!(refused.json(), json!({"redirect_uris": ["Not a valid string."]}));
}

#[tokio::test]
async fn a_wrong_client_or_address_gets_a_page_and_no_redirect() {
    let (authentik, asker) = started("2026.8.3").await;
    asker.site(&authentik, |_| ()).await;
    for (client, uri, title) in [
        ("nope", WEB, "Client ID Error"),
        ("immich", "https://photos.example.com/auth/login/", "Redirect URI Error"),
        ("immich", "", "Redirect URI Error"),
    ] {
        let answer = authorize(&asker, client, uri, &[]).await;
        assert_eq!((answer.status, answer.header("location")), (400, ""));
        assert!(answer.text.contains(title), "{title}");
    }
    let probe = authorize(&asker, "immich", WEB, &[("prompt", "none")]).await;
    assert!(probe.header("location").starts_with(&format!("{WEB}?error=login_required&")));
}

#[tokio::test]
async fn the_issuer_follows_the_name_by_which_it_is_asked() {
    let (authentik, asker) = started("2026.8.3").await;
    asker.site(&authentik, |_| ()).await;
    let path = "/application/o/immich/.well-known/openid-configuration";
    let headers = [("host", "auth.example.com"), ("x-forwarded-proto", "https")];
    let answer = asker.with(None).send("GET", path, &headers, None).await.unwrap();
    assert_eq!(answer.json()["issuer"], "https://auth.example.com/application/o/immich/");
    assert_eq!(asker.get(&format!("{path}/")).await.status, 404);
}

#[tokio::test]
async fn an_unknown_refresh_token_is_refused_and_none_is_issued_unasked() {
    let (authentik, asker) = started("2026.8.3").await;
    asker.site(&authentik, |_| ()).await;
    let fields = [
        ("grant_type", "refresh_token"),
        ("refresh_token", "bogus"),
        ("client_id", "immich"),
        ("client_secret", "secret1"),
    ];
    let answer = asker.with(None).form("/application/o/token/", &fields).await.json();
    assert_eq!(answer["error"], "invalid_grant");
    assert_eq!(
        asker.get("/api/v3/oauth2/refresh_tokens/").await.json()["results"],
        Value::from(Vec::<Value>::new())
    );
}
