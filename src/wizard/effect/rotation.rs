//! The effects of a rotation. Which secret goes where is said by its label in
//! the secret store; what is there is said by its fingerprint.

use serde::{Deserialize, Serialize};

use crate::{immich::RouteKind, secret::Label, site::System, wizard::StepId};

/// One thing that a rotation does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "rotation")]
pub enum RotationEffect {
    /// Generates a client secret and keeps it as the pending one.
    Create,
    /// Keeps the previous secret as the pending one, to go back to it.
    Recall {
        /// Its fingerprint.
        fingerprint: String,
    },
    /// Gives authentik's provider a secret.
    SwitchAuthentik {
        /// The provider's primary key.
        provider: i64,
        /// Its name, for people.
        name: String,
        /// The fingerprint of the secret that it has.
        from: String,
        /// Which one it gets.
        to: Label,
    },
    /// Gives Immich a secret.
    SwitchImmich {
        /// By which route.
        route: RouteKind,
        /// The fingerprint of the secret that it has; `None`: it has none.
        from: Option<String>,
        /// Which one it gets.
        to: Label,
        /// The digest of all that is stored.
        basis: String,
    },
    /// The pending secret becomes the current one, and the current one the
    /// previous.
    Promote {
        /// The fingerprint of the one that was current.
        from: String,
        /// The fingerprint of the previous one, which makes room.
        older: Option<String>,
    },
    /// Forgets the pending secret, which is in use nowhere.
    Drop {
        /// Its fingerprint.
        fingerprint: String,
    },
    /// Revokes the tokens that authentik issued under this client.
    Revoke {
        /// The provider's primary key.
        provider: i64,
        /// Its name, for people.
        name: String,
        /// The primary keys of its access tokens.
        access: Vec<i64>,
        /// The primary keys of its refresh tokens.
        refresh: Vec<i64>,
    },
    /// Deletes an old API token of this program's.
    DeleteToken {
        /// Its identifier.
        identifier: String,
        /// Its primary key; earlier releases did not keep it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pk: Option<String>,
    },
    /// Deletes an old API key of this program's.
    DeleteKey {
        /// Its id.
        id: String,
        /// Its name, for people.
        name: String,
    },
}

impl RotationEffect {
    /// Where it acts.
    pub(in crate::wizard) const fn system(&self) -> System {
        match self {
            Self::Create | Self::Recall { .. } | Self::Promote { .. } | Self::Drop { .. } => {
                System::SecretStore
            }
            Self::SwitchAuthentik { .. } | Self::Revoke { .. } | Self::DeleteToken { .. } => {
                System::Authentik
            }
            Self::DeleteKey { .. } | Self::SwitchImmich { route: RouteKind::Api, .. } => {
                System::Immich
            }
            Self::SwitchImmich { .. } => System::Host,
        }
    }

    /// The stage that it belongs to.
    pub(in crate::wizard) const fn step(&self) -> StepId {
        match self {
            Self::Create | Self::Recall { .. } => StepId::Create,
            Self::SwitchAuthentik { .. } | Self::SwitchImmich { .. } => StepId::Set,
            Self::Promote { .. }
            | Self::Drop { .. }
            | Self::Revoke { .. }
            | Self::DeleteToken { .. }
            | Self::DeleteKey { .. } => StepId::Finish,
        }
    }
}
