//! What did not go as planned while a token was made.

use std::fmt;

use jiff::Timestamp;

use super::spelled_time;
use crate::site::Fault;

/// What did not go as planned while a token was made; says it in a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
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
}

impl fmt::Display for MadeNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match self {
            Self::Failed { tried, answer } => say!("Could not {tried}: {answer}.", tried, answer),
            Self::Ends(at) => say!(
                "authentik ends the token at {time}: only an administrator can make one that does not end.",
                time = spelled_time(*at)
            ),
            Self::Endless => say!(
                "authentik made the token without an end. Delete it when you no longer need it."
            ),
        })
    }
}
