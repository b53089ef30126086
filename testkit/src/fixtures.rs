//! The fixtures in `tests/fixtures`: what real releases declare and answered,
//! and what this program stores.
//! A fixture that is missing or altered ends the test with its name.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    sync::{LazyLock, Mutex},
};

use ring::digest::{SHA256, digest};
use serde_json::Value;

use crate::project;

/// The folder of the fixtures.
pub fn folder() -> PathBuf {
    project().join("tests/fixtures")
}

/// The text of a file of that folder.
pub fn text(name: &str) -> String {
    fs::read_to_string(folder().join(name))
        .unwrap_or_else(|error| panic!("fixture {name}: {error}"))
}

/// The rows of a fixture, which is as `MANIFEST` says.
pub fn rows(name: &str) -> &'static [Value] {
    static READ: LazyLock<Mutex<BTreeMap<String, &'static [Value]>>> =
        LazyLock::new(Mutex::default);
    if let Some(rows) = READ.lock().unwrap().get(name) {
        return rows;
    }
    let fault = fault(&folder(), name);
    assert!(fault.is_none(), "{}", fault.unwrap_or_default());
    let rows: Vec<Value> =
        text(name).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let rows: &'static [Value] = rows.leak();
    READ.lock().unwrap().insert(name.to_owned(), rows);
    rows
}

/// The recording of that name in `recordings/SET.jsonl`.
pub fn recording(set: &str, name: &str) -> &'static Value {
    let rows = recordings(set);
    let found = rows.binary_search_by(|(known, _)| (*known).cmp(name));
    let found = found.unwrap_or_else(|_| panic!("no recording {name} in {set}"));
    rows[found].1
}

/// All recordings of `recordings/SET.jsonl`, by name.
pub fn recordings(set: &str) -> Vec<(&'static str, &'static Value)> {
    let named = |row: &'static Value| (row["name"].as_str().unwrap(), &row["recorded"]);
    rows(&format!("recordings/{set}.jsonl")).iter().map(named).collect()
}

/// How a fixture of a folder is not as the folder's `MANIFEST` says.
pub fn fault(folder: &Path, name: &str) -> Option<String> {
    let manifest = fs::read_to_string(folder.join("MANIFEST")).unwrap_or_default();
    let line = manifest.lines().find(|line| line.ends_with(&format!(" {name}")));
    let Some(line) = line else { return Some(format!("fixture {name} is not in MANIFEST")) };
    let Ok(bytes) = fs::read(folder.join(name)) else {
        return Some(format!("fixture {name} is missing"));
    };
    (line != entry(name, &bytes)).then(|| format!("fixture {name} is altered"))
}

/// The line of a fixture in `MANIFEST`.
fn entry(name: &str, bytes: &[u8]) -> String {
    let rows = bytes.split(|byte| *byte == b'\n').count() - 1;
    let mut hex = String::new();
    for byte in digest(&SHA256, bytes).as_ref() {
        write!(hex, "{byte:02x}").unwrap();
    }
    format!("{hex} {rows} {name}")
}

/// Brings the lines of `stored/` in the folder's `MANIFEST` up to date.
pub fn write_manifest(folder: &Path) {
    let manifest = fs::read_to_string(folder.join("MANIFEST")).unwrap();
    let of_others = manifest.lines().filter(|line| !line.contains(" stored/")).map(str::to_owned);
    let stored = NEEDED.iter().filter(|name| name.starts_with("stored/"));
    let stored = stored.map(|name| entry(name, &fs::read(folder.join(name)).unwrap()));
    let lines = of_others.chain(stored).map(|line| line + "\n");
    fs::write(folder.join("MANIFEST"), lines.collect::<String>()).unwrap();
}

/// How the fixtures of a folder are not as its `MANIFEST` says, or are not
/// those that the tests need.
pub fn faults(folder: &Path) -> Vec<String> {
    let mut faults: Vec<String> = NEEDED.iter().filter_map(|name| fault(folder, name)).collect();
    for part in PARTS {
        for entry in fs::read_dir(folder.join(part)).into_iter().flatten() {
            let name = format!("{part}/{}", entry.unwrap().file_name().to_string_lossy());
            if !NEEDED.contains(&name.as_str()) {
                faults.push(format!("fixture {name} is nobody's"));
            }
        }
    }
    faults
}

/// The folders of fixtures.
pub const PARTS: [&str; 3] = ["contracts", "recordings", "stored"];

/// All fixtures.
pub const NEEDED: [&str; 39] = [
    "contracts/authentik.jsonl",
    "contracts/immich.jsonl",
    "recordings/authentik-2025.10.jsonl",
    "recordings/authentik-2026.5.jsonl",
    "recordings/authentik-2026.8.jsonl",
    "recordings/immich-1.105.jsonl",
    "recordings/immich-1.106.jsonl",
    "recordings/immich-2.7.jsonl",
    "recordings/immich-3.0.jsonl",
    "recordings/immich-3.1.jsonl",
    "stored/journal-adopted-2.jsonl",
    "stored/journal-adopted.jsonl",
    "stored/journal-changed-2.jsonl",
    "stored/journal-changed.jsonl",
    "stored/journal-complete-2.anchor",
    "stored/journal-complete-2.jsonl",
    "stored/journal-complete.anchor",
    "stored/journal-complete.jsonl",
    "stored/journal-cut-2.jsonl",
    "stored/journal-cut.jsonl",
    "stored/journal-failed-2.jsonl",
    "stored/journal-failed.jsonl",
    "stored/journal-rebuilt-2.jsonl",
    "stored/journal-rebuilt.jsonl",
    "stored/journal-renewed-2.jsonl",
    "stored/journal-renewed.jsonl",
    "stored/journal-rotated-2.jsonl",
    "stored/journal-rotated.jsonl",
    "stored/journal-undone-2.jsonl",
    "stored/journal-undone.jsonl",
    "stored/memory-2.json",
    "stored/memory-3.json",
    "stored/memory.json",
    "stored/plan-rotation.json",
    "stored/plan-set-up.json",
    "stored/profile-2.toml",
    "stored/profile-full-2.toml",
    "stored/profile-full.toml",
    "stored/profile.toml",
];
