//! A choice whose options carry what they stand for.

use std::time::Duration;

use super::{Interrupt, Question};
use crate::{
    site::Fault,
    wizard::{Choice, Key, Note, Pick, PromptKind, Topic},
};

/// A choice before it is put. Each option carries the value that picking it
/// comes to.
#[derive(Debug)]
pub(in crate::wizard) struct Menu<T> {
    question: Question,
    values: Vec<(Key, T)>,
}

impl<T> Menu<T> {
    /// A choice without options; the first that is added is the one that Enter
    /// takes.
    pub(in crate::wizard) fn new(topic: impl Into<Topic>) -> Self {
        Self { question: Question::choice(topic), values: Vec::new() }
    }

    /// Adds an option.
    pub(in crate::wizard) fn option(mut self, key: Key, pick: impl Into<Pick>, value: T) -> Self {
        if let PromptKind::Choice { options, .. } = &mut self.question.kind {
            debug_assert!(options.iter().all(|option| option.key != key), "{key:?} is there twice");
            options.push(Choice { key, pick: pick.into() });
            self.values.push((key, value));
        }
        self
    }

    /// Adds an option where there is one.
    pub(in crate::wizard) fn option_if(
        self,
        is_there: bool,
        key: Key,
        pick: impl Into<Pick>,
        value: T,
    ) -> Self {
        if is_there { self.option(key, pick, value) } else { self }
    }

    /// Lets Enter take the option that was added last.
    pub(in crate::wizard) const fn preselected(mut self) -> Self {
        if let PromptKind::Choice { options, default } = &mut self.question.kind {
            *default = options.len().saturating_sub(1);
        }
        self
    }

    /// Adds a paragraph that helps to choose.
    pub(in crate::wizard) fn help(mut self, paragraph: impl Into<Note>) -> Self {
        self.question = self.question.help(paragraph);
        self
    }

    /// Adds a paragraph for each.
    pub(in crate::wizard) fn helps<N: Into<Note>>(
        self,
        paragraphs: impl IntoIterator<Item = N>,
    ) -> Self {
        paragraphs.into_iter().fold(self, Self::help)
    }

    /// Says what went wrong before.
    pub(in crate::wizard) fn about(mut self, fault: impl Into<Option<Fault>>) -> Self {
        let fault = fault.into();
        self.question = self.question.refused(fault.map(|fault| (String::new(), fault)));
        self
    }

    /// See [`Question::refreshes`].
    pub(in crate::wizard) fn refreshes(mut self) -> Self {
        self.question = self.question.refreshes();
        self
    }

    /// See [`Question::looks_again`].
    pub(in crate::wizard) fn looks_again(mut self, after: Duration) -> Self {
        self.question = self.question.looks_again(after);
        self
    }

    /// See [`Question::can_go_back`].
    pub(in crate::wizard) fn can_go_back(mut self) -> Self {
        self.question = self.question.can_go_back();
        self
    }

    /// What is put, and what its options stand for.
    pub(super) fn parts(self) -> (Question, Vec<(Key, T)>) {
        (self.question, self.values)
    }
}

/// Something failed, and is tried again or left.
#[derive(Debug)]
pub(in crate::wizard) struct Retry {
    menu: Menu<bool>,
}

impl Retry {
    /// Offers to do it again, which Enter takes, or to leave it.
    pub(in crate::wizard) fn new(
        topic: impl Into<Topic>,
        again: impl Into<Pick>,
        (key, leave): (Key, impl Into<Pick>),
    ) -> Self {
        Self { menu: Menu::new(topic).option(Key::R, again, true).option(key, leave, false) }
    }

    /// See [`Question::refreshes`].
    pub(in crate::wizard) fn refreshes(self) -> Self {
        Self { menu: self.menu.refreshes() }
    }

    /// Asks, with what went wrong; `true`: again.
    ///
    /// # Errors
    /// Whatever the operator wants instead.
    pub(in crate::wizard) async fn ask(
        self,
        desk: &mut super::Desk,
        fault: Fault,
    ) -> Result<bool, Interrupt> {
        desk.pick_or_look(self.menu.about(fault), true).await
    }
}
