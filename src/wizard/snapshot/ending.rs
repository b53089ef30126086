//! The end of a run: what was set up, and how it ended.

use jiff::Timestamp;

use super::{Credential, Note, Tally};
use crate::{
    secret::{Label, Secret},
    site::Fault,
};

/// The end of the walk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// What it is about; [`crate::text::summary_title`] says it.
    pub title: SummaryTitle,
    /// The tutorial's table of credentials.
    pub credentials: Vec<Credential>,
    /// What to do next, a sentence each.
    pub next: Vec<Note>,
    /// The client secret while it is revealed.
    pub revealed: Option<Revealed>,
}

/// What a summary is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SummaryTitle {
    /// What was set up.
    #[default]
    SetUp,
    /// The secret was rotated.
    Rotated,
    /// The old secret is in use again.
    RotatedBack,
    /// A token or key was renewed.
    Renewed(Label),
}

/// A secret that the operator asked to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revealed {
    /// The secret.
    pub secret: Secret,
    /// Until when it is shown.
    pub until: Timestamp,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Everything is as wanted and a login was seen.
    LoginVerified,
    /// Everything that was not skipped is as wanted; no login was seen.
    Finished,
    /// A new secret is in use, and the old one is not accepted any more.
    Rotated,
    /// What was done before was taken back, as far as the operator wanted.
    TakenBack(Tally),
    /// What gives this program access was removed, as far as the operator
    /// wanted.
    AccessRemoved(Tally),
    /// The operator ended it.
    Left,
    /// It could not go on.
    Failed(Fault),
}
