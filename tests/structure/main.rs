//! The structure of the source: which module may import which, that modules
//! form no cycles, and how long files and functions are. What breaks a rule
//! today is listed in today.txt; the list may only shrink.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
#![allow(clippy::missing_panics_doc, reason = "this is how a test fails")]

mod imports;
mod layers;
mod named;
mod requests;
mod sentences;
mod sizes;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The folder of the project.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below a folder, by its path below the project.
pub fn rust_files(folder: &str) -> Vec<String> {
    fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, files);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    let mut files = Vec::new();
    collect(&root().join(folder), &mut files);
    let below = |path: PathBuf| path.strip_prefix(root()).unwrap().display().to_string();
    let mut files: Vec<String> = files.into_iter().map(below).collect();
    files.sort();
    files
}

/// Compares what breaks a rule with what today.txt lists under that rule: a
/// new line fails, and so does a line that is not needed any more.
pub fn hold_against_today(rule: &str, found: &BTreeSet<String>) {
    let path = root().join("tests/structure/today.txt");
    let text = fs::read_to_string(path).unwrap();
    let prefix = format!("{rule}: ");
    let listed: BTreeSet<String> =
        text.lines().filter_map(|line| line.strip_prefix(&prefix)).map(str::to_owned).collect();
    let list = |lines: Vec<&String>| {
        lines.iter().map(|line| format!("{rule}: {line}")).collect::<Vec<_>>().join("\n")
    };
    let new = list(found.difference(&listed).collect());
    assert!(new.is_empty(), "these break the rule `{rule}` and are not listed:\n{new}");
    let gone = list(listed.difference(found).collect());
    assert!(gone.is_empty(), "these are well now; take them off today.txt:\n{gone}");
}
