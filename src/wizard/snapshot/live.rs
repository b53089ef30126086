//! The live pane: what the servers say.

use crate::site::{
    Reading, System,
    harmless::{Each, Shape::Line},
};

/// One line of the live pane.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveRow {
    /// Who says so.
    pub system: System,
    /// What it is about; [`crate::text::live_subject`] names it.
    pub what: LiveSubject,
    /// What it says; [`crate::text::live_value`] says it.
    pub value: Reading<LiveValue>,
}

/// What a line is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LiveSubject {
    /// In words.
    Text(String),
}

impl LiveSubject {
    /// Does something with every text that came from outside.
    pub(super) fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::Text(text) => each(text, Line),
        }
    }
}

impl<T: Into<String>> From<T> for LiveSubject {
    fn from(text: T) -> Self {
        Self::Text(text.into())
    }
}

/// What a server says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LiveValue {
    /// In words.
    Text(String),
}

impl LiveValue {
    /// Does something with every text that came from outside.
    pub(super) fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::Text(text) => each(text, Line),
        }
    }
}

impl<T: Into<String>> From<T> for LiveValue {
    fn from(text: T) -> Self {
        Self::Text(text.into())
    }
}
