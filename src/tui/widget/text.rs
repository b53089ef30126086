//! Text in columns: measured as a terminal shows it, wrapped, cut with an
//! ellipsis.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How many columns a text takes.
#[must_use]
pub fn columns(text: &str) -> usize {
    text.width()
}

/// Breaks a text into lines of at most `width` columns: between words where
/// it can, within a word where it must. Nothing of it is lost but the blanks at
/// a break. Never empty.
#[must_use]
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(2);
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        for word in paragraph.split(' ').filter(|word| !word.is_empty()) {
            let needed = columns(word) + usize::from(!line.is_empty());
            if columns(&line) + needed <= width {
                if !line.is_empty() {
                    line.push(' ');
                }
                line.push_str(word);
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            let mut pieces = chop(word, width);
            line = pieces.pop().unwrap_or_default();
            lines.append(&mut pieces);
        }
        lines.push(line);
    }
    lines
}

/// Breaks a text into lines of at most `width` columns just where they end, so
/// that blanks count: for requests and statements.
#[must_use]
pub fn chop(text: &str, width: usize) -> Vec<String> {
    let width = width.max(2);
    let (mut lines, mut line, mut taken) = (Vec::new(), String::new(), 0);
    for c in text.chars() {
        let c = if c == '\t' { ' ' } else { c };
        let needed = c.width().unwrap_or(0);
        if taken + needed > width {
            lines.push(std::mem::take(&mut line));
            taken = 0;
        }
        line.push(c);
        taken += needed;
    }
    lines.push(line);
    lines
}

/// The text in at most `width` columns; what does not fit is replaced by the
/// ellipsis.
#[must_use]
pub fn fit(text: &str, width: usize, ellipsis: &str) -> String {
    let text = text.replace(['\n', '\t'], " ");
    if columns(&text) <= width {
        return text;
    }
    let room = width.saturating_sub(columns(ellipsis));
    let (mut cut, mut taken) = (String::new(), 0);
    for c in text.chars() {
        let needed = c.width().unwrap_or(0);
        if taken + needed > room {
            break;
        }
        cut.push(c);
        taken += needed;
    }
    if width > 0 {
        cut.push_str(ellipsis);
    }
    cut
}

/// The text followed by blanks up to `width` columns, cut where it is longer.
#[must_use]
pub fn pad(text: &str, width: usize, ellipsis: &str) -> String {
    let mut text = fit(text, width, ellipsis);
    let missing = width.saturating_sub(columns(&text));
    text.extend(std::iter::repeat_n(' ', missing));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_long_words_within() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("a abcdefgh", 4), ["a", "abcd", "efgh"]);
        assert_eq!(wrap("", 4), [""]);
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(wrap("写真写真", 5), ["写真", "写真"]);
        assert_eq!(fit("写真写真", 5, "…"), "写真…");
        assert_eq!(pad("写真", 6, "…"), "写真  ");
        assert_eq!(fit("e\u{301}te\u{301}", 3, "…"), "e\u{301}te\u{301}");
    }
}
