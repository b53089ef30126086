//! Text in columns: measured as a terminal shows it, wrapped, cut with an
//! ellipsis. What people take for one character is never taken apart: a letter
//! and its accents, a family of emoji, a flag.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// How many columns a text takes.
#[must_use]
pub fn columns(text: &str) -> usize {
    text.width()
}

/// Breaks a text into lines of at most `width` columns: between words where
/// it can, within a word where it must, and there behind a sign that parts it,
/// as in addresses and paths. Nothing of it is lost but the blank at a break.
/// Never empty.
#[must_use]
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(2);
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut words = paragraph.split(' ');
        let mut line = String::new();
        let mut pieces = part(words.next().unwrap_or_default(), width);
        line.extend(pieces.pop());
        lines.append(&mut pieces);
        for word in words {
            if columns(&line) + 1 + columns(word) <= width {
                line.push(' ');
                line.push_str(word);
                continue;
            }
            lines.push(std::mem::take(&mut line));
            let mut pieces = part(word, width);
            line = pieces.pop().unwrap_or_default();
            lines.append(&mut pieces);
        }
        lines.push(line);
    }
    lines
}

/// Breaks a word that is too long, behind `/`, `-` and the like where one
/// stands in the second half of the line, `/` before all others.
fn part(word: &str, width: usize) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest = word;
    while columns(rest) > width {
        let (mut end, mut good, mut best, mut taken) = (0, None, None, 0);
        for grapheme in rest.graphemes(true) {
            taken += columns(grapheme);
            if taken > width && end > 0 {
                break;
            }
            end += grapheme.len();
            match grapheme {
                "/" | "?" | "&" | "," if taken * 2 > width => best = Some(end),
                "-" | "_" | "." | ":" if taken * 2 > width => good = Some(end),
                _ => {}
            }
        }
        let (piece, behind) = rest.split_at(best.or(good).unwrap_or(end));
        pieces.push(piece.to_owned());
        rest = behind;
    }
    pieces.push(rest.to_owned());
    pieces
}

/// Breaks a text into lines of at most `width` columns just where they end, so
/// that blanks count: for requests and statements.
#[must_use]
pub fn chop(text: &str, width: usize) -> Vec<String> {
    let width = width.max(2);
    let (mut lines, mut line, mut taken) = (Vec::new(), String::new(), 0);
    for grapheme in text.graphemes(true) {
        let grapheme = if grapheme == "\t" { " " } else { grapheme };
        let needed = columns(grapheme);
        if taken + needed > width {
            lines.push(std::mem::take(&mut line));
            taken = 0;
        }
        line.push_str(grapheme);
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
    let mut cut = window(&text, 0, room);
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

/// The part of a line that is seen while it is typed, an ellipsis at each end
/// behind which there is more. What stands between them stays in its columns.
#[must_use]
pub fn through(line: &str, skip: usize, room: usize, ellipsis: &str) -> String {
    let mut seen = window(line, skip, room);
    if skip > 0
        && let Some(first) = seen.graphemes(true).next().map(str::len)
    {
        let wide = columns(&seen[..first]);
        seen.replace_range(..first, &pad(ellipsis, wide, ""));
    }
    if columns(line) > skip + room
        && let Some((last, _)) = seen.grapheme_indices(true).next_back()
    {
        seen.replace_range(last.., ellipsis);
    }
    seen
}

/// The part of a text that is seen through a window: `room` columns after the
/// first `skip`. A wide character that is cut by an edge is left out.
#[must_use]
pub fn window(text: &str, skip: usize, room: usize) -> String {
    let (mut passed, mut taken, mut seen) = (0, 0, String::new());
    for grapheme in text.graphemes(true) {
        let needed = columns(grapheme);
        if passed < skip {
            passed += needed;
            continue;
        }
        if taken + needed > room {
            break;
        }
        seen.push_str(grapheme);
        taken += needed;
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAMILY: &str = "👩\u{200d}👩\u{200d}👧\u{200d}👦";

    #[test]
    fn lines_break_between_words_and_long_words_within() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("a abcdefgh", 4), ["a", "abcd", "efgh"]);
        assert_eq!(wrap("", 4), [""]);
        // What differs by a blank alone looks different.
        assert_eq!(wrap(" a  b ", 7), [" a  b "]);
        assert_eq!(wrap("abc  de", 4), ["abc ", "de"]);
    }

    #[test]
    fn a_line_that_is_typed_says_where_there_is_more() {
        assert_eq!(through("abcdef", 0, 6, "…"), "abcdef");
        assert_eq!(through("abcdef", 0, 4, "…"), "abc…");
        assert_eq!(through("abcdef", 2, 4, "…"), "…def");
        assert_eq!(through("写真abcd", 2, 4, "…"), "… a…");
    }

    #[test]
    fn an_address_breaks_behind_the_signs_that_part_it() {
        assert_eq!(
            wrap("https://photos.example.com/auth/login", 31),
            ["https://photos.example.com/", "auth/login"]
        );
        assert_eq!(wrap("default-provider-consent", 18), ["default-provider-", "consent"]);
        assert_eq!(wrap("http://192.0.2.21:2283/auth", 24), ["http://192.0.2.21:2283/", "auth"]);
        assert_eq!(wrap("AB:CD:EF:01", 7), ["AB:CD:", "EF:01"]);
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(wrap("写真写真", 5), ["写真", "写真"]);
        assert_eq!(fit("写真写真", 5, "…"), "写真…");
        assert_eq!(pad("写真", 6, "…"), "写真  ");
        assert_eq!(fit("e\u{301}te\u{301}", 3, "…"), "e\u{301}te\u{301}");
    }

    #[test]
    fn what_people_take_for_one_character_stays_whole() {
        assert_eq!(columns(FAMILY), 2);
        assert_eq!(chop(&FAMILY.repeat(3), 4), [FAMILY.repeat(2), FAMILY.to_owned()]);
        assert_eq!(fit(&FAMILY.repeat(3), 5, "…"), format!("{}…", FAMILY.repeat(2)));
        assert_eq!(wrap(&"e\u{301}".repeat(4), 3), ["e\u{301}".repeat(3), "e\u{301}".into()]);
        assert_eq!(window(&format!("ab{FAMILY}cd"), 1, 4), format!("b{FAMILY}c"));
    }
}
