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
    /// Without its parameters; empty: none was recorded.
    content_type: String,
    location: String,
    pub answer: Value,
}

/// What the lab answered.
pub struct Got {
    pub status: u16,
    content_type: String,
    location: String,
    pub body: Value,
}

impl Got {
    /// Reads an answer; `names` are addresses of the lab and what recordings
    /// call them.
    pub async fn from(response: reqwest::Response, names: &[(String, &str)]) -> Self {
        let header = |name: &str| {
            let value = response.headers().get(name);
            value.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
        };
        let (status, content_type) = (response.status().as_u16(), essence(&header("content-type")));
        let mut location = header("location");
        let mut text = response.text().await.unwrap();
        for (own, recorded) in names {
            location = location.replace(own, recorded);
            text = text.replace(own, recorded).replace(&escaped(own), &escaped(recorded));
        }
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Self { status, content_type, location, body }
    }
}

/// A content type without its parameters.
fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_owned()
}

fn escaped(address: &str) -> String {
    url::form_urlencoded::byte_serialize(address.as_bytes()).collect()
}

impl Recording {
    /// Reads the recording of that name of a release.
    pub fn read(release: &str, name: &str) -> Self {
        Self::of(fixtures::recording(&format!("immich-{release}"), name))
    }

    /// Reads one exchange.
    pub fn of(exchange: &Value) -> Self {
        let (request, answer) = (&exchange["request"], &exchange["response"]);
        let header = |name: &str| answer["headers"][name].as_str().unwrap_or_default().to_owned();
        Self {
            method: request["method"].as_str().unwrap().to_owned(),
            path: request["path"].as_str().unwrap().to_owned(),
            headers: request["headers"].as_object().unwrap().clone(),
            body: request["body"].clone(),
            status: u16::try_from(answer["status"].as_u64().unwrap()).unwrap(),
            content_type: essence(&header("content-type")),
            location: header("location"),
            answer: answer["body"].clone(),
        }
    }

    /// What differs between the recorded answer and this one: the status, the
    /// content type, the keys, the types; the words of an error, the oauth block
    /// and where addresses lead to the letter.
    pub fn differences(&self, got: &Got) -> Vec<String> {
        let mut found = Vec::new();
        if got.status != self.status {
            found.push(format!("status {} instead of {}: {}", got.status, self.status, got.body));
            return found;
        }
        if !self.content_type.is_empty() && got.content_type != self.content_type {
            let (theirs, ours) = (&self.content_type, &got.content_type);
            found.push(format!("content type {ours:?} instead of {theirs:?}"));
        }
        if !self.location.is_empty() {
            addresses("location", &self.location, &got.location, &mut found);
        }
        let answer = &got.body;
        if self.status >= 400 {
            errors(&self.answer, answer, &mut found);
        } else if self.answer.is_object() || self.answer.is_array() {
            shape("", &self.answer, answer, &mut found);
            let (theirs, ours) = (&self.answer["oauth"], &answer["oauth"]);
            if theirs.is_object() && theirs != ours {
                found.push(format!("oauth is {ours} instead of {theirs}"));
            }
            for key in ["url", "redirectUri"] {
                if let (Some(theirs), Some(ours)) =
                    (self.answer[key].as_str(), answer[key].as_str())
                {
                    addresses(key, theirs, ours, &mut found);
                }
            }
        }
        found
    }
}

/// What no two logins have in common, and what every site names its own way.
const PASSING: [&str; 5] = ["state", "code", "code_challenge", "id_token_hint", "client_id"];

/// The same address: path and query but for what passes with the login.
fn addresses(at: &str, theirs: &str, ours: &str, found: &mut Vec<String>) {
    let settled = |address: &str| {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let query: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
            .map(|(key, value)| {
                let passes = PASSING.contains(&key.as_ref());
                let value = value.replace("https://photos.", "http://photos.");
                (key.into_owned(), if passes { "…".to_owned() } else { value })
            })
            .collect();
        // The issuer's path is the site's own.
        let path = path.split("/application/o/").next().unwrap_or_default().to_owned();
        (path, query)
    };
    if settled(theirs) != settled(ours) {
        found.push(format!("{at} is {ours} instead of {theirs}"));
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
