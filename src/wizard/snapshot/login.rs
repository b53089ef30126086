//! A login that is watched: who it is, what was seen of it and what proves it.

use serde::{Deserialize, Serialize};

use crate::site::{
    Fault,
    harmless::{Each, Shape::Line},
};

/// Somebody who logs in; [`crate::text::person`] names them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Person {
    /// Known on both sides.
    Both {
        /// The name in authentik.
        user: String,
        /// The account in Immich.
        account: String,
    },
    /// Known by the account in Immich alone.
    Account(String),
    /// Nobody tells who it is.
    Somebody,
    /// The name in authentik, or what an earlier release kept.
    #[serde(untagged)]
    Named(String),
}

impl Person {
    /// Does something with every text that came from outside.
    pub(super) fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::Both { user, account } => {
                each(user, Line);
                each(account, Line);
            }
            Self::Account(text) | Self::Named(text) => each(text, Line),
            Self::Somebody => {}
        }
    }
}

/// What proves a login, or why it failed; [`crate::text::login_evidence`] says
/// it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoginEvidence {
    /// Immich made that account.
    AccountMade(String),
    /// Immich linked that account.
    AccountLinked(String),
    /// Immich opened a session for that account.
    SessionOpened(String),
    /// The operator says that Immich opened.
    SaidByOperator,
    /// What came back where it failed, or what an earlier release kept.
    #[serde(untagged)]
    Told(String),
}

impl LoginEvidence {
    /// Does something with every text that came from outside.
    pub(super) fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::AccountMade(text)
            | Self::AccountLinked(text)
            | Self::SessionOpened(text)
            | Self::Told(text) => each(text, Line),
            Self::SaidByOperator => {}
        }
    }
}

/// What was seen of a login; [`crate::text::sight`] says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginSight {
    /// authentik let somebody in.
    Authorized {
        /// Whom.
        who: String,
        /// The address that they came from, where it is known.
        from: Option<String>,
    },
    /// authentik issued a code.
    CodeIssued {
        /// Where it led back to, where it is known.
        to: Option<String>,
    },
    /// Immich redeemed the code.
    Redeemed,
    /// Immich let somebody in.
    LetIn(LoginEvidence),
}

impl LoginSight {
    /// Does something with every text that came from outside.
    pub(super) fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::Authorized { who, from } => {
                each(who, Line);
                if let Some(text) = from {
                    each(text, Line);
                }
            }
            Self::CodeIssued { to } => {
                if let Some(text) = to {
                    each(text, Line);
                }
            }
            Self::Redeemed => {}
            Self::LetIn(evidence) => evidence.each_text(each),
        }
    }
}

/// Something to know while a login is waited for; [`crate::text::note`] says
/// it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginNote {
    /// How long it is watched.
    WatchedForLong,
    /// The code was redeemed, and only the operator sees how it ended.
    OnlyRedeemed(Unproved),
    /// A login of a known account cannot be proved.
    OnlyFirstLogins(Unproved),
}

impl LoginNote {
    /// Does something with every text that came from outside.
    pub(super) fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::WatchedForLong => {}
            Self::OnlyRedeemed(why) | Self::OnlyFirstLogins(why) => why.each_text(each),
        }
    }
}

/// Why Immich cannot prove a login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unproved {
    /// This release lists no sessions.
    Release {
        /// Which.
        version: String,
    },
    /// The API key may not list them.
    Key {
        /// The permission that it lacks.
        permission: &'static str,
    },
    /// There is no API key.
    NoKey,
    /// There are too many users.
    TooMany {
        /// More than that.
        users: usize,
    },
    /// They could not be listed.
    Unseen(Fault),
}

impl Unproved {
    fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::Release { version } => each(version, Line),
            Self::Unseen(fault) => fault.each_text(each),
            Self::Key { permission: _ } | Self::NoKey | Self::TooMany { users: _ } => {}
        }
    }
}
