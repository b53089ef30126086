//! Set-up: of a new site by each route, of a known site, of one that somebody
//! set up by hand; refused, and with everything that can be typed wrong.

use immich_sso::site::System;
use immich_sso::wizard::{AccessTopic, RunTopic, Topic};
use immich_sso::{
    secret::{Secret, Vault},
    wizard::{Answer, Ending, PromptKind, StepId, start},
};
use immich_sso_lab::{HomelabOptions, Settings, Version};

use testkit::driver::{Site, confirm, pick, refuse};

use crate::{
    people::{finish, options, pastes, signs_in, usual},
    script::Script,
};

#[tokio::test]
async fn new_site_by_the_api() {
    let mut script = Script::new(
        "Set-up of a new site",
        "authentik 2026.8.3, Immich 2.7.5, settings by Immich's API. The operator knows the\n\
         addresses and signs in to both servers.",
    );
    let site = Site::without_access(usual()).await;
    let ending = script.play(start(site.setup()), signs_in(&site)).await;
    assert_eq!(ending, Ending::LoginVerified);
    finish("setup-new-api", script, &site, &[]).await;
}

#[tokio::test]
async fn new_site_by_the_database() {
    let mut script = Script::new(
        "Set-up of a new site by the database",
        "authentik 2026.8.3, Immich 1.105.1, settings in Immich's database over SSH, so that\n\
         Immich is restarted. Token and key are kept already.",
    );
    let lab = HomelabOptions { settings: Settings::Database, ..options(Version::new(1, 105, 1)) };
    let site = Site::with(lab).await;
    let ending = script.play(start(site.setup()), confirm).await;
    assert_eq!(ending, Ending::LoginVerified);
    finish("setup-new-database", script, &site, &[]).await;
}

#[tokio::test]
async fn new_site_by_the_config_file() {
    let mut script = Script::new(
        "Set-up of a new site by the config file",
        "authentik 2026.8.3, Immich 3.2.2, settings in the file that IMMICH_CONFIG_FILE names,\n\
         over SSH. The operator pastes a token and a key.",
    );
    let lab = HomelabOptions { settings: Settings::ConfigFile, ..options(Version::new(3, 2, 2)) };
    let site = Site::without_access(lab).await;
    let ending = script.play(start(site.setup()), pastes(&site)).await;
    assert_eq!(ending, Ending::LoginVerified);
    finish("setup-new-config-file", script, &site, &[]).await;
}

#[tokio::test]
async fn known_site() {
    let mut script =
        Script::new("Set-up of a known site", "Everything is as the last run left it.");
    let site = Site::with(usual()).await;
    site.walk().await;
    let ending = script.play(start(site.setup()), confirm).await;
    assert_eq!(ending, Ending::LoginVerified);
    finish("setup-known", script, &site, &[]).await;
}

#[tokio::test]
async fn hand_made_site() {
    let mut script = Script::new(
        "Set-up of a site that was set up by hand",
        "Both servers work together already, with names of their own, and this program knows\n\
         nothing of it. The operator pastes a token and a key, and takes over what is there.",
    );
    let site = hand_made().await;
    let ending = script.play(start(site.setup()), pastes(&site)).await;
    assert_eq!(ending, Ending::LoginVerified);
    script.scene("The same, and the operator does not take it over");
    let site = hand_made_again(site);
    let answer = pastes(&site);
    let ending = script
        .play(start(site.setup()), |prompt, now| match &prompt.kind {
            PromptKind::Choice { .. }
                if matches!(prompt.topic, Topic::Run(RunTopic::TakeOver { .. })) =>
            {
                pick(prompt, 'u')
            }
            PromptKind::Decide { .. } => refuse(prompt, now),
            _ if prompt.refused.is_some() && now.here != StepId::Access => refuse(prompt, now),
            _ => answer(prompt, now),
        })
        .await;
    assert_eq!(ending, Ending::Finished);
    finish("setup-hand-made", script, &site, &[]).await;
}

/// A site that works, of which no workstation knows more than the addresses.
/// The lab has no page to set one up by hand: an earlier run does it.
pub async fn hand_made() -> Site {
    let mut site = Site::with(usual()).await;
    let usual = site.profile.clone();
    site.profile.provider.client_id = "photos".into();
    site.profile.provider.name = "Photos".into();
    site.profile.application.slug = "photos".into();
    site.profile.application.name = "Our photos".into();
    site.profile.settings.button_text = "Come in".into();
    assert_eq!(site.walk().await.ending, Ending::LoginVerified);
    site.profile = usual;
    hand_made_again(site)
}

/// The same site, and a workstation that knows nothing of it.
fn hand_made_again(site: Site) -> Site {
    Site { folder: tempfile::tempdir().unwrap(), vault: Vault::memory(), ..site }
}

#[tokio::test]
async fn everything_refused() {
    let mut script = Script::new(
        "Set-up where everything is refused",
        "The operator says no to each change, and goes on without a login.",
    );
    let site = Site::with(usual()).await;
    let ending = script.play(start(site.setup()), refuse).await;
    assert_eq!(ending, Ending::Finished);
    finish("setup-refused", script, &site, &[]).await;
}

#[tokio::test]
async fn mistakes() {
    let mut script = Script::new(
        "Set-up with mistakes",
        "The operator types addresses, a password, a token and a key wrong first.",
    );
    let mut site = Site::without_access(usual()).await;
    let (authentik, immich) = (site.lab.authentik.url(), site.lab.immich.url());
    site.profile.authentik.url.clear();
    site.profile.immich.url.clear();
    let (signs_in, pastes) = (signs_in(&site), pastes(&site));
    let mut tried = Vec::new();
    let ending = script
        .play(start(site.setup()), |prompt, now| {
            tried.push(prompt.topic.clone());
            let times = tried.iter().filter(|topic| **topic == prompt.topic).count();
            let asked = &prompt.topic;
            match (&prompt.kind, times) {
                // The other server's address first.
                (PromptKind::Text { .. }, times)
                    if *asked == AccessTopic::Address(System::Authentik).into() =>
                {
                    Answer::Text(if times == 1 { immich.clone() } else { authentik.clone() })
                }
                (PromptKind::Text { .. }, times)
                    if *asked == AccessTopic::Address(System::Immich).into() =>
                {
                    Answer::Text(if times == 1 { authentik.clone() } else { immich.clone() })
                }
                (PromptKind::Choice { .. }, _)
                    if matches!(asked, Topic::Access(AccessTopic::CannotBeUsed(_))) =>
                {
                    pick(prompt, 'c')
                }
                (PromptKind::Hidden, 1) => Answer::Hidden(Secret::new("wrong")),
                (PromptKind::Choice { .. }, _)
                    if matches!(asked, Topic::Access(AccessTopic::HowToWork(System::Immich))) =>
                {
                    pastes(prompt, now)
                }
                (PromptKind::Hidden, _)
                    if matches!(asked, Topic::Access(AccessTopic::PasteKey)) =>
                {
                    pastes(prompt, now)
                }
                _ => signs_in(prompt, now),
            }
        })
        .await;
    assert_eq!(ending, Ending::LoginVerified);
    finish("setup-mistakes", script, &site, &[]).await;
}
