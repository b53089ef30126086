//! What is missing where something is to be opened.

use crate::site::{Failure, FaultKind, System};

/// What is missing.
#[derive(Debug, thiserror::Error)]
pub(super) enum Missing {
    /// A system is not open yet.
    #[error("{}", say!("it is not open yet"))]
    NotOpen(System),
    /// The profile does not say where a server is.
    #[error("{}", say!("the profile `{profile}` has no address for it", profile = .profile))]
    NoAddress {
        /// The server.
        system: System,
        /// The name of the profile.
        profile: String,
    },
    /// What is kept was used at another address so far.
    #[error("{}", say!("what is kept for it was used at {then} so far", then = .then))]
    KeptElsewhere {
        /// The server.
        system: System,
        /// Where it was used last.
        then: String,
    },
    /// No token for authentik is kept.
    #[error("{}", say!("no token for it is kept"))]
    NoToken,
    /// The profile does not say how the host is reached.
    #[error("{}", say!("the profile `{profile}` does not say how", profile = .profile))]
    NoWayToHost {
        /// The name of the profile.
        profile: String,
    },
}

impl Failure for Missing {
    fn system(&self) -> System {
        match self {
            Self::NotOpen(system)
            | Self::NoAddress { system, .. }
            | Self::KeptElsewhere { system, .. } => *system,
            Self::NoToken => System::Authentik,
            Self::NoWayToHost { .. } => System::Host,
        }
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::NotOpen(_) => FaultKind::Unexpected,
            Self::NoAddress { .. } | Self::NoWayToHost { .. } => FaultKind::NotFound,
            Self::KeptElsewhere { .. } => FaultKind::Refused,
            Self::NoToken => FaultKind::NotSignedIn,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::NotOpen(_) => say!("Walk the access step first."),
            Self::NoAddress { .. } | Self::NoWayToHost { .. } => {
                say!("Run `immich-sso` first: it asks for what is missing.")
            }
            Self::KeptElsewhere { .. } => {
                say!("Run `immich-sso`: it asks whether to send it to the new address.")
            }
            Self::NoToken => say!(
                "Run `immich-sso` and give access, or `immich-sso secret set authentik-token`."
            ),
        }
    }
}
