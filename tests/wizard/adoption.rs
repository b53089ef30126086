//! A site that somebody set up by hand: what works is offered to be taken over,
//! and nothing of it is overwritten unasked.

mod choices;

use immich_sso::{
    plain::{Ink, Lines},
    report::{Report, plan_text},
    secret::{Label, Secret, Vault},
    site::{FaultKind, Profile, ProfileFile, System},
    wizard::{
        AccessTopic, Answer, Ending, Prompt, PromptKind, RunTopic, Snapshot, StepId, StepTopic,
        Topic, apply, survey,
    },
};
use immich_sso_lab::{HomelabOptions, Settings};
use serde_json::{Value, json};
use testkit::said;

use crate::{
    access::signs_in,
    driver::{Site, Walked, confirm, in_words, pastes, pick},
};

const START: &str = "https://photos.example.com/auth/login?autoLaunch=1";

/// A site with names, flows and a tile of its own, and a workstation that knows
/// nothing of it but the addresses. The lab has no page to set one up by hand:
/// an earlier run does it, and leaves no trace here.
async fn hand_made() -> Site {
    made_by_hand(HomelabOptions::default()).await
}

async fn made_by_hand(options: HomelabOptions) -> Site {
    let mut site = Site::with(options).await;
    let usual = site.profile.clone();
    site.profile.provider.client_id = "photos".into();
    site.profile.provider.name = "Photos".into();
    site.profile.application.slug = "photos".into();
    site.profile.application.name = "Our photos".into();
    site.profile.settings.button_text = "Come in".into();
    assert_eq!(site.walk().await.ending, Ending::LoginVerified);
    let leaving = site.flow("default-invalidation-flow").await;
    assert!(site.lab.authentik.change_provider("Photos", |provider| {
        provider.insert("invalidation_flow".into(), leaving);
    }));
    assert!(site.lab.authentik.change_application("photos", |application| {
        application.insert("meta_launch_url".into(), START.into());
    }));
    site.folder = tempfile::tempdir().unwrap();
    site.vault = Vault::memory();
    site.profile = usual;
    site
}

/// Walks; with every question and its help.
async fn walk(
    site: &Site,
    mut answer: impl FnMut(&Prompt, &Snapshot) -> Answer,
) -> (Walked, Vec<(Topic, Vec<String>)>) {
    let mut asked = Vec::new();
    let walked = site
        .start()
        .walk(|prompt, now| {
            asked.push((prompt.topic.clone(), in_words(&prompt.help)));
            answer(prompt, now)
        })
        .await;
    (walked, asked)
}

/// What the site is, but for the accounts that logins link.
fn settings(site: &Site) -> (Vec<Value>, Vec<Value>, Value) {
    (site.lab.authentik.providers(), site.lab.authentik.applications(), site.oauth())
}

/// The same where Immich's settings are on the host.
async fn settings_of(site: &Site) -> (Vec<Value>, Vec<Value>, Option<String>, Value) {
    let stored = site.stored().await;
    let oauth = site.lab.immich.settings().unwrap()["oauth"].clone();
    (site.lab.authentik.providers(), site.lab.authentik.applications(), stored.file, oauth)
}

fn offer(asked: &[(Topic, Vec<String>)]) -> &[String] {
    let offer =
        asked.iter().find(|(topic, _)| matches!(topic, Topic::Run(RunTopic::TakeOver { .. })));
    &offer.unwrap_or_else(|| panic!("nothing is offered: {asked:#?}")).1
}

fn saved(site: &Site) -> Profile {
    let mut file: ProfileFile = site.setup().file;
    file.load().unwrap().unwrap()
}

