//! What is in the way of an undo.

use thiserror::Error;

use crate::{
    site::{Failure, Fault, FaultKind, System},
    wizard::effect::Thing,
};

/// What is in the way.
#[derive(Debug, Error)]
pub(super) enum UndoFailure {
    /// An application uses the provider.
    #[error("{}", say!("the application `{slug}` uses it", slug))]
    Attached {
        /// The slug of the application.
        slug: String,
    },
    /// The account has an API token of somebody else's.
    #[error("{}", say!("its API token `{identifier}` was not made by this profile", identifier))]
    OthersToken {
        /// The identifier of the token.
        identifier: String,
    },
    /// A group of somebody else's has the role.
    #[error("{}", say!("the group `{name}` has it, and was not made by this profile", name))]
    OthersGroup {
        /// The name of the group.
        name: String,
    },
    /// Somebody else is in the group.
    #[error(
        "{}",
        say!("the user number {number} is in it, and was not made by this profile", number)
    )]
    OthersMember {
        /// The number of the user.
        number: i64,
    },
    /// What has the primary key has another name than what was made.
    #[error("{}", say!("what was made by this name has the name `{now}` now", now))]
    Renamed {
        /// Its name now.
        now: String,
    },
    /// Whoever asks does not see the token.
    #[error("{}", say!("this token does not see {thing}", thing = Thing::ApiToken))]
    TokenUnseen,
    /// A key is to be deleted with itself.
    #[error("{}", say!("a key cannot delete itself"))]
    KeyAlone,
    /// A system uses the secret.
    #[error("{}", say!("{system} still uses it ({fingerprint})", system, fingerprint))]
    SecretInUse {
        /// The system.
        system: System,
        /// The fingerprint of the secret.
        fingerprint: String,
    },
    /// The secret to put back is not kept any more.
    #[error(
        "{}",
        say!("the store has none with the fingerprint {fingerprint} any more", fingerprint)
    )]
    SecretGone {
        /// The fingerprint of the secret.
        fingerprint: String,
    },
    /// Immich logs in through the client.
    #[error(
        "{}",
        say!(
            "Immich still logs in through it: OAuth is on there, with the client id `{client_id}`",
            client_id
        )
    )]
    LoginsUseIt {
        /// The client id.
        client_id: String,
    },
    /// Whether Immich logs in through the client is not known.
    #[error(
        "{}",
        say!("whether Immich still logs in through it cannot be seen: {fault}", fault = .0)
    )]
    LoginsUnseen(#[source] Fault),
}

impl Failure for UndoFailure {
    fn system(&self) -> System {
        match self {
            Self::Attached { .. }
            | Self::OthersToken { .. }
            | Self::OthersGroup { .. }
            | Self::OthersMember { .. }
            | Self::Renamed { .. }
            | Self::TokenUnseen => System::Authentik,
            Self::KeyAlone | Self::LoginsUseIt { .. } | Self::LoginsUnseen(_) => System::Immich,
            Self::SecretInUse { .. } | Self::SecretGone { .. } => System::SecretStore,
        }
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::Attached { .. }
            | Self::OthersToken { .. }
            | Self::OthersGroup { .. }
            | Self::OthersMember { .. }
            | Self::Renamed { .. }
            | Self::SecretInUse { .. }
            | Self::LoginsUseIt { .. }
            | Self::LoginsUnseen(_) => FaultKind::Refused,
            Self::TokenUnseen | Self::KeyAlone => FaultKind::NotAllowed,
            Self::SecretGone { .. } => FaultKind::NotFound,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Attached { .. } => {
                say!("Take back first what attached it there, or leave the provider.")
            }
            Self::OthersToken { .. } | Self::OthersGroup { .. } | Self::OthersMember { .. } => {
                say!("Leave it, or end that use in authentik and look again.")
            }
            Self::Renamed { .. } => {
                say!("Leave it, or give it its first name again in authentik and look again.")
            }
            Self::TokenUnseen => say!("Sign in as an administrator."),
            Self::KeyAlone => {
                say!("Sign in at Immich as the administrator who owns the key.")
            }
            Self::SecretInUse { .. } => {
                say!("Take back first what set it there, or leave the secret in the store.")
            }
            Self::SecretGone { .. } => {
                say!("Leave this change as it is, or set the secret by hand.")
            }
            Self::LoginsUseIt { .. } | Self::LoginsUnseen(_) => {
                say!("Undo Immich's settings first, or turn OAuth off in Immich.")
            }
        }
    }
}
