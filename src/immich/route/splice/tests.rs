use proptest::prelude::*;
use serde_json::{Map, json};

use super::*;

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
