//! Redirect URIs: how they are written, kept and matched.

use serde_json::{Value, json};

use super::{
    fields::{Mode, choice, python_type, some_text},
    state::{Row, State, text},
};

/// Whether this version keeps a list of entries rather than lines of text.
/// The change came with a security fix (CVE-2024-52289), in patch releases.
pub(super) fn is_list(state: &State) -> bool {
    let version = &state.version;
    version.at_least(2024, 10, 3)
        || (version.at_least(2024, 8, 5) && !version.at_least(2024, 10, 0))
}

/// Checks what was sent.
pub(super) fn read(state: &State, value: &Value, mode: Mode) -> Result<Value, Value> {
    if !is_list(state) {
        return match value {
            Value::String(lines) => Ok(json!(lines.trim())),
            _ => Err(json!(["Not a valid string."])),
        };
    }
    let Some(entries) = value.as_array() else {
        let told = format!("Expected a list of items but got type \"{}\".", python_type(value));
        return Err(json!({"non_field_errors": [told]}));
    };
    let mut errors = Vec::new();
    let mut kept = Vec::new();
    for entry in entries {
        match one(state, entry, mode) {
            Ok(entry) => {
                kept.push(entry);
                errors.push(json!({}));
            }
            Err(told) => errors.push(told),
        }
    }
    if errors.iter().any(|told| told.as_object().is_some_and(|told| !told.is_empty())) {
        return Err(Value::Array(errors));
    }
    for entry in &kept {
        let pattern = entry.get("url").and_then(Value::as_str).unwrap_or_default();
        let is_regex = entry.get("matching_mode") == Some(&json!("regex"));
        if is_regex && super::pattern::Pattern::new(pattern).is_none() {
            return Err(json!([format!("Invalid Regex Pattern: {pattern}")]));
        }
    }
    Ok(Value::Array(kept))
}

fn one(state: &State, entry: &Value, mode: Mode) -> Result<Value, Value> {
    let Some(given) = entry.as_object() else {
        let told = format!("Invalid data. Expected a dictionary, but got {}.", python_type(entry));
        return Err(json!({"non_field_errors": [told]}));
    };
    let mut kept = Row::new();
    let mut errors = Row::new();
    let mut take = |name: &str, checked: Option<Result<Value, Value>>| {
        match checked {
            Some(Ok(value)) => {
                kept.insert(name.into(), value);
            }
            Some(Err(told)) => {
                errors.insert(name.into(), told);
            }
            // A part of an object may lack what the whole requires, and what
            // is nested in it inherits that: the entry is saved as it is, and
            // from then on nobody can read the provider.
            None if mode == Mode::Part => {}
            None => {
                errors.insert(name.into(), json!(["This field is required."]));
            }
        }
    };
    let mode_of = given.get("matching_mode").map(|mode| choice(&["strict", "regex"], mode));
    take("matching_mode", mode_of);
    take("url", given.get("url").map(some_text));
    // A part of an object fills in no defaults either, which turns entries for
    // logouts into ones for logins.
    let has_kind = mode == Mode::Whole || given.contains_key("redirect_uri_type");
    if state.at(2026, 5) && has_kind {
        let kind =
            given.get("redirect_uri_type").cloned().unwrap_or_else(|| "authorization".into());
        take("redirect_uri_type", Some(choice(&["authorization", "logout"], &kind)));
    }
    if errors.is_empty() { Ok(Value::Object(kept)) } else { Err(Value::Object(errors)) }
}

/// Whether an entry was saved that authentik itself cannot read.
pub(super) fn is_corrupt(provider: &Row) -> bool {
    provider.get("redirect_uris").and_then(Value::as_array).is_some_and(|entries| {
        entries
            .iter()
            .any(|entry| entry.get("url").is_none() || entry.get("matching_mode").is_none())
    })
}

/// Whether there is none at all, so that the first one is trusted.
pub(super) fn is_empty(provider: &Row) -> bool {
    match provider.get("redirect_uris") {
        Some(Value::Array(entries)) => entries.is_empty(),
        Some(Value::String(lines)) => lines.is_empty(),
        _ => true,
    }
}

/// Trusts the first redirect URI that anybody asks for.
pub(super) fn trust(state: &mut State, provider: i64, uri: &str) {
    let lines = !is_list(state);
    let typed = state.at(2026, 5);
    let Some(row) =
        state.providers.iter_mut().find(|row| super::state::int(row, "pk") == Some(provider))
    else {
        return;
    };
    let value = if lines {
        json!(uri)
    } else if typed {
        json!([{"matching_mode": "strict", "url": uri, "redirect_uri_type": "authorization"}])
    } else {
        json!([{"matching_mode": "strict", "url": uri}])
    };
    row.insert("redirect_uris".into(), value);
}

/// Whether a provider allows a redirect URI for logins.
pub(super) fn allows(provider: &Row, uri: &str) -> bool {
    match provider.get("redirect_uris") {
        Some(Value::Array(entries)) => entries.iter().filter_map(Value::as_object).any(|entry| {
            let url = text(entry, "url");
            let for_login = matches!(text(entry, "redirect_uri_type"), "" | "authorization");
            for_login
                && match text(entry, "matching_mode") {
                    "strict" => url == uri,
                    _ => super::pattern::Pattern::new(url).is_some_and(|p| p.matches(uri)),
                }
        }),
        Some(Value::String(lines)) => lines.split_whitespace().any(|line| {
            line == uri || super::pattern::Pattern::new(line).is_some_and(|p| p.matches(uri))
        }),
        _ => false,
    }
}

/// The first one, from which a launch URL is guessed.
pub(super) fn first(provider: &Row) -> Option<String> {
    match provider.get("redirect_uris")? {
        Value::Array(entries) => {
            entries.first()?.get("url").and_then(Value::as_str).map(str::to_owned)
        }
        Value::String(lines) => lines.split_whitespace().next().map(str::to_owned),
        _ => None,
    }
}
