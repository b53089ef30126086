//! Undo knows what this program itself did since: a rotation's secret is ours,
//! a set-up that was cut short and continued is one, and nothing is left that
//! works for nobody.

use immich_sso::{
    secret::Label,
    site::System,
    wizard::{
        Answer, Command, Ending, Entry, Journal, Outcome, Prompt, PromptKind, Record, Remains,
        RunTopic, Seq, Snapshot, StepId, StepTopic, Topic, UndoTopic, start,
    },
};
use immich_sso_lab::{
    HomelabOptions, Settings,
    authentik::{Mishap, MishapKind},
};
use reqwest::Method;
use serde_json::json;
use testkit::said;

use crate::{
    driver::{Driver, Site, confirm, leaves, pick},
    rotation::options,
};

/// Undoes, confirming every change and taking every default; says what was asked
/// besides.
async fn undo(site: &Site) -> (Ending, Vec<Topic>) {
    let mut asked = Vec::new();
    let walked = Driver::of(start(site.undoing()))
        .walk(|prompt: &Prompt, now: &Snapshot| {
            if !matches!(prompt.kind, PromptKind::Decide { .. }) {
                asked.push(prompt.topic.clone());
            }
            confirm(prompt, now)
        })
        .await;
    (walked.ending, asked)
}

fn tally(ending: &Ending) -> (usize, usize) {
    let Ending::TakenBack(tally) = ending else { panic!("{ending:?}") };
    (tally.taken_back, tally.left)
}

fn remains(ending: &Ending) -> Vec<Remains> {
    let Ending::TakenBack(tally) = ending else { panic!("{ending:?}") };
    tally.remains.clone()
}

#[tokio::test]
async fn rotated_secret_is_ours_when_the_set_up_is_undone() {
    for (immich, settings) in
        [("2.7.5", Settings::Api), ("2.7.5", Settings::Database), ("3.2.2", Settings::ConfigFile)]
    {
        let site = Site::with(options("2026.8.3", immich, settings)).await;
        let before = site.stored().await;
        assert_eq!(site.walk().await.ending, Ending::LoginVerified);
        assert_eq!(site.rotates().walk(confirm).await.ending, Ending::Rotated);
        let (ending, asked) = undo(&site).await;
        let what = format!("{settings:?}");
        assert_eq!(tally(&ending), (4, 0), "{what}: {asked:?}");
        assert!(
            !asked.iter().any(|asked| matches!(asked, Topic::Undo(UndoTopic::ChangedSince { .. }))),
            "{what}: {asked:?}"
        );
        let after = site.stored().await;
        assert_eq!(after.providers, before.providers, "{what}");
        assert_eq!(after.applications, before.applications, "{what}");
        assert_eq!(after.settings, before.settings, "{what}");
        assert_eq!(after.file, before.file, "{what}");
        // Neither of the two secrets is left.
        for label in Label::ALL.into_iter().filter(|label| label.name().contains("client-secret")) {
            assert_eq!(site.kept(label).await, None, "{what}: {label}");
        }
    }
}

/// authentik carries a switch out, its answer is lost, and so is the look after
/// it: the switch is led back, and nobody can say any more that it was done. The
/// secret that it gave is ours all the same.
#[tokio::test]
async fn secret_of_a_switch_that_nobody_saw_is_ours_when_the_set_up_is_undone() {
    let mut played = 0;
    // Which of the looks fails is counted from the confirmation on.
    for looks in 0..6 {
        let site = Site::open().await;
        let before = site.stored().await;
        assert_eq!(site.walk().await.ending, Ending::LoginVerified);
        let fails = |method, kind| Mishap::new("/providers/oauth2/", kind).on(method);
        let mut armed = false;
        let walked = site.rotates().walk(|prompt, now| {
            if matches!(prompt.topic, Topic::Step(StepTopic::Apply(StepId::Set))) && !armed {
                armed = true;
                let authentik = &site.lab.authentik;
                authentik.let_fail(fails(Method::PATCH, MishapKind::DropAfter));
                authentik.let_fail(fails(Method::GET, MishapKind::ServerError).after(looks));
            }
            leaves(prompt, now)
        });
        let ending = walked.await.ending;
        played += usize::from(ending == Ending::Left && is_led_back_unseen(&site));
        site.lab.authentik.heal();
        if ending != Ending::Rotated {
            assert_eq!(site.rotates().walk(confirm).await.ending, Ending::Rotated, "{looks}");
        }
        let (ending, asked) = undo(&site).await;
        assert_eq!(tally(&ending), (4, 0), "{looks}: {asked:?}");
        let changed = |asked: &Topic| matches!(asked, Topic::Undo(UndoTopic::ChangedSince { .. }));
        assert!(!asked.iter().any(changed), "{looks}: {asked:?}");
        let after = site.stored().await;
        assert_eq!(
            (after.providers, after.settings),
            (before.providers, before.settings),
            "{looks}"
        );
    }
    assert!(played > 0, "no look failed between the switch and its way back");
}

