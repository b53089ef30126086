//! The table of the battery, as docs/security.md keeps it.

use std::{fs::File, path::PathBuf};

/// Every row, in the order of the table.
pub const ROWS: [&str; 25] = [
    "A server repeats secrets in JSON fields",
    "A server repeats secrets in text",
    "A server repeats secrets in the title of a page",
    "A server repeats secrets in `Location`",
    "A server repeats secrets in headers",
    "A server repeats secrets in chunks that cut them",
    "A server refuses a write and repeats other people's secrets",
    "A server writes what a terminal would act on",
    "A server floods, stalls, cuts or lies",
    "A journal is cut, changed or brought back",
    "A file is a link, a pipe, a device, or somebody else's",
    "An SSH server is silent, odd or noisy",
    "An SSH agent names its key as a terminal would act on",
    "A terminal is of an odd kind or size",
    "A paste comes in several lines, or too early",
    "Enter is pressed at every question of what deletes",
    "An environment, a stream or a limit is odd",
    "An argument holds what a terminal would act on",
    "A profile holds a secret, or leads elsewhere",
    "A profile names another server than the last run",
    "Another run is at work",
    "A rotation is unfinished",
    "A run that applies is told to end, or not heard",
    "The clock of this machine is wrong",
    "A text without a secret is shown whole",
];

const BEGIN: &str = "<!-- battery -->\n";
const END: &str = "<!-- end of the battery -->";

/// Whether every case is run, and not a part of them.
pub fn whole() -> bool {
    std::env::var_os("IMMICH_SSO_WHOLE_BATTERY").is_some()
}

/// A row of the table: how many tries there were, and which did not hold.
pub fn row(name: &str, tries: usize, broken: &[String]) {
    assert!(ROWS.contains(&name), "`{name}` is no row of the table");
    assert!(tries > 0, "`{name}` tried nothing");
    let held = tries - broken.len();
    println!("| {name} | {tries} | {held} |");
    assert!(broken.is_empty(), "{name}: {held} of {tries} held:\n{}", broken.join("\n"));
    if is_asked_for() {
        write(name, tries, held);
    }
}

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/security.md")
}

/// The rows that the document has, as name, tries and held.
fn kept(text: &str) -> Vec<[String; 3]> {
    let (_, rest) = text.split_once(BEGIN).unwrap();
    let (table, _) = rest.split_once(END).unwrap();
    let rows = table.lines().skip(2).map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        [cells[0].to_owned(), cells[1].to_owned(), cells[2].to_owned()]
    });
    rows.collect()
}

/// Whether the numbers are to be written.
fn is_asked_for() -> bool {
    std::env::var_os("IMMICH_SSO_RENEW_TABLES").is_some()
}

/// Writes the numbers of a row.
fn write(name: &str, tries: usize, held: usize) {
    // One row at a time, whichever process writes it.
    let lock = File::open(path()).unwrap();
    lock.lock().unwrap();
    let text = std::fs::read_to_string(path()).unwrap();
    let mut rows = kept(&text);
    rows.retain(|row| row[0] != name);
    rows.push([name.to_owned(), tries.to_string(), held.to_string()]);
    rows.retain(|row| ROWS.contains(&row[0].as_str()));
    rows.sort_by_key(|row| ROWS.iter().position(|name| *name == row[0]));
    let table: String =
        rows.iter().map(|[name, tries, held]| format!("| {name} | {tries} | {held} |\n")).collect();
    let (head, rest) = text.split_once(BEGIN).unwrap();
    let (_, tail) = rest.split_once(END).unwrap();
    let text =
        format!("{head}{BEGIN}| what is tried | tries | held |\n|---|---|---|\n{table}{END}{tail}");
    std::fs::write(path(), text).unwrap();
}

#[test]
fn table_in_the_docs_has_every_row_and_no_other() {
    if is_asked_for() {
        return;
    }
    let rows = kept(&std::fs::read_to_string(path()).unwrap());
    let names: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(names, ROWS);
    for [name, tries, held] in &rows {
        assert_eq!(tries, held, "{name}");
    }
}
