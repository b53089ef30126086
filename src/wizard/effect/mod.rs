//! Effects: the things that alter the world, as values. An effect can describe
//! itself, show the exact request that it will send, be performed, be
//! journalled, and say how it is undone. It holds no secret: where one goes, it
//! says which.

mod compare;
mod failure;
mod inverse;
mod name;
mod rotation;
mod sends;
mod texts;
mod way;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{StepId, journal::Seq};
use crate::{
    authentik::{AccessPart, TokenPart},
    immich::{Absent, Relink, RouteKind},
    site::System,
};

pub(super) use compare::{compare, moved, not_made, not_there, says, sent, unmoved};
pub(super) use failure::{EffectFailure, Thing};
pub use inverse::{Inverse, OldSecret};
pub use rotation::RotationEffect;
pub(super) use sends::{Sends, SettingsWrite};
pub use way::UndoWay;

/// The fields of an object, in the order in which they are sent.
pub type Fields = Map<String, Value>;

/// One thing that alters the world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "effect")]
pub enum Effect {
    /// Generates a client secret and keeps it.
    GenerateSecret,
    /// Keeps the client secret that authentik holds as the current one.
    AdoptSecret {
        /// The provider's primary key.
        provider: i64,
        /// The fingerprint of the secret.
        fingerprint: String,
    },
    /// Keeps a client secret that is about to be overwritten as the previous
    /// one.
    SetSecretAside {
        /// The system that holds it.
        of: System,
        /// Its fingerprint.
        fingerprint: String,
        /// Among the older ones: the place of the previous one holds what is
        /// about to be put back.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        among_older: bool,
    },
    /// Creates the OAuth2 provider, with the current client secret.
    CreateProvider {
        /// Every field but the secret.
        fields: Fields,
    },
    /// Changes fields of the OAuth2 provider.
    ChangeProvider {
        /// Its primary key.
        provider: i64,
        /// Its name, for people.
        name: String,
        /// The fields that change.
        fields: Fields,
        /// What they were.
        before: Fields,
        /// Whether the current client secret is set too.
        secret: bool,
    },
    /// Creates the application, attached to the provider of that client id.
    CreateApplication {
        /// Every field but the provider.
        fields: Fields,
        /// The client id by which the provider is found.
        client_id: String,
    },
    /// Changes fields of the application.
    ChangeApplication {
        /// Its slug.
        slug: String,
        /// The fields that change.
        fields: Fields,
        /// What they were.
        before: Fields,
        /// The client id of the provider to attach, if that changes.
        attach: Option<String>,
    },
    /// Writes Immich's OAuth settings.
    WriteSettings {
        /// By which route.
        route: RouteKind,
        /// The fields that change.
        fields: Fields,
        /// What they were; `null` where there was nothing.
        before: Fields,
        /// Whether the current client secret is set too.
        secret: bool,
        /// What was not there at all.
        #[serde(default)]
        absent: Absent,
        /// The digest of everything that is stored.
        basis: String,
    },
    /// Ends links of Immich's accounts to subjects that authentik gives nobody.
    Unlink {
        /// The accounts.
        accounts: Vec<Relink>,
    },
    /// Restarts services of Immich's compose project.
    Restart {
        /// The folder of the project.
        folder: String,
        /// The services.
        services: Vec<String>,
        /// The operator does it, and this program watches.
        by_hand: bool,
    },
    /// Takes another effect back.
    TakeBack {
        /// The line of the journal that began it.
        of: Seq,
        /// How.
        inverse: Inverse,
    },
    /// Makes or changes an object in authentik that the token needs.
    Access(AccessPart),
    /// Makes an API token in authentik for this program.
    MakeToken {
        /// Which one.
        #[serde(flatten)]
        token: TokenPart,
        /// The fingerprint of the one in whose place it is kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        replaces: Option<String>,
    },
    /// Makes an API key in Immich for this program.
    MakeKey {
        /// Its name.
        name: String,
        /// What it may do.
        permissions: Vec<String>,
        /// What it may do besides, where the release knows these names: else
        /// the key is made without them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        optional: Vec<String>,
        /// The fingerprint of the one in whose place it is kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        replaces: Option<String>,
    },
    /// A part of a rotation.
    Rotation(RotationEffect),
}

impl Effect {
    /// Where it acts.
    #[must_use]
    pub const fn system(&self) -> System {
        match self {
            Self::GenerateSecret | Self::AdoptSecret { .. } | Self::SetSecretAside { .. } => {
                System::SecretStore
            }
            Self::TakeBack { inverse, .. } => inverse.system(),
            Self::CreateProvider { .. }
            | Self::ChangeProvider { .. }
            | Self::CreateApplication { .. }
            | Self::ChangeApplication { .. }
            | Self::Access(_)
            | Self::MakeToken { .. } => System::Authentik,
            Self::WriteSettings { route: RouteKind::Api, .. } | Self::MakeKey { .. } => {
                System::Immich
            }
            Self::Restart { by_hand: true, .. } => System::Immich,
            Self::WriteSettings { .. } | Self::Unlink { .. } | Self::Restart { .. } => System::Host,
            Self::Rotation(effect) => effect.system(),
        }
    }

    /// Whether this program takes it back itself.
    #[must_use]
    pub const fn can_be_taken_back(&self) -> bool {
        matches!(
            self,
            Self::GenerateSecret
                | Self::AdoptSecret { .. }
                | Self::CreateProvider { .. }
                | Self::ChangeProvider { .. }
                | Self::CreateApplication { .. }
                | Self::ChangeApplication { .. }
                | Self::WriteSettings { .. }
                | Self::Unlink { .. }
        )
    }

    /// Whether it makes what this program works with: it is removed last.
    #[must_use]
    pub fn gives_access(&self) -> bool {
        match self {
            // What was there before stays.
            Self::Access(part) => part.known().is_none(),
            Self::MakeToken { .. } | Self::MakeKey { .. } => true,
            _ => false,
        }
    }

    /// The step that it belongs to.
    #[must_use]
    pub const fn step(&self) -> StepId {
        match self {
            Self::Access(_) | Self::MakeToken { .. } | Self::MakeKey { .. } => StepId::Access,
            Self::GenerateSecret
            | Self::AdoptSecret { .. }
            | Self::SetSecretAside { of: System::Authentik, .. }
            | Self::CreateProvider { .. }
            | Self::ChangeProvider { .. } => StepId::Provider,
            Self::CreateApplication { .. } | Self::ChangeApplication { .. } => StepId::Application,
            Self::SetSecretAside { .. } | Self::WriteSettings { .. } => StepId::Settings,
            Self::Restart { .. } => StepId::Restart,
            Self::Unlink { .. } => StepId::Login,
            Self::TakeBack { inverse, .. } => inverse.step(),
            Self::Rotation(effect) => effect.step(),
        }
    }
}