/// Whether authentik's switch is noted as not done, and was set back.
fn is_led_back_unseen(site: &Site) -> bool {
    let entries = Journal::read(&site.folders().journal("test")).unwrap();
    let set_back: Vec<Seq> = entries
        .iter()
        .filter_map(|entry| match &entry.record {
            Record::Begin { effect, .. } if effect.system == System::Authentik => effect.undoes,
            _ => None,
        })
        .collect();
    let failed = |entry: &&Entry| {
        matches!(&entry.record, Record::End { of, outcome: Outcome::Failed { .. } }
            if set_back.contains(of))
    };
    let Some(Record::End { outcome: Outcome::Failed { fault }, .. }) =
        entries.iter().find(failed).map(|entry| &entry.record)
    else {
        return false;
    };
    // It was done: nothing else may be said.
    let unknown = said("whether it was done is not known");
    assert!(fault.answer.contains(&*unknown), "{fault}");
    true
}

#[tokio::test]
async fn undo_from_the_end_of_a_rotation_shows_each_plan_on_its_card() {
    let site = Site::set_up(HomelabOptions::default()).await;
    let mut driver = site.rotates();
    let (mut undone, mut plans) = (false, 0);
    while let Some(prompt) = driver.asked_or_ended().await {
        let now = driver.now();
        if let Some(plan) = prompt.plan().filter(|_| undone) {
            let card = now.card().and_then(|card| card.plan.as_ref());
            assert_eq!(card.map(|plan| &plan.digest), Some(&plan.digest), "{:?}", prompt.topic);
            plans += 1;
        }
        if matches!(prompt.topic, Topic::Run(RunTopic::AllStagesWalked)) {
            undone = true;
            driver.send(Command::Undo);
        } else if matches!(prompt.topic, Topic::Undo(UndoTopic::Undone(_))) {
            driver.answer(&prompt, pick(&prompt, 'f'));
        } else {
            driver.answer(&prompt, confirm(&prompt, &now));
        }
        driver.past(&prompt).await;
    }
    assert_eq!(plans, 4);
    assert!(site.lab.authentik.providers().is_empty());
}

/// Whoever undoes right after a rotation may mean that one: Enter changes
/// nothing.
#[tokio::test]
async fn nothing_older_than_a_rotation_is_undone_by_default() {
    let site = Site::set_up(HomelabOptions::default()).await;
    assert_eq!(site.rotates().walk(confirm).await.ending, Ending::Rotated);
    let mutations = site.mutations();
    let mut driver = Driver::of(start(site.undoing()));
    let since = |topic: &Topic| {
        matches!(topic, Topic::Undo(UndoTopic::RotatedSince { finished: true, .. }))
    };
    let prompt = driver.asked_like(since).await;
    let PromptKind::Choice { options, default } = &prompt.kind else { panic!("{prompt:?}") };
    driver.answer(&prompt, Answer::Choice(options[*default].key));
    assert_eq!(driver.ended().await, Ending::Left);
    assert_eq!(site.mutations(), mutations);
    assert_eq!(site.lab.authentik.providers().len(), 1);
}

/// Somebody else's change is left by default; what Immich then still logs in
/// through stays with it, and no default breaks a login.
#[tokio::test]
async fn no_default_leaves_half_of_a_login() {
    let site = Site::set_up(HomelabOptions::default()).await;
    let mut config = site.lab.immich.settings().unwrap();
    config["oauth"]["buttonText"] = "Enter here".into();
    site.put_settings(&config).await;
    let mut driver = Driver::of(start(site.undoing()));
    let mut looks = 0;
    let ending = loop {
        let Some(prompt) = driver.asked_or_ended().await else {
            break driver.now().ending.clone().unwrap();
        };
        // Enter looks again for what is in the way: once is enough.
        let answer = if matches!(
            prompt.topic,
            Topic::Undo(UndoTopic::Failed | UndoTopic::NeedsAdministrator(_))
        ) {
            looks += 1;
            pick(&prompt, 'a')
        } else {
            confirm(&prompt, &driver.now())
        };
        driver.answer(&prompt, answer);
        driver.past(&prompt).await;
    };
    assert_eq!(tally(&ending), (0, 4));
    assert!(looks > 0);
    assert_eq!(site.lab.authentik.providers().len(), 1);
    assert_eq!(site.lab.authentik.applications().len(), 1);
    immich_sso_lab::Homelab::log_in_as_alice(site.lab.immich.url()).await.unwrap();
}

