//! The whole matrix, and its table.

use std::{collections::BTreeMap, fmt::Write as _, path::Path};

use futures::{StreamExt, stream};
use immich_sso::lab::Settings;

use crate::{
    cases::{After, Came, Case},
    faults::Trouble,
    scenes::Scene,
};

const SCENES: [(Scene, Settings); 10] = [
    (Scene::SetUp, Settings::Api),
    (Scene::SetUp, Settings::Database),
    (Scene::SetUp, Settings::ConfigFile),
    (Scene::Again, Settings::Api),
    (Scene::Again, Settings::Database),
    (Scene::Again, Settings::ConfigFile),
    (Scene::Undo, Settings::Api),
    (Scene::Undo, Settings::Database),
    (Scene::UndoAgain, Settings::Api),
    (Scene::UndoAgain, Settings::ConfigFile),
];

/// Every case: each effect of each run with each fault that can meet it, and
/// both ways to go on. What does not depend on the route is tried on one.
fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (scene, settings) in SCENES {
        for (effect, way) in scene.effects(settings) {
            if settings != Settings::Api && !matches!(way, crate::faults::Way::Host(_)) {
                continue;
            }
            for trouble in Trouble::ALL.into_iter().filter(|trouble| trouble.meets(&way)) {
                for after in [After::Finish, After::TakeBack] {
                    // Each of the two ways takes long; turn about is enough for
                    // every day.
                    let turn = (cases.len() + usize::from(after == After::TakeBack)) % 2 == 0;
                    if whole() || turn {
                        cases.push(Case { scene, settings, effect, way, trouble, after });
                        if !whole() {
                            break;
                        }
                    }
                }
            }
        }
    }
    cases
}

/// Whether both ways to go on are tried for every case.
fn whole() -> bool {
    std::env::var_os("IMMICH_SSO_WHOLE_MATRIX").is_some()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_effect_survives_every_fault() {
    let cases = cases();
    let count = cases.len();
    let results: Vec<(Case, Result<Came, String>)> = stream::iter(cases)
        .map(|case| async move {
            let result = tokio::spawn(case.run()).await;
            (case, result.unwrap_or_else(|died| Err(format!("it died: {died}"))))
        })
        .buffer_unordered(12)
        .collect()
        .await;
    let bad: Vec<String> = results
        .iter()
        .filter_map(|(case, result)| match result {
            Ok(Came::Well) => None,
            other => Some(format!(
                "{}, {:?}: {} / {} / {:?}: {other:?}",
                case.scene.name(),
                case.settings,
                case.effect,
                case.trouble,
                case.after
            )),
        })
        .collect();
    let table = table(&results);
    println!("{table}\n{} of {count} cases came to an end that verifies", count - bad.len());
    assert!(bad.is_empty(), "{} of {count} cases:\n{}", bad.len(), bad.join("\n"));
    if whole() {
        kept_in_the_docs(&table, count);
    }
}

/// A row for each effect, a column for each fault: how many cases, all well or
/// not.
fn table(results: &[(Case, Result<Came, String>)]) -> String {
    let mut rows: BTreeMap<String, BTreeMap<Trouble, (usize, usize)>> = BTreeMap::new();
    for (case, result) in results {
        let route = match case.settings {
            Settings::Api => "",
            Settings::Database => ", database",
            Settings::ConfigFile => ", config file",
        };
        let row = format!("{}{route}: {} …", case.scene.name(), case.effect);
        let cell = rows.entry(row).or_default().entry(case.trouble).or_default();
        cell.0 += usize::from(*result == Ok(Came::Well));
        cell.1 += 1;
    }
    let mut text = String::from("| effect |");
    for trouble in Trouble::ALL {
        let _ = write!(text, " {trouble} |");
    }
    text.push_str("\n|---|");
    text.push_str(&"---|".repeat(Trouble::ALL.len()));
    text.push('\n');
    for (row, cells) in rows {
        let _ = write!(text, "| {row} |");
        for trouble in Trouble::ALL {
            match cells.get(&trouble) {
                Some((well, all)) => {
                    let _ = write!(text, " {well}/{all} |");
                }
                None => text.push_str("  |"),
            }
        }
        text.push('\n');
    }
    text
}

/// The table in the docs is this one.
fn kept_in_the_docs(table: &str, count: usize) {
    let table = &format!("{table}\n{count} cases, all of them well.\n");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/survival.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (head, rest) = text.split_once("<!-- matrix -->\n").unwrap();
    let (kept, tail) = rest.split_once("<!-- end of the matrix -->").unwrap();
    if kept == *table {
        return;
    }
    if std::env::var("INSTA_UPDATE").as_deref() == Ok("always") {
        let text = format!("{head}<!-- matrix -->\n{table}<!-- end of the matrix -->{tail}");
        std::fs::write(path, text).unwrap();
        return;
    }
    panic!("docs/survival.md has another table; INSTA_UPDATE=always writes this one");
}
