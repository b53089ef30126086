//! Without an operator: status, a plan for all steps, and the plan applied.

use immich_sso::{
    secret::Label,
    site::FaultKind,
    wizard::{Ending, PlanFile, StepState, apply, survey},
};
use testkit::said;

use crate::driver::{Site, confirm};

#[tokio::test]
async fn a_reviewed_plan_is_applied_exactly_and_only_once() {
    let site = Site::open().await;
    let looked = survey(site.setup()).await.unwrap();
    assert_eq!(site.mutations(), 0, "looking changes nothing");
    let text = looked.plan_file().text().unwrap();
    let file = PlanFile::read(&text).unwrap();
    assert!(!file.is_empty());

    apply(site.setup(), &file).await.unwrap();
    assert_eq!(site.oauth()["enabled"], true);
    let secret = site.vault.get(Label::ClientSecret).await.unwrap().unwrap();
    assert_eq!(site.provider()["client_secret"], secret.expose());
    assert!(!text.contains(secret.expose()));

    let again = survey(site.setup()).await.unwrap();
    assert!(again.plan_file().is_empty(), "{}", again.plan_file().text().unwrap());
    assert!(again.snapshot.steps.iter().all(|step| step.state != StepState::Differs));

    let before = site.mutations();
    let refused = apply(site.setup(), &file).await.unwrap_err();
    assert_eq!(refused.kind, FaultKind::Moved);
    assert_eq!(site.mutations(), before);
    // And the wizard finds nothing to do either.
    assert_eq!(site.start().walk(confirm).await.ending, Ending::LoginVerified);
    assert_eq!(site.mutations(), before);
}

#[tokio::test]
async fn a_plan_is_refused_when_live_moved_since() {
    let site = Site::open().await;
    site.walk().await;
    let drift = |mode: &str| {
        let mode = mode.to_owned();
        assert!(site.lab.authentik.change_provider("immich-oauth-provider", |provider| {
            provider.insert("issuer_mode".into(), mode.into());
            provider.insert("signing_key".into(), serde_json::Value::Null);
        }));
    };
    drift("global");
    let file = survey(site.setup()).await.unwrap().plan_file();
    drift("per_provider");
    let before = site.mutations();
    let refused = apply(site.setup(), &file).await.unwrap_err();
    assert_eq!(refused.kind, FaultKind::Moved);
    assert_eq!(site.mutations(), before);
}

#[tokio::test]
async fn a_file_that_is_no_plan_is_refused() {
    for text in
        ["", "{}", r#"{"version":99,"site":"test","made_at":"2026-11-23T12:00:00Z","plans":[]}"#]
    {
        let fault = PlanFile::read(text).unwrap_err();
        assert_eq!(fault.kind, FaultKind::Refused, "{text}");
        assert!(fault.remedy.contains(&*said("plan --out")), "{text}");
    }
}
