//! The checks of a whole-object PUT, which differ between 2.x and 3.x as they
//! were measured.

use serde_json::{Map, Value, json};

use super::edition::Edition;

/// How a client may authenticate at the token endpoint.
const METHODS: [&str; 2] = ["client_secret_post", "client_secret_basic"];

/// The largest whole number up to which JavaScript has each exactly: 2^53 - 1.
const LARGEST_EXACT: u64 = (1 << 53) - 1;

/// One thing that is wrong with a body.
pub(super) struct Wrong {
    /// Where, from the root.
    pub(super) path: Vec<String>,
    /// What it must be, as 2.x says it after the path.
    must: Vec<&'static str>,
    /// What is wrong, as 3.x tells it beside the path.
    error: Value,
}

impl Wrong {
    fn new(path: &[String], must: Vec<&'static str>, error: Value) -> Self {
        Self { path: path.to_vec(), must, error }
    }

    /// As 3.x tells it.
    pub(super) fn as_object(&self) -> Value {
        let mut object = self.error.clone();
        if object.get("path").is_none() {
            object["path"] = json!(self.path);
        }
        object
    }

    /// As 2.x tells it.
    pub(super) fn as_sentences(&self) -> Vec<String> {
        let path = self.path.join(".");
        self.must.iter().map(|must| format!("{path} {must}")).collect()
    }
}

/// Checks a whole-object PUT and brings its values into form. Whatever the
/// release does not know is dropped without a word.
pub(super) fn check(edition: &Edition, body: &Value) -> Result<Value, Vec<Wrong>> {
    let mut wrongs = Vec::new();
    let empty = Value::Object(Map::new());
    let body = if body.is_object() { body } else { &empty };
    let config = block(edition, &edition.defaults, body, &mut Vec::new(), &mut wrongs);
    if wrongs.is_empty() { Ok(config) } else { Err(wrongs) }
}

/// A block with all its keys.
fn block(
    edition: &Edition,
    default: &Value,
    given: &Value,
    path: &mut Vec<String>,
    wrongs: &mut Vec<Wrong>,
) -> Value {
    let mut out = Map::new();
    for (key, default) in default.as_object().into_iter().flatten() {
        path.push(key.clone());
        let value = given.get(key);
        let put = match (default, value) {
            (Value::Object(_), Some(inner @ Value::Object(_))) => {
                block(edition, default, inner, path, wrongs)
            }
            (Value::Object(_), _) => {
                let error = mistyped("object", value);
                wrongs.push(Wrong::new(path, vec!["must be an object"], error));
                default.clone()
            }
            _ if path.len() == 2 && path[0] == "oauth" && !edition.is_terse() => {
                old_oauth(edition, default, given, path, wrongs)
            }
            _ => leaf(edition, default, value, path, wrongs),
        };
        out.insert(key.clone(), put);
        path.pop();
    }
    if path.as_slice() == ["oauth"] && edition.is_terse() {
        new_oauth(&out, wrongs);
    }
    Value::Object(out)
}

/// A value that is not a block, by the type of its default.
fn leaf(
    edition: &Edition,
    default: &Value,
    value: Option<&Value>,
    path: &[String],
    wrongs: &mut Vec<Wrong>,
) -> Value {
    match (default, value) {
        (Value::Bool(_), Some(Value::String(text))) if text == "true" || text == "false" => {
            return Value::Bool(text == "true");
        }
        (Value::Bool(_), Some(Value::Bool(_)))
        | (Value::String(_), Some(Value::String(_)))
        | (Value::Number(_) | Value::Null, Some(Value::Number(_)))
        | (Value::Null, Some(Value::Null))
        | (Value::Array(_), Some(Value::Array(_))) => return value.cloned().unwrap_or_default(),
        (_, None) if path.last().is_some_and(|key| key == "accountManagementUrl") => {
            return default.clone();
        }
        _ => {}
    }
    let missing = value.is_none() && edition.is_strict_about_booleans();
    let (must, kind) = match default {
        Value::Bool(_) if missing => {
            (vec!["must be a boolean value", "should not be empty"], "boolean")
        }
        Value::Bool(_) => (vec!["must be a boolean value"], "boolean"),
        Value::Number(_) | Value::Null => {
            (vec!["must be a number conforming to the specified constraints"], "number")
        }
        Value::Array(_) => (vec!["must be an array"], "array"),
        _ => (vec!["must be a string"], "string"),
    };
    wrongs.push(Wrong::new(path, must, mistyped(kind, value)));
    default.clone()
}