#[tokio::test]
async fn set_up_that_was_cut_short_and_continued_is_undone_as_one() {
    let site = Site::open().await;
    let before = site.stored().await;
    // Cut short twice: the operator leaves, and the program is killed.
    let mut driver = site.start();
    let prompt = driver.asked(StepTopic::Apply(StepId::Provider)).await;
    let now = driver.now();
    driver.answer(&prompt, confirm(&prompt, &now));
    driver.asked(StepTopic::Apply(StepId::Application)).await;
    driver.leave().await;
    let mut driver = site.start();
    loop {
        let prompt = driver.asked_anything().await;
        if matches!(prompt.topic, Topic::Step(StepTopic::Apply(StepId::Settings)))
            && prompt.plan().is_some()
        {
            driver.abort().await;
            break;
        }
        let answer = confirm(&prompt, &driver.now());
        driver.answer(&prompt, answer);
        driver.past(&prompt).await;
    }
    assert_eq!(site.walk().await.ending, Ending::LoginVerified);
    let entries = Journal::read(&site.folders().journal("test")).unwrap();
    let runs: std::collections::BTreeSet<&str> = entries
        .iter()
        .filter_map(|entry| match &entry.record {
            Record::Begin { run, .. } => Some(run.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(runs.len(), 3, "{runs:?}");
    let (ending, asked) = undo(&site).await;
    assert_eq!(tally(&ending), (4, 0), "{asked:?}");
    let after = site.stored().await;
    assert_eq!((after.providers, after.settings), (before.providers, before.settings));
    // There is no run before it.
    assert_eq!(tally(&undo(&site).await.0), (0, 0));
}

#[tokio::test]
async fn set_up_that_came_to_its_end_is_not_continued() {
    let site = Site::set_up(HomelabOptions::default()).await;
    assert!(site.lab.authentik.change_application("immich", |application| {
        application.insert("name".into(), "Our photos".into());
    }));
    // A later run is a run of its own: only that is undone.
    assert_eq!(site.walk().await.ending, Ending::LoginVerified);
    let (ending, asked) = undo(&site).await;
    assert_eq!(tally(&ending), (1, 0), "{asked:?}");
    assert_eq!(site.lab.authentik.applications()[0]["name"], "Our photos");
    assert_eq!(site.lab.authentik.providers().len(), 1);
}

#[tokio::test]
async fn undo_says_what_is_left_by_each_route() {
    for (settings, empty_row) in [(Settings::Api, true), (Settings::Database, false)] {
        let site = Site::with(options("2026.8.3", "2.7.5", settings)).await;
        assert_eq!(site.lab.immich.storage().tables().metadata, None);
        site.walk().await;
        let (ending, _) = undo(&site).await;
        let what = format!("{settings:?}: {ending:?}");
        // As the server has it: the API cannot remove the row.
        let row = site.lab.immich.storage().tables().metadata.clone();
        assert_eq!(row, empty_row.then(|| json!({})), "{what}");
        let left = remains(&ending);
        assert_eq!(left.contains(&Remains::EmptyRow), empty_row, "{what}");
        assert!(!left.contains(&Remains::OtherSettings), "{what}: all was seen to be as before");
        // alice logged in, and her account is linked.
        assert!(left.contains(&Remains::Logins), "{what}");
        let Ending::TakenBack(tally) = &ending else { panic!("{what}") };
        assert!(!tally.remains.is_empty(), "{what}: {tally:?}");
    }
    // Somebody changes something else of Immich meanwhile: that stays, and no
    // claim is made for it.
    let site = Site::set_up(HomelabOptions::default()).await;
    let mut config = site.lab.immich.settings().unwrap();
    config["trash"]["days"] = 99.into();
    site.put_settings(&config).await;
    let (ending, _) = undo(&site).await;
    assert!(remains(&ending).contains(&Remains::OtherSettings), "{ending:?}");
    assert_eq!(site.lab.immich.settings().unwrap()["trash"]["days"], 99);
}
