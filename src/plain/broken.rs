//! Lines that are broken where a reader breaks them.

use unicode_width::UnicodeWidthStr;

/// Where a word goes that has no room where the other lines begin.
const MARGIN: usize = 6;

/// A text that begins in `column` of a line of `width` columns, broken at blanks; all
/// lines but the first begin after `indent` blanks. A word that has no room there begins
/// further left. A URL that is longer than a line is broken after a slash; other words
/// never are.
pub(super) fn at_blanks(text: &str, width: usize, column: usize, indent: usize) -> String {
    let mut line = Broken { text: String::new(), at: column, width };
    for (i, part) in text.lines().enumerate() {
        if i > 0 {
            line.begin(indent);
        }
        let mut is_first = true;
        for word in part.split(' ') {
            let blank = usize::from(!is_first);
            if line.at + blank + word.width() <= width {
                line.push(if is_first { "" } else { " " });
            } else {
                let has_room = indent + word.width() <= width;
                let margin = if has_room { indent } else { MARGIN.min(indent) };
                if !(is_first && line.at <= margin) {
                    line.begin(margin);
                }
            }
            line.push_word(word);
            is_first = false;
        }
    }
    line.text
}

/// A word that begins in `column` of a line of `width` columns, and goes on in the same
/// column where it is a URL that is longer than a line.
pub(super) fn word(word: &str, width: usize, column: usize) -> String {
    let mut line = Broken { text: String::new(), at: column, width };
    line.push_word(word);
    line.text
}

/// Lines that are being made.
struct Broken {
    text: String,
    /// The column in which the last line ends.
    at: usize,
    width: usize,
}

impl Broken {
    fn begin(&mut self, indent: usize) {
        self.text.push('\n');
        self.text += &" ".repeat(indent);
        self.at = indent;
    }

    fn push(&mut self, text: &str) {
        self.text += text;
        self.at += text.width();
    }

    fn push_word(&mut self, word: &str) {
        if self.at + word.width() <= self.width || !word.contains("://") {
            return self.push(word);
        }
        let margin = self.at;
        for piece in word.split_inclusive('/') {
            if self.at > margin && self.at + piece.width() > self.width {
                self.begin(margin);
            }
            self.push(piece);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_is_broken_at_blanks_and_only_there() {
        assert_eq!(at_blanks("one two three", 9, 0, 2), "one two\n  three");
        assert_eq!(at_blanks("one two three", 9, 3, 2), "one\n  two\n  three");
        assert_eq!(at_blanks("a  b", 9, 0, 2), "a  b");
        assert_eq!(at_blanks("one\ntwo three", 9, 3, 2), "one\n  two\n  three");
        assert_eq!(at_blanks("unbreakable", 9, 0, 2), "unbreakable");
        assert_eq!(at_blanks("", 9, 0, 2), "");
    }

    #[test]
    fn word_without_room_begins_further_left() {
        let value = "https://photos.example.com/auth/login";
        let left = format!("a\n      {value}");
        assert_eq!(at_blanks(&format!("a {value}"), 50, 30, 30), left);
    }

    #[test]
    fn url_is_broken_after_a_slash_where_it_is_longer_than_a_line() {
        let value = "https://photos.example.com/auth/login";
        let broken = "\n      https://photos.example.com/\n      auth/login";
        assert_eq!(at_blanks(value, 35, 30, 30), broken);
        assert_eq!(at_blanks("/a/long/path/to/somewhere", 12, 0, 2), "/a/long/path/to/somewhere");
        assert_eq!(word(value, 32, 4), "https://photos.example.com/\n    auth/login");
    }
}
