//! Files as people keep them, changed.

use proptest::prelude::*;

use super::*;
use crate::{mutated::mutated_text, say::as_said};

fn fields() -> Fields {
    [
        ("enabled".to_owned(), Value::Bool(true)),
        ("clientId".to_owned(), "it's \"quoted\": # no comment".into()),
        ("issuerUrl".to_owned(), "https://auth.example.com/application/o/immich/".into()),
    ]
    .into_iter()
    .collect()
}

#[test]
fn yaml_keeps_comments_and_order() {
    let text = "# my Immich\nffmpeg:\n  crf: 20 # small\noauth:\n  # the button\n  buttonText: Login\n  enabled: false\nserver:\n  externalDomain: https://photos.example.com\n";
    let after = Document::parse("immich.yaml", text)
        .unwrap()
        .with(&fields(), &[], &Absent::default())
        .unwrap();
    let after = after.expose();
    for line in [
        "# my Immich",
        "  crf: 20 # small",
        "  # the button",
        "  buttonText: Login",
        "  enabled: true",
    ] {
        assert!(after.lines().any(|known| known == line), "{line:?} is not in\n{after}");
    }
    assert!(after.find("ffmpeg").unwrap() < after.find("oauth").unwrap());
    assert!(after.find("oauth").unwrap() < after.find("server").unwrap());
}

#[test]
fn quotes_stay_where_somebody_put_them() {
    let text =
        "oauth:\n  clientId: \"mine\" # as in authentik\n  clientSecret: 'x'\n  scope: openid\n";
    let fields: Fields = [("clientId", "it's"), ("clientSecret", "it's"), ("scope", "email")]
        .map(|(key, value)| (key.to_owned(), Value::from(value)))
        .into_iter()
        .collect();
    let after =
        Document::parse("immich.yaml", text).unwrap().with(&fields, &[], &Absent::default());
    assert_eq!(
        after.unwrap().expose(),
        "oauth:\n  clientId: \"it's\" # as in authentik\n  clientSecret: 'it''s'\n  scope: email\n"
    );
}

#[test]
fn yaml_without_an_oauth_block_gets_one() {
    for text in ["", "# empty\n", "ffmpeg:\n  crf: 20\n"] {
        let after = Document::parse("immich.yaml", text)
            .unwrap()
            .with(&fields(), &[], &Absent::default())
            .unwrap();
        let again = Document::parse("immich.yaml", after.expose()).unwrap();
        assert_eq!(again.oauth().unwrap(), &fields(), "{text:?}");
    }
}

#[test]
fn json_keeps_every_other_byte() {
    let text = "{\n    \"server\": {\"externalDomain\": \"\", \"x\": 12345678901234567890123},\n    \"oauth\": {\n        \"buttonText\": \"Login\", \"enabled\" : false,\n        \"clientId\": \"\", \"issuerUrl\":\"\"\n    },\n    \"ffmpeg\": {\"crf\": 1e400}\n}\n";
    let after =
        Document::parse("immich.json", text).unwrap().with(&fields(), &[], &Absent::default());
    let expected = text
        .replace("\"enabled\" : false", "\"enabled\" : true")
        .replace("\"clientId\": \"\"", "\"clientId\": \"it's \\\"quoted\\\": # no comment\"")
        .replace(
            "\"issuerUrl\":\"\"",
            "\"issuerUrl\":\"https://auth.example.com/application/o/immich/\"",
        );
    assert_eq!(after.unwrap().expose(), expected);
}

#[test]
fn numbers_of_others_stay_as_they_are_in_yaml() {
    let text = "x: 12345678901234567890123\ny: 1e400\noauth:\n  timeout: 3.0000e4\n  enabled: false\nffmpeg: {crf: 0x17}\n";
    let set: Fields = [("enabled".to_owned(), Value::Bool(true))].into_iter().collect();
    let after = Document::parse("immich.yaml", text).unwrap().with(&set, &[], &Absent::default());
    assert_eq!(after.unwrap().expose(), text.replace("false", "true"));
}

