//! Wanted against live, field by field.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    site::Reading,
    wizard::{FieldRow, FieldState, effect::Fields},
};

/// Compares one object's fields: collects the rows for the card, and of what
/// differs the new and the old values.
pub(super) struct Comparison {
    /// The rows, in the order in which they were compared.
    pub(super) rows: Vec<FieldRow>,
    /// The fields to send.
    pub(super) fields: Fields,
    /// What they were; `null` where there was nothing.
    pub(super) before: Fields,
    exists: bool,
    at: Timestamp,
    took: Duration,
}

impl Comparison {
    /// A comparison with an object that exists or not, read in `took`.
    pub(super) fn new(exists: bool, took: Duration) -> Self {
        Self {
            rows: Vec::new(),
            fields: Fields::new(),
            before: Fields::new(),
            exists,
            at: Timestamp::now(),
            took,
        }
    }

    /// A field whose value reads as it is stored.
    pub(super) fn field(&mut self, name: &str, key: &str, wanted: Value, live: Option<&Value>) {
        let same = live == Some(&wanted);
        let shown = (plain(&wanted), live.map(plain));
        self.put(name, key, (wanted, shown.0), (live.cloned(), shown.1), same);
    }

    /// A field that is stored as one thing and shown as another: each side is
    /// the stored value and its text.
    pub(super) fn put(
        &mut self,
        name: &str,
        key: &str,
        wanted: (Value, String),
        live: (Option<Value>, Option<String>),
        same: bool,
    ) {
        if !same {
            self.fields.insert(key.to_owned(), wanted.0);
            self.before.insert(key.to_owned(), live.0.unwrap_or(Value::Null));
        }
        self.row(name, wanted.1, live.1, same);
    }

    /// A row without a field that is sent: what is compared but set otherwise.
    pub(super) fn row(&mut self, name: &str, wanted: String, live: Option<String>, same: bool) {
        let state = match (self.exists, same) {
            (false, _) => FieldState::New,
            (true, true) => FieldState::Same,
            (true, false) => FieldState::Differs,
        };
        let live = if self.exists { Some(live.unwrap_or_else(|| "not set".into())) } else { None };
        let live = Reading::Known { value: live, at: self.at, took: self.took };
        self.rows.push(FieldRow { name: name.into(), wanted, live, state, edit: None });
    }

    /// Whether anything differs.
    pub(super) fn differs(&self) -> bool {
        !self.fields.is_empty()
    }
}

/// The name of a field on the screen, by the key under which authentik or
/// Immich stores it.
pub(in crate::wizard) fn label(key: &str) -> String {
    match key {
        "enabled" => "login with OAuth",
        "issuerUrl" => "issuer URL",
        "clientId" => "client id",
        "buttonText" => "button text",
        "autoRegister" => "auto register",
        "signingAlgorithm" => "signing algorithm",
        "tokenEndpointAuthMethod" => "token endpoint auth method",
        "allowInsecureRequests" => "allow insecure requests",
        "meta_launch_url" => "launch URL",
        "redirect_uris" => "redirect URIs",
        "property_mappings" => "scope mappings",
        other => return other.trim_start_matches("meta_").replace('_', " "),
    }
    .into()
}

/// What stands on a card for a value that is not there.
pub(in crate::wizard) const NO_VALUES: [&str; 3] = ["not set", "empty", "none"];

/// How a field differs, in a sentence: what is there, and what the profile says.
/// `None`: what is there is not known.
pub(in crate::wizard) fn difference(row: &FieldRow) -> Option<String> {
    let said = |text: &str| {
        if NO_VALUES.contains(&text) {
            text.to_owned()
        } else {
            format!("`{}`", text.replace('\n', ", "))
        }
    };
    let Reading::Known { value: Some(live), .. } = &row.live else { return None };
    Some(format!("{}: it is {} now; the profile says {}.", row.name, said(live), said(&row.wanted)))
}

/// A stored value as people write it.
pub(in crate::wizard) fn plain(value: &Value) -> String {
    match value {
        Value::Null => "not set".into(),
        Value::Bool(true) => "yes".into(),
        Value::Bool(false) => "no".into(),
        Value::String(text) if text.is_empty() => "empty".into(),
        Value::String(text) => one_line(text),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join("\n"),
        other => other.to_string(),
    }
}

/// Several values, a line each.
pub(in crate::wizard) fn listed(values: &[String]) -> String {
    values.iter().map(|value| one_line(value)).collect::<Vec<_>>().join("\n")
}

/// A line end within one value would read as the next value.
fn one_line(text: &str) -> String {
    text.replace("\r\n", "↵").replace(['\n', '\r'], "↵")
}
