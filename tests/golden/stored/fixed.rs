//! Fixed values in the place of those that differ from run to run, and back:
//! what is stored stays readable to the program.

use std::{
    collections::{BTreeSet, HashMap},
    fmt::Write as _,
    sync::LazyLock,
};

use regex_automata::nfa::thompson::pikevm::PikeVM;
use ring::digest::{Context, SHA256};
use serde_json::Value;

/// What is replaced: ids, digests, fingerprints.
const IDS: [&str; 3] = [
    "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    r"(?-u:\b)[0-9a-f]{32}(?-u:\b)",
    r"(?-u:\b)[0-9a-f]{8}(?-u:\b)",
];
const TIME: [&str; 1] = [r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z"];

static ID: LazyLock<PikeVM> = LazyLock::new(|| PikeVM::new_many(&IDS).unwrap());
static AT: LazyLock<PikeVM> = LazyLock::new(|| PikeVM::new_many(&TIME).unwrap());

/// All places of a text where one is found, with which.
fn found(machine: &PikeVM, text: &str) -> Vec<(String, usize)> {
    let mut cache = machine.create_cache();
    let all = machine.find_iter(&mut cache, text);
    all.map(|at| (text[at.range()].to_owned(), at.pattern().as_usize())).collect()
}

/// The fixed values of one site.
pub struct Fixed {
    names: Vec<(String, String)>,
    ids: HashMap<String, String>,
    last_sum: String,
}

impl Fixed {
    /// With texts of this very site and what stands for each.
    pub fn of(names: &[(String, String)]) -> Self {
        Self { names: names.to_vec(), ids: HashMap::new(), last_sum: String::new() }
    }

    /// A text with fixed values. Times keep their order: they are seconds of
    /// one day.
    pub fn text(&mut self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, stands) in &self.names {
            text = text.replace(name, stands);
        }
        let times: BTreeSet<String> = found(&AT, &text).into_iter().map(|(at, _)| at).collect();
        for (number, at) in times.iter().enumerate() {
            let (minutes, seconds) = (number / 60, number % 60);
            text = text.replace(at, &format!("2026-01-05T10:{minutes:02}:{seconds:02}Z"));
        }
        for (id, kind) in found(&ID, &text) {
            let number = self.ids.len() + 1;
            self.ids.entry(id).or_insert_with(|| match kind {
                0 => format!("00000000-0000-4000-8000-{number:012}"),
                1 => format!("{number:032}"),
                _ => format!("{number:08}"),
            });
        }
        for (id, stands) in &self.ids {
            text = text.replace(id, stands);
        }
        text
    }

    /// A journal with fixed values; its checksums are those of the new lines.
    pub fn journal(&mut self, text: &str) -> String {
        let text = summed(&self.text(&without_sums(text)));
        self.last_sum = last_sum(&text);
        text
    }

    /// The anchor of that journal.
    pub fn anchor(&self, text: &str) -> String {
        let mut anchor: Value = serde_json::from_str(text).unwrap();
        anchor["sum"] = self.last_sum.clone().into();
        anchor.to_string()
    }

    /// A memory; what was measured is fixed.
    pub fn memory(&mut self, text: &str) -> String {
        let mut memory: Value = serde_json::from_str(&self.text(text)).unwrap();
        memory["provider_write_ms"] = 12.into();
        for (_, ms) in memory["settings_write_ms"].as_object_mut().unwrap() {
            *ms = 34.into();
        }
        serde_json::to_string_pretty(&memory).unwrap()
    }
}

/// What comes between a line and its checksum.
const SUM: &str = ",\"sum\":\"";

/// The lines of a journal without their checksums.
fn without_sums(text: &str) -> String {
    let line = |line: &str| format!("{}}}\n", line.rsplit_once(SUM).unwrap().0);
    text.lines().map(line).collect()
}

/// Lines with checksums, each over the one before and the line itself.
fn summed(lines: &str) -> String {
    let (mut text, mut last) = (String::new(), String::new());
    for line in lines.lines() {
        let line = line.strip_suffix('}').unwrap();
        let mut context = Context::new(&SHA256);
        context.update(last.as_bytes());
        context.update(line.as_bytes());
        last.clear();
        for byte in &context.finish().as_ref()[..8] {
            write!(last, "{byte:02x}").unwrap();
        }
        writeln!(text, "{line}{SUM}{last}\"}}").unwrap();
    }
    text
}

/// The same lines with the text changed by `change`.
pub fn altered(journal: &str, change: impl FnOnce(String) -> String) -> String {
    summed(&change(without_sums(journal)))
}

/// The checksum of the last line.
pub fn last_sum(journal: &str) -> String {
    let line = journal.lines().last().unwrap();
    line.rsplit_once(SUM).unwrap().1.trim_end_matches("\"}").to_owned()
}

/// A fixture as if it had been written on the site whose own journal is `own`:
/// with the ids that are there.
pub fn on_site(fixture: &str, own: &str, names: &[(String, String)]) -> String {
    let mut pairs = HashMap::new();
    for (fixture, own) in fixture.lines().zip(own.lines()) {
        let read = |line: &str| serde_json::from_str::<Value>(line).unwrap();
        pair(&read(fixture), &read(own), &mut pairs);
    }
    altered(fixture, |mut text| {
        for (fixed, real) in &pairs {
            text = text.replace(fixed, real);
        }
        for (real, stands) in names {
            text = text.replace(stands, real);
        }
        text
    })
}

/// Which fixed ids are which real ones, where both have them.
fn pair(fixture: &Value, own: &Value, pairs: &mut HashMap<String, String>) {
    match (fixture, own) {
        (Value::Object(fixture), Value::Object(own)) => {
            for (key, fixture) in fixture.iter().filter(|(key, _)| *key != "sum") {
                own.get(key).into_iter().for_each(|own| pair(fixture, own, pairs));
            }
        }
        (Value::Array(fixture), Value::Array(own)) => {
            fixture.iter().zip(own).for_each(|(fixture, own)| pair(fixture, own, pairs));
        }
        (Value::String(fixture), Value::String(own)) => {
            let ids = |text: &str| found(&ID, text).into_iter().map(|(id, _)| id);
            pairs.extend(ids(fixture).zip(ids(own)));
        }
        _ => {}
    }
}
