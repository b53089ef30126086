//! What a run is started with.

use std::{fmt, sync::Arc};

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::{StepId, lock::Doing};
use crate::{
    secret::Vault,
    site::{Clock, Folders, Profile, ProfileFile},
};

/// What a run is started with.
pub struct Setup {
    /// The profile's file.
    pub file: ProfileFile,
    /// The profile as it is on file; its defaults, when there is none yet.
    pub profile: Profile,
    /// Where the profile, the journal and the lock are.
    pub folders: Folders,
    /// The secret store, where it is given; else it is opened as the profile
    /// says, and the operator is asked when it cannot be.
    pub vault: Option<Vault>,
    /// Whether this is the built-in lab.
    pub lab: bool,
    /// What the run is for.
    pub purpose: Purpose,
    /// Somebody who can log in without a browser: the lab's own person.
    pub stand_in: Option<StandIn>,
    /// This machine's clock.
    pub clock: Clock,
}

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup").field("name", &self.file.name()).finish_non_exhaustive()
    }
}

/// What a run is for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "run")]
pub enum Purpose {
    /// Putting Immich behind authentik, or seeing that it still is.
    #[default]
    SetUp,
    /// Putting a new secret into the place of one that is in use.
    Rotate(RotateWish),
    /// Taking the last run back.
    Undo,
    /// Removing what gives this program access.
    RemoveAccess,
}

/// What is rotated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rotated {
    /// The client secret that authentik and Immich share.
    #[default]
    ClientSecret,
    /// The wizard's own API token for authentik.
    AuthentikToken,
    /// The wizard's own API key for Immich.
    ImmichApiKey,
}

/// What rotation is wished for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RotateWish {
    /// What is rotated.
    #[serde(default)]
    pub of: Rotated,
    /// The old secret was seen by somebody who must not have it: the tokens
    /// that were issued under it are revoked, too.
    #[serde(default)]
    pub revoke: bool,
    /// The secret to bring in is the one that was in use before the current
    /// one.
    #[serde(default)]
    pub back: bool,
}

impl Purpose {
    /// The rail of such a run.
    #[must_use]
    pub const fn steps(&self) -> &'static [StepId] {
        match self {
            Self::SetUp | Self::Undo => &StepId::SET_UP,
            Self::RemoveAccess => &StepId::ACCESS,
            Self::Rotate(RotateWish { of: Rotated::ClientSecret, .. }) => &StepId::ROTATION,
            Self::Rotate(_) => &StepId::RENEWAL,
        }
    }

    /// What the run does, for whoever comes second.
    pub(super) const fn doing(&self) -> Doing {
        match self {
            Self::SetUp => Doing::SetUp,
            Self::Rotate(_) => Doing::Rotation,
            Self::Undo => Doing::Undo,
            Self::RemoveAccess => Doing::RemovalOfAccess,
        }
    }
}

/// Somebody who can log in without a browser.
#[derive(Clone)]
pub struct StandIn {
    /// Who it is: "alice".
    pub name: String,
    /// Logs in at Immich by OAuth, as a browser would.
    pub log_in: Arc<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>,
}
