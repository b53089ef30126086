//! A question as it is made, before the desk puts it: what it is about and what
//! helps to answer it.

use std::time::Duration;

use crate::{
    site::Fault,
    wizard::{Check, Note, PlanView, PromptKind, Topic},
};

/// A question before it is put: a [`Prompt`] without its id.
#[derive(Clone, Debug)]
pub(in crate::wizard) struct Question {
    pub(super) asks: Topic,
    pub(super) help: Vec<Note>,
    pub(super) kind: PromptKind,
    pub(super) refused: Option<Fault>,
    pub(super) can_go_back: bool,
    pub(super) can_refresh: bool,
    pub(super) looks_again_after: Option<Duration>,
}

impl Question {
    fn new(topic: impl Into<Topic>, kind: PromptKind) -> Self {
        Self {
            asks: topic.into(),
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
        topic: impl Into<Topic>,
        value: impl Into<String>,
        check: Check,
    ) -> Self {
        let kind = PromptKind::Text { value: value.into(), example: String::new(), check };
        Self::new(topic, kind)
    }

    /// A line that is not shown.
    pub(in crate::wizard) fn hidden(topic: impl Into<Topic>) -> Self {
        Self::new(topic, PromptKind::Hidden)
    }

    /// One of several options, to which a [`Menu`](super::Menu) adds them.
    pub(super) fn choice(topic: impl Into<Topic>) -> Self {
        Self::new(topic, PromptKind::Choice { options: Vec::new(), default: 0 })
    }

    /// Yes or no to a plan, which every face shows with the question. Live is
    /// looked at again after a while, so that it does not grow old.
    pub(in crate::wizard) fn decide(
        topic: impl Into<Topic>,
        plan: PlanView,
        look_again: Duration,
    ) -> Self {
        Self::new(topic, PromptKind::Decide { plan }).looks_again(look_again)
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
    pub(in crate::wizard) fn help(mut self, paragraph: impl Into<Note>) -> Self {
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
