//! A run again after something changed: a server was rebuilt, or both, or
//! somebody changed what was set up.

use immich_sso::wizard::{Ending, start};
use immich_sso_lab::immich::{self, Immich, StorageKind};
use serde_json::json;

use testkit::driver::{Site, confirm};

use crate::{
    people::{finish, pastes, usual},
    script::Script,
};

/// A site that is set up.
async fn set_up() -> Site {
    let site = Site::with(usual()).await;
    assert_eq!(site.walk().await.ending, Ending::LoginVerified);
    site
}

/// Another Immich, elsewhere; the old address and what stands for it.
async fn rebuild_immich(site: &mut Site) -> Vec<(String, String)> {
    let old = site.lab.immich.url();
    let anew = Immich::start(immich::Options {
        version: "3.0.3".parse().unwrap(),
        ..immich::Options::new(StorageKind::Database)
    });
    let anew = anew.await.unwrap();
    anew.create_user("alice@example.com", "Alice");
    site.lab.immich = anew;
    site.profile.immich.url = site.lab.immich.url();
    let bare = old.trim_start_matches("http://").to_owned();
    vec![(bare, "old-photos.example.com".to_owned())]
}

#[tokio::test]
async fn authentik_rebuilt() {
    let mut script = Script::new(
        "Again: authentik was rebuilt",
        "It is at the same address, and has nothing of ours. The operator pastes a new token.",
    );
    let mut site = set_up().await;
    site.rebuild_authentik().await;
    let ending = script.play(start(site.setup()), pastes(&site)).await;
    assert_eq!(ending, Ending::LoginVerified);
    finish("again-authentik-rebuilt", script, &site, &[]).await;
}

#[tokio::test]
async fn immich_rebuilt() {
    let mut script = Script::new(
        "Again: Immich was rebuilt",
        "It is at another address, newer, and empty. The operator pastes a new key.",
    );
    let mut site = set_up().await;
    let old = rebuild_immich(&mut site).await;
    let ending = script.play(start(site.setup()), pastes(&site)).await;
    assert_eq!(ending, Ending::LoginVerified);
    finish("again-immich-rebuilt", script, &site, &old).await;
}

#[tokio::test]
async fn both_rebuilt() {
    let mut script = Script::new(
        "Again: both servers were rebuilt",
        "The secret store of this workstation is what is left.",
    );
    let mut site = set_up().await;
    site.rebuild_authentik().await;
    let old = rebuild_immich(&mut site).await;
    let ending = script.play(start(site.setup()), pastes(&site)).await;
    assert_eq!(ending, Ending::LoginVerified);
    finish("again-both-rebuilt", script, &site, &old).await;
}

#[tokio::test]
async fn drifted() {
    let mut script = Script::new(
        "Again: somebody changed what was set up",
        "A redirect URI is gone in authentik, and Immich's button has another text.",
    );
    let site = set_up().await;
    let uri = format!("{}/auth/login", site.lab.immich.url());
    let only =
        json!([{"matching_mode": "strict", "url": uri, "redirect_uri_type": "authorization"}]);
    assert!(site.lab.authentik.change_provider("immich-oauth-provider", |provider| {
        provider.insert("redirect_uris".into(), only);
    }));
    let mut config = site.lab.immich.settings().unwrap();
    config["oauth"]["buttonText"] = "Enter".into();
    site.put_settings(&config).await;
    let ending = script.play(start(site.setup()), confirm).await;
    assert_eq!(ending, Ending::LoginVerified);
    finish("again-drifted", script, &site, &[]).await;
}
