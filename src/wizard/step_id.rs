//! The steps by name, and the rails that are made of them.

use serde::{Deserialize, Serialize};

/// The steps of all runs. Which of them a run has, and in which order, says
/// its rail: [`crate::wizard::Snapshot::steps`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepId {
    /// Addresses of both servers, and the right to work on them.
    #[default]
    Access,
    /// The OAuth2 provider in authentik.
    Provider,
    /// The application in authentik.
    Application,
    /// Immich's OAuth settings.
    Settings,
    /// The restart of Immich.
    Restart,
    /// The test login.
    Login,
    /// Rotation: a new secret is made and kept.
    Create,
    /// Rotation: both sides get it at the same moment.
    Set,
    /// Rotation: it works and the old one does not.
    Test,
    /// Rotation: it becomes the current one.
    Finish,
}

impl StepId {
    /// The rail of the set-up.
    pub const SET_UP: [Self; 6] = [
        Self::Access,
        Self::Provider,
        Self::Application,
        Self::Settings,
        Self::Restart,
        Self::Login,
    ];

    /// The rail where access is removed.
    pub const ACCESS: [Self; 1] = [Self::Access];

    /// The rail of a rotation.
    pub const ROTATION: [Self; 5] =
        [Self::Access, Self::Create, Self::Set, Self::Test, Self::Finish];

    /// The rail where the wizard's own token or key is renewed.
    pub const RENEWAL: [Self; 3] = [Self::Access, Self::Create, Self::Finish];

    /// Whether a login may be waited for on its card.
    #[must_use]
    pub const fn watches_login(self) -> bool {
        matches!(self, Self::Login | Self::Test)
    }

    /// The name on the rail, in reports and in errors.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Access => word!("Access"),
            Self::Provider => word!("Provider"),
            Self::Application => word!("Application"),
            Self::Settings => word!("Immich settings"),
            Self::Restart => word!("Restart"),
            Self::Login => word!("Test login"),
            Self::Create => word!("Create"),
            Self::Set => word!("Set"),
            Self::Test => word!("Test"),
            Self::Finish => word!("Finish"),
        }
    }
}
