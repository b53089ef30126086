//! Guided re-runs: what changed since last time is recognised, told in plain
//! words and repaired, with the right secret kept.

use immich_sso::{
    secret::{Label, Secret},
    site::{StoreKind, System},
    text,
    wizard::{
        AccessTopic, Answer, Ending, Prompt, PromptKind, RunTopic, Snapshot, StepId, StepState,
        StepTopic, Topic,
    },
};
use immich_sso_lab::{
    HomelabOptions, Settings,
    immich::{self, Immich, StorageKind},
};
use testkit::said_around_backticks;

use crate::driver::{Site, Walked, confirm, in_words, pick};

/// What the opening said: its question and its sentences.
pub struct Opening(Vec<String>);

impl Opening {
    /// Whether they hold a text of the program's, values in backticks.
    pub fn tells(&self, part: &str) {
        let part = said_around_backticks(part);
        assert!(
            self.0.iter().any(|line| line.contains(&part)),
            "{part:?} is not among {:#?}",
            self.0
        );
    }
}

/// Walks to the end by what is needed; with the opening's words.
pub async fn again(site: &Site) -> (Walked, Opening) {
    answering(site, |_, _| None).await
}

pub async fn answering(
    site: &Site,
    mut answer: impl FnMut(&Prompt, &Snapshot) -> Option<Answer>,
) -> (Walked, Opening) {
    let mut told = Vec::new();
    let walked = site
        .start()
        .walk(|prompt, now| {
            if matches!(
                prompt.topic,
                Topic::Run(RunTopic::StepsNeeded { changed: Some(_), .. } | RunTopic::NothingToDo)
            ) && told.is_empty()
            {
                told.push(text::question(&prompt.topic));
                told.extend(in_words(&prompt.help));
            }
            answer(prompt, now).unwrap_or_else(|| confirm(prompt, now))
        })
        .await;
    (walked, Opening(told))
}

/// Answers what comes of a change by hand.
pub fn by_hand(prompt: &Prompt, key: char) -> Option<Answer> {
    matches!(prompt.topic, Topic::Step(StepTopic::ChangedByHand(_))).then(|| pick(prompt, key))
}

async fn secret(site: &Site) -> String {
    site.vault.get(Label::ClientSecret).await.unwrap().unwrap().expose().to_owned()
}

#[tokio::test]
async fn an_unchanged_site_has_nothing_to_do_and_is_sent_nothing() {
    for settings in [Settings::Api, Settings::Database, Settings::ConfigFile] {
        let site = Site::with(HomelabOptions { settings, ..HomelabOptions::default() }).await;
        site.walk().await;
        let before = site.mutations();
        let (walked, opening) = again(&site).await;
        opening.tells("Nothing to do: everything is as wanted.");
        assert_eq!(opening.0.len(), 1, "{:?}", opening.0);
        assert_eq!(walked.ending, Ending::LoginVerified);
        assert_eq!(site.mutations(), before);
    }
}

/// 1. Immich was rebuilt: empty, newer, elsewhere, its key gone.
#[tokio::test]
async fn a_rebuilt_immich_gets_its_settings_again_with_the_kept_secret() {
    let mut site = Site::of("2026.8.3", "2.7.5").await;
    site.walk().await;
    let kept = secret(&site).await;
    let anew = Immich::start(immich::Options {
        version: "3.0.3".parse().unwrap(),
        ..immich::Options::new(StorageKind::Database)
    })
    .await
    .unwrap();
    anew.create_user("alice@example.com", "Alice");
    site.lab.immich = anew;
    let address = site.lab.immich.url();
    site.profile.immich.url.clone_from(&address);
    let key = Secret::new(site.lab.immich.admin_key());
    let mut asked = 0;
    let (walked, opening) = answering(&site, |prompt, _| {
        // The kept key is of no use any more.
        if matches!(prompt.topic, Topic::Access(AccessTopic::HowToWork(System::Immich))) {
            asked += 1;
            assert!(prompt.refused.is_some(), "the reason is told");
            return Some(pick(prompt, 'p'));
        }
        matches!(prompt.topic, Topic::Access(AccessTopic::PasteKey))
            .then(|| Answer::Hidden(key.clone()))
    })
    .await;
    assert_eq!(asked, 1);
    opening.tells("Immich's address");
    opening.tells("Immich's release: 2.7.5 last time, 3.0.3 now");
    opening.tells("Immich has no OAuth settings any more");
    assert_eq!(walked.ending, Ending::LoginVerified);
    assert_eq!(site.oauth()["clientSecret"], kept);
    assert_eq!(site.provider()["client_secret"], kept);
    // 7. The redirect URIs and the launch URL moved with it; old ones stay.
    let uris = site.provider()["redirect_uris"].to_string();
    assert!(uris.contains(&format!("{address}/auth/login")), "{uris}");
    let application = &site.lab.authentik.applications()[0];
    assert_eq!(application["meta_launch_url"], address);
}