async fn adopts(site: &Site, answer: impl Fn(&Prompt, &Snapshot) -> Answer) {
    let before = settings(site);
    let (walked, asked) = walk(site, answer).await;
    let offered = offer(&asked);
    for line in [
        "provider.client_id: photos",
        "provider.name: Photos",
        "provider.invalidation_flow: default-invalidation-flow",
        "application.slug: photos",
        "application.name: Our photos",
        &format!("application.launch_url: {START}"),
        "settings.button_text: Come in",
    ] {
        assert!(offered.iter().any(|known| known == line), "{line}: {offered:#?}");
    }
    assert!(
        !asked.iter().any(|(topic, _)| matches!(topic, Topic::Run(RunTopic::StepsNeeded { .. }))),
        "{asked:#?}"
    );
    assert_eq!(walked.ending, Ending::LoginVerified);
    assert_eq!(settings(site), before, "nothing on either side changed");
    let kept = site.vault.get(Label::ClientSecret).await.unwrap().unwrap();
    assert_eq!(before.0[0]["client_secret"], kept.expose());
    let profile = saved(site);
    assert_eq!(profile.application.launch_url.as_deref(), Some(START));
    assert_eq!(profile.provider.invalidation_flow.as_deref(), Some("default-invalidation-flow"));
}

#[tokio::test]
async fn a_hand_made_site_is_offered_after_signing_in() {
    let site = hand_made().await;
    let answer = signs_in(&site, "akadmin");
    adopts(&site, |prompt, now| match &now.login {
        // alice is linked already: who logged in says so.
        Some(login) if !login.trail.is_empty() && login.who.is_none() => pick(prompt, 'i'),
        _ => answer(prompt, now),
    })
    .await;
}

#[tokio::test]
async fn a_hand_made_site_is_offered_with_a_pasted_token() {
    let site = hand_made().await;
    let answer = pastes(&site);
    adopts(&site, answer).await;
}

/// Without an API key of Immich's: what it has stored is read on the host.
#[tokio::test]
async fn a_hand_made_site_is_offered_as_the_host_tells() {
    for settings in [Settings::ConfigFile, Settings::Database] {
        let site = made_by_hand(HomelabOptions {
            immich: "2.7.5".parse().unwrap(),
            settings,
            ..HomelabOptions::default()
        })
        .await;
        let (before, answer) = (settings_of(&site).await, pastes(&site));
        let (walked, asked) = walk(&site, |prompt, now| {
            let way = matches!(prompt.topic, Topic::Access(AccessTopic::HowToWork(System::Immich)));
            if way { pick(prompt, 'w') } else { answer(prompt, now) }
        })
        .await;
        assert!(offer(&asked).iter().any(|line| line == "settings.button_text: Come in"));
        // Without a key the operator says whether the login worked.
        assert_eq!(walked.ending, Ending::Finished, "{settings:?}");
        assert_eq!(settings_of(&site).await, before, "{settings:?}");
        assert_eq!(site.vault.get(Label::ImmichApiKey).await.unwrap(), None);
        assert_eq!(saved(&site).settings.button_text, "Come in");
    }
}

/// Nobody is there to be asked: it is said, and nothing is changed.
#[tokio::test]
async fn a_hand_made_site_is_not_changed_without_an_operator() {
    let mut site = hand_made().await;
    let (token, key) =
        (Secret::new(site.lab.authentik.admin_token()), Secret::new(site.lab.immich.admin_key()));
    site.vault.put(Label::AuthentikToken, &token).await.unwrap();
    site.vault.put(Label::ImmichApiKey, &key).await.unwrap();
    let before = settings(&site);
    let mutations = site.mutations();
    let looked = survey(site.setup()).await.unwrap();
    let text = plan_text(&Report::from(&looked.snapshot), Lines::new(Ink::Mono, 80));
    let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        &said("Immich logs in through this authentik already, set up without this program"),
        "provider.name: Photos",
        &*said("offers to adopt it"),
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let refused = apply(site.setup(), &looked.plan_file()).await.unwrap_err();
    assert_eq!(refused.kind, FaultKind::Refused, "{refused}");
    assert!(refused.answer.contains(&*said("set up without this program")), "{refused}");
    assert!(refused.remedy.contains(&*said("take over what is there")), "{refused}");
    assert_eq!((settings(&site), site.mutations()), (before, mutations));

    // Adopted by an operator it is known, and its changes can be applied.
    walk(&site, confirm).await;
    site.profile = saved(&site);
    site.profile.settings.button_text = "Enter".into();
    let looked = survey(site.setup()).await.unwrap();
    assert!(!looked.plan_file().is_empty());
    apply(site.setup(), &looked.plan_file()).await.unwrap();
    assert_eq!(site.oauth()["buttonText"], "Enter");
}

