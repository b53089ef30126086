//! What takes an effect back: a thing that alters the world itself, so it is an
//! effect too, is shown, confirmed and journalled like any other.

use serde::{Deserialize, Serialize};

use super::Fields;
use crate::{
    immich::{Absent, Relink, RouteKind},
    secret::Label,
    site::System,
    wizard::StepId,
};

/// A client secret to put back: where it is kept, and which one it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OldSecret {
    /// The label under which it was set aside. `None`: there was none.
    pub label: Option<Label>,
    /// Its fingerprint; empty where there was none.
    pub fingerprint: String,
}

/// The inverse of one effect. `now` is what live said when this was planned: it
/// holds for that alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "inverse")]
pub enum Inverse {
    /// Forgets a client secret that no system needs.
    ForgetSecret {
        /// Its fingerprint.
        fingerprint: String,
        /// Where it is kept, and what rotations put in its place. Empty: it is
        /// kept as the current one.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        entries: Vec<OldSecret>,
    },
    /// Deletes a provider that this program made.
    DeleteProvider {
        /// Its primary key.
        provider: i64,
        /// Its name, for people.
        name: String,
        /// What it is now.
        now: Fields,
    },
    /// Sets fields of the provider back.
    RestoreProvider {
        /// Its primary key.
        provider: i64,
        /// Its name, for people.
        name: String,
        /// The fields as they were.
        fields: Fields,
        /// What they are now.
        now: Fields,
        /// The client secret as it was, if that is set back too.
        secret: Option<OldSecret>,
    },
    /// Deletes an application that this program made.
    DeleteApplication {
        /// Its slug.
        slug: String,
        /// What it is now.
        now: Fields,
    },
    /// Sets fields of the application back.
    RestoreApplication {
        /// Its slug now.
        slug: String,
        /// The fields as they were; the provider by its number.
        fields: Fields,
        /// What they are now.
        now: Fields,
    },
    /// Links Immich's accounts as they were.
    Relink {
        /// The accounts.
        accounts: Vec<Relink>,
    },
    /// Sets Immich's OAuth settings back.
    RestoreSettings {
        /// By which route.
        route: RouteKind,
        /// The fields as they were.
        fields: Fields,
        /// What was not there.
        absent: Absent,
        /// The digest of all that was stored before.
        verbatim: Option<String>,
        /// The client secret as it was, if that is set back too.
        secret: Option<OldSecret>,
        /// The digest of all that is stored now.
        basis: String,
    },
    /// Deletes a service account that this program made.
    DeleteAccount {
        /// Its primary key.
        account: i64,
        /// Its user name: numbers repeat when authentik is set up again.
        name: String,
    },
    /// Deletes a role that this program made.
    DeleteRole {
        /// Its primary key.
        role: String,
        /// Its name, for people.
        name: String,
    },
    /// Deletes a group that this program made.
    DeleteGroup {
        /// Its primary key.
        group: String,
        /// Its name, for people.
        name: String,
    },
    /// Deletes an API token of authentik's that this program made.
    DeleteToken {
        /// Its primary key.
        token: String,
        /// The identifier by which it is reached.
        identifier: String,
    },
    /// Deletes an API key of Immich's that this program made.
    DeleteKey {
        /// Its id.
        key: String,
        /// Its name, for people.
        name: String,
    },
}

impl Inverse {
    /// Whether it removes access that this program was given.
    #[must_use]
    pub const fn removes_access(&self) -> bool {
        matches!(
            self,
            Self::DeleteAccount { .. }
                | Self::DeleteRole { .. }
                | Self::DeleteGroup { .. }
                | Self::DeleteToken { .. }
                | Self::DeleteKey { .. }
        )
    }

    /// Where it acts.
    #[must_use]
    pub const fn system(&self) -> System {
        match self {
            Self::ForgetSecret { .. } => System::SecretStore,
            Self::DeleteProvider { .. }
            | Self::RestoreProvider { .. }
            | Self::DeleteApplication { .. }
            | Self::RestoreApplication { .. }
            | Self::DeleteAccount { .. }
            | Self::DeleteRole { .. }
            | Self::DeleteGroup { .. }
            | Self::DeleteToken { .. } => System::Authentik,
            Self::DeleteKey { .. } | Self::RestoreSettings { route: RouteKind::Api, .. } => {
                System::Immich
            }
            Self::RestoreSettings { .. } | Self::Relink { .. } => System::Host,
        }
    }

    /// The step whose card it is shown on.
    #[must_use]
    pub const fn step(&self) -> StepId {
        match self {
            Self::ForgetSecret { .. }
            | Self::DeleteProvider { .. }
            | Self::RestoreProvider { .. } => StepId::Provider,
            Self::DeleteApplication { .. } | Self::RestoreApplication { .. } => StepId::Application,
            Self::RestoreSettings { .. } => StepId::Settings,
            Self::Relink { .. } => StepId::Login,
            Self::DeleteAccount { .. }
            | Self::DeleteRole { .. }
            | Self::DeleteGroup { .. }
            | Self::DeleteToken { .. }
            | Self::DeleteKey { .. } => StepId::Access,
        }
    }
}
