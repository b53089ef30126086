//! What the journal says was done.

use crate::{
    site::harmless::{Each, Shape::Line},
    wizard::effect::Effect,
};

/// What a row of the journal is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// An effect.
    Effect(Box<Effect>),
    /// An effect that led a rotation back.
    GoBack(Box<Effect>),
    /// That effect counts as undone: there was nothing to undo.
    CountAsUndone(Box<Effect>),
    /// An effect of another release's, in the words that it wrote.
    Words(String),
    /// The operator went on with a journal that lacks lines.
    GoOnWithoutLines,
}

impl Act {
    /// Does something with every text that came from outside.
    pub(super) fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::Effect(effect) | Self::GoBack(effect) | Self::CountAsUndone(effect) => {
                effect.each_text(each);
            }
            Self::Words(text) => each(text, Line),
            Self::GoOnWithoutLines => {}
        }
    }
}
