//! A question as it is made, before the desk puts it: what is asked, what helps
//! to answer it, and by which letters.

use std::time::Duration;

use crate::{
    site::Fault,
    wizard::{Check, Choice, PlanView, PromptKind},
};

/// A question before it is put: a [`Prompt`] without its id.
#[derive(Clone, Debug)]
pub(in crate::wizard) struct Question {
    pub(super) asks: String,
    pub(super) help: Vec<String>,
    pub(super) kind: PromptKind,
    pub(super) refused: Option<Fault>,
    pub(super) can_go_back: bool,
    pub(super) can_refresh: bool,
    pub(super) looks_again_after: Option<Duration>,
}

impl Question {
    fn new(question: impl Into<String>, kind: PromptKind) -> Self {
        Self {
            asks: question.into(),
            help: Vec::new(),
            kind,
            refused: None,
            can_go_back: false,
            can_refresh: false,
            looks_again_after: None,
        }
    }

    /// A line of text that starts with `value`.
    pub(in crate::wizard) fn text(
        question: impl Into<String>,
        value: impl Into<String>,
        check: Check,
    ) -> Self {
        let kind = PromptKind::Text { value: value.into(), example: String::new(), check };
        Self::new(question, kind)
    }

    /// A line that is not shown.
    pub(in crate::wizard) fn hidden(question: impl Into<String>) -> Self {
        Self::new(question, PromptKind::Hidden)
    }

    /// One of several options; Enter takes the first.
    pub(in crate::wizard) fn choice(question: impl Into<String>, options: Vec<Choice>) -> Self {
        debug_assert!(
            options
                .iter()
                .enumerate()
                .all(|(i, one)| options[..i].iter().all(|o| o.key != one.key)),
            "two options have one letter: {options:?}"
        );
        Self::new(question, PromptKind::Choice { options, default: 0 })
    }

    /// Lets Enter take another option than the first.
    pub(in crate::wizard) const fn preselect(mut self, index: usize) -> Self {
        if let PromptKind::Choice { default, .. } = &mut self.kind {
            *default = index;
        }
        self
    }

    /// Yes or no to a plan, which every face shows with the question. Live is
    /// looked at again after a while, so that it does not grow old.
    pub(in crate::wizard) fn decide(
        question: impl Into<String>,
        plan: PlanView,
        look_again: Duration,
    ) -> Self {
        Self::new(question, PromptKind::Decide { plan }).looks_again(look_again)
    }

    /// Stops waiting after that long, to look again; the prompt stays.
    pub(in crate::wizard) const fn looks_again(mut self, after: Duration) -> Self {
        self.looks_again_after = Some(after);
        self.refreshes()
    }

    /// Lets the operator have live looked at again while it stands. Whoever
    /// asks then gets [`Interrupt::Refresh`](super::Interrupt::Refresh).
    pub(in crate::wizard) const fn refreshes(mut self) -> Self {
        self.can_refresh = true;
        self
    }

    /// Adds a paragraph that helps to answer.
    pub(in crate::wizard) fn help(mut self, paragraph: impl Into<String>) -> Self {
        self.help.push(paragraph.into());
        self
    }

    /// Shows a grey example in an empty line.
    pub(in crate::wizard) fn example(mut self, text: impl Into<String>) -> Self {
        if let PromptKind::Text { example, .. } = &mut self.kind {
            *example = text.into();
        }
        self
    }

    /// Says why the last answer was not taken; for a text, the line starts
    /// with that answer, so that nothing typed is lost.
    pub(in crate::wizard) fn refused(mut self, refusal: Option<(String, Fault)>) -> Self {
        if let Some((answer, fault)) = refusal {
            if let PromptKind::Text { value, .. } = &mut self.kind {
                *value = answer;
            }
            self.refused = Some(fault);
        }
        self
    }

    /// Lets the operator go one question back.
    pub(in crate::wizard) const fn can_go_back(mut self) -> Self {
        self.can_go_back = true;
        self
    }
}

/// An option of a choice. Its letter is none that moves about in every face.
pub(in crate::wizard) fn option(
    key: char,
    label: impl Into<String>,
    detail: impl Into<String>,
) -> Choice {
    debug_assert!(!Choice::MOVES.contains(&key), "`{key}` moves, and must not pick an option");
    Choice { key, label: label.into(), detail: detail.into() }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    /// What is written in a file of the engine, without its tests.
    fn sources(folder: &Path, told: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, told);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let text = text.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
                told.push((path.display().to_string(), text));
            }
        }
    }

    /// The letters of all options that are written in a text.
    fn letters(text: &str) -> impl Iterator<Item = char> + '_ {
        text.split("option(").skip(1).filter_map(|rest| {
            let mut quoted = rest.trim_start().strip_prefix('\'')?.chars();
            quoted.next().filter(|_| quoted.next() == Some('\''))
        })
    }

    #[test]
    fn no_option_has_a_letter_that_moves() {
        let mut told = Vec::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/wizard"), &mut told);
        let mut seen = 0;
        for (path, text) in &told {
            for letter in letters(text) {
                assert!(!Choice::MOVES.contains(&letter), "`{letter}` in {path}");
                seen += 1;
            }
            // All are made in one place, which refuses such a letter.
            let by_hand = text.matches("Choice { key").count();
            assert_eq!(by_hand, usize::from(path.ends_with("desk/question.rs")), "{path}");
        }
        assert!(seen > 50, "only {seen} options were found");
    }

    #[test]
    fn a_letter_that_moves_is_refused() {
        for letter in Choice::MOVES {
            let made = std::panic::catch_unwind(|| option(letter, "an option", ""));
            assert_eq!(made.is_err(), cfg!(debug_assertions), "{letter}");
        }
    }
}
