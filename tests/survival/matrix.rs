//! The whole matrix, and its table.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::Path,
};

use futures::{StreamExt, stream};
use immich_sso::wizard::{PlanFile, survey};
use immich_sso_lab::Settings;
use serde_json::json;

use crate::{
    cases::{After, Came, Case, Over},
    driver::Site,
    faults::{Trouble, Way},
    rows::Row,
    scenes::Scene,
};

pub const SCENES: [(Scene, Settings); 29] = [
    (Scene::SetUp, Settings::Api),
    (Scene::SetUp, Settings::Database),
    (Scene::SetUp, Settings::ConfigFile),
    (Scene::OldSetUp, Settings::Api),
    (Scene::Access, Settings::Api),
    (Scene::RemoveAccess, Settings::Api),
    (Scene::Again, Settings::Api),
    (Scene::Again, Settings::Database),
    (Scene::Again, Settings::ConfigFile),
    (Scene::Adopt, Settings::Api),
    (Scene::Undo, Settings::Api),
    (Scene::Undo, Settings::Database),
    (Scene::Undo, Settings::ConfigFile),
    (Scene::UndoAgain, Settings::Api),
    (Scene::UndoAgain, Settings::Database),
    (Scene::UndoAgain, Settings::ConfigFile),
    (Scene::Unlink, Settings::Api),
    (Scene::UndoUnlink, Settings::Api),
    (Scene::Rotate, Settings::Api),
    (Scene::Rotate, Settings::Database),
    (Scene::Rotate, Settings::ConfigFile),
    (Scene::OldRotate, Settings::Api),
    (Scene::RotateBack, Settings::Api),
    (Scene::Return, Settings::Api),
    (Scene::Return, Settings::Database),
    (Scene::Return, Settings::ConfigFile),
    (Scene::Revoke, Settings::Api),
    (Scene::RenewToken, Settings::Api),
    (Scene::RenewKey, Settings::Api),
];

/// Of the cells one in so many is run, unless all of them are: a Latin square,
/// so that every effect and every fault has its turn.
const ONE_IN: usize = 7;

/// Every row: an effect of a run. What does not depend on the route is tried on
/// one.
fn rows() -> Vec<(Scene, Settings, Row)> {
    let mut rows = Vec::new();
    for (scene, settings) in SCENES {
        for row in scene.effects(settings) {
            if settings == Settings::Api || matches!(row.way, Way::Host { .. }) {
                rows.push((scene, settings, row));
            }
        }
    }
    rows
}

/// Every case: each effect of each run with each fault that can meet it, and
/// both ways to go on.
fn cases() -> Vec<Case> {
    let only = std::env::var("IMMICH_SSO_MATRIX_ONLY").unwrap_or_default();
    let mut cases = Vec::new();
    for (at, (scene, settings, row)) in rows().into_iter().enumerate() {
        for (column, trouble) in Trouble::ALL.into_iter().enumerate() {
            if !trouble.meets(&row.way) {
                continue;
            }
            let turn = (at + column) % ONE_IN == 0;
            for (way, after) in [After::Finish, After::TakeBack].into_iter().enumerate() {
                let over = Over::Http1;
                let case = Case { scene, settings, row, trouble, after, over };
                let chosen = turn && (at + column / ONE_IN) % 2 == way;
                if !only.is_empty() {
                    if case.to_string().contains(&only) {
                        cases.push(case);
                    }
                } else if whole() || chosen {
                    cases.push(case);
                }
            }
        }
    }
    cases
}

/// Whether all of it is run.
fn whole() -> bool {
    std::env::var_os("IMMICH_SSO_WHOLE_MATRIX").is_some()
}

/// The names of all effects that the program knows, as it lists them where a
/// plan has another one.
pub async fn names() -> BTreeSet<String> {
    let site = Site::open().await;
    let text = survey(site.setup()).await.unwrap().plan_file().text().unwrap();
    let names = |effect: serde_json::Value| {
        let mut file: serde_json::Value = serde_json::from_str(&text).unwrap();
        file["plans"][0]["effects"] = json!([effect]);
        let refused = PlanFile::read(&file.to_string()).unwrap_err().answer;
        let (_, list) =
            refused.split_once("expected one of ").unwrap_or_else(|| panic!("{refused}"));
        let list = list.split(" at line").next().unwrap();
        list.split(", ").map(|name| name.trim_matches('`').to_owned()).collect::<Vec<_>>()
    };
    let mut all: BTreeSet<String> = names(json!({"effect": "?"})).into_iter().collect();
    assert!(all.remove("take-back") && all.remove("rotation"), "{all:?}");
    all.extend(names(json!({"effect": "take-back", "of": 1, "inverse": {"inverse": "?"}})));
    all.extend(names(json!({"effect": "rotation", "rotation": "?"})));
    assert!(all.remove("access"), "{all:?}");
    all.extend(names(json!({"effect": "access", "access": "?"})));
    all
}

/// No effect that the program knows is without a row.
#[tokio::test]
async fn every_effect_has_a_row() {
    let all = names().await;
    let rows: BTreeSet<String> = rows().iter().map(|(.., row)| row.kind.to_owned()).collect();
    assert_eq!(rows, all);
    assert!(all.len() > 20, "{all:?}");
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
            other => Some(format!("{case}: {other:?}")),
        })
        .collect();
    let table = table(&results);
    println!("{table}\n{} of {count} cases came to an end that verifies", count - bad.len());
    assert!(bad.is_empty(), "{} of {count} cases:\n{}", bad.len(), bad.join("\n"));
    if whole() && std::env::var_os("IMMICH_SSO_MATRIX_ONLY").is_none() {
        kept_in_the_docs(&table, count);
    }
}

/// A row for each effect, a column for each fault: how many cases, all well or
/// not.
fn table(results: &[(Case, Result<Came, String>)]) -> String {
    let mut rows: BTreeMap<String, BTreeMap<Trouble, (usize, usize)>> = BTreeMap::new();
    for (case, result) in results {
        let cell = rows.entry(case.row()).or_default().entry(case.trouble).or_default();
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
    if std::env::var_os("IMMICH_SSO_RENEW_TABLES").is_some() {
        let text = format!("{head}<!-- matrix -->\n{table}<!-- end of the matrix -->{tail}");
        std::fs::write(path, text).unwrap();
        return;
    }
    panic!("docs/survival.md has another table; IMMICH_SSO_RENEW_TABLES=1 writes this one");
}