/// 1. Immich came back with a config file instead of its database.
#[tokio::test]
async fn an_immich_that_came_back_with_a_config_file_is_told_there() {
    let mut site = Site::open().await;
    site.walk().await;
    let kept = secret(&site).await;
    let options = HomelabOptions { settings: Settings::ConfigFile, ..HomelabOptions::default() };
    let Site { lab, .. } = Site::with(options).await;
    site.profile.immich.url = lab.immich.url();
    site.profile.host.ssh = Some(lab.host.target());
    site.profile.host.key_file = Some(lab.host.key_file().display().to_string());
    site.profile.host.folder = lab.folder().display().to_string();
    site.vault.put(Label::ImmichApiKey, &Secret::new(lab.immich.admin_key())).await.unwrap();
    site.lab.immich = lab.immich.clone();
    let (walked, opening) = again(&site).await;
    opening.tells("The way to Immich's settings: API last time, config file now");
    assert_eq!(walked.ending, Ending::LoginVerified);
    assert_eq!(site.oauth()["clientSecret"], kept);
}

/// 2. authentik was rebuilt: nothing of ours, other keys, other flows.
#[tokio::test]
async fn a_rebuilt_authentik_gets_the_same_client_and_secret_again() {
    let mut site = Site::open().await;
    site.walk().await;
    let kept = secret(&site).await;
    let issuer = site.oauth()["issuerUrl"].as_str().unwrap().to_owned();
    site.rebuild_authentik().await;
    assert!(site.lab.authentik.remove_flow("default-provider-authorization-explicit-consent"));
    let token = Secret::new(site.lab.authentik.admin_token());
    let mut flows = 0;
    let (walked, opening) = answering(&site, |prompt, _| {
        if matches!(prompt.topic, Topic::Access(AccessTopic::HowToWork(System::Authentik))) {
            return Some(pick(prompt, 'p'));
        }
        if matches!(prompt.topic, Topic::Step(StepTopic::Blocked(StepId::Provider))) {
            flows += 1;
            return Some(pick(prompt, '1'));
        }
        matches!(prompt.topic, Topic::Access(AccessTopic::PasteToken))
            .then(|| Answer::Hidden(token.clone()))
    })
    .await;
    opening.tells("authentik has no provider for Immich any more");
    opening.tells("authentik has no application `immich` any more");
    opening.tells("there is no flow of that slug");
    assert_eq!(flows, 1, "another flow is offered");
    assert_eq!(walked.ending, Ending::LoginVerified);
    assert_eq!(site.provider()["client_secret"], kept);
    assert_eq!(site.provider()["client_id"], "immich-oauth-client");
    assert_eq!(site.oauth()["issuerUrl"], issuer);
    let mut file = site.setup().file;
    let flow = file.load().unwrap().unwrap().provider.authorization_flow;
    assert_eq!(flow, "default-provider-authorization-implicit-consent");
}

