//! A command without a person ends, however slow the servers are, and says so.

use std::time::{Duration, Instant};

use axum::http::Method;
use immich_sso::{
    lab::{
        Gate,
        authentik::{Mishap, MishapKind},
    },
    site::FaultKind,
    wizard::{apply_within, survey, survey_within},
};

use crate::driver::Site;

#[tokio::test]
async fn survey_has_a_deadline_as_a_whole() {
    let site = Site::open().await;
    let gate = Gate::default();
    let held = MishapKind::HeldBefore(gate.clone());
    site.lab.authentik.let_fail(Mishap::new("/providers/oauth2/", held).on(Method::GET));
    let at_most = Duration::from_secs(6);
    let began = Instant::now();
    let fault = survey_within(site.setup(), at_most).await.unwrap_err();
    // Sooner than the one request gives up.
    assert!(began.elapsed() < Duration::from_secs(14), "{:?}", began.elapsed());
    assert_eq!(fault.kind, FaultKind::Late, "{fault}");
    assert!(fault.answer.contains("6 s"), "{fault}");
    gate.open();
}

/// Time itself is what this is about: a server that takes its time over the
/// first step.
#[tokio::test]
async fn apply_begins_no_step_after_its_deadline() {
    let site = Site::open().await;
    let plan = survey(site.setup()).await.unwrap().plan_file();
    let gate = Gate::default();
    let held = MishapKind::HeldBefore(gate.clone());
    site.lab.authentik.let_fail(Mishap::new("/providers/oauth2/", held).on(Method::POST));
    let at_most = Duration::from_secs(14);
    let opened = async {
        gate.reached().await;
        tokio::time::sleep(at_most).await;
        gate.open();
    };
    // Only so long may the request itself take.
    let (applied, ()) = tokio::join!(apply_within(site.setup(), &plan, at_most), opened);
    let fault = applied.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Late, "{fault}");
    assert!(fault.answer.contains("not begun"), "{fault}");
    assert!(!site.provider().is_null(), "the first step was done");
    assert!(site.lab.authentik.applications().is_empty(), "the second was not begun");
}
