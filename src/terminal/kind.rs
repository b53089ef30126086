//! What the environment says of a terminal: whether it can place a cursor, and
//! which characters it shows.

use std::{borrow::Cow, env};

/// Whether `TERM` says that the terminal understands no control sequence: it is
/// `dumb`, or there is no word about it. Windows has no `TERM`.
#[must_use]
pub fn is_dumb() -> bool {
    let term = env::var_os("TERM").unwrap_or_default();
    term == "dumb" || (term.is_empty() && cfg!(unix))
}

/// Whether the locale has more than ASCII. The first of `LC_ALL`, `LC_CTYPE` and
/// `LANG` that is not empty names it, as in section 8.2 of
/// <https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap08.html>; where
/// none does, it is POSIX's own.
#[must_use]
pub fn shows_unicode() -> bool {
    let of = |name| env::var_os(name).filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(of).unwrap_or_default();
    cfg!(not(unix)) || is_utf8(&locale.to_string_lossy())
}

fn is_utf8(locale: &str) -> bool {
    let locale = locale.to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

/// A text for people in characters that the locale has.
#[must_use]
pub fn spelled(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || shows_unicode() { text.into() } else { in_ascii(text).into() }
}

/// A text in ASCII alone: what this program writes itself gets a like spelling, every
/// other character a mark.
fn in_ascii(text: &str) -> String {
    let mut ascii = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_ascii() => ascii.push(c),
            '…' => ascii.push_str("..."),
            '•' => ascii.push('*'),
            '“' | '”' => ascii.push('"'),
            '‘' | '’' => ascii.push('\''),
            '–' | '—' => ascii.push('-'),
            '→' => ascii.push_str("->"),
            '↵' => ascii.push('|'),
            '\u{a0}' => ascii.push(' '),
            _ => ascii.push('?'),
        }
    }
    ascii
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locale_says_whether_there_is_more_than_ascii() {
        for locale in ["C.UTF-8", "de_DE.utf8", "UTF-8", "en_US.UTF-8@euro"] {
            assert!(is_utf8(locale), "{locale}");
        }
        for locale in ["", "C", "POSIX", "de_DE", "de_DE.ISO-8859-1", "ja_JP.eucJP"] {
            assert!(!is_utf8(locale), "{locale}");
        }
    }

    #[test]
    fn text_in_ascii_keeps_what_can_be_kept() {
        assert_eq!(in_ascii("… •• “Müller” a→b\u{fffd}"), "... ** \"M?ller\" a->b?");
    }
}
