//! What goes wrong with the commands of secrets.

use std::io;

use tokio::task::JoinError;

use crate::site::{Failure, FaultKind, System, UniformFailure};

/// What goes wrong before anything is shown or copied.
#[derive(Debug, thiserror::Error)]
pub(super) enum SecretError {
    /// A new passphrase was typed twice, and not the same way.
    #[error("{}", say!("the two were not the same"))]
    NotTheSame,
    /// The store does not hold it.
    #[error("{}", say!("it is not in {store}", store))]
    NotKept {
        /// Where it was looked for.
        store: String,
    },
    /// The file is not there that the profile says the secrets are in.
    #[error("{}", say!("the file is missing"))]
    NoFile {
        /// The name of the profile.
        profile: String,
    },
    /// The thread that asked ended early.
    #[error("{0}")]
    Crashed(#[source] JoinError),
}

impl Failure for SecretError {
    fn system(&self) -> System {
        match self {
            Self::NotTheSame | Self::Crashed(_) => System::Workstation,
            Self::NotKept { .. } | Self::NoFile { .. } => System::SecretStore,
        }
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::NotTheSame => FaultKind::Refused,
            Self::NotKept { .. } | Self::NoFile { .. } => FaultKind::NotFound,
            Self::Crashed(_) => FaultKind::Crashed,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::NotKept { .. } => say!(
                "`{us} secret list` says what is kept, `{us} secret set` keeps it.",
                us = crate::say::us()
            ),
            Self::NoFile { profile } => say!(
                "The profile `{profile}` keeps its secrets in it. Put the file back from a backup. If \
                 you have none, run `{us}`: the wizard makes a new file \
                 and asks for access again.",
                profile,
                us = crate::say::us_for(profile)
            ),
            Self::NotTheSame | Self::Crashed(_) => String::new(),
        }
    }
}

/// Why a secret is not shown.
#[derive(Debug, thiserror::Error)]
pub(super) enum ShowError {
    /// It would be in a file or in another program.
    #[error("{}", say!("standard output is not a terminal"))]
    NoTerminal,
    /// The terminal has no other screen.
    #[error("{}", say!("this terminal would keep it in what can be scrolled back to"))]
    Dumb,
    /// It does not fit on one screen.
    #[error("{}", say!("this terminal is too small to show it without scrolling"))]
    TooSmall,
    /// The terminal cannot be used.
    #[error("{0}")]
    Terminal(#[source] io::Error),
}

impl UniformFailure for ShowError {
    const SYSTEM: System = System::Workstation;
    const KIND: FaultKind = FaultKind::Refused;

    fn hint(&self) -> String {
        say!("Add --stdout to have it written to standard output all the same.")
    }
}

/// Why a secret is not copied.
#[derive(Debug, thiserror::Error)]
pub(super) enum CopyError {
    /// Nothing leads to a clipboard.
    #[error("{}", say!("there is no terminal, and so no clipboard"))]
    NoTerminal,
    /// The terminal takes nothing.
    #[error("{0}")]
    Terminal(#[source] io::Error),
}

impl UniformFailure for CopyError {
    const SYSTEM: System = System::Workstation;
    const KIND: FaultKind = FaultKind::Refused;

    fn hint(&self) -> String {
        say!("Run this in a terminal, or use `{us} secret show`.", us = crate::say::us())
    }
}