#[tokio::test]
async fn a_hand_made_site_is_offered_again_until_it_is_decided() {
    let site = hand_made().await;
    let answer = pastes(&site);
    let mut driver = site.start();
    for topic in [
        AccessTopic::HowToWork(System::Authentik),
        AccessTopic::PasteToken,
        AccessTopic::HowToWork(System::Immich),
        AccessTopic::PasteKey,
    ] {
        let prompt = driver.asked(topic).await;
        driver.answer(&prompt, answer(&prompt, &driver.now()));
    }
    // The profile's own values are left at the first plan: nothing is done.
    let prompt =
        driver.asked_like(|topic| matches!(topic, Topic::Run(RunTopic::TakeOver { .. }))).await;
    driver.answer(&prompt, pick(&prompt, 'u'));
    driver.asked(StepTopic::Apply(StepId::Provider)).await;
    driver.quit().await;
    adopts(&site, answer).await;
}

#[tokio::test]
async fn a_hand_made_site_is_adopted_after_everything_is_undone() {
    let site = hand_made().await;
    let answer = pastes(&site);
    let before = site.stored().await;
    let (walked, _) = walk(&site, |prompt, now| match &prompt.kind {
        PromptKind::Choice { .. }
            if matches!(prompt.topic, Topic::Run(RunTopic::TakeOver { .. })) =>
        {
            pick(prompt, 'u')
        }
        _ => answer(prompt, now),
    })
    .await;
    assert_eq!(walked.ending, Ending::LoginVerified);
    assert_eq!(site.lab.authentik.providers().len(), 2);
    site.undo().await;
    assert_eq!(site.stored().await.providers, before.providers);
    adopts(&site, answer).await;
}

#[tokio::test]
async fn a_first_setup_says_nothing_of_last_time() {
    let site = Site::without_access(immich_sso_lab::HomelabOptions::default()).await;
    let (walked, asked) = walk(&site, signs_in(&site, "akadmin")).await;
    assert_eq!(walked.ending, Ending::LoginVerified);
    for (topic, help) in &asked {
        let opens =
            matches!(topic, Topic::Run(RunTopic::StepsNeeded { .. } | RunTopic::TakeOver { .. }));
        assert!(
            !opens && !help.iter().any(|line| line.contains(&*said("since"))),
            "{topic:?} {help:?}"
        );
    }
}

#[tokio::test]
async fn a_setup_that_was_left_says_what_is_to_do() {
    let site = Site::open().await;
    let mut driver = site.start();
    for id in [StepId::Provider, StepId::Application] {
        let prompt = driver.asked(StepTopic::Apply(id)).await;
        driver.answer(&prompt, confirm(&prompt, &driver.now()));
    }
    driver.asked(StepTopic::Apply(StepId::Settings)).await;
    driver.quit().await;
    let (walked, asked) = walk(&site, confirm).await;
    let opening = RunTopic::StepsNeeded { changed: None, steps: vec![StepId::Settings] };
    assert!(asked.iter().any(|(topic, _)| *topic == opening.clone().into()), "{asked:#?}");
    assert_eq!(walked.ending, Ending::LoginVerified);
}

#[tokio::test]
async fn a_known_site_is_not_offered_again() {
    let site = hand_made().await;
    let answer = pastes(&site);
    walk(&site, &answer).await;
    let mut site = site;
    site.profile = saved(&site);
    let (walked, asked) = walk(&site, &answer).await;
    assert_eq!(asked[0].0, RunTopic::NothingToDo.into(), "{asked:#?}");
    let offers = |topic: &Topic| matches!(topic, Topic::Run(RunTopic::TakeOver { .. }));
    assert!(!asked.iter().any(|(topic, _)| offers(topic)), "{asked:#?}");
    assert_eq!(walked.ending, Ending::LoginVerified);
}

