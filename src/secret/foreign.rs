//! Text that others wrote.

use std::fmt;

use crate::site::harmless;

/// Of a longer text, not more is looked at.
const MOST: usize = 64 << 10;
/// Of a longer text, not more is shown, in characters.
const SHOWN: usize = 600;

/// Words of a server or a host. There is no way to one but through the search
/// for the run's secrets: [`super::Known::words`] and [`super::Known::name`].
/// It shows as one line on which a terminal finds nothing to act on, and which
/// is not long.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Foreign(String);

impl Foreign {
    pub(super) const fn searched(text: String) -> Self {
        Self(text)
    }

    /// So much of a text as is searched. What is shown of it is far less, so
    /// that no secret is cut in what is shown.
    pub(super) fn bounded(text: &str) -> &str {
        if text.len() <= MOST {
            return text;
        }
        let end = (0..=MOST).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        &text[..end]
    }

    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.trim().is_empty()
    }

    /// Whether it says that.
    #[must_use]
    pub fn mentions(&self, part: &str) -> bool {
        self.0.contains(part)
    }

    /// What a part of it says, such as one of its lines.
    #[must_use]
    pub fn part(&self, find: impl FnOnce(&str) -> String) -> Self {
        Self(find(&self.0))
    }

    /// Its end: what a program says last says why it ended.
    #[must_use]
    pub fn end(&self) -> Self {
        let text = self.0.trim();
        let from = text.char_indices().rev().nth(SHOWN - 1).map_or(0, |(at, _)| at);
        Self(text[from..].to_owned())
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.trim();
        match text.char_indices().nth(SHOWN) {
            Some((end, _)) => write!(f, "{} …", harmless::line(&text[..end])),
            None => f.write_str(&harmless::line(text)),
        }
    }
}

impl fmt::Debug for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}

impl From<Foreign> for String {
    fn from(text: Foreign) -> Self {
        text.to_string()
    }
}
