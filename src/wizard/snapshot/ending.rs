//! The end of a run: what was set up, and how it ended.

use std::fmt;

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

/// What an undo came to.
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

impl Tally {
    /// What a removal of access came to, in a sentence.
    #[must_use]
    pub fn of_access(&self) -> String {
        match (self.taken_back, self.left) {
            (0, 0) => {
                "This program made no access for this profile: there is nothing to remove.".into()
            }
            (done, 0) => {
                format!("Removed: {done}. Nothing of this program's access is left.")
            }
            (done, left) => format!("Removed: {done}. Left as they are: {left}."),
        }
    }
}

/// Something that an undo leaves behind.
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

/// As a noun phrase.
impl fmt::Display for Remains {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptyRow => f.write_str(
                "an empty settings row (`{}`) in Immich, which means the defaults, if it had none \
                 before",
            ),
            Self::OtherSettings => {
                f.write_str("settings of Immich that others changed since, as they are now")
            }
            Self::Token(identifier) => write!(f, "the API token `{identifier}` in authentik"),
            Self::Key(name) => write!(f, "the API key `{name}` in Immich"),
            Self::Access(name) => {
                write!(f, "account, role and group `{name}` in authentik")
            }
            Self::OldSecrets => {
                f.write_str("older client secrets in the secret store (`immich-sso secret list`)")
            }
            Self::Logins => f.write_str("accounts that logins made or linked in Immich"),
            Self::LostLines => f.write_str("what the missing lines of the journal say"),
        }
    }
}

impl Tally {
    /// How many changes were taken back and left, in a sentence.
    #[must_use]
    pub fn counted(&self) -> String {
        let changes =
            |n: usize| if n == 1 { "1 change".to_owned() } else { format!("{n} changes") };
        match (self.taken_back, self.left) {
            (0, 0) => "There was nothing to take back.".into(),
            (0, left) => format!("Nothing was taken back; {} left as they are.", changes(left)),
            (done, 0) if self.remains.is_empty() => {
                format!("Taken back: {}. All is as it was before that run.", changes(done))
            }
            (done, 0) => format!("Taken back: {}.", changes(done)),
            (done, left) => {
                format!("Taken back: {}. Left as they are: {}.", changes(done), changes(left))
            }
        }
    }
}

/// In a sentence or two.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.counted())?;
        if self.remains.is_empty() {
            return Ok(());
        }
        let remains: Vec<String> = self.remains.iter().map(ToString::to_string).collect();
        write!(f, " Still there: {}.", remains.join("; "))
    }
}
