//! Servers that are upgraded in place: the rows of before, as the migrations
//! leave them, under a release that has other fields.

use immich_sso::wizard::{PromptKind, RunTopic, Topic};
use immich_sso_lab::{HomelabOptions, Settings, Version};
use serde_json::{Value, json};
use testkit::{said, said_with};

use crate::driver::{Site, confirm, in_words};

fn version(text: &str) -> Version {
    text.parse().unwrap()
}

/// Walks again; what the opening told, and how many plans there were.
async fn again(site: &Site, release: &str) -> (String, usize) {
    let (mut told, mut plans) = (String::new(), 0);
    let walked = site
        .start()
        .walk(|prompt, now| {
            if matches!(
                prompt.topic,
                Topic::Run(RunTopic::StepsNeeded { changed: Some(_), .. } | RunTopic::NothingToDo)
            ) && told.is_empty()
            {
                told = in_words(&prompt.help).join("\n");
            }
            plans += usize::from(matches!(prompt.kind, PromptKind::Decide { .. }));
            confirm(prompt, now)
        })
        .await;
    assert!(walked.login_worked(), "{release}: {told}");
    let before = site.mutations();
    site.walk().await;
    assert_eq!(site.mutations(), before, "{release}: once more, and nothing to do");
    (told, plans)
}

/// Lines that were regular expressions are entries that fit nothing; no flow ends
/// sessions; grant types are those of before.
#[tokio::test]
async fn an_authentik_that_is_upgraded_in_place_is_mended_release_by_release() {
    let mut site = Site::of("2024.8.4", "2.7.5").await;
    site.walk().await;
    let login = format!("{}/auth/login", site.lab.immich.url());
    let line = login.replace('.', "\\.");
    assert!(site.provider()["redirect_uris"].as_str().unwrap().starts_with(&line));
    let strict = |site: &Site, url: &str| {
        let entries = site.provider()["redirect_uris"].as_array().unwrap().clone();
        entries.iter().any(|entry| entry["url"] == url && entry["matching_mode"] == "strict")
    };

    site.lab.authentik.upgrade(version("2024.10.3"));
    assert!(strict(&site, &line) && !strict(&site, &login), "logins are refused now");
    let (told, _) = again(&site, "2024.10.3").await;
    assert!(
        told.contains(&*said("authentik's release: 2024.8.4 last time, 2024.10.3 now")),
        "{told}"
    );
    assert!(told.contains(&*said("Provider, redirect URIs")), "{told}");
    assert!(told.contains(&*said("Provider, invalidation flow: it is not set now")), "{told}");
    assert!(strict(&site, &login));
    assert!(!strict(&site, &line), "what fits nothing any more was ours, and is gone");
    assert_ne!(site.provider()["invalidation_flow"], Value::Null);

    for release in ["2025.4.4", "2025.12.4"] {
        site.lab.authentik.upgrade(version(release));
        let (told, plans) = again(&site, release).await;
        assert!(!told.contains(&*said("Provider,")), "{release}: {told}");
        assert_eq!(plans, 0, "{release}");
    }

    // The rows of before may do what they could; one that is made by the API
    // may do nothing at all.
    site.lab.authentik.upgrade(version("2026.5.6"));
    assert!(site.provider()["grant_types"].as_array().unwrap().len() > 2);
    let (_, plans) = again(&site, "2026.5.6").await;
    assert_eq!(plans, 0);
    assert!(site.lab.authentik.change_provider("immich-oauth-provider", |provider| {
        provider.insert("grant_types".into(), json!([]));
    }));
    let (told, _) = again(&site, "2026.5.6").await;
    assert!(told.contains(&*said("Provider, grant types: it is none now")), "{told}");
    let expected = json!(["authorization_code", "refresh_token"]);
    assert_eq!(site.provider()["grant_types"], expected);
}

/// The list came into 2024.8 too; the invalidation flow did not.
#[tokio::test]
async fn an_authentik_of_2024_8_5_has_the_list_and_gets_the_flow_with_2024_10_3() {
    let mut site = Site::of("2024.8.5", "2.7.5").await;
    site.walk().await;
    let before = site.provider();
    assert!(before["redirect_uris"].is_array() && before.get("invalidation_flow").is_none());
    site.lab.authentik.upgrade(version("2024.10.3"));
    let (told, plans) = again(&site, "2024.10.3").await;
    assert!(told.contains(&*said("Provider, invalidation flow")), "{told}");
    assert!(!told.contains(&*said("redirect URIs")), "{told}");
    assert_eq!(plans, 1);
    assert_eq!(site.provider()["redirect_uris"], before["redirect_uris"]);
}

/// By rows, by the row, by the API; from 3.0 on insecure requests.
#[tokio::test]
async fn an_immich_that_is_upgraded_in_place_keeps_its_settings() {
    let site = Site::of("2025.12.4", "1.105.1").await;
    site.walk().await;
    let secret = site.oauth()["clientSecret"].clone();
    for release in ["1.106.4", "1.132.3", "2.7.5", "3.0.3", "3.2.2"] {
        site.lab.immich.upgrade(version(release)).await.unwrap();
        assert_eq!(site.oauth()["enabled"], true, "{release}");
        let (told, _) = again(&site, release).await;
        assert!(told.contains(&said_with("last time, {} now", &[&release])), "{release}: {told}");
        assert_eq!(site.oauth()["clientSecret"], secret, "{release}");
    }
    // The issuer has no TLS, and the migration of 3.0 lets it stay.
    assert_eq!(site.oauth()["allowInsecureRequests"], true);
}

/// The same where the settings are written into the database.
#[tokio::test]
async fn an_immich_that_is_upgraded_under_the_database_route_is_told_there() {
    let options = HomelabOptions {
        immich: version("1.106.4"),
        settings: Settings::Database,
        ..HomelabOptions::default()
    };
    let site = Site::with(options).await;
    site.walk().await;
    assert_eq!(site.lab.immich.storage().tables().rows, Some([].into_iter().collect()));
    for release in ["1.132.3", "3.2.2"] {
        site.lab.immich.upgrade(version(release)).await.unwrap();
        assert_eq!(site.lab.immich.storage().tables().rows, None, "{release}");
        again(&site, release).await;
    }
}
