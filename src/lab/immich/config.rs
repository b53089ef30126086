//! Settings: defaults and what is stored, put together and taken apart, and
//! the checks of a whole-object PUT.

use serde_json::{Map, Value, json};

use super::edition::Edition;

/// Defaults with what is stored over them. Keys that the release does not know
/// are dropped; an empty text stands for the default.
pub(super) fn effective(defaults: &Value, stored: &Value) -> Value {
    match (defaults, stored) {
        (Value::Object(defaults), Value::Object(stored)) => defaults
            .iter()
            .map(|(key, default)| {
                let value =
                    stored.get(key).map_or_else(|| default.clone(), |s| effective(default, s));
                (key.clone(), value)
            })
            .collect(),
        // `jsonb` keeps a text 'true' that somebody put there; Immich takes it.
        (Value::Bool(_), Value::String(text)) if text == "true" || text == "false" => {
            Value::Bool(text == "true")
        }
        (_, stored) => stored.clone(),
    }
}

/// What of `config` differs from the defaults and is not an empty text.
pub(super) fn overrides(defaults: &Value, config: &Value) -> Value {
    let mut kept = Map::new();
    if let (Value::Object(defaults), Value::Object(config)) = (defaults, config) {
        for (key, default) in defaults {
            match config.get(key) {
                Some(value @ Value::Object(_)) if default.is_object() => {
                    let inner = overrides(default, value);
                    if inner.as_object().is_some_and(|inner| !inner.is_empty()) {
                        kept.insert(key.clone(), inner);
                    }
                }
                Some(value) if value != default && *value != json!("") => {
                    kept.insert(key.clone(), value.clone());
                }
                _ => {}
            }
        }
    }
    Value::Object(kept)
}

/// One thing that is wrong with a body.
pub(super) struct Wrong {
    /// Where, from the root.
    pub(super) path: Vec<String>,
    /// What it must be, as 2.x says it after the path.
    pub(super) must: String,
    /// The same as 3.x says it.
    pub(super) message: String,
    /// The kind of error in 3.x.
    pub(super) code: &'static str,
}

/// Checks a whole-object PUT and brings its values into form. Whatever the
/// release does not know is dropped without a word.
pub(super) fn check(edition: &Edition, body: &Value) -> Result<Value, Vec<Wrong>> {
    let mut wrongs = Vec::new();
    let mut config = shape(edition, &edition.defaults, body, &mut Vec::new(), &mut wrongs);
    if wrongs.is_empty() {
        oauth(edition, &mut config, &mut wrongs);
    }
    if wrongs.is_empty() { Ok(config) } else { Err(wrongs) }
}

/// Keys that a body may leave out: they fall back to their defaults.
fn is_optional(edition: &Edition, path: &[String]) -> bool {
    let path = path.join(".");
    path == "oauth.accountManagementUrl"
        || !edition.is_terse()
            && matches!(path.as_str(), "oauth.timeout" | "oauth.defaultStorageQuota")
}

fn shape(
    edition: &Edition,
    default: &Value,
    body: &Value,
    path: &mut Vec<String>,
    wrongs: &mut Vec<Wrong>,
) -> Value {
    let Value::Object(defaults) = default else { return body.clone() };
    let Value::Object(given) = body else {
        wrongs.push(wrong(path, "must be an object", "object", body));
        return default.clone();
    };
    let mut out = Map::new();
    for (key, default) in defaults {
        path.push(key.clone());
        let value = match given.get(key) {
            None | Some(Value::Null) if is_optional(edition, path) => default.clone(),
            None => {
                wrongs.push(expected(default, path, &Value::Null, true));
                default.clone()
            }
            Some(value) => leaf(edition, default, value, path, wrongs),
        };
        out.insert(key.clone(), value);
        path.pop();
    }
    Value::Object(out)
}

fn leaf(
    edition: &Edition,
    default: &Value,
    value: &Value,
    path: &mut Vec<String>,
    wrongs: &mut Vec<Wrong>,
) -> Value {
    match (default, value) {
        (Value::Object(_), _) => shape(edition, default, value, path, wrongs),
        (Value::Bool(_), Value::String(text)) if text == "true" || text == "false" => {
            Value::Bool(text == "true")
        }
        (Value::String(_), Value::Null) if !edition.is_terse() => json!(""),
        (Value::Null, _)
        | (Value::Bool(_), Value::Bool(_))
        | (Value::String(_), Value::String(_))
        | (Value::Number(_), Value::Number(_) | Value::Null)
        | (Value::Array(_), Value::Array(_)) => value.clone(),
        _ => {
            wrongs.push(expected(default, path, value, false));
            default.clone()
        }
    }
}