/// 3. The workstation was rebuilt: no profile, no secrets, and not everything
/// had the usual names.
#[tokio::test]
async fn a_rebuilt_workstation_learns_the_profile_and_the_secret_from_the_servers() {
    let mut site = Site::open().await;
    site.profile.provider.client_id = "photos".into();
    site.profile.provider.name = "Photos".into();
    site.profile.application.slug = "photos".into();
    site.profile.settings.button_text = "Come in".into();
    site.walk().await;
    let kept = secret(&site).await;
    let before = (site.stored().await, site.mutations());

    site.folder = tempfile::tempdir().unwrap();
    site.vault = immich_sso::secret::Vault::memory();
    let mut profile = immich_sso::site::Profile::default();
    profile.authentik.url = site.lab.authentik.url();
    profile.immich.url = site.lab.immich.url();
    profile.settings.allow_insecure_requests = true;
    assert_eq!(profile.secrets, StoreKind::Keyring);
    site.profile = profile;
    for (label, value) in [
        (Label::AuthentikToken, site.lab.authentik.admin_token()),
        (Label::ImmichApiKey, site.lab.immich.admin_key()),
    ] {
        site.vault.put(label, &Secret::new(value)).await.unwrap();
    }
    let mut offered = Vec::new();
    let (walked, _) = answering(&site, |prompt, _| {
        if matches!(prompt.topic, Topic::Run(RunTopic::TakeOver { .. })) {
            offered = in_words(&prompt.help);
        }
        None
    })
    .await;
    assert!(offered.iter().any(|line| line == "provider.client_id: photos"), "{offered:?}");
    assert_eq!(walked.ending, Ending::LoginVerified);
    assert_eq!(site.mutations(), before.1, "the servers are as they were");
    assert_eq!(secret(&site).await, kept);
    let mut file = site.setup().file;
    let profile = file.load().unwrap().unwrap();
    assert_eq!(profile.application.slug, "photos");
    assert_eq!(profile.settings.button_text, "Come in");
}

/// 4. Somebody changed one of our fields by hand.
#[tokio::test]
async fn a_field_that_was_changed_by_hand_is_put_back_or_kept_as_the_operator_says() {
    let site = Site::open().await;
    site.walk().await;
    let change = |site: &Site| {
        assert!(site.lab.authentik.change_application("immich", |application| {
            application.insert("name".into(), "Our photos".into());
        }));
    };
    change(&site);
    let (walked, opening) = again(&site).await;
    opening.tells("Application, name: it is `Our photos` now; the profile says `Immich`.");
    opening.tells("To be looked at: Application.");
    assert_eq!(walked.ending, Ending::LoginVerified);
    assert_eq!(site.lab.authentik.applications()[0]["name"], "Immich");

    change(&site);
    let before = site.mutations();
    let (walked, _) = answering(&site, |prompt, _| {
        matches!(prompt.topic, Topic::Step(StepTopic::ChangedByHand(_))).then(|| pick(prompt, 't'))
    })
    .await;
    assert_eq!(walked.ending, Ending::LoginVerified);
    assert_eq!(site.mutations(), before, "nothing is sent");
    assert_eq!(site.lab.authentik.applications()[0]["name"], "Our photos");
    let mut file = site.setup().file;
    assert_eq!(file.load().unwrap().unwrap().application.name, "Our photos");
}

/// 5. A backup was restored: a secret from before is back.
#[tokio::test]
async fn an_older_secret_is_recognised_on_either_side() {
    let site = Site::open().await;
    site.walk().await;
    let ours = secret(&site).await;
    site.vault.put(Label::ClientSecretPrevious, &"the-one-before".into()).await.unwrap();
    assert!(site.lab.authentik.change_provider("immich-oauth-provider", |provider| {
        provider.insert("client_secret".into(), "the-one-before".into());
    }));
    let (walked, opening) = again(&site).await;
    opening.tells("authentik holds a client secret that was in use before");
    assert_eq!(walked.ending, Ending::LoginVerified);
    assert_eq!(site.provider()["client_secret"], ours);

    let mut config = site.lab.immich.settings().unwrap();
    config["oauth"]["clientSecret"] = "the-one-before".into();
    site.put_settings(&config).await;
    let (walked, opening) = again(&site).await;
    opening.tells("Immich holds a client secret that was in use before");
    assert_eq!(walked.ending, Ending::LoginVerified);
    assert_eq!(site.oauth()["clientSecret"], ours);
}

/// Only what is needed is walked; the rest is not even asked about.
#[tokio::test]
async fn only_the_steps_that_are_needed_are_asked_about() {
    let site = Site::open().await;
    site.walk().await;
    let mut config = site.lab.immich.settings().unwrap();
    config["oauth"]["buttonText"] = "Enter".into();
    site.put_settings(&config).await;
    let mut cards = Vec::new();
    let (walked, _) = answering(&site, |prompt, now| {
        if matches!(prompt.kind, PromptKind::Decide { .. }) {
            cards.push(now.here);
        }
        None
    })
    .await;
    assert_eq!(cards, [StepId::Settings]);
    for id in [StepId::Provider, StepId::Application, StepId::Settings] {
        assert_eq!(walked.last.step(id).unwrap().state, StepState::Done, "{id:?}");
    }
}
