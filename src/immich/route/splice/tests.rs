use proptest::prelude::*;
use serde_json::{Map, json};

use super::*;
use crate::mutated::mutated_text;

/// A config with all that a parser may lose: numbers that no type holds, odd
/// spellings, unknown keys, an order that no alphabet gives.
const HOSTILE: &str = r#"{
  "z": 12345678901234567890123,
  "huge": 1e400, "tiny": -0.000e-0,
    "odd": "\u00e9\/\ud83d\ude00", "list":[1.0,  {"b":1,"a":2}],
  "oauth": {
    "enabled": false,
    "timeout": 30000.000,
    "clientSecret" : "old"
  },
  "a": {}
}
"#;

fn spliced(text: &str, edits: &[Edit<'_>]) -> String {
    splice(text, edits).unwrap().to_string()
}

#[test]
fn every_other_byte_stays() {
    let edits = [
        Edit::set(&["oauth", "enabled"], &json!(true)),
        Edit::set(&["oauth", "clientSecret"], &json!("new \" one")),
    ];
    let expected = HOSTILE
        .replace("\"enabled\": false", "\"enabled\": true")
        .replace("\"old\"", r#""new \" one""#);
    assert_eq!(spliced(HOSTILE, &edits), expected);
}

#[test]
fn a_new_key_is_laid_out_as_its_neighbors() {
    let rows = [
        ("{\"oauth\":{\"a\":1}}", "{\"oauth\":{\"a\":1,\"b\":true}}"),
        ("{\"oauth\": {\"a\": 1}}", "{\"oauth\": {\"a\": 1, \"b\": true}}"),
        ("{ \"oauth\": { \"a\": 1 } }", "{ \"oauth\": { \"a\": 1, \"b\": true } }"),
        (
            "{\n\t\"oauth\": {\n\t\t\"a\": 1\n\t}\n}",
            "{\n\t\"oauth\": {\n\t\t\"a\": 1,\n\t\t\"b\": true\n\t}\n}",
        ),
        ("{\r\n  \"oauth\": {}\r\n}\r\n", "{\r\n  \"oauth\": {\r\n    \"b\": true\r\n  }\r\n}\r\n"),
        ("{\"oauth\":null,\"x\":1}", "{\"oauth\":{\"b\":true},\"x\":1}"),
        ("{\n  \"x\": 1\n}\n", "{\n  \"x\": 1,\n  \"oauth\": {\n    \"b\": true\n  }\n}\n"),
        ("{}", "{\n  \"oauth\": {\n    \"b\": true\n  }\n}"),
    ];
    for (before, after) in rows {
        assert_eq!(spliced(before, &[Edit::set(&["oauth", "b"], &json!(true))]), after);
    }
}

#[test]
fn a_key_goes_with_its_comma() {
    let text = "{\"oauth\": {\"a\": 1, \"b\": 2, \"c\": 3}, \"x\": 0}";
    let rows = [
        ("a", "{\"oauth\": {\"b\": 2, \"c\": 3}, \"x\": 0}"),
        ("b", "{\"oauth\": {\"a\": 1, \"c\": 3}, \"x\": 0}"),
        ("c", "{\"oauth\": {\"a\": 1, \"b\": 2}, \"x\": 0}"),
        ("d", text),
    ];
    for (key, after) in rows {
        assert_eq!(spliced(text, &[Edit::remove(&["oauth", key])]), after);
    }
    assert_eq!(spliced(text, &[Edit::remove(&["oauth"])]), "{\"x\": 0}");
    assert_eq!(spliced(text, &[Edit::remove(&["other", "a"])]), text);
    assert_eq!(spliced("{\"x\": {\"a\": 1}}", &[Edit::remove(&["x", "a"])]), "{\"x\": {}}");
}

#[test]
fn a_number_that_no_type_holds_is_read_as_its_text() {
    let read = read(HOSTILE).unwrap();
    assert_eq!(read["z"], "12345678901234567890123");
    assert_eq!(read["huge"], "1e400");
    assert_eq!(read["oauth"]["timeout"], 30000.0);
    assert_eq!(read["odd"], "\u{e9}/\u{1f600}");
    assert_eq!(read["list"], json!([1.0, {"b": 1, "a": 2}]));
}

#[test]
fn a_key_that_occurs_twice_is_refused() {
    let rows = [
        ("{\"a\": 1, \"b\": 2, \"a\": 3}", "\"a\""),
        ("{\"x\": [0, {\"a\": 1, \"\\u0061\": 2}]}", "\"x\" > \"1\" > \"a\""),
    ];
    for (text, path) in rows {
        let refused = splice(text, &[Edit::set(&["oauth", "b"], &json!(1))]).unwrap_err();
        assert_eq!(refused, SpliceError::Duplicate { path: path.into() });
    }
}

#[test]
fn a_refusal_never_quotes_a_value() {
    let deep = format!("{{\"a\": {}{}}}", "[".repeat(5000), "]".repeat(5000));
    let texts = [
        "\"hush\"",
        "{\"oauth\": \"hush\"}",
        "{\"oauth\": {\"a\": hush}}",
        "{\"a\": \"hush\n\"}",
        "{\"hush\": 1",
        "[\"hush\"]",
        "",
        deep.as_str(),
    ];
    for text in texts {
        let refused = splice(text, &[Edit::set(&["oauth", "b"], &json!(1))]).unwrap_err();
        assert!(!format!("{refused} {refused:?}").contains("hush"), "{refused}");
    }
}

#[test]
fn a_new_value_stays_printable_for_yaml() {
    let edit = Edit::set(&["a"], &json!("\u{7f}\u{feff}\u{2028}\u{1f600}"));
    let after = spliced("{}", &[edit]);
    assert!(after.contains("\\u007f"), "{after}");
    assert!(after.chars().all(may_stand), "{after}");
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-c\"{:,\\\\é]{0,2}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn an_edit_says_what_it_means_and_can_be_reversed(
        others in prop::collection::btree_map("[a-c\"{:,\\\\]{1,2}", any_json(), 0..4),
        pretty: bool,
        value in any_json(),
    ) {
        let mut tree: Map<String, Value> = others.into_iter().collect();
        let text = if pretty {
            serde_json::to_string_pretty(&tree).unwrap()
        } else {
            serde_json::to_string(&tree).unwrap()
        };
        let after = spliced(&text, &[Edit::set(&["oauth", "new"], &value)]);
        tree.insert("oauth".into(), json!({"new": value}));
        prop_assert_eq!(serde_json::from_str::<Value>(&after).unwrap(), Value::Object(tree));
        prop_assert_eq!(spliced(&after, &[Edit::remove(&["oauth"])]), text);
    }
}

/// Whether a key occurs twice in an object, found without any of the code that
/// is tested.
struct Twice(bool);

impl<'de> serde::Deserialize<'de> for Twice {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Twice;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("JSON")
            }

            fn visit_unit<E>(self) -> Result<Twice, E> {
                Ok(Twice(false))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Twice, E> {
                Ok(Twice(false))
            }

            fn visit_i64<E>(self, _: i64) -> Result<Twice, E> {
                Ok(Twice(false))
            }

            fn visit_u64<E>(self, _: u64) -> Result<Twice, E> {
                Ok(Twice(false))
            }

            fn visit_f64<E>(self, _: f64) -> Result<Twice, E> {
                Ok(Twice(false))
            }

            fn visit_str<E>(self, _: &str) -> Result<Twice, E> {
                Ok(Twice(false))
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut all: A,
            ) -> Result<Twice, A::Error> {
                let mut found = false;
                while let Some(Twice(inside)) = all.next_element()? {
                    found |= inside;
                }
                Ok(Twice(found))
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut all: A,
            ) -> Result<Twice, A::Error> {
                let (mut keys, mut found) = (std::collections::BTreeSet::new(), false);
                while let Some((key, Twice(inside))) = all.next_entry::<String, Twice>()? {
                    found |= inside | !keys.insert(key);
                }
                Ok(Twice(found))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// Whether two readers say the same; others round what no integer type holds.
fn is_same(ours: &Value, others: &Value) -> bool {
    match (ours, others) {
        (Value::String(ours), Value::Number(others)) => {
            others.is_f64() && ours.parse::<f64>().ok() == others.as_f64()
        }
        (Value::Array(ours), Value::Array(others)) => {
            ours.len() == others.len() && ours.iter().zip(others).all(|(a, b)| is_same(a, b))
        }
        (Value::Object(ours), Value::Object(others)) => {
            ours.len() == others.len()
                && ours.iter().zip(others).all(|(a, b)| a.0 == b.0 && is_same(a.1, b.1))
        }
        _ => ours == others,
    }
}

#[test]
fn keys_that_occur_twice_are_found_by_the_other_reader_too() {
    for (text, twice) in [
        ("{\"a\": 1, \"b\": {\"a\": 2}}", false),
        ("{\"a\": 1, \"\\u0061\": 2}", true),
        ("[{\"x\": [{\"a\": null, \"a\": true}]}]", true),
    ] {
        assert_eq!(serde_json::from_str::<Twice>(text).unwrap().0, twice, "{text}");
    }
}

const SEEDS: [&str; 4] = [
    HOSTILE,
    "{\"a\": 1, \"b\": {\"a\": [1, {\"c\": null}], \"d\": \"x\"}, \"c\": true}",
    "{\"oauth\":{\"enabled\":true,\"clientSecret\":\"old\",\"enable\\u0064\":false}}",
    "{}",
];

proptest! {
    #[test]
    fn mutated_json_is_read_as_others_read_it_or_refused(text in mutated_text(&SEEDS)) {
        let by_others = serde_json::from_str::<Twice>(&text);
        match read(&text) {
            Ok(value) => {
                // Numbers that no type holds are no JSON to others.
                if let Ok(Twice(twice)) = by_others {
                    prop_assert!(!twice);
                    let others = serde_json::from_str(&text).unwrap();
                    prop_assert!(is_same(&value, &others), "{value} is not {others}");
                }
            }
            Err(SpliceError::Duplicate { .. }) => {
                prop_assert!(by_others.map_or(true, |Twice(twice)| twice));
            }
            Err(SpliceError::Syntax { .. }) => prop_assert!(by_others.is_err()),
            Err(_) => {}
        }
    }

    #[test]
    fn mutated_json_is_edited_in_that_place_only_or_refused(text in mutated_text(&SEEDS)) {
        let value = json!("new");
        let Ok(after) = splice(&text, &[Edit::set(&["oauth", "new"], &value)]) else {
            return Ok(());
        };
        // Half a surrogate is no text; where it stands, it stays.
        let Ok(mut before) = read(&text) else { return Ok(()) };
        let mut after = read(&after).unwrap();
        prop_assert_eq!(&after["oauth"]["new"], &value);
        for side in [&mut before, &mut after] {
            let side = side.as_object_mut().unwrap();
            let oauth = side.get_mut("oauth").and_then(Value::as_object_mut);
            if oauth.is_none_or(|oauth| {
                oauth.shift_remove("new");
                oauth.is_empty()
            }) {
                side.shift_remove("oauth");
            }
        }
        prop_assert_eq!(before, after);
    }
}
