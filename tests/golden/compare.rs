//! Compares a text with its file, byte for byte, or renews the file.

use std::{env, fs, path::PathBuf};

/// Set to `renew`: the files become what is written today.
const VARIABLE: &str = "IMMICH_SSO_GOLDEN";

/// All scenarios; each has a file, and each file is of one of them.
pub const SCENARIOS: [&str; 22] = [
    "access",
    "again-authentik-rebuilt",
    "again-both-rebuilt",
    "again-drifted",
    "again-immich-rebuilt",
    "help",
    "plain-face",
    "recovery",
    "recovery-rotation",
    "recovery-undo",
    "rotation",
    "rotation-fails",
    "setup-hand-made",
    "setup-known",
    "setup-mistakes",
    "setup-new-api",
    "setup-new-config-file",
    "setup-new-database",
    "setup-refused",
    "unattended",
    "undo",
    "undo-changed",
];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/texts")
}

/// The scenario's text is as in its file.
pub fn is_golden(scenario: &str, text: &str) {
    assert!(SCENARIOS.contains(&scenario), "{scenario} is not in the list of scenarios");
    let path = folder().join(format!("{scenario}.txt"));
    let text = format!("{}\n", text.trim_end());
    if env::var_os(VARIABLE).is_some_and(|value| value == "renew") {
        fs::write(&path, &text).unwrap();
        return;
    }
    let golden = fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; see CONTRIBUTING.md", path.display()));
    if let Some(difference) = difference(&golden, &text) {
        panic!("{} is not what is shown today; see CONTRIBUTING.md\n{difference}", path.display());
    }
}

/// The first line that differs, with the lines before it.
fn difference(golden: &str, text: &str) -> Option<String> {
    if golden == text {
        return None;
    }
    let (golden, text): (Vec<_>, Vec<_>) = (golden.lines().collect(), text.lines().collect());
    let at = golden.iter().zip(&text).take_while(|(one, other)| one == other).count();
    let part = |lines: &[&str], mark: char| -> String {
        let lines = lines.iter().skip(at).take(8);
        lines.map(|line| format!("{mark} {line}\n")).collect()
    };
    let before: String =
        golden[at.saturating_sub(6)..at].iter().map(|line| format!("  {line}\n")).collect();
    Some(format!("line {}:\n{before}{}{}", at + 1, part(&golden, '-'), part(&text, '+')))
}

#[test]
fn golden_texts_have_a_scenario_each() {
    for entry in fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let known = name.strip_suffix(".txt").is_some_and(|name| SCENARIOS.contains(&name));
        assert!(known, "{name} is the file of no scenario");
    }
}

#[test]
fn golden_text_that_differs_is_told_by_its_first_line() {
    assert_eq!(difference("one\ntwo\n", "one\ntwo\n"), None);
    let told = difference("one\ntwo\n", "one\n2\n").unwrap();
    assert!(told.starts_with("line 2:\n  one\n- two\n+ 2\n"), "{told}");
    // Also where only the end differs.
    assert!(difference("one\n", "one").is_some());
}
