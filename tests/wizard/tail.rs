//! A journal whose end is missing: told, never taken for a complete one, and
//! gone on with once the operator says so.

use immich_sso::{
    secret::Label,
    wizard::{
        Ending, Journal, Prompt, Record, RunTopic, Snapshot, StepId, StepTopic, Topic, survey,
    },
};
use testkit::said;

use crate::driver::{Site, confirm, pick};

/// Takes lines off the journal's end.
fn cut(site: &Site, lines: usize) {
    let text = site.journal();
    let all: Vec<&str> = text.split_inclusive('\n').collect();
    let path = site.folders().journal("test");
    std::fs::write(path, all[..all.len() - lines].concat()).unwrap();
}

/// Walks on without the missing lines; counts how often that was asked.
async fn goes_on(site: &Site) -> (Ending, usize) {
    let mut asked = 0;
    let walked = site
        .start()
        .walk(|prompt: &Prompt, now: &Snapshot| {
            if matches!(prompt.topic, Topic::Run(RunTopic::JournalCut)) {
                asked += 1;
                let fault = prompt.refused.as_ref().unwrap();
                assert!(fault.answer.contains(&*said("restored backup")), "{fault}");
                return pick(prompt, 'w');
            }
            confirm(prompt, now)
        })
        .await;
    (walked.ending, asked)
}

#[tokio::test]
async fn journal_cut_at_its_end_is_refused_and_gone_on_with() {
    let site = Site::open().await;
    assert_eq!(site.walk().await.ending, Ending::LoginVerified);
    cut(&site, 2);
    let (journal, mutations) = (site.journal(), site.mutations());
    // Nobody to ask, and one who leaves it: nothing is changed.
    let fault = survey(site.setup()).await.unwrap_err();
    assert!(fault.answer.contains(&*said("2 less")), "{fault}");
    let Ending::Failed(fault) = site.walk().await.ending else { panic!("it went on") };
    assert!(fault.answer.contains(&*said("its end is missing")), "{fault}");
    assert_eq!((site.journal(), site.mutations()), (journal, mutations));
    // One who goes on without: once, and it stays noted.
    assert_eq!(goes_on(&site).await, (Ending::LoginVerified, 1));
    let entries = Journal::read(&site.folders().journal("test")).unwrap();
    assert!(entries.iter().any(|entry| matches!(entry.record, Record::Cut { .. })));
    assert_eq!(goes_on(&site).await, (Ending::LoginVerified, 0));
}

#[tokio::test]
async fn journal_restored_with_its_anchor_is_noticed_by_the_store() {
    let site = Site::open().await;
    let state = site.folders().journal("test").parent().unwrap().to_owned();
    let mut driver = site.start();
    driver.asked(StepTopic::Apply(StepId::Provider)).await;
    driver.leave().await;
    assert_eq!(site.walk().await.ending, Ending::LoginVerified);
    // A backup of the state folder, from in between.
    let backup: Vec<_> = std::fs::read_dir(&state)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect();
    let ending = site.undo().await.ending;
    assert!(matches!(ending, Ending::TakenBack(_)), "{ending:?}");
    for (path, bytes) in backup {
        std::fs::write(path, bytes).unwrap();
    }
    let mutations = site.mutations();
    let fault = survey(site.setup()).await.unwrap_err();
    assert!(fault.answer.contains(&*said("its end is missing")), "{fault}");
    assert_eq!(site.walk().await.ending, Ending::Left);
    assert_eq!(site.mutations(), mutations, "something was sent");
    let (ending, asked) = goes_on(&site).await;
    assert_eq!((ending, asked), (Ending::LoginVerified, 1));
    assert_eq!(goes_on(&site).await.1, 0);
}

/// Two workstations that share a secret store, as a synced one is, have a journal
/// each: neither is taken for what is left of the other.
#[tokio::test]
async fn journal_of_another_workstation_is_not_missed() {
    let mut site = Site::open().await;
    assert_eq!(goes_on(&site).await, (Ending::LoginVerified, 0));
    let first = std::mem::replace(&mut site.folder, tempfile::tempdir().unwrap());
    // It agrees with what is there, and then changes something.
    assert_eq!(goes_on(&site).await, (Ending::LoginVerified, 0));
    site.profile.settings.button_text = "Come in".into();
    assert_eq!(goes_on(&site).await, (Ending::LoginVerified, 0));
    assert_ne!(site.journal(), "");
    let second = std::mem::replace(&mut site.folder, first);
    assert_eq!(goes_on(&site).await, (Ending::LoginVerified, 0));
    // The end of either is still missed.
    let journal = |site: &Site| site.folders().journal("test");
    for other in [second, tempfile::tempdir().unwrap()] {
        cut(&site, 1);
        std::fs::remove_file(journal(&site).with_extension("anchor")).unwrap();
        assert_eq!(goes_on(&site).await, (Ending::LoginVerified, 1));
        site.folder = other;
    }
}

#[tokio::test]
async fn store_that_is_behind_is_a_run_that_was_killed() {
    let site = Site::open().await;
    let mut driver = site.start();
    let prompt = driver.asked(StepTopic::Apply(StepId::Provider)).await;
    let now = driver.now();
    driver.answer(&prompt, confirm(&prompt, &now));
    driver.asked(StepTopic::Apply(StepId::Application)).await;
    // Killed: the store knows nothing of these lines yet.
    driver.abort().await;
    assert_eq!(site.vault.get(Label::JournalAnchor).await.unwrap(), None);
    assert_eq!(goes_on(&site).await, (Ending::LoginVerified, 0));
    let kept = site.vault.get(Label::JournalAnchor).await.unwrap().unwrap();
    let lines = format!("\"lines\":{},", site.journal().lines().count());
    assert!(kept.expose().contains(&lines), "{}", kept.expose());
}
