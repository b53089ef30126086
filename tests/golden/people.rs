//! The operators of the scenarios, and their sites.

use immich_sso::wizard::{AccessTopic, Topic};
use immich_sso::{
    authentik::TokenWish,
    secret::{Label, Secret},
    wizard::{Answer, Prompt, PromptKind, Purpose, Setup, Snapshot},
};
use immich_sso_lab::{HomelabOptions, Version, authentik::Authentik, immich::ADMIN_EMAIL};

pub use testkit::driver::pastes;
use testkit::driver::{Site, confirm, password_of, pick};

use crate::{compare::is_golden, normal::normal, script::Script};

/// Says yes, and signs in where there is no access yet.
pub fn signs_in(site: &Site) -> impl Fn(&Prompt, &Snapshot) -> Answer + use<> {
    let password = site.lab.immich.admin_password();
    move |prompt, now| {
        let asked = &prompt.topic;
        match &prompt.kind {
            PromptKind::Choice { .. }
                if matches!(asked, Topic::Access(AccessTopic::HowToWork(_))) =>
            {
                pick(prompt, 's')
            }
            PromptKind::Text { .. } if matches!(asked, Topic::Access(AccessTopic::UserName)) => {
                Answer::Text("akadmin".into())
            }
            PromptKind::Text { .. } if matches!(asked, Topic::Access(AccessTopic::Email)) => {
                Answer::Text(ADMIN_EMAIL.into())
            }
            PromptKind::Hidden if password_of(asked, ADMIN_EMAIL) => {
                Answer::Hidden(Secret::new(password.clone()))
            }
            PromptKind::Hidden if password_of(asked, "akadmin") => {
                Answer::Hidden(Secret::new(Authentik::password("akadmin")))
            }
            _ => confirm(prompt, now),
        }
    }
}

/// The lab of the scenarios: authentik 2026.8.3 and an Immich.
pub fn options(immich: Version) -> HomelabOptions {
    HomelabOptions { authentik: Version::new(2026, 8, 3), immich, ..HomelabOptions::default() }
}

/// Immich 2.7.5.
pub fn usual() -> HomelabOptions {
    options(Version::new(2, 7, 5))
}

/// A run of this site for that purpose.
pub fn run(site: &Site, purpose: Purpose) -> Setup {
    Setup { purpose, ..site.setup() }
}

/// What of this site differs from run to run, and what stands for it.
pub fn names(site: &Site) -> Vec<(String, String)> {
    let bare = |url: &str| url.trim_start_matches("http://").to_owned();
    let (authentik, immich) = (site.lab.authentik.url(), site.lab.immich.url());
    let name = |name: String, stands: &str| (name, stands.to_owned());
    let machine = hostname::get().unwrap_or_default();
    let ours = TokenWish::identifier_for(&format!("test-{}", machine.to_string_lossy()));
    vec![
        name(ours, "immich-sso-test-machine"),
        name(site.lab.host.key_file().display().to_string(), "<key file>"),
        name(site.lab.folder().display().to_string(), "/opt/immich"),
        name(site.folder.path().display().to_string(), "<home>"),
        name(site.lab.host.target(), "admin@photos.example.com"),
        name(bare(&authentik), "auth.example.com"),
        name(bare(&immich), "photos.example.com"),
        name(env!("IMMICH_SSO_VERSION").to_owned(), "<version>"),
    ]
}

/// The scenario's script is as in its file, and tells no secret.
pub async fn finish(scenario: &str, script: Script, site: &Site, more: &[(String, String)]) {
    let text = script.text();
    for label in Label::ALL {
        if let Some(secret) = site.vault.get(label).await.unwrap() {
            assert!(!text.contains(secret.expose()), "{label} is in the text of {scenario}");
        }
    }
    let names = [more, &names(site)].concat();
    is_golden(scenario, &normal(&text, &names));
}
