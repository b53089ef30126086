//! As much of the contract language as authentik uses: `OpenAPI` 3.0 in JSON.

use std::{fs, path::PathBuf};

use serde_json::Value;

/// The contract of one release.
pub struct Contract {
    pub version: String,
    document: Value,
}

/// The contracts that are at hand, by version.
pub fn all() -> Vec<Contract> {
    let base = std::env::var_os("IMMICH_SSO_FACTS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let folder = base.join("openapi/authentik");
    let Ok(entries) = fs::read_dir(&folder) else {
        println!("skipped: no contracts at {}", folder.display());
        return Vec::new();
    };
    let mut all: Vec<Contract> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| Contract {
            version: path.file_stem().unwrap().to_string_lossy().into_owned(),
            document: serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap(),
        })
        .collect();
    all.sort_by(|a, b| a.version.cmp(&b.version));
    all
}

impl Contract {
    /// What is wrong with a request, and `None` for the operation when the
    /// contract has none of that method and path.
    pub fn complaints(
        &self,
        method: &str,
        path: &str,
        query: &[(String, String)],
        body: &Value,
    ) -> Option<Vec<String>> {
        let operation = self.operation(method, path)?;
        let mut wrong = Vec::new();
        for (key, value) in query {
            match self.parameter(operation, key) {
                Some(schema) => {
                    let value = typed(self.resolved(schema), value);
                    self.check(schema, &value, &format!("?{key}"), &mut wrong);
                }
                None => wrong.push(format!("?{key} is not known")),
            }
        }
        match operation.pointer("/requestBody/content/application~1json/schema") {
            Some(schema) => self.check(schema, body, "body", &mut wrong),
            None if body != "" => wrong.push("a body is sent where none is known".into()),
            None => {}
        }
        Some(wrong)
    }

    fn operation(&self, method: &str, path: &str) -> Option<&Value> {
        let segments: Vec<&str> = path.split('/').collect();
        let paths = self.document["paths"].as_object().unwrap();
        // `/users/me/` before `/users/{id}/`.
        let mut fitting: Vec<(&String, &Value)> = paths
            .iter()
            .filter(|(template, _)| {
                let template: Vec<&str> = template.split('/').collect();
                template.len() == segments.len()
                    && template.iter().zip(&segments).all(|(t, s)| t.starts_with('{') || t == s)
            })
            .collect();
        fitting.sort_by_key(|(template, _)| template.matches('{').count());
        fitting.first()?.1.get(method.to_ascii_lowercase())
    }

    fn parameter<'a>(&'a self, operation: &'a Value, name: &str) -> Option<&'a Value> {
        operation["parameters"]
            .as_array()?
            .iter()
            .map(|parameter| self.resolved(parameter))
            .find(|parameter| parameter["name"] == name && parameter["in"] == "query")?
            .get("schema")
    }

    fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema.get("$ref").and_then(Value::as_str) {
            Some(link) => self.document.pointer(link.trim_start_matches('#')).unwrap(),
            None => schema,
        }
    }

    fn check(&self, schema: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
        let schema = self.resolved(schema);
        if value.is_null() && schema["nullable"] == true {
            return;
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.check(part, value, at, wrong);
        }
        for kind in ["oneOf", "anyOf"] {
            if let Some(choices) = schema[kind].as_array() {
                let fits = |choice: &Value| {
                    let mut wrong = Vec::new();
                    self.check(choice, value, at, &mut wrong);
                    discriminate(schema, choice, value, &mut wrong);
                    wrong.is_empty()
                };
                if !choices.iter().any(fits) {
                    wrong.push(format!("{at}: {value} fits none of its forms"));
                }
            }
        }
        let right = match schema["type"].as_str() {
            Some("string") => value.is_string(),
            Some("integer") => value.is_i64(),
            Some("number") => value.is_number(),
            Some("boolean") => value.is_boolean(),
            Some("array") => value.is_array(),
            Some("object") => value.is_object(),
            _ => true,
        };
        if !right {
            wrong.push(format!("{at}: {value} is no {}", schema["type"]));
            return;
        }
        if schema["enum"].as_array().is_some_and(|allowed| !allowed.contains(value)) {
            wrong.push(format!("{at}: {value} is none of {}", schema["enum"]));
        }
        if let Some(text) = value.as_str() {
            let length = text.chars().count() as u64;
            if schema["maxLength"].as_u64().is_some_and(|most| length > most)
                || schema["minLength"].as_u64().is_some_and(|least| length < least)
            {
                wrong.push(format!("{at}: {length} characters"));
            }
            let fits = match schema["format"].as_str() {
                Some("uuid") => text.len() == 36 && text.matches('-').count() == 4,
                Some("date-time") => text.parse::<jiff::Timestamp>().is_ok(),
                Some("uri") => text.parse::<url::Url>().is_ok(),
                _ => true,
            };
            if !fits {
                wrong.push(format!("{at}: {text} is no {}", schema["format"]));
            }
        }
        for (index, item) in value.as_array().into_iter().flatten().enumerate() {
            self.check(&schema["items"], item, &format!("{at}[{index}]"), wrong);
        }
        if let (Some(fields), Some(known)) = (value.as_object(), schema["properties"].as_object()) {
            for name in schema["required"].as_array().into_iter().flatten() {
                if !fields.contains_key(name.as_str().unwrap()) {
                    wrong.push(format!("{at}: {name} is missing"));
                }
            }
            for (name, field) in fields {
                match known.get(name) {
                    Some(schema) => self.check(schema, field, &format!("{at}.{name}"), wrong),
                    None => wrong.push(format!("{at}.{name} is not known")),
                }
            }
        }
    }
}

/// The forms of a challenge's answer are told apart by its component.
fn discriminate(schema: &Value, choice: &Value, value: &Value, wrong: &mut Vec<String>) {
    let Some(key) = schema["discriminator"]["propertyName"].as_str() else { return };
    let said = value[key].as_str().unwrap_or_default();
    let meant = schema["discriminator"]["mapping"][said].as_str();
    if meant.is_none() || choice["$ref"].as_str() != meant {
        wrong.push(format!("{key} is {said}"));
    }
}

/// A value of a query is text; its schema says what it stands for.
fn typed(schema: &Value, text: &str) -> Value {
    let item = if schema["type"] == "array" { &schema["items"] } else { schema };
    let one = match item["type"].as_str() {
        Some("integer") => text.parse::<i64>().map_or_else(|_| text.into(), Into::into),
        Some("boolean") => text.parse::<bool>().map_or_else(|_| text.into(), Into::into),
        _ => Value::from(text),
    };
    if schema["type"] == "array" { Value::Array(vec![one]) } else { one }
}