#[tokio::test]
async fn a_provider_that_immich_does_not_use_yet_is_offered() {
    let mut site = hand_made().await;
    let mut config = site.lab.immich.settings().unwrap();
    config["oauth"]["clientId"] = json!("");
    config["oauth"]["enabled"] = json!(false);
    site.put_settings(&config).await;
    site.profile.provider.client_id = "photos".into();
    let (walked, asked) = walk(&site, pastes(&site)).await;
    assert!(offer(&asked).iter().any(|line| line == "application.slug: photos"), "{asked:#?}");
    assert!(asked.iter().any(|(topic, _)| *topic == RunTopic::TakeOver { logs_in: false }.into()));
    assert_eq!(walked.ending, Ending::LoginVerified);
    assert_eq!(site.lab.authentik.applications()[0]["meta_launch_url"], START);
    assert_eq!(site.lab.authentik.providers().len(), 1);
}

#[tokio::test]
async fn a_launch_url_that_the_profile_does_not_name_stays() {
    for leads_to in [START, "blank://blank", ""] {
        let site = hand_made().await;
        assert!(site.lab.authentik.change_application("photos", |application| {
            application.insert("meta_launch_url".into(), leads_to.into());
        }));
        let mut site = site;
        site.profile.provider.client_id = "photos".into();
        site.profile.provider.name = "Photos".into();
        site.profile.application.slug = "photos".into();
        site.profile.application.name = "Our photos".into();
        let (before, answer) = (settings(&site), pastes(&site));
        let (walked, _) = walk(&site, |prompt, now| match &prompt.kind {
            PromptKind::Choice { .. }
                if matches!(prompt.topic, Topic::Run(RunTopic::TakeOver { .. })) =>
            {
                pick(prompt, 'u')
            }
            _ => answer(prompt, now),
        })
        .await;
        assert_eq!(walked.ending, Ending::LoginVerified);
        let after = settings(&site);
        assert_eq!((&after.0, &after.1), (&before.0, &before.1), "{leads_to:?}");
        assert_eq!(after.2["buttonText"], "Login with Authentik", "that is named");
    }
}

#[tokio::test]
async fn every_launch_url_is_taken_over() {
    for (leads_to, kept) in [("blank://blank", "blank://blank"), ("", "")] {
        let site = hand_made().await;
        assert!(site.lab.authentik.change_application("photos", |application| {
            application.insert("meta_launch_url".into(), leads_to.into());
        }));
        let (before, answer) = (settings(&site), pastes(&site));
        let (walked, _) = walk(&site, answer).await;
        assert_eq!(walked.ending, Ending::LoginVerified);
        assert_eq!(settings(&site), before);
        assert_eq!(saved(&site).application.launch_url.as_deref(), Some(kept));
    }
}

#[tokio::test]
async fn a_renamed_default_flow_is_preselected() {
    let site = Site::open().await;
    for (old, new) in [
        ("default-provider-authorization-explicit-consent", "home-consent"),
        ("default-provider-invalidation-flow", "home-logout"),
    ] {
        assert!(site.lab.authentik.rename_flow(old, new));
    }
    let mut blocked = 0;
    let walked = site
        .start()
        .walk(|prompt, now| {
            blocked += usize::from(matches!(prompt.topic, Topic::Step(StepTopic::Blocked(_))));
            confirm(prompt, now)
        })
        .await;
    assert_eq!(walked.ending, Ending::LoginVerified);
    assert_eq!(blocked, 1, "the flow for consent is asked about");
    let provider = site.provider();
    assert_eq!(provider["authorization_flow"], site.flow("home-consent").await);
    assert_eq!(provider["invalidation_flow"], site.flow("home-logout").await);
}

#[tokio::test]
async fn the_address_of_the_discovery_document_stays() {
    let site = hand_made().await;
    let mut config = site.lab.immich.settings().unwrap();
    let issuer = config["oauth"]["issuerUrl"].as_str().unwrap().to_owned();
    config["oauth"]["issuerUrl"] = format!("{issuer}.well-known/openid-configuration").into();
    site.put_settings(&config).await;
    adopts(&site, pastes(&site)).await;
}
