//! The one place where what differs from run to run becomes a placeholder.

use std::{collections::HashMap, sync::LazyLock};

use regex_automata::nfa::thompson::pikevm::PikeVM;

/// What is looked for, in this order, and the placeholder; `#` is a number that
/// says which of them are the same.
const PATTERNS: [(&str, &str); 17] = [
    // Ids.
    ("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "<id #>"),
    ("SHA256:[A-Za-z0-9+/]{43}", "<key #>"),
    (r"(?-u:\b)[0-9a-f]{32,128}(?-u:\b)", "<digest #>"),
    (r"(?-u:\b)[0-9a-f]{16}(?-u:\b)", "<digest #>"),
    // Fingerprints of secrets.
    (r"(?-u:\b)[0-9a-f]{8}(?-u:\b)", "<print #>"),
    // Times.
    (r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})", "<time>"),
    (r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}", "<time>"),
    (r"(?-u:\b)[0-9]{2}:[0-9]{2} on [0-9]{1,2} [A-Z][a-z]+", "<time>"),
    (r"(?-u:\b)[0-9]{1,2} [JFMASOND][a-z]{2,8}, [0-9]{2}:[0-9]{2}(?-u:\b)", "<time>"),
    (r"(?-u:\b)[0-9]{2}:[0-9]{2}(?-u:\b)", "<time>"),
    ("answers again, after [0-9]+ s", "answers again, after <n> s"),
    // What was measured of a switch.
    (
        r"(at most [0-9]+|[0-9]+ to [0-9]+) ms \((asked [0-9]+ times meanwhile|by the answers to both writes)\)",
        "<outage>",
    ),
    (r"(?-u:\b)[0-9]+(\.[0-9]+)? ms(?-u:\b)", "<n> ms"),
    (r"(?-u:\b)[0-9]+\.[0-9] s(?-u:\b)", "<n> s"),
    // Ports of loopback.
    ("(127\\.0\\.0\\.1|localhost|\\[127\\.0\\.0\\.1\\]):[0-9]{4,5}", "127.0.0.1:<port #>"),
    (r"(?-u:\b)port [0-9]{4,5}(?-u:\b)", "port <port #>"),
    // Folders that end with the test.
    (r"/tmp/(\.tmp|immich-sso-lab-|immich-sso-demo-)[A-Za-z0-9]{6}", "<folder #>"),
];

static MACHINE: LazyLock<PikeVM> = LazyLock::new(|| {
    let patterns: Vec<&str> = PATTERNS.iter().map(|(pattern, _)| *pattern).collect();
    PikeVM::new_many(&patterns).unwrap()
});

/// The text with placeholders; `names` are texts of this very run and what
/// stands for each.
pub fn normal(text: &str, names: &[(String, String)]) -> String {
    let mut text = text.to_owned();
    for (name, stands) in names.iter().filter(|(name, _)| !name.is_empty()) {
        text = text.replace(name, stands);
    }
    let mut numbers = HashMap::new();
    replace(&text, |what, pattern| {
        let placeholder = PATTERNS[pattern].1;
        let next = numbers.keys().filter(|(kind, _)| *kind == placeholder).count() + 1;
        let number = *numbers.entry((placeholder, what.to_owned())).or_insert(next);
        placeholder.replace('#', &number.to_string())
    })
}

/// The text with the same placeholder for all values of a kind: to tell texts
/// apart that differ in more.
pub fn mask(text: &str) -> String {
    replace(text, |what, pattern| {
        let placeholder = PATTERNS[pattern].1;
        // Which id it is makes a difference within a run; a time does not.
        if placeholder.contains('#') { what.to_owned() } else { placeholder.to_owned() }
    })
}

fn replace(text: &str, mut with: impl FnMut(&str, usize) -> String) -> String {
    // Most texts have nothing of the kind, and a search takes its time.
    let hex = text.split(|c: char| !c.is_ascii_hexdigit()).any(|run| run.len() >= 8);
    if !hex && !text.contains("/tmp/") && !text.contains(|c: char| c.is_ascii_digit()) {
        return text.to_owned();
    }
    let mut cache = MACHINE.create_cache();
    let (mut out, mut end) = (String::new(), 0);
    for found in MACHINE.find_iter(&mut cache, text) {
        out += &text[end..found.start()];
        out += &with(&text[found.range()], found.pattern().as_usize());
        end = found.end();
    }
    out + &text[end..]
}
