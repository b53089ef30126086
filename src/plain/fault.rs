//! What ends a walk besides the engine.

use std::{io, time::Duration};

use tokio::task::JoinError;

use crate::{
    site::{Failure, Fault, FaultKind, System},
    text,
    wizard::{Prompt, TextRefusal, Work},
};

/// What ends a walk with a person besides the engine's own word.
#[derive(Debug, thiserror::Error)]
enum WalkError {
    /// The engine ended too early.
    #[error("{}", say!("the engine ended without saying how"))]
    EngineGone,
    /// The operator would not wait.
    #[error("{}", say!("you left before it was over, so it may or may not be done"))]
    LeftAtWork,
    /// The thread that asked is gone.
    #[error("{}", say!("the thread that asked ended early"))]
    NobodyAsks(#[source] JoinError),
    /// The terminal cannot be asked on.
    #[error("{0}")]
    NoTerminal(String),
    /// Standard output takes nothing.
    #[error("{0}")]
    NoOutput(#[source] io::Error),
}

impl Failure for WalkError {
    fn system(&self) -> System {
        System::Workstation
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::EngineGone | Self::NobodyAsks(_) => FaultKind::Unexpected,
            Self::LeftAtWork => FaultKind::Cancelled,
            Self::NoTerminal(_) | Self::NoOutput(_) => FaultKind::Refused,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::EngineGone => say!("Start again: what was done is in the journal."),
            Self::LeftAtWork => say!(
                "Start again: the journal knows what was begun, and the servers what was done."
            ),
            Self::NobodyAsks(_) | Self::NoOutput(_) => String::new(),
            Self::NoTerminal(_) => say!(
                "Run this in a terminal; `status`, `plan` and `apply` need none, and neither does \
                 `demo </dev/null`."
            ),
        }
    }
}

/// The engine ended without a last word.
#[must_use]
pub fn engine_is_gone() -> Fault {
    Fault::of(&WalkError::EngineGone, say!("go on with the walk"))
}

/// The operator would not wait for the end of what was under way.
#[must_use]
pub fn left_at_work(work: Option<&Work>) -> Fault {
    let what = work.map_or_else(|| say!("the end of the run"), |work| work.what.name());
    Fault::of(&WalkError::LeftAtWork, say!("wait for: {what}", what))
}

/// The thread that asked a question ended early.
pub(super) fn nobody_asks(error: JoinError) -> Fault {
    Fault::of(&WalkError::NobodyAsks(error), say!("ask a question"))
}

/// The terminal cannot be asked on.
pub(super) fn no_terminal(error: &impl ToString) -> Fault {
    Fault::of(&WalkError::NoTerminal(error.to_string()), say!("ask on this terminal"))
}

/// Standard output takes nothing, such as on a disk that is full.
pub(super) fn no_output(error: io::Error) -> Fault {
    Fault::of(&WalkError::NoOutput(error), say!("write to standard output"))
}

/// Why a line that was typed is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unfit {
    /// Nothing was typed where nothing is no answer.
    #[error("{}", say!("it is empty"))]
    Empty,
    /// The engine says why.
    #[error("{0}")]
    Check(TextRefusal),
    /// It names no option.
    #[error("{}", say!("type a number from 1 to {last}", last = .last))]
    NoOption {
        /// The number of the last option.
        last: usize,
    },
    /// It is none of the words that answer a plan.
    #[error("{}", say!("type one of the words {words}", words = .0))]
    NoWord(String),
    /// It was pasted with more behind it.
    #[error("{}", crate::terminal::SEVERAL_LINES)]
    SeveralLines,
    /// More than is read.
    #[error("{}", say!("it is too long"))]
    TooLong,
}

/// Why the played operator does not go on.
#[derive(Debug, thiserror::Error)]
pub(super) enum ScriptError {
    /// More questions than any walk has.
    #[error("{}", say!("this walk goes round in circles"))]
    Circle,
    /// There is nothing to choose from.
    #[error("{}", say!("it has no options"))]
    NoOptions,
    /// What stands on the line is no answer.
    #[error("{0}")]
    Unfit(TextRefusal),
    /// Nobody knows the secret.
    #[error("{}", say!("it is not in the script"))]
    NotInScript,
    /// Nothing changes any more.
    #[error("{}", say!("nothing happened for {seconds} s", seconds = .0.as_secs()))]
    Stuck(Duration),
}

impl Failure for ScriptError {
    fn system(&self) -> System {
        System::Workstation
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::Circle | Self::NoOptions | Self::Unfit(_) | Self::NotInScript => {
                FaultKind::Refused
            }
            Self::Stuck(_) => FaultKind::Late,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Circle | Self::NoOptions | Self::Unfit(_) | Self::NotInScript => {
                say!("Run it in a terminal.")
            }
            Self::Stuck(_) => String::new(),
        }
    }
}

impl ScriptError {
    /// What becomes of a question that the played operator cannot answer.
    pub(super) fn about(&self, prompt: &Prompt) -> Fault {
        let question = text::question(&prompt.topic);
        Fault::of(self, say!("answer \"{question}\" without a person", question))
    }

    /// What becomes of a walk that does not go on.
    pub(super) fn at_walk(&self) -> Fault {
        Fault::of(self, say!("walk on without a person"))
    }
}