fn expected(default: &Value, path: &[String], got: &Value, missing: bool) -> Wrong {
    let (must, kind) = match default {
        Value::Bool(_) => ("must be a boolean value", "boolean"),
        Value::Number(_) => ("must be a number conforming to the specified constraints", "number"),
        Value::Array(_) => ("must be an array", "array"),
        Value::Object(_) => ("must be an object", "object"),
        _ => ("must be a string", "string"),
    };
    let mut made = wrong(path, must, kind, got);
    if missing {
        made.message = format!("Invalid input: expected {kind}, received undefined");
    }
    made
}

fn wrong(path: &[String], must: &str, kind: &str, got: &Value) -> Wrong {
    let got = match got {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    Wrong {
        path: path.to_vec(),
        must: must.to_owned(),
        message: format!("Invalid input: expected {kind}, received {got}"),
        code: "invalid_type",
    }
}

/// The checks of the oauth block, which differ between 2.x and 3.x as they were
/// measured.
fn oauth(edition: &Edition, config: &mut Value, wrongs: &mut Vec<Wrong>) {
    let oauth = config["oauth"].clone();
    let text = |key: &str| oauth[key].as_str().unwrap_or_default().to_owned();
    let mut refuse = |key: &str, must: &str, message: &str, code: &'static str| {
        wrongs.push(Wrong {
            path: vec!["oauth".into(), key.into()],
            must: must.into(),
            message: message.into(),
            code,
        });
    };
    let methods = ["client_secret_post", "client_secret_basic"];
    if let Some(method) = oauth["tokenEndpointAuthMethod"].as_str()
        && !methods.contains(&method)
    {
        refuse(
            "tokenEndpointAuthMethod",
            "must be one of the following values: client_secret_post, client_secret_basic",
            "Invalid option: expected one of \"client_secret_post\"|\"client_secret_basic\"",
            "invalid_value",
        );
    }
    if oauth["timeout"].as_f64().is_some_and(|timeout| timeout < 1.0) {
        refuse(
            "timeout",
            "must be a positive number",
            "Too small: expected number to be >=1",
            "too_small",
        );
    }
    if edition.is_terse() {
        let issuer = text("issuerUrl");
        if !issuer.is_empty() && url::Url::parse(&issuer).is_err() {
            refuse("issuerUrl", "", "Issuer URL must be an empty string or a valid URL", "custom");
        }
        return;
    }
    if oauth["enabled"] == json!(true) {
        for key in ["issuerUrl", "clientId"] {
            if text(key).is_empty() {
                refuse(key, "should not be empty", "", "custom");
            }
        }
    }
    if text("signingAlgorithm").is_empty() {
        refuse("signingAlgorithm", "should not be empty", "", "custom");
    }
    if oauth["mobileOverrideEnabled"] == json!(true) && !is_url_address(&text("mobileRedirectUri"))
    {
        refuse("mobileRedirectUri", "must be a URL address", "", "custom");
    }
}

/// What the validator of 2.x takes for a URL: a host without a dot is none.
fn is_url_address(text: &str) -> bool {
    url::Url::parse(text)
        .ok()
        .and_then(|url| url.host_str().map(|host| host.contains('.')))
        .unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::Version;

    fn edition(major: u32, minor: u32, patch: u32) -> Edition {
        Edition::of(Version::new(major, minor, patch)).unwrap()
    }

    #[test]
    fn only_what_differs_is_stored_and_comes_back_in_effect() {
        let edition = edition(2, 7, 5);
        let mut config = edition.defaults.clone();
        config["oauth"]["clientId"] = json!("immich");
        config["oauth"]["scope"] = json!("");
        let stored = overrides(&edition.defaults, &config);
        assert_eq!(stored, json!({"oauth": {"clientId": "immich"}}));
        let back = effective(&edition.defaults, &stored);
        assert_eq!(back["oauth"]["clientId"], "immich");
        assert_eq!(back["oauth"]["scope"], "openid email profile");
    }

    #[test]
    fn a_body_of_2_7_is_refused_by_3_0() {
        let (old, new) = (edition(2, 7, 5), edition(3, 0, 3));
        assert!(check(&old, &old.defaults).is_ok());
        let wrongs = check(&new, &old.defaults).err().unwrap();
        let missing: Vec<String> = wrongs.iter().map(|wrong| wrong.path.join(".")).collect();
        assert!(missing.contains(&"oauth.allowInsecureRequests".to_owned()), "{missing:?}");
    }
}
