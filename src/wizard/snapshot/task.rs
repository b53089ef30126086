//! What the program is doing.

use crate::site::harmless::{Each, Shape::Line};

/// A piece of work, as long as it lasts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// In words.
    Text(String),
}

impl Task {
    /// Its name: "reading the secret store". Here because the fault of work
    /// that takes too long carries it.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
        }
    }

    /// Does something with every text that came from outside.
    pub(super) fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::Text(text) => each(text, Line),
        }
    }
}

impl<T: Into<String>> From<T> for Task {
    fn from(text: T) -> Self {
        Self::Text(text.into())
    }
}