#[test]
fn a_key_that_occurs_twice_is_refused_with_the_reason() {
    let twice = format!("\"oauth\" > \"enabled\"{}", as_said(" occurs"));
    let rows = [
        ("{\"oauth\": {\"enabled\": true, \"enabled\": false}}", twice.as_str()),
        ("oauth:\n  enabled: true\n  enabled: false\n", "duplicate mapping key: enabled"),
        ("x: {a: 1, a: 2}\n", "duplicate mapping key: a"),
    ];
    for (text, why) in rows {
        let fault = Document::parse("immich.yaml", text).err().unwrap();
        assert!(fault.answer.contains(why), "{fault}");
    }
}

#[test]
fn a_broken_file_is_refused_and_not_quoted_at_length() {
    let text = format!("oauth: {{clientSecret: {}", "s".repeat(500));
    let fault = Document::parse("immich.yaml", &text).err().unwrap();
    assert!(fault.answer.len() <= 200);
}

/// The ways in which people lay out this file.
const LAYOUTS: [&str; 16] = [
    "oauth:\n",
    "oauth: # later\nserver:\n  externalDomain: ''\n",
    "oauth: {}\n",
    "oauth: {enabled: false, buttonText: 'Log in'}\nffmpeg: {crf: 20}\n",
    "{ffmpeg: {crf: 20}}\n",
    "{oauth: {enabled: false}, ffmpeg: {crf: 20}} # all\n",
    "\"oauth\":\n    \"enabled\": false\n    'clientId': old # mine\nffmpeg:\n    crf: 20\n",
    "---\n# start\noauth:\n  enabled: false\n\n# next\nffmpeg:\n  crf: 20\n",
    "---\nffmpeg:\n  crf: 20\n...\n",
    "oauth:\r\n  enabled: false\r\n  # note\r\n  clientId: old\r\nffmpeg:\r\n  crf: 20\r\n",
    "oauth:\n  clientId: >-\n    folded\n    text\n  enabled: false\nffmpeg:\n  crf: 20\n",
    "oauth:\n  clientId:\n    old\n  enabled: false\n",
    "x: &scope openid\noauth:\n  scope: *scope\n  clientId: *scope\nffmpeg:\n  crf: 20",
    "oauth:\n  enabled: false\n  clientId: 'a\n    b'\n# the end",
    "oauth:\n  enabled: false\n  \n\n# about ffmpeg\nffmpeg:\n  crf: 20\n",
    "\u{feff}oauth:\n  enabled: false\n",
];

const HOSTILE: [&str; 14] = [
    "plain",
    "true",
    "null",
    "1e3",
    "0x10",
    "",
    " blank ",
    "- x",
    "a: b # c",
    "'\"\\$`",
    "line\nbreak\r\ttab",
    "\u{7f}\u{85}\u{2028}\u{feff}\u{1f600}",
    "{a: [b",
    "&a *b !c %d @e",
];

