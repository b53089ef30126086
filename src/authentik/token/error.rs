//! What goes wrong with tokens.

use crate::site::{Failure, FaultKind, System};

/// Why there is no token as it was asked for.
#[derive(Debug, thiserror::Error)]
pub(super) enum TokenError {
    #[error("{}", say!("`{user}` lacks {lacks}", user = .user, lacks = .lacks))]
    NotPermitted { user: String, lacks: String },
    #[error("{}", say!("`{name}` and {numbers} numbers after it are taken", name = .name, numbers = .numbers))]
    NoFreeName { name: String, numbers: u32 },
    #[error("{}", say!("what was made as `{name}` has the name `{now}` now", name = .name, now = .now))]
    Renamed { name: String, now: String },
    /// A row by its primary key has another one.
    #[error("{}", say!("authentik answered with another object: {pk}", pk = .pk))]
    OtherRow { pk: String },
    #[error("{}", say!("authentik does not show the token that it made"))]
    NotShown,
    /// A new token.
    #[error("{}", say!("authentik gave the token to another user"))]
    OfAnother,
    /// One that was changed.
    #[error("{}", say!("authentik gave the token to another user"))]
    ChangedHands,
}

impl Failure for TokenError {
    fn system(&self) -> System {
        System::Authentik
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::NotPermitted { .. } => FaultKind::NotAllowed,
            Self::NoFreeName { .. } | Self::Renamed { .. } => FaultKind::Refused,
            Self::OtherRow { .. } | Self::NotShown | Self::OfAnother => FaultKind::Unexpected,
            Self::ChangedHands => FaultKind::NotKept,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::NotPermitted { .. } => say!(
                "Sign in as an administrator, or give a role of that user these permissions. Nothing was created."
            ),
            Self::NoFreeName { .. } => {
                say!("Delete old tokens: in authentik, Directory, Tokens and App passwords.")
            }
            Self::NotShown => say!("Make an API token in a browser and paste it here."),
            Self::Renamed { name, .. } => say!(
                "Give it the name `{name}` again, or delete it in authentik, and look again.",
                name
            ),
            Self::OtherRow { .. } | Self::OfAnother => String::new(),
            Self::ChangedHands => {
                say!("Delete it in authentik under Directory, Tokens and App passwords.")
            }
        }
    }
}
