use base64::{Engine, engine::general_purpose::STANDARD};

use super::*;

const SECRET: &str = "p&4ss w\"ö/rd+<%>'";

fn known(secrets: &[&str]) -> Known {
    let known = Known::default();
    for secret in secrets {
        known.learn_text(secret);
    }
    known
}

fn shown(secret: &str, text: &str) -> String {
    known(&[secret]).words(text).to_string()
}

#[test]
fn a_secret_is_found_in_every_spelling() {
    let form: String = url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
    let json = serde_json::to_string(SECRET).unwrap();
    let html = SECRET
        .replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
        .replace('>', "&#62;")
        .replace('\'', "&#x27;");
    let lower = form.to_lowercase();
    let escaped: String = SECRET.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect();
    let whole: String = SECRET.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let json_in_form: String = url::form_urlencoded::byte_serialize(json.as_bytes()).collect();
    for spelled in [SECRET, &form, &lower, &json, &html, &escaped, &whole, &json_in_form] {
        let text = shown(SECRET, &format!("it says {spelled} there"));
        assert!(text.starts_with("it says ") && text.ends_with(" there"), "{spelled}: {text}");
        assert!(text.contains(DOTS) && !text.contains("4ss"), "{spelled}: {text}");
    }
}

#[test]
fn a_secret_is_found_in_base64_at_every_alignment() {
    for before in ["", "u", "us", "user:"] {
        let text = STANDARD.encode(format!("{before}{SECRET}and more"));
        for text in [text.clone(), text.replace('+', "-").replace('/', "_")] {
            assert!(known(&[SECRET]).is_in(&text), "{text}");
        }
    }
}

#[test]
fn a_piece_of_a_long_secret_is_found() {
    let secret = "abcdefghijklmnopqrstuvwxyz0123456789";
    assert_eq!(shown(secret, "got abcdefghijklmnopqrst…"), format!("got {DOTS}…"));
    assert_eq!(shown(secret, "got ghijklmnopqrstuv"), format!("got {DOTS}"));
    assert_eq!(shown(secret, "got abcdefghi"), "got abcdefghi");
}

#[test]
fn a_short_secret_drops_words_but_no_names() {
    let known = known(&["hut7"]);
    assert_eq!(known.words("the hut7 is open").to_string(), LEFT_OUT);
    assert_eq!(known.words("aHV0Nw==").to_string(), LEFT_OUT);
    assert_eq!(known.words("nothing").to_string(), "nothing");
    assert_eq!(known.name("hut7").to_string(), "hut7");
}

#[test]
fn a_text_is_searched_before_it_is_cut() {
    let secret = "abcdefghijklmnopqrstuvwxyz";
    let text = format!("{}{secret}{}", "x".repeat(590), "y".repeat(2 << 20));
    let text = shown(secret, &text);
    assert!(!text.contains("abcd") && text.chars().count() < 620, "{text}");
}

#[test]
fn dots_take_the_place_of_whole_characters() {
    let known = known(&["ööööööööö"]);
    let mut text = "aöööööööööz".to_owned();
    assert!(known.blot(&mut text));
    assert_eq!(text, format!("a{DOTS}z"));
}

#[test]
fn a_registry_holds_no_readable_secret() {
    let known = known(&["abcdefghijklmnopqrstuvwxyz"]);
    assert_eq!(format!("{known:?}"), "Known(…)");
    assert!(known.read(|registry| registry.short.is_empty()));
}