#[test]
fn every_layout_takes_every_value() {
    let mut bad = Vec::new();
    for text in LAYOUTS {
        for value in HOSTILE {
            let mut fields = fields();
            fields.insert("clientId".into(), value.into());
            match Document::parse("immich.yaml", text)
                .and_then(|d| d.with(&fields, &[], &Absent::default()))
            {
                Ok(after) => {
                    for line in text.lines().filter(|l| l.contains('#')) {
                        let comment = &line[line.find('#').unwrap()..];
                        if !after.expose().contains(comment) {
                            bad.push(format!(
                                "{text:?} {value:?} lost {comment:?}: {:?}",
                                after.expose()
                            ));
                        }
                    }
                }
                Err(fault) => bad.push(format!("{text:?} {value:?}: {fault}")),
            }
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

/// Runs that came later than the first have no copy of the text before them: what
/// they put back stands as it stood, quotes and comments and all.
#[test]
fn what_is_put_back_stands_as_it_stood() {
    let texts = [
        "oauth:\n  buttonText: 'Come in' # hello\n  scope: \"openid\"\n  clientId: plain\n",
        "oauth:\n  clientId: !!str mine\n  buttonText: \"Log\\x20in\"\n  enabled: True\n",
        "oauth:\n  clientId: >-\n    folded\n    text\n  enabled: false\nffmpeg:\n  crf: 20\n",
        "oauth: {enabled: false, buttonText: 'Log in', clientId: mine}\nffmpeg: {crf: 20}\n",
        "{\"oauth\": {\"buttonText\": \"L\\u006fgin\", \"enabled\" : false}, \"x\": 1e400}\n",
    ];
    let values = ["it's \"quoted\": # no comment", "plain", "true"];
    for (text, value) in texts.iter().flat_map(|text| values.map(|value| (text, value))) {
        let before = Document::parse("immich.yaml", text).unwrap();
        let theirs = before.oauth().unwrap().clone();
        let set: Fields = theirs
            .iter()
            .map(|(key, old)| {
                let new = if old.is_boolean() { Value::Bool(true) } else { value.into() };
                (key.clone(), new)
            })
            .collect();
        let written = before.with(&set, &[], &Absent::default()).unwrap();
        assert_ne!(written.expose(), *text);
        let absent = Absent { spelled: before.spelled(), ..Absent::default() };
        let now = Document::parse("immich.yaml", written.expose()).unwrap();
        assert_eq!(now.with(&theirs, &[], &absent).unwrap().expose(), *text, "{value:?}");
    }
}

#[test]
fn the_spelling_of_a_secret_is_not_kept() {
    for text in
        ["oauth:\n  clientSecret: 's3cret'\n", "{\"oauth\": {\"clientSecret\": \"s3cret\"}}"]
    {
        assert_eq!(Document::parse("immich.yaml", text).unwrap().spelled(), BTreeMap::new());
    }
}

/// Spelled so, it would say something else by now.
#[test]
fn a_spelling_that_says_something_else_is_not_put_back() {
    let text = "x: &name mine\noauth:\n  clientId: *name\n";
    let before = Document::parse("immich.yaml", text).unwrap();
    let spelled = before.spelled();
    let moved =
        Document::parse("immich.yaml", "x: &name other\noauth:\n  clientId: new\n").unwrap();
    let absent = Absent { spelled, ..Absent::default() };
    let back = moved.with(before.oauth().unwrap(), &[], &absent).unwrap();
    assert_eq!(back.expose(), "x: &name other\noauth:\n  clientId: mine\n");
}

const SEEDS: [&str; 5] = [
    "# my Immich\nffmpeg:\n  crf: 20 # small\noauth:\n  # the button\n  buttonText: Login\n  \
     enabled: false\nserver:\n  externalDomain: https://photos.example.com\n",
    "oauth:\n  clientId: \"mine\" # as in authentik\n  clientSecret: 'x'\n  scope: openid\n",
    "---\nbase: &base {a: 1, b: [x, 'y']}\nother: *base\ntext: |\n  oauth:\n    enabled: true\n\
     oauth:\n...\n",
    "{\"ffmpeg\": {\"crf\": 20}, \"oauth\": {\"enabled\": false, \"timeout\": 30000.0}}",
    "{oauth: {enabled: false, scope: \"openid email\"}, ffmpeg: {crf: 1e400}}",
];

proptest! {
    #[test]
    fn mutated_files_are_changed_in_the_block_only_or_refused(text in mutated_text(&SEEDS)) {
        let Ok(before) = Document::parse("immich.yaml", &text) else { return Ok(()) };
        drop(before.spelled());
        let Ok(after) = before.with(&fields(), &["scope".to_owned()], &Absent::default()) else {
            return Ok(());
        };
        let after = Document::parse("immich.yaml", after.expose()).unwrap();
        prop_assert!(after.is_changed_only_in_block(&before));
        let oauth = after.oauth().unwrap();
        for (key, value) in fields() {
            prop_assert_eq!(&oauth[&key], &value);
        }
        prop_assert!(!oauth.contains_key("scope"));
    }
}
