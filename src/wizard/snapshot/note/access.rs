//! What to know about what gives this program access to the servers.

use jiff::{SignedDuration, Timestamp};

use super::super::TokenView;
use crate::{
    authentik::TokenLife,
    net::AgentSilence,
    secret::StorePlace,
    site::{
        System,
        harmless::{Each, Shape::Line},
    },
    wizard::fields::AccessKind,
};

/// Something to know about access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccessNote {
    /// What is made of the address of a server.
    MadeOfAddress(System),
    /// Without another address the API is at the public one.
    EmptyIsPublic,
    /// A password is used once and kept nowhere.
    UsedOnce,
    /// Where the code of a second factor comes from.
    CodeIsShown,
    /// What is pasted is not shown, and kept there if it works.
    PastedIsKept(StorePlace),
    /// The file that keeps secrets.
    StoreFile {
        /// Its path.
        path: String,
    },
    /// What the Immich host is needed for.
    Host(HostNeed),
    /// Without the host the step is left out.
    BackLeavesOut,
    /// An SSH agent was waited for in vain.
    AgentSilent(AgentSilence),
    /// A copy that this program keeps on the host.
    Copy {
        /// Its name.
        name: String,
    },
    /// Where an object is to be looked for that cannot be told from others.
    LookYourself {
        /// What it is.
        kind: AccessKind,
        /// Whether it was being made when a run was cut short; else the journal
        /// has its name only.
        is_open: bool,
    },
    /// About a token of this program's.
    Token(TokenNote),
    /// About a key of this program's.
    Key(KeyNote),
}

/// Why the host is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostNeed {
    /// To write the settings, where the route goes over SSH.
    Settings,
    /// To restart Immich, where it has to be.
    Restart,
    /// To change what Immich's accounts are linked to.
    Accounts,
    /// To delete the copy of Immich's config file.
    Copy,
}

/// Something to know about a token for authentik.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenNote {
    /// The one that is in use.
    InUse {
        /// The token.
        token: TokenView,
        /// When it was looked at.
        at: Timestamp,
    },
    /// How long a token lasts that authentik ends. `None`: it does not show.
    Lasts(Option<SignedDuration>),
    /// It belongs to whoever signed in.
    OfCaller {
        /// Its name.
        token: String,
        /// Whose it is.
        owner: String,
    },
    /// A service account is created for it.
    AccountIsMade {
        /// Its name.
        name: String,
    },
    /// The service account of an earlier run is used.
    AccountIsUsedAgain {
        /// Its name.
        name: String,
    },
    /// What the role of its account permits.
    RolePermits {
        /// The names of the permissions.
        permissions: Vec<String>,
    },
    /// When it ends.
    Ends {
        /// Its name.
        token: String,
        /// When.
        life: TokenLife,
        /// Whether it has an account of its own, which stays.
        has_account: bool,
    },
    /// After how long authentik ends it at the latest.
    EndsWithin(SignedDuration),
    /// The one of this run had ended before it was deleted.
    HadEnded {
        /// Its name.
        token: String,
    },
    /// The one of this run could not be deleted.
    NotDeleted {
        /// Its name.
        token: String,
        /// What came back.
        answer: String,
    },
}

/// Something to know about a key for Immich.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyNote {
    /// It does not end by itself.
    HasNoEnd,
    /// The one that this program made before is deleted.
    OlderGoes,
}

impl AccessNote {
    /// Does something with every text that came from outside.
    pub(in crate::wizard::snapshot) fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::Token(note) => note.each_text(each),
            Self::PastedIsKept(place) => place.each_text(each),
            Self::StoreFile { path: text } | Self::Copy { name: text } => each(text, Line),
            Self::MadeOfAddress(_)
            | Self::EmptyIsPublic
            | Self::UsedOnce
            | Self::CodeIsShown
            | Self::Host(_)
            | Self::BackLeavesOut
            | Self::AgentSilent(_)
            | Self::LookYourself { kind: _, is_open: _ }
            | Self::Key(_) => {}
        }
    }
}

impl TokenNote {
    fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::InUse { token, at: _ } => token.each_text(each),
            Self::OfCaller { token: one, owner: other }
            | Self::NotDeleted { token: one, answer: other } => {
                each(one, Line);
                each(other, Line);
            }
            Self::AccountIsMade { name: text }
            | Self::AccountIsUsedAgain { name: text }
            | Self::Ends { token: text, life: _, has_account: _ }
            | Self::HadEnded { token: text } => each(text, Line),
            Self::RolePermits { permissions } => {
                for text in permissions {
                    each(text, Line);
                }
            }
            Self::Lasts(_) | Self::EndsWithin(_) => {}
        }
    }
}
