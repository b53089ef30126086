//! What a format is, without what is told in it: keys, types, tags, versions.

use std::collections::BTreeSet;

use serde_json::Value;
use toml_edit::{DocumentMut, Item};

/// Keys whose values are names that the program knows, and not words.
const TAGS: [&str; 18] = [
    "access", "by_hand", "effect", "entry", "how", "kind", "life", "of", "owner", "rotation",
    "route", "run", "state", "step", "system", "to", "v", "version",
];
/// Objects whose keys are the values of others: fields of servers, rows of
/// tables.
const OPEN: [&str; 4] = ["fields", "before", "agreed", "settings_write_ms"];

/// The structure of a value.
pub fn shape(value: &Value) -> String {
    of("", value)
}

fn of(key: &str, value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(_) => "bool".into(),
        Value::Number(number) if TAGS.contains(&key) => number.to_string(),
        Value::Number(_) => "number".into(),
        Value::String(text) if TAGS.contains(&key) && !text.contains('T') => text.clone(),
        Value::String(_) => "text".into(),
        Value::Array(all) => {
            let shapes: BTreeSet<_> = all.iter().map(|value| of("", value)).collect();
            format!("[{}]", shapes.into_iter().collect::<Vec<_>>().join(" | "))
        }
        Value::Object(_) if OPEN.contains(&key) => "{...}".into(),
        Value::Object(all) => {
            let pairs = all.iter().map(|(key, value)| format!("{key}: {}", of(key, value)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
    }
}

/// The keys of a profile in their order, with the types of their values.
pub fn profile_shape(text: &str) -> String {
    let document: DocumentMut = text.parse().unwrap();
    let mut shape = String::new();
    for (section, item) in document.iter() {
        match item {
            Item::Table(table) => {
                for (key, value) in table {
                    shape += &format!("{section}.{key}: {}\n", value.type_name());
                }
            }
            value => shape += &format!("{section}: {}\n", value.type_name()),
        }
    }
    shape
}
