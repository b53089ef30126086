//! The end of a run: what was set up, and how it ended.

use jiff::Timestamp;

use super::{Credential, Note};
use crate::{secret::Secret, site::Fault};

/// The end of the walk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// What it is about: "What was set up".
    pub title: String,
    /// The tutorial's table of credentials.
    pub credentials: Vec<Credential>,
    /// What to do next, a sentence each.
    pub next: Vec<Note>,
    /// The client secret while it is revealed.
    pub revealed: Option<Revealed>,
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

/// What an undo came to; [`crate::text::tally`] says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many effects were taken back.
    pub taken_back: usize,
    /// How many were left as they are.
    pub left: usize,
    /// What is known to be still there. With nothing of it, and nothing left,
    /// all is as before.
    pub remains: Vec<Remains>,
}

/// Something that an undo leaves behind; [`crate::text::remains`] says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remains {
    /// The API took everything out of Immich's settings row, and cannot remove
    /// the row itself.
    EmptyRow,
    /// Not all of Immich's settings were seen to be as before.
    OtherSettings,
    /// An API token in authentik.
    Token(String),
    /// An API key in Immich.
    Key(String),
    /// Account, role and group of this program in authentik.
    Access(String),
    /// Client secrets that were set aside.
    OldSecrets,
    /// What logins left in Immich.
    Logins,
    /// The journal lacks lines.
    LostLines,
}
