//! Secrets in what others say and store: shown nowhere, written nowhere, and
//! still exact where undo needs them.

use immich_sso::{secret::Label, wizard::Ending};
use serde_json::json;

use crate::driver::{Site, files};

/// A value of somebody else's in which the wizard's own API key stands.
fn old_value(site: &Site) -> String {
    format!("https://photos.example.com/?key={}", site.lab.immich.admin_key().expose())
}

#[tokio::test]
async fn undo_values_with_secrets_go_to_the_store_and_come_back() {
    let site = Site::open().await;
    assert_eq!(site.walk().await.ending, Ending::LoginVerified);
    let old = old_value(&site);
    assert!(site.lab.authentik.change_application("immich", |application| {
        application.insert("meta_launch_url".into(), json!(old));
    }));
    let walked = site.walk().await;
    assert!(
        matches!(walked.ending, Ending::LoginVerified | Ending::Finished),
        "{:?}",
        walked.ending
    );
    let launch_url = |site: &Site| site.lab.authentik.applications()[0]["meta_launch_url"].clone();
    assert_ne!(launch_url(&site), json!(old));
    let key = site.lab.immich.admin_key();
    assert!(!site.journal().contains(key.expose()), "{}", site.journal());
    assert!(!files(site.folder.path()).contains(key.expose()));
    assert!(!walked.shown.contains(key.expose()));
    let kept = site.vault.get(Label::UndoValues).await.unwrap().unwrap();
    assert!(kept.expose().contains(key.expose()));
    // In another process, too: the journal is read again.
    let undone = site.undo().await;
    assert!(matches!(undone.ending, Ending::TakenBack(_)), "{:?}", undone.ending);
    assert_eq!(launch_url(&site), json!(old));
    assert!(!site.journal().contains(key.expose()));
    assert!(!undone.shown.contains(key.expose()));
}
