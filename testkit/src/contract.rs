//! As much of `OpenAPI` 3.0 as the contracts of authentik and Immich use:
//! checks requests and answers against what a release declares.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

pub use crate::fixtures;

/// The contract of one release.
pub struct Contract {
    /// The release.
    pub version: String,
    /// What is known of each operation, by method and path; null where the
    /// release does not have it.
    operations: Map<String, Value>,
    schemas: Map<String, Value>,
}

/// All contracts of `authentik` or `immich`, oldest first.
pub fn all(system: &str) -> Vec<Contract> {
    let mut all: BTreeMap<Vec<u32>, Contract> = BTreeMap::new();
    for row in fixtures::rows(&format!("contracts/{system}.jsonl")) {
        let name = row["name"].as_str().unwrap();
        for version in row["releases"].as_array().unwrap() {
            let version = version.as_str().unwrap();
            let numbers = version.split('.').map(|part| part.parse().unwrap()).collect();
            let contract = all.entry(numbers).or_insert_with(|| Contract {
                version: version.to_owned(),
                operations: Map::new(),
                schemas: Map::new(),
            });
            match name.strip_prefix("schema ") {
                Some(schema) => contract.schemas.insert(schema.to_owned(), row["is"].clone()),
                None => contract.operations.insert(name.to_owned(), row["is"].clone()),
            };
        }
    }
    let listed = fixtures::text("operations.txt");
    for line in listed.lines().filter(|line| line.starts_with(system)) {
        let (_, name) = line.split_once(' ').unwrap();
        for contract in all.values() {
            let version = &contract.version;
            assert!(
                contract.operations.contains_key(name),
                "{system} {version}: no row for {name}"
            );
        }
    }
    all.into_values().collect()
}

impl Contract {
    /// Whether the contract has this operation. `path` is below the prefix
    /// (`/api/v3`, `/api`) and without a query.
    pub fn has(&self, method: &str, path: &str) -> bool {
        self.operation(method, path).is_some()
    }

    /// What is wrong with a request; `None`: the contract has no such
    /// operation. A request without a body passes `None` for it.
    pub fn request(
        &self,
        method: &str,
        path: &str,
        query: &[(String, String)],
        body: Option<&Value>,
    ) -> Option<Vec<String>> {
        let operation = self.operation(method, path)?;
        let mut wrong = Vec::new();
        for (key, value) in query {
            match operation["query"].get(key) {
                Some(schema) => {
                    let value = typed(self.resolved(schema), value);
                    self.check(schema, &value, &format!("?{key}"), &mut wrong);
                }
                None => wrong.push(format!("?{key} is not known")),
            }
        }
        let declared = operation.get("body");
        let schema = declared.map(|body| &body["schema"]).filter(|schema| !schema.is_null());
        match (schema, body) {
            (Some(schema), Some(body)) => self.check(schema, body, "body", &mut wrong),
            (None, Some(_)) => wrong.push("a body is sent where none is known".into()),
            (Some(_), None) if declared.is_some_and(|body| body["required"] == true) => {
                wrong.push("the body is missing".into());
            }
            _ => {}
        }
        Some(wrong)
    }

    /// What an operation declares of its body.
    pub fn body_schema(&self, method: &str, path: &str) -> Option<&Value> {
        self.operation(method, path)?.get("body")?.get("schema")
    }

    /// What is wrong with an answer; `None`: the contract has no such
    /// operation, or says nothing of that status.
    pub fn answer(
        &self,
        method: &str,
        path: &str,
        status: u16,
        body: &Value,
    ) -> Option<Vec<String>> {
        let operation = self.operation(method, path)?;
        let schema = operation["answers"].get(status.to_string())?;
        let mut wrong = Vec::new();
        if !schema.is_null() {
            self.check(schema, body, "answer", &mut wrong);
        }
        Some(wrong)
    }

    fn operation(&self, method: &str, path: &str) -> Option<&Value> {
        let segments: Vec<&str> = path.split('/').collect();
        // `/users/me/` before `/users/{id}/`.
        let template = self
            .operations
            .iter()
            .filter(|(_, operation)| !operation.is_null())
            .filter_map(|(name, _)| name.split_once(' '))
            .map(|(_, template)| template)
            .filter(|template| {
                let template: Vec<&str> = template.split('/').collect();
                template.len() == segments.len()
                    && template.iter().zip(&segments).all(|(t, s)| t.starts_with('{') || t == s)
            })
            .min_by_key(|template| template.matches('{').count())?;
        let name = format!("{} {template}", method.to_ascii_uppercase());
        self.operations.get(&name).filter(|operation| !operation.is_null())
    }

    /// A schema, or the one that it refers to.
    pub fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema.get("$ref").and_then(Value::as_str) {
            Some(name) => &self.schemas[name],
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
                let mut closest: Option<Vec<String>> = None;
                for choice in choices {
                    let mut wrong = Vec::new();
                    if is_meant(schema, choice, value) {
                        self.check(choice, value, at, &mut wrong);
                    } else {
                        wrong.push(format!("{at}: another form is meant"));
                        wrong.extend([const { String::new() }; 8]);
                    }
                    if closest.as_ref().is_none_or(|best| wrong.len() < best.len()) {
                        closest = Some(wrong);
                    }
                }
                wrong.extend(closest.into_iter().flatten().filter(|told| !told.is_empty()));
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
            let open = schema.get("additionalProperties").is_some_and(|open| *open != false);
            for (name, field) in fields {
                match known.get(name) {
                    Some(schema) => self.check(schema, field, &format!("{at}.{name}"), wrong),
                    None if open => {}
                    None => wrong.push(format!("{at}.{name} is not known")),
                }
            }
        }
    }
}

/// Whether a form is the one that the value names itself, where the forms are
/// told apart by a field.
fn is_meant(schema: &Value, choice: &Value, value: &Value) -> bool {
    let Some(key) = schema["discriminator"]["propertyName"].as_str() else { return true };
    let said = value[key].as_str().unwrap_or_default();
    let meant = schema["discriminator"]["mapping"][said].as_str();
    meant.is_some() && choice["$ref"].as_str() == meant
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
