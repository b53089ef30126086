//! What this machine may refuse any command.

use std::io;

use crate::site::{FaultKind, System, UniformFailure};

/// The system gives this program no threads to work on.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct NoThreads(#[source] pub(super) io::Error);

impl UniformFailure for NoThreads {
    const SYSTEM: System = System::Workstation;
    const KIND: FaultKind = FaultKind::Crashed;

    fn hint(&self) -> String {
        String::new()
    }
}

/// Standard output takes nothing.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct NoOutput(#[source] pub(super) io::Error);

impl UniformFailure for NoOutput {
    const SYSTEM: System = System::Workstation;
    const KIND: FaultKind = FaultKind::Refused;

    fn hint(&self) -> String {
        String::new()
    }
}

impl NoOutput {
    /// What was tried.
    pub(super) fn tried() -> String {
        say!("write to standard output")
    }
}

/// Somebody has to answer, and there is no terminal to ask on.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("{}", say!("standard input or output is no terminal"))]
pub(super) enum NoPerson {
    /// In the wizard.
    InWizard,
    /// In a rotation.
    InRotation,
}

impl UniformFailure for NoPerson {
    const SYSTEM: System = System::Workstation;
    const KIND: FaultKind = FaultKind::Refused;

    fn hint(&self) -> String {
        match self {
            Self::InWizard if cfg!(feature = "demo") => say!(
                "Run it in a terminal; `{us} status`, `plan` and `apply` need none, and \
                 `{us} demo` then plays the operator itself.",
                us = crate::say::us()
            ),
            Self::InWizard => {
                say!(
                    "Run it in a terminal; `{us} status`, `plan` and `apply` need none.",
                    us = crate::say::us()
                )
            }
            Self::InRotation => say!(
                "Run it in a terminal; or `{us} rotate --plan FILE`, read the plan, and \
                 `{us} apply FILE`, which needs none.",
                us = crate::say::us()
            ),
        }
    }
}

impl NoPerson {
    /// What was tried.
    pub(super) fn tried(self) -> String {
        match self {
            Self::InWizard => say!("open the wizard"),
            Self::InRotation => say!("walk through a rotation"),
        }
    }
}
