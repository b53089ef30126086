//! Guided re-runs where an object is not named as it was, or belongs to another
//! one: which one is ours is recognised, and the operator says which to keep.

use immich_sso::wizard::{Ending, PromptKind, StepId, StepTopic, Topic, effect::Effect};
use serde_json::json;

use crate::{
    again::{again, answering, by_hand},
    driver::{Site, pick},
};

/// 6. The slug was changed in authentik, and the issuer with it.
#[tokio::test]
async fn a_slug_that_was_changed_is_taken_over_with_its_issuer() {
    let site = Site::open().await;
    site.walk().await;
    assert!(site.lab.authentik.change_application("immich", |application| {
        application.insert("slug".into(), "pictures".into());
    }));
    let (walked, opening) = answering(&site, |prompt, _| {
        matches!(prompt.topic, Topic::Step(StepTopic::Blocked(StepId::Application)))
            .then(|| pick(prompt, '1'))
    })
    .await;
    opening.tells("belongs to the application `pictures` already");
    assert_eq!(walked.ending, Ending::LoginVerified);
    assert!(site.oauth()["issuerUrl"].as_str().unwrap().ends_with("/application/o/pictures/"));
    assert_eq!(site.lab.authentik.applications().len(), 1);
}

/// 6. The provider was renamed in authentik.
#[tokio::test]
async fn a_renamed_provider_is_known_by_its_client_id() {
    let mut site = Site::open().await;
    site.walk().await;
    let number = site.provider()["pk"].clone();
    for (key, name) in [('p', "immich-oauth-provider"), ('t', "Photos")] {
        assert!(site.lab.authentik.change_provider("immich-oauth-provider", |provider| {
            provider.insert("name".into(), "Photos".into());
        }));
        let (walked, opening) = answering(&site, |prompt, _| by_hand(prompt, key)).await;
        opening
            .tells("Provider, name: it is `Photos` now; the profile says `immich-oauth-provider`.");
        assert_eq!(walked.ending, Ending::LoginVerified);
        assert_eq!((&site.provider()["name"], &site.provider()["pk"]), (&json!(name), &number));
    }
    site.profile = site.setup().file.load().unwrap().unwrap();
    assert_eq!(site.profile.provider.name, "Photos");
    let (_, opening) = again(&site).await;
    opening.tells("Nothing to do");
}

/// 6. The client id was changed in authentik: logins are refused until both
/// sides say the same.
#[tokio::test]
async fn a_changed_client_id_is_put_back_or_goes_to_immich_too() {
    let mut site = Site::open().await;
    site.walk().await;
    for (key, client_id) in [('p', "immich-oauth-client"), ('t', "photos")] {
        assert!(site.lab.authentik.change_provider("immich-oauth-provider", |provider| {
            provider.insert("client_id".into(), "photos".into());
        }));
        let (walked, opening) = answering(&site, |prompt, _| by_hand(prompt, key)).await;
        opening.tells("Provider, client id: it is `photos` now");
        assert_eq!(walked.ending, Ending::LoginVerified);
        assert_eq!(site.provider()["client_id"], client_id);
        assert_eq!(site.oauth()["clientId"], client_id);
    }
    site.profile = site.setup().file.load().unwrap().unwrap();
    assert_eq!(site.profile.provider.client_id, "photos");
    let (_, opening) = again(&site).await;
    opening.tells("Nothing to do");
}

/// 6. Somebody attached the provider to another application.
#[tokio::test]
async fn a_provider_that_serves_another_application_is_taken_back_once_that_is_wanted() {
    let site = Site::open().await;
    site.walk().await;
    let number = site.provider()["pk"].clone();
    site.make_application("Frame", "frame").await;
    let attach = |slug: &str, number: serde_json::Value| {
        assert!(site.lab.authentik.change_application(slug, |application| {
            application.insert("provider".into(), number);
        }));
    };
    attach("immich", json!(null));
    attach("frame", number.clone());
    let of = |slug: &str| {
        let all = site.lab.authentik.applications();
        all.iter().find(|row| row["slug"] == slug).unwrap()["provider"].clone()
    };
    let mut plans = Vec::new();
    let (walked, opening) = answering(&site, |prompt, now| {
        if matches!(prompt.topic, Topic::Step(StepTopic::Blocked(StepId::Application))) {
            return Some(pick(prompt, '2'));
        }
        if matches!(prompt.kind, PromptKind::Decide { .. }) && now.here == StepId::Application {
            let plan = now.card().unwrap().plan.as_ref().unwrap();
            plans.extend(plan.effects.iter().map(|view| view.effect.clone()));
        }
        None
    })
    .await;
    opening.tells("the provider `immich-oauth-provider` belongs to the application `frame`");
    let moves = |of: &str, plan: &Effect| match plan {
        Effect::ChangeApplication { slug, fields, attach, .. } => {
            slug == of && (fields.contains_key("provider") || attach.is_some())
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(plans.len(), 2, "{plans:?}");
    assert!(moves("frame", &plans[0]) && moves("immich", &plans[1]), "{plans:?}");
    assert_eq!(walked.ending, Ending::LoginVerified);
    assert_eq!((of("immich"), of("frame")), (number.clone(), json!(null)));

    // And an undo gives it back.
    site.undo().await;
    assert_eq!((of("immich"), of("frame")), (json!(null), number));
}

/// 6. Two providers look like ours: one by its name, one by its client id.
#[tokio::test]
async fn of_two_providers_that_look_like_ours_the_operator_says_which() {
    let site = Site::open().await;
    site.walk().await;
    let row = site.provider();
    assert!(site.lab.authentik.change_provider("immich-oauth-provider", |provider| {
        provider.insert("name".into(), "renamed".into());
    }));
    site.make_provider(&row, "immich-oauth-provider", "another-client").await;
    let (walked, opening) = answering(&site, |prompt, _| {
        matches!(prompt.topic, Topic::Step(StepTopic::Blocked(StepId::Provider)))
            .then(|| pick(prompt, '1'))
    })
    .await;
    opening.tells("another one is named `immich-oauth-provider`");
    assert_eq!(walked.ending, Ending::LoginVerified);
    let mut file = site.setup().file;
    assert_eq!(file.load().unwrap().unwrap().provider.name, "renamed");
    assert_eq!(site.lab.authentik.providers().len(), 2);
}
