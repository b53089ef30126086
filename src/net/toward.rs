//! Errors on the way to a system, whichever it is.

use std::error::Error;

use crate::site::{Failure, Fault, FaultKind, System};

/// An error that can happen on the way to any system.
pub(super) trait WayError: Error {
    /// What sort of trouble it is.
    fn kind(&self) -> FaultKind;

    /// What the operator can do about it; empty when there is nothing to say.
    fn hint(&self) -> String;
}

/// The same on the way to one system.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub(super) struct Toward<E> {
    system: System,
    error: E,
}

impl<E: WayError> Toward<E> {
    /// The fault that an error on the way to a system is.
    pub(super) fn fault(system: System, error: E, tried: impl Into<String>) -> Fault {
        Fault::of(&Self { system, error }, tried)
    }
}

impl<E: WayError> Failure for Toward<E> {
    fn system(&self) -> System {
        self.system
    }

    fn kind(&self) -> FaultKind {
        self.error.kind()
    }

    fn hint(&self) -> String {
        self.error.hint()
    }
}
