//! Recordings of real servers, and the comparison of an answer with one.

use serde_json::{Map, Value};

use crate::contract::fixtures;

/// One recorded request with its answer.
pub struct Recording {
    pub method: String,
    pub path: String,
    pub headers: Map<String, Value>,
    pub body: Value,
    pub status: u16,
    pub answer: Value,
}

impl Recording {
    /// Reads the recording of that name of a release.
    pub fn read(release: &str, name: &str) -> Self {
        let all = fixtures::recording(&format!("immich-{release}"), name);
        let (request, answer) = (&all["request"], &all["response"]);
        Self {
            method: request["method"].as_str().unwrap().to_owned(),
            path: request["path"].as_str().unwrap().to_owned(),
            headers: request["headers"].as_object().unwrap().clone(),
            body: request["body"].clone(),
            status: u16::try_from(answer["status"].as_u64().unwrap()).unwrap(),
            answer: answer["body"].clone(),
        }
    }

    /// What differs between the recorded answer and this one: the status, the
    /// keys, the types; the words of an error and the oauth block to the
    /// letter.
    pub fn differences(&self, status: u16, answer: &Value) -> Vec<String> {
        let mut found = Vec::new();
        if status != self.status {
            found.push(format!("status {status} instead of {}: {answer}", self.status));
            return found;
        }
        if self.status >= 400 {
            errors(&self.answer, answer, &mut found);
        } else {
            shape("", &self.answer, answer, &mut found);
            let (theirs, ours) = (&self.answer["oauth"], &answer["oauth"]);
            if theirs.is_object() && theirs != ours {
                found.push(format!("oauth is {ours} instead of {theirs}"));
            }
        }
        found
    }
}

/// Errors are compared to the letter, but for ids and for the order in which
/// several faults are told.
fn errors(theirs: &Value, ours: &Value, found: &mut Vec<String>) {
    let settled = |value: &Value| {
        let mut value = value.clone();
        if let Some(fields) = value.as_object_mut() {
            if fields.contains_key("correlationId") {
                fields.insert("correlationId".into(), "…".into());
            }
            for key in ["message", "errors"] {
                if let Some(list) = fields.get_mut(key).and_then(Value::as_array_mut) {
                    list.sort_by_key(ToString::to_string);
                }
            }
        }
        value
    };
    let (theirs, ours) = (settled(theirs), settled(ours));
    if theirs != ours {
        found.push(format!("says {ours}\n      instead of {theirs}"));
    }
}

/// The same keys with values of the same types, all the way down.
fn shape(at: &str, theirs: &Value, ours: &Value, found: &mut Vec<String>) {
    match (theirs, ours) {
        (Value::Object(theirs), Value::Object(ours)) => {
            for (key, value) in theirs {
                match ours.get(key) {
                    Some(own) => shape(&format!("{at}/{key}"), value, own, found),
                    None => found.push(format!("{at}/{key} is missing")),
                }
            }
            for key in ours.keys().filter(|key| !theirs.contains_key(*key)) {
                found.push(format!("{at}/{key} is too much"));
            }
        }
        (Value::Array(theirs), Value::Array(ours)) => {
            if let (Some(one), Some(own)) = (theirs.first(), ours.first()) {
                shape(&format!("{at}/0"), one, own, found);
            } else if theirs.is_empty() != ours.is_empty() {
                found.push(format!("{at} has {} entries instead of {}", ours.len(), theirs.len()));
            }
        }
        _ => {
            let kind = |value: &Value| match value {
                Value::Null => "null",
                Value::Bool(_) => "a boolean",
                Value::Number(_) => "a number",
                Value::String(_) => "a text",
                Value::Array(_) => "a list",
                Value::Object(_) => "an object",
            };
            if kind(theirs) != kind(ours) {
                found.push(format!("{at} is {} instead of {}", kind(ours), kind(theirs)));
            }
            // Flags say what the server believes.
            if theirs.is_boolean() && ours.is_boolean() && theirs != ours {
                found.push(format!("{at} is {ours}"));
            }
        }
    }
}
