//! Every recording of the newest release, each sent to a lab that stands as the
//! recorded server stood. What is sent in no test is printed, and listed in a
//! file that may only shrink.

mod logins;
mod objects;
mod stage;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::contract::fixtures;

/// The recorded release, and what it called itself.
const RELEASE: (&str, &str) = ("2026.8", "2026.8.0-rc1");

/// The recordings that no test sends, one a line: release and name. One that is
/// sent is struck out; none is to come.
const UNSENT: &str = include_str!("unsent.txt");

/// The recordings by what they are steps of: `login.alice-3.1.0-01` is the
/// first of a walk.
fn walks() -> BTreeMap<&'static str, Vec<(&'static str, &'static Value)>> {
    let mut walks = BTreeMap::<_, Vec<_>>::new();
    for (name, recorded) in fixtures::recordings(&format!("authentik-{}", RELEASE.0)) {
        let walk = match name.rsplit_once('-') {
            Some((walk, number)) if number.len() == 2 && number.parse::<u8>().is_ok() => walk,
            _ => name,
        };
        walks.entry(walk).or_default().push((name, recorded));
    }
    walks
}

#[tokio::test]
async fn recorded_requests_have_the_recorded_answers_and_the_others_are_listed() {
    let (mut sent, mut wrong) = (0, Vec::new());
    let mut unsent = BTreeSet::new();
    let mut chained = objects::chain().await;
    for (walk, steps) in walks() {
        let recorded: Vec<&Value> = steps.iter().map(|(_, recorded)| *recorded).collect();
        let found = match chained.remove(walk) {
            Some(found) => Some(found),
            None if logins::is_one(walk) => logins::play(walk, &recorded).await,
            None => objects::play(walk, recorded[0]).await,
        };
        match found {
            Some(found) => {
                sent += steps.len();
                wrong.extend(found.into_iter().map(|how| format!("{walk}: {how}")));
            }
            None => unsent.extend(steps.iter().map(|(name, _)| format!("{} {name}", RELEASE.0))),
        }
    }
    assert!(chained.is_empty(), "recorded nowhere: {:?}", chained.keys());
    println!("{sent} recordings sent; sent in no test:");
    for one in &unsent {
        println!("  {one}");
    }
    assert!(wrong.is_empty(), "{} differences\n  {}", wrong.len(), wrong.join("\n  "));
    let pinned: BTreeSet<String> = UNSENT.lines().map(str::to_owned).collect();
    assert_eq!(unsent, pinned, "one that is sent is struck out of unsent.txt");
}
