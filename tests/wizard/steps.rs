//! The five steps, from nothing to a verified login, on every release that
//! differs.

use immich_sso::{
    immich::RouteKind,
    text,
    wizard::{
        Act, ActOutcome, Command, Ending, HostTopic, Note, RunTopic, Snapshot, StepId, StepNote,
        StepState, StepTopic, Topic, effect::Effect,
    },
};
use immich_sso_lab::{HomelabOptions, Settings};
use serde_json::json;
use testkit::{said, said_with};

use crate::driver::{Site, confirm, pick};

#[tokio::test]
async fn every_release_goes_from_nothing_to_a_verified_login() {
    for (authentik, immich) in [
        ("2026.8.3", "3.2.2"),
        ("2026.8.3", "2.7.5"),
        ("2025.10.0", "3.0.3"),
        ("2024.12.5", "2.7.5"),
        ("2024.6.5", "1.106.4"),
    ] {
        let site = Site::of(authentik, immich).await;
        let walked = site.walk().await;
        assert_eq!(walked.ending, Ending::LoginVerified, "authentik {authentik}, Immich {immich}");
        let who = walked.last.login.unwrap().who.unwrap();
        assert!(text::person(&who).contains("alice"), "{who:?}");
    }
}

/// Each way in which Immich keeps its settings, over SSH where it has to be.
#[tokio::test]
async fn every_route_goes_from_nothing_to_a_verified_login() {
    for (immich, settings, route, restarts) in [
        ("1.105.1", Settings::Api, RouteKind::Api, false),
        ("1.105.1", Settings::Database, RouteKind::Database, true),
        ("1.106.4", Settings::Database, RouteKind::Database, false),
        ("2.7.5", Settings::Database, RouteKind::Database, false),
        ("2.7.5", Settings::ConfigFile, RouteKind::ConfigFile, false),
        ("3.2.2", Settings::ConfigFile, RouteKind::ConfigFile, false),
    ] {
        let options = HomelabOptions {
            immich: immich.parse().unwrap(),
            settings,
            ..HomelabOptions::default()
        };
        let site = Site::with(options).await;
        let walked = site.walk().await;
        assert_eq!(walked.ending, Ending::LoginVerified, "Immich {immich}, {route}");
        assert_eq!(walked.last.header.route.as_ref().unwrap().kind, route);
        let secret = site.provider()["client_secret"].as_str().unwrap().to_owned();
        assert_eq!(site.oauth()["clientSecret"], secret, "Immich {immich}, {route}");
        let restart = walked.last.step(StepId::Restart).unwrap().state;
        let wanted = if restarts { StepState::Done } else { StepState::NotNeeded };
        assert_eq!(restart, wanted, "Immich {immich}, {route}");

        // Running again is free, by every route.
        let journal = site.journal();
        assert!(site.walk().await.login_worked(), "Immich {immich}, {route}");
        assert_eq!(site.journal(), journal, "Immich {immich}, {route}");
    }
}

/// Settings that Immich reads at its start are of no use until then, also when
/// the run was left in between.
#[tokio::test]
async fn a_restart_that_is_still_due_is_not_forgotten() {
    let options = HomelabOptions {
        immich: "1.105.1".parse().unwrap(),
        settings: Settings::Database,
        ..HomelabOptions::default()
    };
    let site = Site::with(options).await;
    let mut driver = site.start();
    let walked = loop {
        let prompt = driver.asked_anything().await;
        if matches!(prompt.topic, Topic::Step(StepTopic::Apply(StepId::Restart))) {
            driver.send(immich_sso::wizard::Command::Quit);
            break driver.walk(confirm).await;
        }
        driver.answer(&prompt, confirm(&prompt, &Snapshot::default()));
        let asked = prompt.id;
        driver.until(|now| now.prompt.as_ref().is_none_or(|prompt| prompt.id != asked)).await;
    };
    assert_eq!(walked.ending, Ending::Left);
    // The next run knows that a restart is still due.
    let again = site.walk().await;
    assert_eq!(again.ending, Ending::LoginVerified);
    assert_eq!(again.last.step(StepId::Restart).unwrap().state, StepState::Done);
}

#[tokio::test]
async fn what_is_set_up_is_what_the_tutorial_meant_to() {
    let site = Site::open().await;
    let walked = site.walk().await;
    let provider = site.provider();
    let url = site.lab.immich.url();
    let uris: Vec<&str> = provider["redirect_uris"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["url"].as_str().unwrap())
        .collect();
    assert_eq!(
        uris,
        [
            &format!("{url}/auth/login"),
            &format!("{url}/user-settings"),
            "app.immich:///oauth-callback"
        ]
    );
    assert_eq!(provider["client_type"], "confidential");
    assert_eq!(provider["grant_types"], json!(["authorization_code", "refresh_token"]));
    assert_eq!(provider["property_mappings"].as_array().unwrap().len(), 3);
    assert!(!provider["signing_key"].is_null());
    let secret = provider["client_secret"].as_str().unwrap();
    assert_eq!(secret.len(), 128);
    assert!(secret.bytes().all(|byte| byte.is_ascii_alphanumeric()));

    let oauth = site.oauth();
    assert_eq!(oauth["enabled"], true);
    assert_eq!(oauth["clientSecret"], secret);
    let issuer = format!("{}/application/o/immich/", site.lab.authentik.url());
    assert_eq!(oauth["issuerUrl"], issuer);
    assert_eq!(oauth["buttonText"], "Login with Authentik");

    let state = |id| walked.last.step(id).unwrap().state;
    assert_eq!(state(StepId::Restart), StepState::NotNeeded);
    for id in
        [StepId::Access, StepId::Provider, StepId::Application, StepId::Settings, StepId::Login]
    {
        assert_eq!(state(id), StepState::Done, "{id:?}");
    }
}

