//! An SSH agent that is there and of no use.

use std::time::Duration;

/// How long the agent may take to say which keys it has.
pub(super) const ANSWERS: Duration = Duration::from_secs(5);

/// How long it may take to sign: it may ask its owner for a touch or a word
/// first. The key files are tried after it, and have to fit into the rest.
pub(super) const SIGNS: Duration = Duration::from_secs(20);

/// How an SSH agent that is there was of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgentSilence {
    /// It did not say which keys it has.
    NoAnswer,
    /// It did not sign with a key that it has.
    NoSignature,
}

impl AgentSilence {
    /// What was waited for, and how long.
    #[must_use]
    pub fn told(self) -> String {
        match self {
            Self::NoAnswer => {
                say!("the SSH agent did not answer within {time} s", time = ANSWERS.as_secs())
            }
            Self::NoSignature => say!(
                "the SSH agent has a key and did not sign with it within {time} s",
                time = SIGNS.as_secs()
            ),
        }
    }
}
