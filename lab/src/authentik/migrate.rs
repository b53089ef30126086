//! What an upgrade in place makes of the rows that are there, as the migrations
//! of the releases do it.

use serde_json::{Value, json};

use super::{
    install, redirect_uris,
    state::{Row, State},
};
use crate::Version;

/// What a provider of before 2026.5 may do: all that there was.
const GRANTS: [&str; 7] = [
    "authorization_code",
    "implicit",
    "hybrid",
    "refresh_token",
    "client_credentials",
    "password",
    "urn:ietf:params:oauth:grant-type:device_code",
];

/// Makes the state that of another release.
pub(super) fn migrate(state: &mut State, version: Version) {
    let had = (redirect_uris::is_list(state), state.at(2024, 10), state.released(2026, 5));
    state.version = version;
    let (list, flow, grants) =
        (redirect_uris::is_list(state), state.at(2024, 10), state.released(2026, 5));
    for row in &mut state.providers {
        if list && !had.0 {
            lines_become_entries(row);
        }
        // Nobody chose a flow for it, and none is chosen.
        if flow && !had.1 {
            row.insert("invalidation_flow".into(), Value::Null);
        }
        if grants && !had.2 {
            row.insert("grant_types".into(), json!(GRANTS));
            entries_get_a_type(row);
        }
    }
    install::bring(state);
}

/// Every line becomes an entry that is compared byte by byte, although it was a
/// regular expression before: one with a backslash fits nothing any more.
fn lines_become_entries(row: &mut Row) {
    let lines = row.get("redirect_uris").and_then(Value::as_str).unwrap_or_default().to_owned();
    let entries: Vec<Value> = lines
        .split('\n')
        .map(|line| {
            let all = line == "*" || line == ".*";
            json!({"matching_mode": if all { "regex" } else { "strict" }, "url": line})
        })
        .collect();
    row.insert("redirect_uris".into(), Value::Array(entries));
}

fn entries_get_a_type(row: &mut Row) {
    let entries = row.get_mut("redirect_uris").and_then(Value::as_array_mut);
    for entry in entries.into_iter().flatten().filter_map(Value::as_object_mut) {
        entry.entry("redirect_uri_type").or_insert_with(|| json!("authorization"));
    }
}
