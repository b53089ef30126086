//! The formats on disk: journal, anchor, memory, plan, profile. The fixtures in
//! `tests/fixtures/stored` are what the program wrote when each format was
//! new. A release reads them, undoes what they tell of, and writes the same
//! format, or says clearly that it does not.

mod fixed;
mod histories;
mod reading;
mod shape;

use std::{collections::BTreeSet, fs};

use serde_json::Value;
use testkit::fixtures;

use histories::{HISTORIES, written};
use shape::{profile_shape, shape};

/// The text of a fixture, which is as `MANIFEST` says.
fn fixture(name: &str) -> String {
    let name = format!("stored/{name}");
    let fault = fixtures::fault(&fixtures::folder(), &name);
    assert!(fault.is_none(), "{}", fault.unwrap_or_default());
    fixtures::text(&name)
}

/// The lines of a journal.
fn lines(journal: &str) -> Vec<Value> {
    journal.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Writes the fixtures anew, for a format that is new: one that is there stays
/// as it is, or what earlier releases wrote is not tested any more.
#[tokio::test]
#[ignore = "writes files: cargo test --test golden write_stored -- --ignored"]
async fn write_stored_fixtures() {
    let folder = fixtures::folder().join("stored");
    fs::create_dir_all(&folder).unwrap();
    for (name, text) in written().await {
        let path = folder.join(&name);
        if path.exists() {
            println!("{name} is there, and stays");
        } else {
            fs::write(path, text).unwrap();
        }
    }
    fixtures::write_manifest(&fixtures::folder());
}

/// The structure of all that is written today is that of the fixtures.
#[tokio::test]
async fn what_is_written_has_the_format_of_the_fixtures() {
    for (name, text) in written().await {
        let before = fixture(&name);
        let of = |text: &str| match name.rsplit_once('.').unwrap().1 {
            "toml" => profile_shape(text),
            "jsonl" => lines(text).iter().map(|line| shape(line) + "\n").collect(),
            _ => shape(&serde_json::from_str(text).unwrap()),
        };
        assert_eq!(of(&before), of(&text), "{name}");
    }
}

/// The fixtures hold every kind of line and effect that they can.
#[test]
fn fixtures_hold_every_kind_of_effect() {
    let (mut entries, mut effects) = (BTreeSet::new(), BTreeSet::new());
    for name in HISTORIES {
        for line in lines(&fixture(&format!("journal-{name}-2.jsonl"))) {
            entries.insert(line["entry"].as_str().unwrap().to_owned());
            let body = &line["effect"]["body"];
            let kinds = ["effect", "access", "rotation"].map(|key| body[key].as_str());
            if kinds[0].is_some() {
                effects.insert(kinds.into_iter().flatten().collect::<Vec<_>>().join(" "));
            }
        }
    }
    assert_eq!(entries.into_iter().collect::<Vec<_>>(), ["begin", "end", "finish"]);
    let effects: Vec<_> = effects.into_iter().collect();
    assert_eq!(effects, EFFECTS);
}

const EFFECTS: [&str; 25] = [
    "access make-account",
    "access make-group",
    "access make-role",
    "adopt-secret",
    "change-application",
    "change-provider",
    "create-application",
    "create-provider",
    "generate-secret",
    "make-key",
    "make-token",
    "restart",
    "rotation create",
    "rotation delete-key",
    "rotation delete-token",
    "rotation drop",
    "rotation promote",
    "rotation recall",
    "rotation revoke",
    "rotation switch-authentik",
    "rotation switch-immich",
    "set-secret-aside",
    "take-back",
    "unlink",
    "write-settings",
];
