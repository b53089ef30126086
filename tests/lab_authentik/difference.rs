//! How an answer of the lab differs from a recorded one.

use serde_json::{Map, Value};

use crate::{http::Answer, recordings::Recording};

/// How an answer differs from the recorded one.
pub fn difference(recording: &Recording, answer: &Answer) -> Option<String> {
    if answer.status != recording.status {
        return Some(format!(
            "{} instead of {}: {:.200}",
            answer.status, recording.status, answer.text
        ));
    }
    if recording.is_json {
        let own = answer.json();
        if recording.status >= 400 {
            // What is refused is refused in the same words.
            let bare = |value: &Value| {
                let mut value = value.clone();
                if let Some(fields) = value.as_object_mut() {
                    fields.remove("request_id");
                }
                let text = value.to_string();
                text.split("pk ").next().unwrap_or_default().to_owned()
            };
            let (a, b) = (bare(&recording.answer), bare(&own));
            return (a != b).then(|| format!("{b} instead of {a}"));
        }
        return shape(&recording.answer, &own, "");
    }
    if !recording.location.is_empty() {
        let bare =
            |to: &str| -> String { to.split("state=").next().unwrap_or_default().to_owned() };
        let (a, b) = (bare(&recording.location), bare(answer.header("location")));
        return (a != b).then(|| format!("leads to {b} instead of {a}"));
    }
    let page = recording.answer.as_str().unwrap_or_default();
    for mark in
        ["Redirect URI Error", "Client ID Error", "Permission denied", "Bad Request", "Not Found"]
    {
        if page.contains(mark) && !answer.text.contains(mark) {
            return Some(format!("the page lacks `{mark}`"));
        }
    }
    (page.is_empty() != answer.text.is_empty()).then(|| "one body is empty".to_owned())
}

/// How the shape of a value differs: keys and types, and of lists their first
/// rows.
pub fn shape(recorded: &Value, own: &Value, at: &str) -> Option<String> {
    // The recorded server's suggestions for its search box.
    if at.ends_with(".autocomplete") || at.ends_with(".attributes") || at.ends_with(".context") {
        return None;
    }
    match (recorded, own) {
        (Value::Object(a), Value::Object(b)) => {
            let keys = |map: &Map<String, Value>| {
                let mut keys: Vec<String> = map.keys().cloned().collect();
                keys.sort();
                keys
            };
            if keys(a) != keys(b) {
                let lacks: Vec<_> = a.keys().filter(|key| !b.contains_key(*key)).collect();
                let more: Vec<_> = b.keys().filter(|key| !a.contains_key(*key)).collect();
                return Some(format!("{at} lacks {lacks:?} and has {more:?}"));
            }
            a.iter().find_map(|(key, value)| shape(value, &b[key], &format!("{at}.{key}")))
        }
        (Value::Array(a), Value::Array(b)) => match (a.first(), b.first()) {
            (Some(first), Some(b)) => {
                // Equal names leave the order to the database.
                let key =
                    ["slug", "client_id", "name"].into_iter().find(|key| first[*key].is_string());
                let same = key.and_then(|key| a_row(own, key, &first[key]));
                shape(first, same.unwrap_or(b), &format!("{at}[]"))
            }
            (None, Some(_)) | (Some(_), None) if at.ends_with("results") => {
                Some(format!("{at} has {} rows instead of {}", b.len(), a.len()))
            }
            _ => None,
        },
        _ => {
            let kind = |value: &Value| std::mem::discriminant(value);
            // When somebody last signed in depends on who did.
            let same = kind(recorded) == kind(own) || at.ends_with("last_login");
            (!same).then(|| format!("{at} is {own} instead of {recorded}"))
        }
    }
}

fn a_row<'a>(rows: &'a Value, key: &str, value: &Value) -> Option<&'a Value> {
    rows.as_array()?.iter().find(|row| row[key] == *value)
}
