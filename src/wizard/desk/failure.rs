//! Why work was given up.

use std::time::Duration;

use thiserror::Error;

use crate::site::{Failure, FaultKind, System};

/// Work that took too long.
#[derive(Debug, Error)]
pub(super) enum TooLong {
    /// One piece of it.
    #[error("{}", say!("it took longer than {seconds} s", seconds = .at_most.as_secs()))]
    Piece {
        /// Who was busy with it.
        system: System,
        /// How long it may take.
        at_most: Duration,
    },
    /// All of it since the last question.
    #[error(
        "{}",
        say!(
            "the work since your last answer took longer than {seconds} s altogether",
            seconds = .at_most.as_secs()
        )
    )]
    Stretch {
        /// Who was busy with the last piece.
        system: System,
        /// How long it may take.
        at_most: Duration,
    },
}

impl Failure for TooLong {
    fn system(&self) -> System {
        match self {
            Self::Piece { system, .. } | Self::Stretch { system, .. } => *system,
        }
    }

    fn kind(&self) -> FaultKind {
        FaultKind::Late
    }

    fn hint(&self) -> String {
        match self {
            Self::Piece { .. } => say!("Look again in a moment; is it very busy?"),
            Self::Stretch { .. } => {
                say!("See which server is slow, then look again: what was done is in the journal.")
            }
        }
    }
}
