//! What is wrong with the text of a profile, and where.

use std::ops::Range;

/// Parts of names under which people put what belongs in the secret store.
const SECRET_WORDS: [&str; 5] = ["secret", "token", "password", "passphrase", "api_key"];

/// Why a text is no profile, and what to do about it.
pub(super) struct Complaint {
    pub(super) why: String,
    pub(super) remedy: String,
}

/// Of a longer name, not more is told, in characters.
const SHOWN: usize = 80;

/// Makes the parser's words ours: for a name that it does not know, the
/// nearest one that it does.
pub(super) fn explain(message: &str) -> Complaint {
    // The value is not repeated: what stands in the wrong place may be a
    // secret.
    if let Some((_, expected)) =
        message.strip_prefix("invalid type: ").and_then(|rest| rest.rsplit_once(", expected "))
    {
        let belongs = match expected {
            "a boolean" => say!("`true` or `false`, without quotes"),
            "a string" => say!("text in quotes"),
            "a sequence" => say!("a list: `[\"…\", \"…\"]`"),
            other if other.starts_with("struct ") => say!("a section with keys of its own"),
            other => other.to_owned(),
        };
        return Complaint {
            why: say!("the value has the wrong type"),
            remedy: say!("Write {belongs}.", belongs),
        };
    }
    if message == "wanted string or table" {
        return Complaint {
            why: say!("the value has the wrong type"),
            remedy: say!("Write one of the known words, in quotes."),
        };
    }
    let is_key = message.starts_with("unknown field");
    if !is_key && !message.starts_with("unknown variant") {
        let why = message.lines().map(str::trim).collect::<Vec<_>>().join(", ");
        return Complaint { why, remedy: say!("Correct this place in the file.") };
    }
    // "unknown field `x`, expected one of `a`, `b`": quoted by backticks, as
    // serde has done since its first release.
    let mut names = message.split('`').skip(1).step_by(2);
    let unknown = names.next().unwrap_or_default();
    let known: Vec<&str> = names.collect();
    let shown: String = unknown.chars().take(SHOWN).collect();
    let what = if is_key { word!("key") } else { word!("value") };
    let why = say!("there is no {what} `{shown}` here", what, shown);
    let lower = unknown.to_ascii_lowercase();
    let nearest = known
        .iter()
        .map(|name| (strsim::jaro_winkler(&lower, name), *name))
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .filter(|(likeness, _)| *likeness > 0.8);
    let remedy = match nearest {
        Some((_, name)) => say!("Write `{name}`.", name),
        None if is_key && SECRET_WORDS.iter().any(|word| lower.contains(word)) => {
            say!("Remove it: secrets are kept by `immich-sso secret set`, never in a profile.")
        }
        None => {
            let names: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
            say!("Use one of {names}.", names = names.join(", "))
        }
    };
    Complaint { why, remedy }
}

/// Line and column of a byte, both from 1, columns in characters.
pub(super) fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}

/// Where the value of a key is.
pub(super) fn span_of(text: &str, key: &str) -> Option<Range<usize>> {
    let document = toml_edit::Document::parse(text).ok()?;
    let mut item = document.as_item();
    for name in key.split('.') {
        item = item.as_table_like()?.get(name)?;
    }
    item.span()
}
