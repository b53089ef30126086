//! Colour, or none. Words carry the meaning; colour only helps to find it.

use std::env;

use crate::site::Fault;

/// Whether lines are coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ink {
    /// No escape sequences at all.
    #[default]
    Mono,
    /// The terminal's own sixteen colours.
    Colour,
}

impl Ink {
    /// Colour on a terminal that has it, unless the operator said no by
    /// <https://no-color.org>.
    #[must_use]
    pub fn auto(terminal: bool) -> Self {
        let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
        if terminal && !set("NO_COLOR") && !dumb { Self::Colour } else { Self::Mono }
    }

    /// Headings and what is to be read first.
    #[must_use]
    pub fn strong(self, text: &str) -> String {
        self.paint("1", text)
    }

    /// What may be skipped.
    #[must_use]
    pub fn faint(self, text: &str) -> String {
        self.paint("2", text)
    }

    /// What is well.
    #[must_use]
    pub fn good(self, text: &str) -> String {
        self.paint("32", text)
    }

    /// What differs, or wants attention.
    #[must_use]
    pub fn notice(self, text: &str) -> String {
        self.paint("33", text)
    }

    /// What is wrong.
    #[must_use]
    pub fn bad(self, text: &str) -> String {
        self.paint("1;31", text)
    }

    /// A fault as an `error:` line and, where something can be done, a `hint:`
    /// line.
    #[must_use]
    pub fn complaint(self, fault: &Fault) -> String {
        let mut lines = format!("{} could not {}", self.bad("error:"), fault.tried);
        if !fault.answer.is_empty() {
            lines += &format!(": {}", fault.answer);
        }
        lines.push('\n');
        if !fault.remedy.is_empty() {
            lines += &format!("{} {}\n", self.strong("hint:"), fault.remedy);
        }
        lines
    }

    fn paint(self, code: &str, text: &str) -> String {
        match self {
            Self::Mono => text.to_owned(),
            Self::Colour => format!("\x1b[{code}m{text}\x1b[0m"),
        }
    }
}
