//! Looking at live again where a question stands, the time that a step took,
//! and a login that was seen.

use immich_sso::site::System;
use immich_sso::{
    site::Reading,
    text,
    wizard::{
        AccessTopic, Command, Ending, LiveRow, LoginStage, LoginTopic, PromptKind, Purpose,
        RotateWish, RotationTopic, RunTopic, Setup, Snapshot, StepId, StepState, StepTopic, Topic,
        UndoTopic, start,
    },
};

use crate::driver::{Driver, Site, confirm, pick};

fn all_walked() -> RunTopic {
    RunTopic::AllWalked { not_as_wanted: Vec::new() }
}

/// Answers everything until that is asked.
async fn walk_to(driver: &mut Driver, topic: impl Into<Topic>) {
    let topic = topic.into();
    loop {
        let prompt = driver.asked_or_ended().await.expect("it ended");
        if prompt.topic == topic {
            return;
        }
        let now = driver.now();
        driver.answer(&prompt, confirm(&prompt, &now));
        driver.past(&prompt).await;
    }
}

fn newest(rows: &[LiveRow]) -> Option<jiff::Timestamp> {
    let at = |row: &LiveRow| match &row.value {
        Reading::Known { at, .. } => Some(*at),
        _ => None,
    };
    rows.iter().filter_map(at).max()
}

fn read_at(now: &Snapshot, id: StepId) -> Option<jiff::Timestamp> {
    newest(&now.step(id).unwrap().live)
}

/// Lets live be looked at again, and waits until a step was.
async fn refresh(driver: &mut Driver, id: StepId) {
    let now = driver.now();
    assert!(now.prompt.as_ref().unwrap().can_refresh, "{:?}", now.prompt);
    let before = read_at(&now, id);
    driver.send(Command::Refresh);
    driver.until(|now| read_at(now, id) > before && now.work.is_none()).await;
}

#[tokio::test]
async fn refresh_looks_at_live_wherever_nothing_typed_would_be_lost() {
    let site = Site::open().await;
    let mut driver = site.start();
    walk_to(&mut driver, all_walked()).await;
    // The end reads anew, and says what is not as wanted any more.
    refresh(&mut driver, StepId::Provider).await;
    driver.asked(RunTopic::AllWalked { not_as_wanted: Vec::new() }).await;
    site.wipe_authentik().await;
    driver.send(Command::Refresh);
    let lacks_provider = |topic: &Topic| {
        matches!(topic, Topic::Run(RunTopic::AllWalked { not_as_wanted })
            if not_as_wanted.first() == Some(&StepId::Provider))
    };
    driver.asked_like(lacks_provider).await;
    driver.send(Command::Visit(StepId::Provider));
    driver.asked(StepTopic::Apply(StepId::Provider)).await;
    walk_to(&mut driver, all_walked()).await;
    // So does a step that has nothing to do.
    driver.send(Command::Visit(StepId::Provider));
    driver.asked(StepTopic::Visited(StepId::Provider)).await;
    refresh(&mut driver, StepId::Provider).await;
    driver.asked(StepTopic::Visited(StepId::Provider)).await;
    // Where a line is typed nothing is thrown away.
    driver.send(Command::Visit(StepId::Access));
    let asked = driver.asked(AccessTopic::Address(System::Authentik)).await;
    assert!(matches!(asked.kind, PromptKind::Text { .. }) && !asked.can_refresh);
    driver.leave().await;

    // And the opening of the next run.
    let mut driver = site.start();
    driver.asked(RunTopic::NothingToDo).await;
    site.wipe_authentik().await;
    driver.send(Command::Refresh);
    let asked =
        driver.asked_like(|topic| matches!(topic, Topic::Run(RunTopic::StepsNeeded { .. }))).await;
    assert!(asked.can_refresh);
    driver.leave().await;
}

