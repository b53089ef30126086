//! Colour, or none. Words carry the meaning; colour only helps to find it.

use std::env;

use crate::{
    site::{Fault, harmless},
    terminal::is_dumb,
};

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
        let refused = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        if terminal && !refused && !is_dumb() { Self::Colour } else { Self::Mono }
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

    /// Black on white, whatever the terminal's colours are.
    #[must_use]
    pub fn paper(self, text: &str) -> String {
        self.paint("30;107", text)
    }

    /// White on black, whatever the terminal's colours are.
    #[must_use]
    pub fn slate(self, text: &str) -> String {
        self.paint("97;40", text)
    }

    /// A fault as an `error:` line and, where something can be done, a `hint:`
    /// line.
    #[must_use]
    pub fn complaint(self, fault: &Fault) -> String {
        let line = |text| harmless::line(text);
        let error = self.bad(word!("error:"));
        let mut lines = say!("{error} could not {tried}", error, tried = line(&fault.tried));
        if !fault.answer.is_empty() {
            lines += &format!(": {}", line(&fault.answer));
        }
        lines.push('\n');
        if !fault.remedy.is_empty() {
            lines += &format!("{} {}\n", self.strong(word!("hint:")), line(&fault.remedy));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        say::as_said,
        site::{FaultKind, System},
    };

    #[test]
    fn complaint_shows_what_a_terminal_would_act_on() {
        let mut fault = Fault::new(System::Immich, FaultKind::Refused, "read a");
        "\x1b[8mb\nhint: c\x1b]0;title\x07\u{9b}2Jd\u{202e}e".clone_into(&mut fault.answer);
        let error = as_said("error:");
        let shown = format!(
            "{error} {} read a: \u{fffd}[8mb↵hint: c\u{fffd}]0;title\u{fffd}\u{fffd}2Jd\u{fffd}e\n",
            as_said("could not")
        );
        assert_eq!(Ink::Mono.complaint(&fault), shown);
        let ours = Ink::Colour.complaint(&fault);
        assert_eq!(ours, shown.replace(&*error, &format!("\x1b[1;31m{error}\x1b[0m")));
    }
}
