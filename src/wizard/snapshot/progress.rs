//! What is going on and what was done: work, journal, login.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{LoginEvidence, LoginSight, Person, Task};

/// What is going on, and how long it may last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    /// What; [`Task::name`] says it.
    pub what: Task,
    /// Since when.
    pub since: Timestamp,
    /// How long at most.
    pub at_most: Option<Duration>,
    /// Whether [`crate::wizard::Command::Cancel`] stops it.
    pub can_cancel: bool,
    /// All work since the last answer, this piece included. `None`: it has no
    /// bound together.
    pub stretch: Option<Stretch>,
}

/// All work between two questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Since when.
    pub since: Timestamp,
    /// How long it may take at most.
    pub at_most: Duration,
}

impl Stretch {
    /// After so long the screen tells of it.
    const TOLD_AFTER: SignedDuration = SignedDuration::from_secs(5);

    /// Whether it takes so long by then that the screen tells of it.
    #[must_use]
    pub fn is_told(&self, now: Timestamp) -> bool {
        now.duration_since(self.since) >= Self::TOLD_AFTER
    }
}

/// What a test login came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoginState {
    /// Immich proves it: a new session of that account, or an account that was
    /// linked or made for it.
    Verified,
    /// Nothing proves it: Immich redeemed the code, and the operator says that
    /// it opened.
    Likely,
    /// Immich let nobody in.
    Failed,
}

impl LoginState {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Likely => "likely",
            Self::Failed => "failed",
        }
    }
}

/// What the last test login of a site came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginResult {
    /// What it came to.
    pub state: LoginState,
    /// Who it was, as far as it is known.
    pub who: Option<Person>,
    /// When, by this machine's clock.
    pub at: Timestamp,
    /// What proves it, or why it failed.
    pub evidence: LoginEvidence,
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
    /// What it came to so far.
    pub state: Option<LoginState>,
    /// What proves that, or why it failed.
    pub evidence: Option<LoginEvidence>,
    /// Who it was, once it worked.
    pub who: Option<Person>,
    /// When it was done.
    pub at: Option<Timestamp>,
}

impl LoginView {
    /// What it came to, to be kept; `None`: nothing yet.
    #[must_use]
    pub fn result(&self) -> Option<LoginResult> {
        let at = self.at.or(self.since)?;
        let evidence = self.evidence.clone()?;
        Some(LoginResult { state: self.state?, who: self.who.clone(), at, evidence })
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
    /// What was seen; [`crate::text::sight`] says it.
    pub what: LoginSight,
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
    /// Immich let somebody in: it opened a session, or linked or made an
    /// account.
    LetIn,
}

impl LoginStage {
    /// All of them, in order.
    pub const ALL: [Self; 4] = [Self::Authorized, Self::CodeIssued, Self::Redeemed, Self::LetIn];

    /// Its name.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Authorized => word!("authorize"),
            Self::CodeIssued => word!("code issued"),
            Self::Redeemed => word!("code redeemed"),
            Self::LetIn => word!("logged in"),
        }
    }
}
