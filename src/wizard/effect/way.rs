//! How effects are undone.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Effect, RotationEffect};
use crate::{
    authentik::{TokenLife, TokenPart},
    immich::RouteKind,
};

/// How an effect is undone, or why it is not; [`crate::text::undo_way`] says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UndoWay {
    /// The entry in the secret store is forgotten.
    ForgetSecret,
    /// Nothing is lost by keeping a secret.
    KeepSecret,
    /// The provider is deleted.
    DeleteProvider,
    /// The provider's fields are set back.
    RestoreProvider {
        /// The client secret is set back, too.
        secret: bool,
        /// It had no grant types, and authentik does not take an empty list.
        grant_types_stay: bool,
    },
    /// The application is deleted.
    DeleteApplication,
    /// The application's fields are set back.
    RestoreApplication,
    /// The old settings are written by that route.
    RestoreSettings(RouteKind),
    /// The accounts are linked as they were.
    Relink,
    /// Another run sets up what was undone.
    SetUpAgain,
    /// A restart is not undone.
    StayRestarted,
    /// The token is deleted when the run ends.
    EndWithRun,
    /// It is removed together with all that gives this program access.
    RemoveAccess,
    /// The pending entry in the secret store is forgotten.
    ForgetPending,
    /// The old secret is set again, on both sides.
    SwitchBack,
    /// A rotation brings the previous secret back.
    RotateBack,
    /// No login depends on the entry.
    StayForgotten,
    /// A token that is revoked stays so.
    StayRevoked,
    /// The old one is not needed any more.
    StayDeleted,
}

impl Effect {
    /// How it is undone, or why it is not.
    #[must_use]
    pub fn undo(&self) -> UndoWay {
        match self {
            Self::GenerateSecret | Self::AdoptSecret { .. } => UndoWay::ForgetSecret,
            Self::SetSecretAside { .. } => UndoWay::KeepSecret,
            Self::CreateProvider { .. } => UndoWay::DeleteProvider,
            Self::CreateApplication { .. } => UndoWay::DeleteApplication,
            Self::ChangeProvider { secret, before, .. } => UndoWay::RestoreProvider {
                secret: *secret,
                grant_types_stay: before
                    .get("grant_types")
                    .is_some_and(|types| *types == json!([])),
            },
            Self::ChangeApplication { .. } => UndoWay::RestoreApplication,
            Self::WriteSettings { route, .. } => UndoWay::RestoreSettings(*route),
            Self::Unlink { .. } => UndoWay::Relink,
            Self::TakeBack { .. } => UndoWay::SetUpAgain,
            Self::Restart { .. } => UndoWay::StayRestarted,
            Self::MakeToken { token: TokenPart { life: TokenLife::Run, .. }, .. } => {
                UndoWay::EndWithRun
            }
            Self::Access(_) | Self::MakeToken { .. } | Self::MakeKey { .. } => {
                UndoWay::RemoveAccess
            }
            Self::Rotation(effect) => effect.undo(),
        }
    }
}

impl RotationEffect {
    /// How it is undone, or why it is not.
    pub(in crate::wizard) const fn undo(&self) -> UndoWay {
        match self {
            Self::Create | Self::Recall { .. } => UndoWay::ForgetPending,
            Self::SwitchAuthentik { .. } | Self::SwitchImmich { .. } => UndoWay::SwitchBack,
            Self::Promote { .. } => UndoWay::RotateBack,
            Self::Drop { .. } => UndoWay::StayForgotten,
            Self::Revoke { .. } => UndoWay::StayRevoked,
            Self::DeleteToken { .. } | Self::DeleteKey { .. } => UndoWay::StayDeleted,
        }
    }
}
