//! What did not go as planned while a token was made.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::site::{
    Fault,
    harmless::{Each, Shape::Line},
};

/// What did not go as planned while a token was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "value")]
pub enum MadeNote {
    /// Something optional failed; everything else is done.
    Failed {
        /// What was tried.
        tried: String,
        /// What authentik said.
        answer: String,
    },
    /// The token ends, and was not to.
    Ends(Timestamp),
    /// The token does not end, and was to.
    Endless,
}

impl MadeNote {
    /// Something failed without which the rest is done.
    pub(super) fn failed(tried: &str, why: &Fault) -> Self {
        Self::Failed { tried: tried.to_owned(), answer: why.answer.clone() }
    }

    /// Does something with every text that came from outside.
    pub fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::Failed { tried, answer } => {
                each(tried, Line);
                each(answer, Line);
            }
            Self::Ends(_) | Self::Endless => {}
        }
    }
}
