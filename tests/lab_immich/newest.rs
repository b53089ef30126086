//! Every recorded request to the newest releases that the lab can play, sent to
//! a lab that stands as the recorded server stood. What is sent in no test is
//! printed, and listed in a file that may only shrink.

mod logins;
mod people;
mod settings;
mod stage;
mod walks;

use std::collections::BTreeSet;

use crate::{contract::fixtures, failures, recordings::Recording, replay};
use stage::Stage;

/// The recorded releases, and what the lab plays for them.
const RELEASES: [(&str, &str); 5] = [
    ("1.105", "1.105.1"),
    ("1.106", "1.106.4"),
    ("2.7", "2.7.5"),
    ("3.0", "3.0.3"),
    ("3.1", "3.1.0"),
];

/// The recordings that no test sends, one a line: release and name. One that is
/// sent is struck out; none is to come.
const UNSENT: &str = include_str!("unsent.txt");

/// How an answer of the lab differs from a recorded one; `None`: the lab does
/// not play what was recorded.
async fn play(version: &str, name: &str, one: &Recording) -> Option<Vec<String>> {
    let stage = Stage::of(version, one).await;
    let stage = match name.split_once('.') {
        Some(("system-config" | "server" | "put", what)) => {
            settings::arrange(stage, what, one).await
        }
        Some(("sessions" | "admin-users", what)) => people::arrange(stage, what, one).await,
        Some((topic, what)) => logins::arrange(stage, topic, what).await,
        None if name == "v3-put-http-insecure" => Some(stage),
        None => logins::begin(stage, name).await,
    }?;
    let got = stage.send(one).await;
    Some(one.differences(&got))
}

#[tokio::test]
async fn recorded_requests_have_the_recorded_answers_and_the_others_are_listed() {
    let (mut sent, mut wrong) = (0, Vec::new());
    let mut unsent = BTreeSet::new();
    for (release, version) in RELEASES {
        for (name, recorded) in fixtures::recordings(&format!("immich-{release}")) {
            if replay::sends(release, name) || failures::covers(release, name) {
                continue;
            }
            let differences = if recorded.is_array() {
                walks::play(version, name, recorded).await
            } else {
                let one = Recording::of(recorded);
                match settings::stored(version, name, &one).await {
                    Some(differences) => Some(differences),
                    None => play(version, name, &one).await,
                }
            };
            match differences {
                Some(found) => {
                    sent += 1;
                    wrong.extend(found.into_iter().map(|how| format!("{release} {name}: {how}")));
                }
                None => {
                    unsent.insert(format!("{release} {name}"));
                }
            }
        }
    }
    println!("{sent} recordings sent; sent in no test:");
    for one in &unsent {
        println!("  {one}");
    }
    assert!(wrong.is_empty(), "{} differences\n  {}", wrong.len(), wrong.join("\n  "));
    let pinned: BTreeSet<String> = UNSENT.lines().map(str::to_owned).collect();
    assert_eq!(unsent, pinned, "one that is sent is struck out of unsent.txt");
}
