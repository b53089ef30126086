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

    /// Black on white, whatever the terminal's colours are.
    #[must_use]
    pub fn paper(self, text: &str) -> String {
        self.paint("30;107", text)
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
        self.harmless(&lines)
    }

    /// The text without anything that a terminal would act on instead of
    /// showing it. Servers write part of what is told: a name with an escape
    /// sequence in it must not move the cursor, and one with a direction
    /// override must not read as another. Our own colours stay.
    #[must_use]
    pub fn harmless(self, text: &str) -> String {
        let mut clean = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if let (Self::Colour, Some(ours)) = (self, own_sequence(rest)) {
                clean += ours;
                rest = &rest[ours.len()..];
                continue;
            }
            match c {
                '\n' => clean.push(c),
                '\t' => clean.push(' '),
                c if c.is_control() || turns_direction(c) => clean.push('\u{fffd}'),
                c => clean.push(c),
            }
            rest = &rest[c.len_utf8()..];
        }
        clean
    }

    fn paint(self, code: &str, text: &str) -> String {
        match self {
            Self::Mono => text.to_owned(),
            Self::Colour => format!("\x1b[{code}m{text}\x1b[0m"),
        }
    }
}

/// The colour sequence that `text` begins with, if it is one of ours.
fn own_sequence(text: &str) -> Option<&str> {
    let body = text.strip_prefix("\x1b[")?;
    let end = body.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    (end <= 6 && body[end..].starts_with('m')).then(|| &text[..end + 3])
}

/// Characters that make what follows read backwards, or hide in it.
const fn turns_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_act_on_is_shown_instead() {
        let hostile = "a\x1b]0;title\x07b\x1b[2Jc\rd\u{202e}e\u{9b}31mf\tg\n";
        let shown = "a\u{fffd}]0;title\u{fffd}b\u{fffd}[2Jc\u{fffd}d\u{fffd}e\u{fffd}31mf g\n";
        assert_eq!(Ink::Colour.harmless(hostile), shown);
        assert_eq!(Ink::Mono.harmless(hostile), shown);
        assert_eq!(Ink::Mono.harmless("\x1b[31mred"), "\u{fffd}[31mred");
    }

    #[test]
    fn our_own_colours_pass() {
        let line = Ink::Colour.bad("no") + &Ink::Colour.good("yes");
        assert_eq!(Ink::Colour.harmless(&line), line);
    }
}