fn mistyped(expected: &str, value: Option<&Value>) -> Value {
    let got = match value {
        None => "undefined",
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "boolean",
        Some(Value::Number(_)) => "number",
        Some(Value::String(_)) => "string",
        Some(Value::Array(_)) => "array",
        Some(Value::Object(_)) => "object",
    };
    json!({
        "expected": expected,
        "code": "invalid_type",
        "message": format!("Invalid input: expected {expected}, received {got}"),
    })
}

/// A key of the oauth block up to 2.x. Some are looked at only when login with
/// OAuth is on, and then must not be empty.
fn old_oauth(
    edition: &Edition,
    default: &Value,
    oauth: &Value,
    path: &[String],
    wrongs: &mut Vec<Wrong>,
) -> Value {
    let key = path[path.len() - 1].as_str();
    let value = oauth.get(key);
    let is_on = |key: &str| match &oauth[key] {
        Value::Bool(on) => *on,
        Value::String(text) => !text.is_empty() && text != "false",
        _ => false,
    };
    let is_text = value.is_some_and(Value::is_string);
    let is_empty = value.is_none_or(|value| value.is_null() || value == "");
    let mut must = Vec::new();
    match key {
        "clientSecret" if edition.has_public_clients() => {
            let is_null = value.is_some_and(Value::is_null);
            must.extend((!is_text && !is_null).then_some("must be a string"));
        }
        "clientId" | "issuerUrl" | "clientSecret" => {
            if is_on("enabled") {
                must.extend((!is_text).then_some("must be a string"));
                must.extend(is_empty.then_some("should not be empty"));
            }
        }
        "tokenEndpointAuthMethod" => {
            must.extend(is_empty.then_some("should not be empty"));
            if !value.and_then(Value::as_str).is_some_and(|method| METHODS.contains(&method)) {
                must.push(
                    "must be one of the following values: client_secret_post, client_secret_basic",
                );
            }
        }
        "signingAlgorithm" | "profileSigningAlgorithm" => {
            must.extend(is_empty.then_some("should not be empty"));
            must.extend((!is_text).then_some("must be a string"));
        }
        "timeout" => {
            if value.is_some_and(|value| !value.as_f64().is_some_and(|number| number > 0.0)) {
                must.push("must be a positive number");
            }
        }
        "defaultStorageQuota" => {
            let number = value.and_then(Value::as_f64);
            let may_miss = edition.has_public_clients() && is_empty;
            if number.is_none_or(|number| number < 0.0) && !may_miss {
                must.push("must not be less than 0");
                must.extend(
                    number
                        .is_none()
                        .then_some("must be a number conforming to the specified constraints"),
                );
            }
        }
        "mobileRedirectUri" => {
            let text = value.and_then(Value::as_str).unwrap_or_default();
            if is_on("mobileOverrideEnabled") && !is_url_address(text) {
                must.push("must be a URL address");
            }
        }
        _ => return leaf(edition, default, value, path, wrongs),
    }
    if !must.is_empty() {
        wrongs.push(Wrong::new(path, must, Value::Null));
    }
    match value {
        None => default.clone(),
        Some(Value::Null) if default.is_string() => json!(""),
        Some(value) => as_javascript(value),
    }
}

