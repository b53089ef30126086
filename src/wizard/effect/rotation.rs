//! The effects of a rotation. Which secret goes where is said by its label in
//! the secret store; what is there is said by its fingerprint.

use std::fmt;

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

    /// How it is taken back.
    pub(in crate::wizard) fn undo(&self) -> String {
        match self {
            Self::Create | Self::Recall { .. } => {
                "Forget the pending entry in the secret store.".into()
            }
            Self::SwitchAuthentik { .. } | Self::SwitchImmich { .. } => {
                "Set it back to the secret that it has now. This happens by itself, on both sides, \
                 when either write or the test after it fails."
                    .into()
            }
            Self::Promote { .. } => {
                "`immich-sso rotate --back` brings the previous secret back the same way: it stays \
                 in the secret store until you forget it."
                    .into()
            }
            Self::Drop { .. } => "None, and none is needed: it was never in use.".into(),
            Self::Revoke { .. } => {
                "None: a token that is revoked stays so. Whoever needs one logs in again.".into()
            }
            Self::DeleteToken { .. } | Self::DeleteKey { .. } => {
                "None, and none is needed: the new one is in use.".into()
            }
        }
    }
}

/// What it does, as an imperative.
impl fmt::Display for RotationEffect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create => {
                write!(f, "Generate a client secret and keep it as the pending one")
            }
            Self::Recall { fingerprint } => {
                write!(f, "Keep the previous secret {fingerprint} as the pending one, too")
            }
            Self::SwitchAuthentik { name, from, to, .. } => {
                write!(f, "Give the provider `{name}` {} in place of {from}", which(*to))
            }
            Self::SwitchImmich { route, from: Some(from), to, .. } => {
                write!(f, "Give Immich {} in place of {from}, by its {route}", which(*to))
            }
            Self::SwitchImmich { route, to, .. } => {
                write!(f, "Give Immich {}, by its {route}", which(*to))
            }
            Self::Promote { from, older: None } => {
                write!(f, "Make the pending secret the current one; keep {from} as the previous")
            }
            Self::Promote { from, older: Some(older) } => write!(
                f,
                "Make the pending secret the current one; keep {from} as the previous, {older} as the one before it"
            ),
            Self::Drop { fingerprint } => write!(f, "Forget the pending secret {fingerprint}"),
            Self::DeleteToken { identifier, .. } => {
                write!(f, "Delete the old API token `{identifier}`")
            }
            Self::DeleteKey { name, .. } => write!(f, "Delete the old API key `{name}`"),
            Self::Revoke { name, access, refresh, .. } => write!(
                f,
                "Revoke {} and {} of `{name}`",
                count(access.len(), "access token"),
                count(refresh.len(), "refresh token")
            ),
        }
    }
}

/// A secret of the store, in words.
const fn which(label: Label) -> &'static str {
    match label {
        Label::ClientSecretPending => "the pending secret",
        Label::ClientSecretPrevious => "the previous secret",
        _ => "the current secret",
    }
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}
