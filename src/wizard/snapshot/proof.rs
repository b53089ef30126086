//! What is verified, and what proves it.

use crate::{
    site::{
        Fault,
        harmless::{Each, Shape::Line},
    },
    wizard::{
        Evidence, LiveValue, LoginEvidence, LoginSight, Person, Point, Road, checks::CheckId,
    },
};

/// Something that was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// What; [`crate::text::claim`] says it.
    pub what: Claim,
    /// The evidence, or why it does not hold.
    pub outcome: Result<Evidence, Fault>,
    /// The place on the map that it lights.
    pub on: Option<(Road, Point)>,
}

/// What is to be so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Everything answers before its deadline.
    AnswersInTime,
    /// authentik has the provider as the profile says.
    ProviderAsWanted,
    /// Immich has the settings as the profile says.
    SettingsAsWanted,
    /// What a check is about.
    Checked {
        /// The check.
        check: CheckId,
        /// Of several things that it is about, which; else empty.
        of: String,
    },
    /// What both sides hold can be read.
    SidesReadable,
    /// The new secret is kept, and used nowhere.
    NewSecretKept,
    /// Both sides hold the same secret.
    SidesAgree,
    /// The secret in use is the current one, and none is pending.
    RotationFinished,
    /// A renewed token or key is accepted, and has its rights.
    NewOneAccepted,
    /// The token or key that it replaced is refused.
    OldOneRefused,
}

impl From<CheckId> for Claim {
    fn from(check: CheckId) -> Self {
        Self::Checked { check, of: String::new() }
    }
}

impl Claim {
    /// Whether nobody can log in where it does not hold.
    pub(in crate::wizard) fn is_vital(&self) -> bool {
        match self {
            Self::Checked { check, .. } => check.is_vital(),
            _ => true,
        }
    }

    /// Does something with every text that came from outside.
    pub(super) fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::Checked { check: _, of } => each(of, Line),
            Self::AnswersInTime
            | Self::ProviderAsWanted
            | Self::SettingsAsWanted
            | Self::SidesReadable
            | Self::NewSecretKept
            | Self::SidesAgree
            | Self::RotationFinished
            | Self::NewOneAccepted
            | Self::OldOneRefused => {}
        }
    }
}

/// What a light on the map stands for; [`crate::text::sign`] says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sign {
    /// What was seen of a login.
    Login(LoginSight),
    /// Somebody logged in.
    LoggedIn {
        /// Who, where that is proved.
        who: Option<Person>,
        /// What shows it.
        evidence: LoginEvidence,
    },
    /// What a look at a server found.
    Live(LiveValue),
    /// The address is not encrypted.
    NotEncrypted,
    /// The address is a number, which nobody has to resolve.
    AddressIsNumber,
    /// It answered through there.
    Answered,
    /// The host let this program in.
    SignedIn {
        /// As whom, and where.
        target: String,
    },
    /// Docker answers on the host.
    DockerAnswers,
    /// Proofs that hold.
    Proved {
        /// What the first is about.
        claim: Claim,
        /// What proves it.
        evidence: Evidence,
        /// What the others are about.
        also: Vec<Claim>,
    },
}

impl Sign {
    /// Does something with every text that came from outside.
    pub(super) fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::SignedIn { target } => each(target, Line),
            Self::NotEncrypted | Self::AddressIsNumber | Self::Answered | Self::DockerAnswers => {}
            Self::Live(value) => value.each_text(each),
            Self::Login(sight) => sight.each_text(each),
            Self::LoggedIn { who, evidence } => {
                if let Some(who) = who {
                    who.each_text(each);
                }
                evidence.each_text(each);
            }
            Self::Proved { claim, evidence, also } => {
                claim.each_text(each);
                evidence.each_text(each);
                for claim in also {
                    claim.each_text(each);
                }
            }
        }
    }
}
