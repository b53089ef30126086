//! What is going on and what was done: work, journal, login.

use std::time::Duration;

use jiff::{Timestamp, tz::TimeZone};

use crate::site::System;

/// What is going on, and how long it may last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    /// What: "waiting for Immich to answer again".
    pub what: String,
    /// Since when.
    pub since: Timestamp,
    /// How long at most.
    pub at_most: Option<Duration>,
    /// Whether [`crate::wizard::Command::Cancel`] stops it.
    pub can_cancel: bool,
}

/// One line of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalRow {
    /// Names the run: the same for all rows of one.
    pub run: String,
    /// When it was begun.
    pub at: Timestamp,
    /// Where.
    pub system: System,
    /// What was done.
    pub what: String,
    /// How it ended.
    pub outcome: String,
    /// Whether it can be taken back.
    pub undo: UndoView,
}

/// Whether something that was done can be taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UndoView {
    /// It can, and this is how.
    Possible(String),
    /// It was, at that time.
    TakenBack(Timestamp),
    /// It cannot or need not be, and this is why.
    None(String),
}

/// The login that is waited for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoginView {
    /// The link to open.
    pub link: String,
    /// Since when it is waited for: as long as the operator likes.
    pub since: Option<Timestamp>,
    /// What was seen of it so far, in the order in which it happens.
    pub trail: Vec<Sighting>,
    /// Who it was, once it is done.
    pub who: Option<String>,
    /// When it was done.
    pub at: Option<Timestamp>,
}

impl LoginView {
    /// Who logged in, and at what time of this machine's clock, once it is done.
    #[must_use]
    pub fn says(&self) -> Option<String> {
        let (who, at) = (self.who.as_ref()?, self.at?);
        let hour = at.to_zoned(TimeZone::system()).strftime("%H:%M").to_string();
        Some(format!("{who} logged in at {hour}"))
    }

    /// How long it took, from the question to the login.
    #[must_use]
    pub fn took(&self) -> Option<Duration> {
        // Clocks of servers differ from ours.
        Some(Duration::try_from(self.at?.duration_since(self.since?)).unwrap_or_default())
    }
}

/// A part of a login that was seen to happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// Which part.
    pub stage: LoginStage,
    /// What was seen, as a sentence without its full stop.
    pub what: String,
    /// When it happened, or was seen first where the server does not say.
    pub at: Timestamp,
}

/// The parts of a login, in the order in which they happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LoginStage {
    /// authentik let somebody in.
    Authorized,
    /// authentik issued a code and sent the browser back with it.
    CodeIssued,
    /// Immich redeemed the code.
    Redeemed,
    /// Immich linked or made an account.
    Linked,
}

impl LoginStage {
    /// All of them, in order.
    pub const ALL: [Self; 4] = [Self::Authorized, Self::CodeIssued, Self::Redeemed, Self::Linked];

    /// Its name.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Authorized => "authorize",
            Self::CodeIssued => "code issued",
            Self::Redeemed => "code redeemed",
            Self::Linked => "user linked",
        }
    }
}
