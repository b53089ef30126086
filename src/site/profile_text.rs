//! What is wrong with the text of a profile, and where.

use std::ops::Range;

/// Parts of names under which people put what belongs in the secret store.
const SECRET_WORDS: [&str; 5] = ["secret", "token", "password", "passphrase", "api_key"];

/// Why a text is no profile.
#[derive(Debug, thiserror::Error)]
pub(super) enum TextError {
    /// A value is of another type than `belongs`.
    #[error("{}", say!("the value has the wrong type"))]
    WrongType { belongs: Belongs },
    /// A key that no profile has; not more of it than `shown` is told.
    #[error("{}", say!("there is no key `{shown}` here", shown = .shown))]
    UnknownKey { shown: String, cure: Cure },
    /// A value that is none of those that there are. It is not repeated: what
    /// stands in the wrong place may be a secret.
    #[error("{}", say!("there is no such value here"))]
    UnknownValue { cure: Cure },
    /// In the parser's own words.
    #[error("{0}")]
    Parser(String),
}

/// What belongs where a value of another type stands.
#[derive(Debug)]
pub(super) enum Belongs {
    Boolean,
    Text,
    List,
    Section,
    KnownWord,
    /// In the parser's own words.
    Other(String),
}

/// What to write in place of an unknown name.
#[derive(Debug)]
pub(super) enum Cure {
    /// The name that was probably meant.
    Nearest(String),
    /// Nothing: it names a secret.
    NoSecrets,
    /// Any of those that there are.
    OneOf(Vec<String>),
}

impl TextError {
    /// What to do about it.
    pub(super) fn hint(&self) -> String {
        match self {
            Self::WrongType { belongs } => belongs.hint(),
            Self::UnknownKey { cure, .. } | Self::UnknownValue { cure } => cure.hint(),
            Self::Parser(_) => say!("Correct this place in the file."),
        }
    }
}

impl Cure {
    fn hint(&self) -> String {
        match self {
            Self::Nearest(name) => say!("Write `{name}`.", name),
            Self::NoSecrets => {
                say!(
                    "Remove it: secrets are kept by `{us} secret set`, never in a profile.",
                    us = crate::say::us()
                )
            }
            Self::OneOf(names) => {
                let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
                say!("Use one of {names}.", names = names.join(", "))
            }
        }
    }
}

impl Belongs {
    fn hint(&self) -> String {
        let belongs = match self {
            Self::Boolean => say!("`true` or `false`, without quotes"),
            Self::Text => say!("text in quotes"),
            Self::List => say!("a list: `[\"…\", \"…\"]`"),
            Self::Section => say!("a section with keys of its own"),
            Self::KnownWord => return say!("Write one of the known words, in quotes."),
            Self::Other(words) => words.clone(),
        };
        say!("Write {belongs}.", belongs)
    }
}

/// Of a longer name, not more is told, in characters.
const SHOWN: usize = 80;

/// Takes apart what the parser says: for a name that it does not know, the
/// nearest one that it does.
///
/// These are the words of a library, in English in every build: it has no other
/// form of them. Words that are not known here are passed on as they are.
pub(super) fn explain(message: &str) -> TextError {
    // The value is not repeated: what stands in the wrong place may be a
    // secret.
    if let Some((_, expected)) =
        message.strip_prefix("invalid type: ").and_then(|rest| rest.rsplit_once(", expected "))
    {
        let belongs = match expected {
            "a boolean" => Belongs::Boolean,
            "a string" => Belongs::Text,
            "a sequence" => Belongs::List,
            other if other.starts_with("struct ") => Belongs::Section,
            other => Belongs::Other(other.to_owned()),
        };
        return TextError::WrongType { belongs };
    }
    if message == "wanted string or table" {
        return TextError::WrongType { belongs: Belongs::KnownWord };
    }
    let is_key = message.starts_with("unknown field");
    if !is_key && !message.starts_with("unknown variant") {
        let words = message.lines().map(str::trim).collect::<Vec<_>>().join(", ");
        return TextError::Parser(words);
    }
    // "unknown field `x`, expected one of `a`, `b`": quoted by backticks, as
    // serde has done since its first release.
    let mut names = message.split('`').skip(1).step_by(2).map(str::to_owned);
    let unknown = names.next().unwrap_or_default();
    let known: Vec<String> = names.collect();
    let cure = cure(is_key, &unknown.to_ascii_lowercase(), known);
    if is_key {
        TextError::UnknownKey { shown: unknown.chars().take(SHOWN).collect(), cure }
    } else {
        TextError::UnknownValue { cure }
    }
}

fn cure(is_key: bool, unknown: &str, known: Vec<String>) -> Cure {
    let nearest = known
        .iter()
        .map(|name| (strsim::jaro_winkler(unknown, name), name))
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .filter(|(likeness, _)| *likeness > 0.8);
    match nearest {
        Some((_, name)) => Cure::Nearest(name.clone()),
        None if is_key && SECRET_WORDS.iter().any(|word| unknown.contains(word)) => Cure::NoSecrets,
        None => Cure::OneOf(known),
    }
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