/// A number as JavaScript reads it: every one is a floating-point number, and
/// beyond 2^53 not every whole one has its own.
fn as_javascript(value: &Value) -> Value {
    let exact = value.as_i64().is_none_or(|number| number.unsigned_abs() <= LARGEST_EXACT);
    match value.as_f64() {
        // Whole and far below 2^63, or not exact before.
        #[allow(clippy::cast_possible_truncation, reason = "the cast saturates")]
        Some(number) if !exact => json!(number as i64),
        _ => value.clone(),
    }
}

/// What 3.x looks at in the oauth block, beyond types.
fn new_oauth(oauth: &Map<String, Value>, wrongs: &mut Vec<Wrong>) {
    let text = |key: &str| oauth.get(key).and_then(Value::as_str).unwrap_or_default();
    let is_url = |text: &str| text.is_empty() || url::Url::parse(text).is_ok();
    let path = |key: &str| ["oauth".to_owned(), key.to_owned()];
    if !METHODS.contains(&text("tokenEndpointAuthMethod")) {
        let error = json!({
            "code": "invalid_value",
            "values": METHODS,
            "message": "Invalid option: expected one of \"client_secret_post\"|\"client_secret_basic\"",
        });
        wrongs.push(Wrong::new(&path("tokenEndpointAuthMethod"), Vec::new(), error));
    }
    if oauth.get("timeout").and_then(Value::as_f64).is_some_and(|timeout| timeout < 1.0) {
        let error = json!({
            "origin": "number",
            "code": "too_small",
            "minimum": 1,
            "inclusive": true,
            "message": "Too small: expected number to be >=1",
        });
        wrongs.push(Wrong::new(&path("timeout"), Vec::new(), error));
    }
    if let Some(error) = oauth.get("defaultStorageQuota").and_then(wrong_quota) {
        wrongs.push(Wrong::new(&path("defaultStorageQuota"), Vec::new(), error));
    }
    for (key, name) in [("issuerUrl", "Issuer URL"), ("endSessionEndpoint", "endSessionEndpoint")] {
        if !is_url(text(key)) {
            let message = format!("{name} must be an empty string or a valid URL");
            let error = json!({ "code": "custom", "message": message });
            wrongs.push(Wrong::new(&path(key), Vec::new(), error));
        }
    }
    let overridden = oauth.get("mobileOverrideEnabled") == Some(&json!(true));
    if overridden && !is_url(text("mobileRedirectUri")) {
        let error = json!({
            "code": "custom",
            "path": ["oauth"],
            "message": "Mobile redirect URI must be an empty string or a valid URL",
        });
        wrongs.push(Wrong::new(&path("mobileRedirectUri"), Vec::new(), error));
    }
}

/// What 3.x says of a quota that is no whole number from 0 to 2^53 - 1.
fn wrong_quota(value: &Value) -> Option<Value> {
    let number = value.as_f64()?;
    if number.fract() != 0.0 {
        return Some(json!({
            "expected": "int",
            "format": "safeint",
            "code": "invalid_type",
            "message": "Invalid input: expected int, received number",
        }));
    }
    if number < 0.0 {
        return Some(json!({
            "origin": "number",
            "code": "too_small",
            "minimum": 0,
            "inclusive": true,
            "message": "Too small: expected number to be >=0",
        }));
    }
    let exact = value.as_u64().is_some_and(|number| number <= LARGEST_EXACT);
    (!exact).then(|| {
        json!({
            "code": "too_big",
            "maximum": LARGEST_EXACT,
            "note": "Integers must be within the safe integer range.",
            "origin": "int",
            "inclusive": true,
            "message": format!("Too big: expected int to be <={LARGEST_EXACT}"),
        })
    })
}

/// What the validator of 2.x takes for a URL: a host without a dot is none.
fn is_url_address(text: &str) -> bool {
    url::Url::parse(text)
        .ok()
        .and_then(|url| url.host_str().map(|host| host.contains('.')))
        .unwrap_or(false)
}
