//! The ids of a recording, and what stands for them in the lab.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// What a recorded name stands for in the lab.
#[derive(Default)]
pub struct Names {
    pub texts: BTreeMap<String, String>,
    pub users: BTreeMap<i64, i64>,
    pub providers: BTreeMap<i64, i64>,
}

impl Names {
    /// Learns from two objects that are the same one.
    pub fn learn(&mut self, recorded: &Value, lab: &Value) {
        match (recorded, lab) {
            (Value::Object(recorded), Value::Object(lab)) => {
                let kind = if recorded.contains_key("username") || recorded.contains_key("user_pk")
                {
                    Some(&mut self.users)
                } else if recorded.contains_key("authorization_flow") {
                    Some(&mut self.providers)
                } else {
                    None
                };
                let number = |row: &Map<String, Value>| {
                    row.get("pk").or(row.get("user_pk")).and_then(Value::as_i64)
                };
                if let (Some(kind), Some(old), Some(new)) = (kind, number(recorded), number(lab)) {
                    kind.insert(old, new);
                }
                for (key, value) in recorded {
                    if let Some(own) = lab.get(key) {
                        self.learn(value, own);
                    }
                }
            }
            (Value::Array(recorded), Value::Array(lab)) => {
                for row in recorded {
                    let same = |own: &&Value| {
                        let keys =
                            ["slug", "managed", "identifier", "username", "client_id", "name"];
                        let key = keys.iter().find(|key| row[**key].is_string());
                        key.is_some_and(|key| own[*key] == row[*key])
                    };
                    if let Some(own) = lab.iter().find(same) {
                        self.learn(row, own);
                    }
                }
            }
            (Value::String(recorded), Value::String(lab)) => {
                let uuid = recorded.len() == 36 && recorded.matches('-').count() == 4;
                if (uuid || recorded.len() > 39) && recorded != lab && !recorded.contains(' ') {
                    self.texts.insert(recorded.clone(), lab.clone());
                }
            }
            _ => {}
        }
    }

    pub fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (old, new) in &self.texts {
            text = text.replace(old, new);
        }
        for (prefix, numbers) in [
            ("/core/users/", &self.users),
            ("for_user=", &self.users),
            ("/providers/oauth2/", &self.providers),
        ] {
            if let Some(at) = text.find(prefix) {
                let at = at + prefix.len();
                let digits: String = text[at..].chars().take_while(char::is_ascii_digit).collect();
                if let Some(new) = digits.parse().ok().and_then(|old: i64| numbers.get(&old)) {
                    text.replace_range(at..at + digits.len(), &new.to_string());
                }
            }
        }
        text
    }

    pub fn body(&self, value: &Value, key: &str) -> Value {
        match value {
            Value::Object(fields) => {
                fields.iter().map(|(key, value)| (key.clone(), self.body(value, key))).collect()
            }
            Value::Array(items) => items.iter().map(|item| self.body(item, key)).collect(),
            Value::String(text) => json!(self.texts.get(text).unwrap_or(text)),
            Value::Number(number) => {
                let number = number.as_i64().unwrap_or_default();
                let known = match key {
                    "user" | "users" | "pk" => self.users.get(&number),
                    "provider" => self.providers.get(&number),
                    _ => None,
                };
                json!(known.copied().unwrap_or(number))
            }
            other => other.clone(),
        }
    }
}
