//! Settings: defaults and what is stored, put together and taken apart.

use serde_json::{Map, Value, json};

pub(super) use super::rules::{Wrong, check};

/// Defaults with what is stored over them. Keys that the release does not know
/// come along, as they do in the real one.
pub(super) fn effective(defaults: &Value, stored: &Value) -> Value {
    match (defaults, stored) {
        (Value::Object(defaults), Value::Object(stored)) => {
            let mut all = Map::new();
            for (key, default) in defaults {
                let value =
                    stored.get(key).map_or_else(|| default.clone(), |s| effective(default, s));
                all.insert(key.clone(), value);
            }
            for (key, value) in stored {
                all.entry(key.clone()).or_insert_with(|| value.clone());
            }
            Value::Object(all)
        }
        (Value::Object(_), Value::Null) => defaults.clone(),
        // `jsonb` keeps a text 'true' that somebody put there; Immich takes it.
        (Value::Bool(_), Value::String(text)) if text == "true" || text == "false" => {
            Value::Bool(text == "true")
        }
        (_, stored) => stored.clone(),
    }
}

/// What of `config` differs from the defaults and is not an empty text. Keys
/// that the release does not know are dropped.
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

#[cfg(test)]
mod tests {
    use super::{super::edition::Edition, *};
    use crate::Version;

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

    #[test]
    fn every_edition_takes_its_own_defaults() {
        for (major, minor, patch) in [(1, 105, 1), (1, 106, 4), (2, 7, 5), (3, 0, 3), (3, 2, 2)] {
            let edition = edition(major, minor, patch);
            assert!(check(&edition, &edition.defaults).is_ok(), "{}", edition.version);
        }
    }
}