#[tokio::test]
async fn a_provider_that_is_there_is_mended_and_never_made_twice() {
    let site = Site::open().await;
    site.walk().await;
    let before = site.provider();
    // What an administrator, an old release or a blueprint may leave behind.
    assert!(site.lab.authentik.change_provider("immich-oauth-provider", |provider| {
        provider.insert("redirect_uris".into(), json!([
            {"matching_mode": "strict", "url": "https://other.example.com/auth/login", "redirect_uri_type": "authorization"},
        ]));
        provider.insert("signing_key".into(), json!(null));
        provider.insert("property_mappings".into(), json!([]));
        provider.insert("grant_types".into(), json!([]));
    }));
    let walked = site.walk().await;
    assert_eq!(walked.ending, Ending::LoginVerified);
    assert_eq!(site.lab.authentik.providers().len(), 1);
    let after = site.provider();
    assert_eq!(after["pk"], before["pk"]);
    assert_eq!(after["signing_key"], before["signing_key"]);
    assert_eq!(after["grant_types"], before["grant_types"]);
    let uris = after["redirect_uris"].to_string();
    assert!(uris.contains("https://other.example.com/auth/login"), "others' entries stay: {uris}");
    assert!(uris.contains("app.immich:///oauth-callback"), "{uris}");
}

#[tokio::test]
async fn an_issuer_without_tls_is_refused_by_immich_3_until_the_operator_allows_it() {
    let mut site = Site::of("2026.8.3", "3.0.3").await;
    site.profile.settings.allow_insecure_requests = false;
    let mut driver = site.start();
    loop {
        let prompt = driver.asked_anything().await;
        if matches!(prompt.topic, Topic::Step(StepTopic::Blocked(StepId::Settings))) {
            assert!(
                prompt
                    .refused
                    .as_ref()
                    .unwrap()
                    .answer
                    .contains(&said_with("refuses {}", &[&"http://"]))
            );
            driver.answer(&prompt, crate::driver::pick(&prompt, 'i'));
            break;
        }
        let answer = confirm(&prompt, &Snapshot::default());
        driver.answer(&prompt, answer);
        let asked = prompt.id;
        driver.until(|now| now.prompt.as_ref().is_none_or(|prompt| prompt.id != asked)).await;
    }
    let walked = driver.walk(confirm).await;
    assert_eq!(walked.ending, Ending::LoginVerified);
    assert_eq!(site.oauth()["allowInsecureRequests"], true);
}

/// Without a way onto the host the wizard says what to type, and sees the
/// server go and come back.
#[tokio::test]
async fn a_restart_by_hand_is_told_and_watched() {
    let mut site = Site::open().await;
    site.profile.host.ssh = None;
    let mut driver = site.start();
    let mut visited = false;
    loop {
        let prompt = driver.asked_anything().await;
        let asked = prompt.id;
        if matches!(prompt.topic, Topic::Run(RunTopic::AllWalked { .. })) {
            if visited {
                driver.answer(&prompt, confirm(&prompt, &Snapshot::default()));
                break;
            }
            visited = true;
            driver.send(Command::Visit(StepId::Restart));
        } else if matches!(prompt.topic, Topic::Step(StepTopic::RestartAnyway)) {
            driver.answer(&prompt, pick(&prompt, 'p'));
        } else if matches!(prompt.topic, Topic::Host(HostTopic::HowToRestart)) {
            driver.answer(&prompt, pick(&prompt, 'i'));
        } else if matches!(prompt.topic, Topic::Step(StepTopic::Apply(StepId::Restart))) {
            let now = driver.until(|_| true).await;
            let notes = &now.card().unwrap().notes;
            let restarts = |note: &Note| match note {
                Note::Step(StepNote::RestartByHand { services, .. }) => {
                    *services == ["immich-server"]
                }
                _ => false,
            };
            assert!(notes.iter().any(restarts), "{notes:?}");
            driver.answer(&prompt, confirm(&prompt, &Snapshot::default()));
            let watches = said("Watch while you restart");
            driver
                .until(|now| {
                    now.work.as_ref().is_some_and(|work| work.what.name().contains(&*watches))
                })
                .await;
            site.lab.immich.restart().await.unwrap();
        } else {
            driver.answer(&prompt, confirm(&prompt, &Snapshot::default()));
        }
        driver.until(|now| now.prompt.as_ref().is_none_or(|prompt| prompt.id != asked)).await;
    }
    let walked = driver.walk(confirm).await;
    assert_eq!(walked.ending, Ending::LoginVerified);
    let done = walked.last.journal.last().unwrap();
    let by_hand = match &done.act {
        Act::Effect(effect) => matches!(**effect, Effect::Restart { by_hand: true, .. }),
        _ => false,
    };
    assert!(by_hand && matches!(done.outcome, ActOutcome::Done(Some(_))), "{done:?}");
}
