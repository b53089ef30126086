//! A command without a person ends, however slow the servers are, and says so.

use std::time::{Duration, Instant};

use axum::http::Method;
use immich_sso::{
    site::FaultKind,
    wizard::{
        APPLY_WITHIN, Command, Ending, RunTopic, Snapshot, apply_within, start_within, survey,
        survey_within,
    },
};
use immich_sso_lab::{
    Gate, HomelabOptions,
    authentik::{Mishap, MishapKind},
};
use testkit::said;

use crate::{
    access::signs_in,
    driver::{Driver, Site, confirm},
};

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
    assert!(fault.answer.contains(&*said("6 s")), "{fault}");
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
    let mut watch = |_: &Snapshot| {};
    let (_nobody, commands) = tokio::sync::mpsc::unbounded_channel();
    let (applied, ()) =
        tokio::join!(apply_within(site.setup(), &plan, at_most, &mut watch, commands), opened);
    let fault = applied.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Late, "{fault}");
    assert!(fault.answer.contains(&*said("not begun")), "{fault}");
    assert!(!site.provider().is_null(), "the first step was done");
    assert!(site.lab.authentik.applications().is_empty(), "the second was not begun");
}

/// Asked to end, as by a signal, it finishes the change at hand and begins no more.
#[tokio::test]
async fn apply_that_is_asked_to_end_finishes_the_change_at_hand() {
    let site = Site::open().await;
    let plan = survey(site.setup()).await.unwrap().plan_file();
    let gate = Gate::default();
    let held = MishapKind::HeldBefore(gate.clone());
    site.lab.authentik.let_fail(Mishap::new("/providers/oauth2/", held).on(Method::POST));
    let (tells, commands) = tokio::sync::mpsc::unbounded_channel();
    let asked = async {
        gate.reached().await;
        tells.send(Command::Quit).unwrap();
        gate.open();
    };
    let mut watch = |_: &Snapshot| {};
    let applies = apply_within(site.setup(), &plan, APPLY_WITHIN, &mut watch, commands);
    let (applied, ()) = tokio::join!(applies, asked);
    applied.unwrap_err();
    assert!(!site.provider().is_null(), "the change at hand was finished");
    assert!(site.lab.authentik.applications().is_empty(), "the next was not begun");
}

/// A run with a person has no end, but the work between two questions has.
#[tokio::test]
async fn work_between_two_questions_has_a_deadline_as_a_whole() {
    let site = Site::open().await;
    let at_most = Duration::from_secs(4);
    let gate = Gate::default();
    let held = MishapKind::HeldBefore(gate.clone());
    site.lab.authentik.let_fail(Mishap::new("/providers/oauth2/", held).on(Method::GET));
    let began = Instant::now();
    let mut driver = Driver::of(start_within(site.setup(), at_most));
    driver
        .until(|now| {
            let work = now.work.as_ref();
            work.is_some_and(|work| work.stretch.is_some_and(|all| all.at_most == at_most))
        })
        .await;
    let prompt = driver.asked(RunTopic::SiteUnreadable).await;
    // Sooner than the look that it is about gives up.
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    let fault = prompt.refused.clone().unwrap();
    assert_eq!(fault.kind, FaultKind::Late, "{fault}");
    assert!(
        fault.answer.contains(&*said("since your last answer took longer than 4 s")),
        "{fault}"
    );
    gate.open();
    // Thinking about it takes nothing off the next stretch.
    tokio::time::sleep(at_most).await;
    assert_eq!(driver.walk(confirm).await.ending, Ending::LoginVerified);
}

/// What is confirmed and was not begun in time is not begun at all.
#[tokio::test]
async fn no_effect_is_begun_after_the_deadline_between_two_questions() {
    let site = Site::without_access(HomelabOptions::default()).await;
    let at_most = Duration::from_secs(6);
    let gate = Gate::default();
    let held = MishapKind::HeldBefore(gate.clone());
    // The first of what a plan for access makes.
    site.lab.authentik.let_fail(Mishap::new("/core/groups/", held.clone()).on(Method::POST));
    let mut driver = Driver::of(start_within(site.setup(), at_most));
    let signs_in = signs_in(&site, "akadmin");
    let opened = async {
        gate.reached().await;
        tokio::time::sleep(at_most).await;
        gate.open();
    };
    let asked = async {
        let mut last = None;
        loop {
            let now = driver.until(|now| now.prompt.as_ref().is_some_and(|p| Some(p.id) != last));
            let now = now.await;
            let prompt = now.prompt.clone().unwrap();
            if let Some(fault) = &prompt.refused {
                break fault.clone();
            }
            last = Some(prompt.id);
            driver.answer(&prompt, signs_in(&prompt, &now));
        }
    };
    let (fault, ()) = tokio::join!(asked, opened);
    assert_eq!(fault.kind, FaultKind::Late, "{fault}");
    assert!(fault.answer.contains(&*said("not begun")), "{fault}");
    let ours = site.lab.authentik.token_identifiers();
    assert!(!ours.iter().any(|name| name.starts_with("immich-sso-")), "{ours:?}");
    driver.quit().await;
}
