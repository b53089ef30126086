//! Why a restart is not over.

use thiserror::Error;

use crate::{
    secret::Foreign,
    site::{Failure, Fault, FaultKind, System},
};

/// Why a restart is not over.
#[derive(Debug, Error)]
pub(super) enum RestartFailure {
    /// The operator did not restart Immich.
    #[error("{}", say!("it went on answering"))]
    StillUp,
    /// Immich does not answer again.
    #[error("{}", .0.answer)]
    Away(#[source] Fault),
    /// The container will not come back by itself.
    #[error("{}", .0)]
    Hopeless(Ended),
    /// The same, with the end of its log.
    #[error("{}", say!("{answer}; the end of its log: {log}", answer = &.why.answer, log = .log))]
    Logged {
        /// Why it is not over.
        #[source]
        why: Fault,
        /// What it logged last.
        log: Foreign,
    },
}

/// How a container ended that will not come back by itself.
#[derive(Debug, Error)]
pub(super) enum Ended {
    /// It ended once.
    #[error("{}", say!("its container ended with exit status {exit}", exit))]
    Once {
        /// Its exit status.
        exit: i64,
    },
    /// Docker starts it each time, and forgets the status meanwhile.
    #[error("{}", say!("its container ends again and again: {many} times by now", many))]
    Often {
        /// How many times it ended.
        many: u32,
    },
    /// Docker starts it each time.
    #[error(
        "{}",
        say!(
            "its container ends with exit status {exit} again and again: {many} times by now",
            exit,
            many
        )
    )]
    OftenWith {
        /// Its exit status.
        exit: i64,
        /// How many times it ended.
        many: u32,
    },
}

impl RestartFailure {
    /// Immich was waited for.
    pub(super) fn waiting(self) -> Fault {
        let tried = match &self {
            Self::StillUp => say!("see Immich go away"),
            Self::Away(_) | Self::Hopeless(_) => say!("wait for Immich to answer"),
            Self::Logged { why, .. } => why.tried.clone(),
        };
        Fault::of(&self, tried)
    }
}

impl Failure for RestartFailure {
    fn system(&self) -> System {
        match self {
            Self::Logged { why, .. } => why.system,
            Self::StillUp | Self::Away(_) | Self::Hopeless(_) => System::Immich,
        }
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::StillUp | Self::Away(_) => FaultKind::Late,
            Self::Hopeless(_) => FaultKind::Crashed,
            Self::Logged { why, .. } => why.kind.clone(),
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::StillUp => say!("Restart it as the step says, then look again."),
            Self::Away(_) => {
                say!("Look into its log. A value that it cannot read keeps it from starting.")
            }
            Self::Hopeless(_) => say!(
                "Its log says why. If it is a setting that it cannot read, go back to Immich's \
                 settings: the step reads them where they are kept and mends them."
            ),
            Self::Logged { why, .. } => why.remedy.clone(),
        }
    }
}
