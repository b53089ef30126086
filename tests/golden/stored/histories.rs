//! What the program stores, made by real runs on the lab.

use std::{collections::BTreeMap, fs, time::Duration};

use immich_sso::{
    secret::Label,
    site::{Profile, ProfileFile, SigningAlgorithm, StoreKind, TokenAuthMethod},
    wizard::{
        Ending, Prompt, Purpose, RotateWish, Rotated, RotationTopic, Snapshot, Topic, start, survey,
    },
};
use immich_sso_lab::{HomelabOptions, Settings, Version, immich::Mishap};
use testkit::driver::{Driver, Site, confirm, leaves, pick};

use super::fixed::Fixed;
use crate::{
    people::{names, options, pastes, run, signs_in, usual},
    script::Script,
    setup::hand_made,
};

/// The histories whose journals are fixtures.
pub const HISTORIES: [&str; 9] =
    ["adopted", "changed", "complete", "cut", "failed", "rebuilt", "renewed", "rotated", "undone"];

/// A site with that history.
pub async fn history(name: &str) -> Site {
    match name {
        "adopted" => adopted().await,
        "changed" => changed().await,
        "cut" => cut().await,
        "failed" => failed().await,
        "rebuilt" => rebuilt().await,
        "renewed" => renewed().await,
        "complete" => set_up().await,
        "rotated" => {
            let site = set_up().await;
            let back = RotateWish { back: true, revoke: true, ..RotateWish::default() };
            for wish in [RotateWish::default(), back] {
                let rotation = start(run(&site, Purpose::Rotate(wish)));
                assert_eq!(Driver::of(rotation).walk(confirm).await.ending, Ending::Rotated);
            }
            site
        }
        "undone" => {
            let site = set_up().await;
            assert!(matches!(site.undo().await.ending, Ending::TakenBack(_)));
            site
        }
        other => panic!("no history {other}"),
    }
}

/// A complete set-up.
async fn set_up() -> Site {
    let site = Site::with(usual()).await;
    assert_eq!(site.walk().await.ending, Ending::LoginVerified);
    site
}

/// A set-up that ended while Immich's settings were being written.
async fn cut() -> Site {
    let site = Site::with(usual()).await;
    let (method, path) = ("PUT".into(), "/api/system-config".into());
    site.lab.immich.mishap(Mishap::Late { method, path, by: Duration::from_mins(10) });
    let is_written = || site.oauth()["enabled"] == true;
    Script::new("", "").cut(start(site.setup()), confirm, is_written).await;
    site
}

/// A site that somebody set up by hand, taken over.
async fn adopted() -> Site {
    let site = hand_made().await;
    assert_eq!(site.start().walk(pastes(&site)).await.ending, Ending::LoginVerified);
    site
}

/// A rotation that Immich did not take, so that authentik was set back, and
/// the new secret forgotten later.
async fn failed() -> Site {
    let site = set_up().await;
    let (method, path) = ("PUT".into(), "/api/system-config".into());
    site.lab.immich.mishap(Mishap::Answer { method, path, status: 502 });
    let rotation = start(run(&site, Purpose::Rotate(RotateWish::default())));
    assert_eq!(Driver::of(rotation).walk(leaves).await.ending, Ending::Left);
    let again = start(run(&site, Purpose::Rotate(RotateWish::default())));
    let back = |prompt: &Prompt, now: &Snapshot| {
        if matches!(prompt.topic, Topic::Rotation(RotationTopic::Unfinished)) {
            pick(prompt, 'b')
        } else {
            confirm(prompt, now)
        }
    };
    assert_eq!(Driver::of(again).walk(back).await.ending, Ending::Finished);
    site
}

/// A set-up, and a second one after authentik was rebuilt: accounts that were
/// linked are not any more.
async fn rebuilt() -> Site {
    let mut site = set_up().await;
    site.rebuild_authentik().await;
    assert_eq!(site.start().walk(pastes(&site)).await.ending, Ending::LoginVerified);
    site
}

/// A set-up with access of its own, which was renewed.
async fn renewed() -> Site {
    let site = Site::without_access(usual()).await;
    let answer = signs_in(&site);
    assert_eq!(site.start().walk(&answer).await.ending, Ending::LoginVerified);
    for of in [Rotated::AuthentikToken, Rotated::ImmichApiKey] {
        let wish = RotateWish { of, ..RotateWish::default() };
        let renewal = start(run(&site, Purpose::Rotate(wish)));
        assert_eq!(Driver::of(renewal).walk(&answer).await.ending, Ending::Rotated);
    }
    site
}

