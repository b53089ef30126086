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
    /// No API key for Immich is kept, and there is no way to its host either.
    #[error("{}", say!(
        "no API key for it is kept, and the profile `{profile}` does not say how its host is \
         reached",
        profile = .profile
    ))]
    NoKey {
        /// The name of the profile.
        profile: String,
    },
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
            Self::NoKey { .. } => System::Immich,
            Self::NoWayToHost { .. } => System::Host,
        }
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::NotOpen(_) => FaultKind::Unexpected,
            Self::NoAddress { .. } | Self::NoWayToHost { .. } => FaultKind::NotFound,
            Self::KeptElsewhere { .. } => FaultKind::Refused,
            Self::NoToken | Self::NoKey { .. } => FaultKind::NotSignedIn,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::NotOpen(_) => say!("Walk the access step first."),
            Self::NoAddress { .. } | Self::NoWayToHost { .. } => {
                say!("Run `{us}` first: it asks for what is missing.", us = crate::say::us())
            }
            Self::KeptElsewhere { .. } => {
                say!(
                    "Run `{us}`: it asks whether to send it to the new address.",
                    us = crate::say::us()
                )
            }
            Self::NoToken => say!(
                "Run `{us}` and give access, or `{us} secret set authentik-token`.",
                us = crate::say::us()
            ),
            Self::NoKey { .. } => say!(
                "Run `{us}` and give access, or `{us} secret set immich-api-key`.",
                us = crate::say::us()
            ),
        }
    }
}
