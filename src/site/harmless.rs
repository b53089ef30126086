//! Text that others wrote, made harmless by what it is for: a line of a
//! terminal, several lines of a terminal, JSON on a terminal.
//!
//! A terminal acts on escape sequences instead of showing them, a newline
//! forges a line of ours, and characters without width or with a direction
//! make a text read as another.

use std::{borrow::Cow, fmt::Write as _};

/// Whether a text may have line ends: those of a list, a request, a paragraph
/// are ours, all others are somebody else's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One line.
    Line,
    /// Several, if need be.
    Lines,
}

/// What is done with each text.
pub type Each<'a> = &'a mut dyn FnMut(&mut String, Shape);

/// What stands for a character that is not shown.
const MARK: char = '\u{fffd}';
/// What stands for the end of a line.
const LINE_END: char = '↵';

/// A text as one line of a terminal: line ends and what a terminal would act
/// on are marks.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    clean(text, false)
}

/// A text of several lines on a terminal: the same, with its line ends kept.
#[must_use]
pub fn lines(text: &str) -> Cow<'_, str> {
    clean(text, true)
}

/// JSON as a terminal shows it: what a terminal would act on is spelled as
/// `\uXXXX`, so that it stays the same JSON.
#[must_use]
pub fn json(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| c != '\n' && is_harmful(c)) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if c == '\n' || !is_harmful(c) {
            clean.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing to a string cannot fail.
            let _ = write!(clean, "\\u{unit:04x}");
        }
    }
    Cow::Owned(clean)
}

fn clean(text: &str, keeps_lines: bool) -> Cow<'_, str> {
    let is_kept = |c: char| keeps_lines && c == '\n';
    if !text.chars().any(|c| !is_kept(c) && is_harmful(c)) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    let mut last = None;
    while let Some(c) = rest.next() {
        match c {
            '\n' if keeps_lines => clean.push(c),
            '\r' if rest.peek() == Some(&'\n') => {}
            '\n' | '\u{2028}' | '\u{2029}' | '\u{85}' => clean.push(LINE_END),
            '\t' => clean.push(' '),
            JOINER if joins(last, rest.peek().copied()) => clean.push(c),
            c if is_harmful(c) => clean.push(MARK),
            c => clean.push(c),
        }
        last = Some(c);
    }
    Cow::Owned(clean)
}

/// What makes one picture of several: a family, a flag.
const JOINER: char = '\u{200d}';

fn joins(before: Option<char>, after: Option<char>) -> bool {
    let is_picture = |c: char| matches!(c, '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}');
    let ends_picture = |c: char| is_picture(c) || c == '\u{fe0f}';
    before.is_some_and(ends_picture) && after.is_some_and(is_picture)
}

/// A character that is there and not seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unseen {
    /// A terminal acts on it.
    Control,
    /// It has no width, or changes the direction of its neighbors.
    Invisible,
}

impl Unseen {
    /// What it is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Control => word!("a control character"),
            Self::Invisible => word!("an invisible character"),
        }
    }

    /// What to do about one that was typed or pasted.
    #[must_use]
    pub fn hint(self) -> String {
        say!("Type it by hand instead of pasting it.")
    }
}

/// Whether a character is not seen, and why.
#[must_use]
pub fn unseen(c: char) -> Option<Unseen> {
    match c {
        c if c.is_control() => Some(Unseen::Control),
        c if is_harmful(c) => Some(Unseen::Invisible),
        _ => None,
    }
}

/// Whether a terminal would act on a character, or a reader not see it.
fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            // Directions.
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            // Ends of lines and paragraphs.
            | '\u{2028}' | '\u{2029}'
            // Without width.
            | '\u{ad}' | '\u{34f}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200d}'
            | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{feff}'
            // Blank, and yet letters.
            | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}' | '\u{ffa0}'
            // Annotations, tags and more selectors than any letter has.
            | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_holds_no_line_end_and_no_escape_sequence() {
        assert_eq!(line("a\nverified: b\r\nc\u{2028}d"), "a↵verified: b↵c↵d");
        assert_eq!(line("\x1b[8mx\u{9b}2J\t\x7f"), "\u{fffd}[8mx\u{fffd}2J \u{fffd}");
        assert_eq!(line("a\u{202e}b\u{200b}c\u{e0041}"), "a\u{fffd}b\u{fffd}c\u{fffd}");
        assert_eq!(lines("a\nb\rc"), "a\nb\u{fffd}c");
    }

    #[test]
    fn pictures_that_are_joined_stay_joined() {
        let family = "👩\u{200d}👩\u{200d}👧";
        assert_eq!(line(&format!("{family}\x07")), format!("{family}\u{fffd}"));
        assert_eq!(line("a\u{200d}b"), "a\u{fffd}b");
    }

    #[test]
    fn json_on_a_terminal_stays_the_same_json() {
        let text = serde_json::to_string_pretty(&["a\u{9b}b\u{202e}\u{e0041}\x7f"]).unwrap();
        let shown = json(&text);
        assert!(!shown.chars().any(|c| c != '\n' && is_harmful(c)), "{shown}");
        let back: Vec<String> = serde_json::from_str(&shown).unwrap();
        assert_eq!(back, ["a\u{9b}b\u{202e}\u{e0041}\x7f"]);
    }
}