/// A set-up in the database, a second one after somebody changed everything,
/// and a rotation back to the secret before.
async fn changed() -> Site {
    let lab = HomelabOptions { settings: Settings::Database, ..options(Version::new(1, 105, 1)) };
    let site = Site::with(lab).await;
    assert!(site.walk().await.login_worked());
    assert!(site.lab.authentik.change_provider("immich-oauth-provider", |provider| {
        provider.insert("client_secret".into(), "somebody-set-this".into());
        provider.insert("issuer_mode".into(), "global".into());
    }));
    assert!(site.lab.authentik.change_application("immich", |application| {
        application.insert("name".into(), "Our photos".into());
    }));
    let storage = site.lab.immich.storage();
    let text = |text: &str| serde_json::Value::from(text).to_string();
    if let Some(rows) = &mut storage.tables().rows {
        rows.insert("oauth.buttonText".into(), text("Enter"));
        rows.insert("oauth.clientSecret".into(), text("somebody-set-that"));
    }
    assert!(site.walk().await.login_worked());
    site
}

/// All that is stored, by the names of the fixtures, with what differs from run
/// to run fixed.
pub async fn written() -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for name in HISTORIES {
        let site = history(name).await;
        let journal = site.folders().journal("test");
        let mut fixed = Fixed::of(&names(&site));
        let texts = fixed.journal(&site.journal());
        all.insert(format!("journal-{name}-2.jsonl"), texts);
        if name == "complete" {
            let anchor = fs::read_to_string(journal.with_extension("anchor")).unwrap();
            all.insert("journal-complete-2.anchor".into(), fixed.anchor(&anchor));
            let memory = fs::read_to_string(site.folders().memory("test")).unwrap();
            all.insert("memory-3.json".into(), fixed.memory(&memory));
            let again = survey(run(&site, Purpose::Rotate(RotateWish::default()))).await.unwrap();
            let plan = again.plan_file().text().unwrap();
            all.insert("plan-rotation.json".into(), fixed.text(&plan));
            site.vault.forget(Label::JournalAnchor).await.unwrap();
        }
    }
    let site = Site::with(usual()).await;
    let plan = survey(site.setup()).await.unwrap().plan_file().text().unwrap();
    let mut fixed = Fixed::of(&names(&site));
    all.insert("plan-set-up.json".into(), fixed.text(&plan));
    for (name, profile) in [("profile-2", site.profile.clone()), ("profile-full-2", full())] {
        let mut file = ProfileFile::new(&site.folders(), name).unwrap();
        file.save(&profile).unwrap();
        all.insert(format!("{name}.toml"), fixed.text(&file.text().unwrap().unwrap()));
    }
    all
}

/// A profile with every key.
pub fn full() -> Profile {
    let mut profile = first_full();
    profile.settings.auto_launch = Some(true);
    profile.settings.storage_label_claim = Some("immich_label".into());
    profile
}

/// A profile with every key that the first format had.
pub fn first_full() -> Profile {
    let some = |text: &str| Some(text.to_owned());
    let mut profile = Profile { secrets: StoreKind::File, ..Profile::default() };
    profile.authentik.url = "https://auth.example.com".into();
    profile.authentik.api_url = some("http://192.0.2.10:9000");
    profile.authentik.ca_file = some("/etc/ssl/home.pem");
    profile.authentik.pinned_certificate = Some(PIN.into());
    profile.immich.url = "https://photos.example.com".into();
    profile.immich.api_url = some("http://192.0.2.11:2283");
    profile.immich.other_urls = vec!["http://192.0.2.11:2283".into()];
    profile.immich.ca_file = some("/etc/ssl/home.pem");
    profile.immich.pinned_certificate = Some(PIN.into());
    profile.provider.invalidation_flow = some("default-invalidation-flow");
    profile.provider.signing_key = some("Home curve");
    profile.application.launch_url = some("blank://blank");
    profile.settings.signing_algorithm = SigningAlgorithm::Es256;
    profile.settings.token_endpoint_auth_method = TokenAuthMethod::ClientSecretBasic;
    profile.host.ssh = some("admin@192.0.2.11:2222");
    profile.host.jump = some("admin@bastion.example.com:22");
    profile.host.key_file = some("/home/alice/.ssh/id_ed25519");
    profile
}

/// A fingerprint of a certificate.
const PIN: &str = "0000000000000000000000000000000000000000000000000000000000000001";
