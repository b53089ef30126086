//! What an undo came to, and what it leaves behind.

use crate::site::harmless::{Each, Shape::Line};

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

impl Remains {
    /// Does something with every text that came from outside.
    pub(super) fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::Token(text) | Self::Key(text) | Self::Access(text) => each(text, Line),
            Self::EmptyRow
            | Self::OtherSettings
            | Self::OldSecrets
            | Self::Logins
            | Self::LostLines => {}
        }
    }
}
