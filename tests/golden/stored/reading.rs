//! What was stored is read, and acted on.

use std::fs;

use immich_sso::{
    secret::{Label, Secret},
    site::{FaultKind, Folders, ProfileFile, System},
    wizard::{
        Ending, Entry, Journal, OpeningNote, PlanFile, Purpose, RunTopic, Tally, Topic, start,
    },
};
use testkit::driver::{Driver, Site, Walked, confirm};
use testkit::said;

use super::{
    fixed::{altered, last_sum, on_site},
    fixture,
    histories::{HISTORIES, first_full, full, history},
    lines,
};
use crate::people::{names, run, usual};

/// A folder with that journal in it, and its anchor.
fn folder_with(journal: &str, anchor: &str) -> (tempfile::TempDir, Folders) {
    let folder = tempfile::tempdir().unwrap();
    let folders = Folders::below(folder.path());
    put(&folders, journal, anchor);
    (folder, folders)
}

fn put(folders: &Folders, journal: &str, anchor: &str) {
    let path = folders.journal("test");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path.with_extension("anchor"), anchor).unwrap();
    fs::write(path, journal).unwrap();
}

fn anchor_of(journal: &str) -> String {
    let lines = journal.lines().count();
    format!(r#"{{"v":1,"lines":{lines},"sum":"{}"}}"#, last_sum(journal))
}

fn read(journal: &str, anchor: &str) -> Result<Vec<Entry>, immich_sso::site::Fault> {
    let (_folder, folders) = folder_with(journal, anchor);
    Journal::read(&folders.journal("test"))
}

#[test]
fn stored_journals_are_read() {
    for name in HISTORIES.iter().flat_map(|name| FORMATS.map(|format| format!("{name}{format}"))) {
        let journal = fixture(&format!("journal-{name}.jsonl"));
        let entries = read(&journal, &anchor_of(&journal)).unwrap();
        assert_eq!(entries.len(), journal.lines().count(), "{name}");
        // What is read is all of it: each line comes out again.
        for (entry, mut line) in entries.iter().zip(lines(&journal)) {
            for key in ["v", "sum"] {
                line.as_object_mut().unwrap().remove(key).unwrap();
            }
            assert_eq!(serde_json::to_value(entry).unwrap(), line, "{name}");
        }
    }
    for format in FORMATS {
        let complete = fixture(&format!("journal-complete{format}.jsonl"));
        assert_eq!(fixture(&format!("journal-complete{format}.anchor")), anchor_of(&complete));
    }
}

#[test]
fn stored_plans_are_read_and_written_alike() {
    for name in ["plan-set-up.json", "plan-rotation.json"] {
        let text = fixture(name);
        let plan = PlanFile::read(&text).unwrap();
        assert!(!plan.is_empty(), "{name}");
        assert_eq!(plan.text().unwrap(), text, "{name}");
    }
}

#[test]
fn stored_profiles_are_read_and_written_alike() {
    let folder = tempfile::tempdir().unwrap();
    let folders = Folders::below(folder.path());
    for (name, full, is_new) in [
        ("profile", None, false),
        ("profile-full", Some(first_full()), false),
        ("profile-2", None, true),
        ("profile-full-2", Some(full()), true),
    ] {
        let text = fixture(&format!("{name}.toml"));
        fs::create_dir_all(folders.config()).unwrap();
        fs::write(folders.profile(name), &text).unwrap();
        let mut file = ProfileFile::new(&folders, name).unwrap();
        let profile = file.load().unwrap().unwrap();
        if let Some(full) = full {
            assert_eq!(profile, full);
        }
        file.save(&profile).unwrap();
        assert_eq!(file.text().unwrap().unwrap(), text, "{name}");
        // A file that is not there yet gets the text of now.
        if !is_new {
            continue;
        }
        let mut other = ProfileFile::new(&folders, "other").unwrap();
        other.save(&profile).unwrap();
        assert_eq!(other.text().unwrap().unwrap(), text, "{name}");
        other.remove().unwrap();
    }
}

/// What follows the name of a journal, by its format: with words for what came of
/// an effect, and with its kind.
const FORMATS: [&str; 2] = ["", "-2"];

/// A site with that history, whose journal is the fixture of that format.
async fn site_with(name: &str, format: &str) -> Site {
    let site = history(name).await;
    let journal = fixture(&format!("journal-{name}{format}.jsonl"));
    let journal = on_site(&journal, &site.journal(), &names(&site));
    put(&site.folders(), &journal, &anchor_of(&journal));
    // That is of the journal that the history wrote.
    site.vault.forget(Label::JournalAnchor).await.unwrap();
    site
}

async fn undo(site: &Site) -> Tally {
    match site.undo().await.ending {
        Ending::TakenBack(tally) => tally,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn stored_set_up_is_undone() {
    let before = Site::with(usual()).await.stored().await;
    for format in FORMATS {
        let site = site_with("complete", format).await;
        let tally = undo(&site).await;
        assert_eq!((tally.taken_back, tally.left), (4, 0), "{tally:?}");
        let after = site.stored().await;
        assert_eq!(
            (&after.providers, &after.applications),
            (&before.providers, &before.applications)
        );
        assert_eq!(after.settings["oauth"], before.settings["oauth"]);
        assert_eq!(after.secret, None);
    }
}

#[tokio::test]
async fn stored_changes_are_undone() {
    for format in FORMATS {
        let site = site_with("changed", format).await;
        let tally = undo(&site).await;
        assert_eq!(tally.left, 0, "{tally:?}");
        assert_eq!(site.provider()["issuer_mode"], "global");
        assert_eq!(site.provider()["client_secret"], "somebody-set-this");
        assert_eq!(site.lab.authentik.applications()[0]["name"], "Our photos");
        let rows = site.lab.immich.storage().tables().rows.clone().unwrap();
        assert_eq!(rows["oauth.buttonText"], r#""Enter""#);
        assert_eq!(rows["oauth.clientSecret"], r#""somebody-set-that""#);
    }
}

#[tokio::test]
async fn stored_rotation_is_undone_with_the_set_up_before_it() {
    for format in FORMATS {
        let site = site_with("rotated", format).await;
        let tally = undo(&site).await;
        assert_eq!(tally.left, 0, "{tally:?}");
        undo(&site).await;
        assert_eq!(site.lab.authentik.providers(), [] as [serde_json::Value; 0]);
    }
}

#[tokio::test]
async fn stored_run_that_was_cut_short_is_finished() {
    for format in FORMATS {
        let site = site_with("cut", format).await;
        let mut told = false;
        let walked = site
            .start()
            .walk(|prompt, now| {
                told |= matches!(prompt.topic, Topic::Run(RunTopic::CutShort { .. }));
                confirm(prompt, now)
            })
            .await;
        assert_eq!((walked.ending, told), (Ending::LoginVerified, true));
    }
}

#[tokio::test]
async fn stored_run_that_was_undone_leaves_nothing_to_undo() {
    for format in FORMATS {
        let site = site_with("undone", format).await;
        assert_eq!(undo(&site).await, Tally::default());
    }
}

#[tokio::test]
async fn stored_access_is_removed() {
    for format in FORMATS {
        let site = site_with("renewed", format).await;
        let before = site.lab.authentik.token_identifiers();
        let walked = Driver::of(start(run(&site, Purpose::RemoveAccess)))
            .walk(crate::people::signs_in(&site))
            .await;
        let Ending::AccessRemoved(tally) = walked.ending else { panic!("{:?}", walked.ending) };
        assert!(tally.taken_back >= 5 && tally.left == 0, "{tally:?}");
        let after = site.lab.authentik.token_identifiers();
        assert_eq!(after.len() + 1, before.len(), "{after:?}");
        assert!(!site.lab.immich.key_names().iter().any(|name| name.starts_with("immich-sso-")));
    }
}

/// Walks on a site whose memory is that text.
async fn remembering(site: &Site, memory: &str) -> Walked {
    let mut memory = memory.to_owned();
    for (real, stands) in names(site) {
        memory = memory.replace(&stands, &real);
    }
    fs::write(site.folders().memory("test"), memory).unwrap();
    site.walk().await
}

#[tokio::test]
async fn stored_memory_is_compared_with_what_is_there_now() {
    let site = history("complete").await;
    let told = format!(
        "{:?}",
        OpeningNote::AnotherRelease {
            system: System::Immich,
            then: "2.7.4".into(),
            now: "2.7.5".into(),
        }
    );
    for format in ["memory.json", "memory-2.json", "memory-3.json"] {
        let memory = fixture(format).replace("2.7.5", "2.7.4");
        assert!(remembering(&site, &memory).await.shown.contains(&told), "{format}");
    }
    // One of a later format is as good as none, and nothing depends on it.
    let memory = fixture("memory-3.json").replace("2.7.5", "2.7.4");
    let later = memory.replace(r#""version": 3"#, r#""version": 4"#);
    let walked = remembering(&site, &later).await;
    assert_eq!(walked.ending, Ending::LoginVerified);
    assert!(!walked.shown.contains(&told));
}

#[test]
fn later_formats_are_refused_by_their_version() {
    let journal = fixture("journal-complete.jsonl");
    let later = altered(&journal, |text| text.replace(r#"{"v":1,"#, r#"{"v":2,"#));
    let fault = read(&later, &anchor_of(&later)).unwrap_err();
    assert_eq!(fault.answer, said("line 1: it has format 2, this release knows 1"));
    assert!(
        fault.remedy.contains(&*said("Use the release of immich-sso that wrote it")),
        "{fault}"
    );

    let anchor = anchor_of(&journal).replace(r#""v":1"#, r#""v":2"#);
    let fault = read(&journal, &anchor).unwrap_err();
    assert!(fault.answer.contains(&*said("format 2, this release knows 1")), "{fault}");

    // A later plan has other keys too: the version comes first.
    let plan = fixture("plan-set-up.json").replace(r#""version": 1"#, r#""version": 2"#);
    for plan in [plan.clone(), plan.replace("plans", "steps")] {
        let fault = PlanFile::read(&plan).unwrap_err();
        assert_eq!(fault.answer, said("its format is 2, this release writes 1"));
    }
}

/// What a later release keeps in the secret store is not replaced: it would
/// miss what it knew of the journal.
#[tokio::test]
async fn anchors_of_a_later_release_stay_in_the_secret_store() {
    let site = history("complete").await;
    let kept = site.vault.get(Label::JournalAnchor).await.unwrap().unwrap();
    let later = Secret::new(kept.expose().replace(r#""v":2"#, r#""v":3"#));
    assert_ne!(later, kept);
    site.vault.put(Label::JournalAnchor, &later).await.unwrap();
    assert_eq!(undo(&site).await.left, 0);
    assert_eq!(site.vault.get(Label::JournalAnchor).await.unwrap(), Some(later));
}

/// A profile has no version: a key that a release does not know is refused.
#[test]
fn profile_of_a_later_release_is_refused_by_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let file = ProfileFile::new(&Folders::below(folder.path()), "test").unwrap();
    let later = fixture("profile-full.toml").replace("[host]", "[host]\nlater = true");
    let fault = file.parse(&later).unwrap_err();
    assert_eq!(fault.kind, FaultKind::Refused);
    assert!(fault.to_string().contains("later"), "{fault}");
}

#[test]
fn journal_with_one_altered_byte_is_refused() {
    let journal = fixture("journal-rotated.jsonl");
    let anchor = anchor_of(&journal);
    for (at, _) in journal.match_indices("immich-oauth-provider") {
        let mut altered = journal.clone();
        altered.replace_range(at..=at, "x");
        let fault = read(&altered, &anchor).unwrap_err();
        assert!(fault.answer.contains(&*said("is not as it was written")), "{fault}");
    }
    let all: Vec<_> = journal.lines().collect();
    for gone in 0..all.len() {
        let rest: String = all
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != gone)
            .map(|(_, line)| format!("{line}\n"))
            .collect();
        assert!(read(&rest, &anchor).is_err(), "without line {}", gone + 1);
    }
}
