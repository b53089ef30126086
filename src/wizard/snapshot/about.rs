//! What a step is for.

use crate::{
    site::harmless::{Each, Shape::Line},
    wizard::StepId,
};

/// What a step does and why; [`crate::text::about`] says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// The right to work on both servers.
    Access,
    /// The provider in authentik.
    Provider,
    /// The application in authentik.
    Application {
        /// Its slug.
        slug: String,
    },
    /// Immich's settings.
    Settings,
    /// The restart of Immich.
    Restart,
    /// The test login.
    Login,
    /// A new client secret is made.
    NewSecret,
    /// Both sides get the new client secret.
    Switch,
    /// The new client secret is tested.
    Test,
    /// The new client secret becomes the current one.
    NewIsCurrent,
    /// A stage of a rotation that goes back.
    Back {
        /// The stage.
        stage: StepId,
        /// What it goes back to.
        to: BackTo,
    },
    /// A token or key of this program is made anew.
    Renewal,
    /// The token or key that was replaced is deleted.
    Retirement,
    /// Changes of an earlier run are undone.
    Undo,
    /// What gives this program access is removed.
    Removal,
}

/// What a rotation goes back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackTo {
    /// The secret that was in use before the current one.
    Previous,
    /// The current one: it was on the way to another.
    Current,
}

impl About {
    /// Does something with every text that came from outside.
    pub(super) fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::Application { slug } => each(slug, Line),
            Self::Access
            | Self::Provider
            | Self::Settings
            | Self::Restart
            | Self::Login
            | Self::NewSecret
            | Self::Switch
            | Self::Test
            | Self::NewIsCurrent
            | Self::Back { stage: _, to: _ }
            | Self::Renewal
            | Self::Retirement
            | Self::Undo
            | Self::Removal => {}
        }
    }
}