#[tokio::test]
async fn a_login_that_was_seen_keeps_its_trail_until_something_changes() {
    let site = Site::open().await;
    let mut driver = site.start();
    walk_to(&mut driver, LoginTopic::LogIn { stand_in: true }).await;
    let now = driver.now();
    assert!(now.login.as_ref().unwrap().since.is_some());
    let prompt = now.prompt.clone().unwrap();
    driver.answer(&prompt, confirm(&prompt, &now));
    driver.asked(RunTopic::AllWalked { not_as_wanted: Vec::new() }).await;

    let now = driver.now();
    let seen = now.login.clone().unwrap();
    let stages: Vec<LoginStage> = seen.trail.iter().map(|seen| seen.stage).collect();
    assert_eq!(stages, LoginStage::ALL);
    let who = seen.who.clone().unwrap();
    assert!(text::person(&who).starts_with("alice"), "{who:?}");
    let visited = StepTopic::LoginVisited { who, at: seen.at.unwrap(), state: seen.state };
    let step = now.step(StepId::Login).unwrap();
    assert_eq!(step.state, StepState::Done);
    assert_eq!(step.took, seen.took());

    // Visited again it is as it was.
    driver.send(Command::Visit(StepId::Login));
    let asked = driver.asked(visited.clone()).await;
    let now = driver.now();
    assert_eq!(now.login.as_ref(), Some(&seen));
    assert_eq!(now.step(StepId::Login).unwrap().state, StepState::Done);
    assert_eq!(now.step(StepId::Login).unwrap().took, seen.took());
    driver.answer(&asked, pick(&asked, 'g'));
    let end = driver.asked(RunTopic::AllWalked { not_as_wanted: Vec::new() }).await;
    drop(end);

    // Another one is waited for on demand.
    driver.send(Command::Visit(StepId::Login));
    let asked = driver.asked(visited.clone()).await;
    driver.answer(&asked, pick(&asked, 'v'));
    let prompt =
        driver.asked_like(|topic| matches!(topic, Topic::Login(LoginTopic::LogIn { .. }))).await;
    assert_eq!(driver.now().login.as_ref().unwrap().trail, []);
    driver.answer(&prompt, pick(&prompt, 'p'));
    driver.asked(RunTopic::AllWalked { not_as_wanted: Vec::new() }).await;
    assert!(driver.now().login.as_ref().unwrap().who.is_some());

    // What was undone was not tested.
    driver.send(Command::Undo);
    let mut prompt = driver.asked_anything().await;
    while !matches!(prompt.topic, Topic::Undo(UndoTopic::Undone(_))) {
        let now = driver.now();
        driver.answer(&prompt, confirm(&prompt, &now));
        driver.past(&prompt).await;
        prompt = driver.asked_anything().await;
    }
    let now = driver.now();
    assert_eq!(now.login, None);
    assert_eq!(now.step(StepId::Login).unwrap().state, StepState::ToDo);
    driver.answer(&prompt, pick(&prompt, 'f'));
    let Ending::TakenBack(tally) = driver.ended().await else { panic!("not taken back") };
    assert!(tally.taken_back > 0);
}

#[tokio::test]
async fn the_time_of_a_step_is_that_of_its_work_and_stays_when_it_is_visited() {
    let site = Site::open().await;
    let began = std::time::Instant::now();
    let mut driver = site.start();
    walk_to(&mut driver, all_walked()).await;
    let walked = driver.now();
    let took = |now: &Snapshot, id| now.step(id).unwrap().took;
    let worked = [StepId::Access, StepId::Provider, StepId::Application, StepId::Settings];
    let sum: std::time::Duration = worked.iter().filter_map(|id| took(&walked, *id)).sum();
    // Every step worked in turn: together not longer than all of it.
    assert!(sum > std::time::Duration::ZERO && sum <= began.elapsed(), "{sum:?}");
    driver.send(Command::Visit(StepId::Provider));
    let asked = driver.asked(StepTopic::Visited(StepId::Provider)).await;
    assert_eq!(took(&driver.now(), StepId::Provider), took(&walked, StepId::Provider));
    driver.answer(&asked, pick(&asked, 'g'));
    driver.leave().await;
}

#[tokio::test]
async fn a_rotation_begins_with_what_both_sides_say() {
    let site = Site::open().await;
    site.walk().await;
    let purpose = Purpose::Rotate(RotateWish::default());
    let mut driver = Driver::of(start(Setup { purpose, ..site.setup() }));
    driver
        .asked_like(|topic| matches!(topic, Topic::Rotation(RotationTopic::OtherUsers { .. })))
        .await;
    let now = driver.now();
    assert_eq!(now.step(StepId::Create).unwrap().live.len(), 2);
    driver.leave().await;
}
