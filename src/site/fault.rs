//! What went wrong, in words that an operator can act on.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::harmless::{self, Each, Shape::Line};

/// The places where something can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum System {
    /// The identity provider.
    Authentik,
    /// The photo server.
    Immich,
    /// The machine that Immich runs on, reached over SSH.
    Host,
    /// Where the secrets are kept.
    SecretStore,
    /// This machine: the profile, the journal, the terminal.
    Workstation,
}

impl System {
    /// The name that screens and reports use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Authentik => word!("authentik"),
            Self::Immich => word!("Immich"),
            Self::Host => word!("Immich host"),
            Self::SecretStore => word!("secret store"),
            Self::Workstation => word!("this machine"),
        }
    }
}

impl fmt::Display for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What sort of trouble it is: what the engine needs to choose the next step.
/// The words for the operator are in the [`Fault`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// No such name, nobody listens, no way there.
    Unreachable,
    /// Something answers, but its certificate or host key is not trusted.
    /// `fingerprint` is what the operator may accept, where accepting is allowed.
    Untrusted {
        /// The SHA-256 fingerprint of the certificate or host key.
        fingerprint: Option<String>,
    },
    /// The host key differs from the one that is on file. Never to be accepted
    /// with one key press.
    HostKeyChanged,
    /// Something answers that is not what was looked for.
    WrongProduct,
    /// No credentials, or wrong ones.
    NotSignedIn,
    /// A second factor is asked for.
    SecondFactor,
    /// An SSH private key file is encrypted and no passphrase was given.
    PassphraseNeeded,
    /// Known, but not permitted.
    NotAllowed,
    /// The thing asked for is not there.
    NotFound,
    /// The system understood and refused.
    Refused,
    /// The system refuses an address that is not encrypted, and has a setting
    /// that accepts it.
    NotEncrypted,
    /// The system failed by its own account.
    Crashed,
    /// No answer before the deadline.
    Late,
    /// The connection broke: whether the request was carried out is not known.
    Lost,
    /// Somebody else changed the same thing meanwhile.
    Moved,
    /// Read back, the change is not there.
    NotKept,
    /// The secret store is locked or has nobody who would unlock it.
    Locked,
    /// The operator stopped it.
    Cancelled,
    /// An answer that makes no sense.
    Unexpected,
}

impl FaultKind {
    /// Whether nobody was reached, or nobody who is who it should be: what was
    /// seen of the way there before says nothing any more.
    #[must_use]
    pub const fn is_out_of_reach(&self) -> bool {
        matches!(
            self,
            Self::Unreachable
                | Self::Untrusted { .. }
                | Self::HostKeyChanged
                | Self::Late
                | Self::Lost
        )
    }
}

/// Something that went wrong: what was tried, on which system, what came back,
/// and what to do next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub struct Fault {
    /// Where.
    pub system: System,
    /// What sort.
    pub kind: FaultKind,
    /// What was tried, as a noun phrase or an infinitive without "to":
    /// "read the provider `immich-oauth-provider`".
    pub tried: String,
    /// What came back, in the other side's words where it has any.
    pub answer: String,
    /// What the operator can do about it; empty when there is nothing to say.
    pub remedy: String,
}

/// An error of this program's: an enum with a variant for each thing that can go
/// wrong. Its [`Display`](fmt::Display) says what came back; its source, where it
/// has one, is the error of the library below.
///
/// It becomes a [`Fault`] where it is known what was tried. The fault keeps the
/// words alone: it is shown, searched for secrets and stored.
pub trait Failure: std::error::Error {
    /// Where it went wrong.
    fn system(&self) -> System;

    /// What sort of trouble it is.
    fn kind(&self) -> FaultKind;

    /// What the operator can do about it, in sentences; empty when there is
    /// nothing to say.
    fn hint(&self) -> String;
}

/// A [`Failure`] whose variants are all of one sort, on one system.
pub trait UniformFailure: std::error::Error {
    /// Where it went wrong.
    const SYSTEM: System;

    /// What sort of trouble it is.
    const KIND: FaultKind;

    /// What the operator can do about it, as in [`Failure::hint`].
    fn hint(&self) -> String;
}

impl<T: UniformFailure> Failure for T {
    fn system(&self) -> System {
        T::SYSTEM
    }

    fn kind(&self) -> FaultKind {
        T::KIND
    }

    fn hint(&self) -> String {
        UniformFailure::hint(self)
    }
}

impl Fault {
    /// What went wrong, and what was tried then.
    pub fn of(failure: &impl Failure, tried: impl Into<String>) -> Self {
        Self::new(failure.system(), failure.kind(), tried)
            .answered(failure.to_string())
            .remedy(failure.hint())
    }

    /// A fault of this kind on this system.
    pub fn new(system: System, kind: FaultKind, tried: impl Into<String>) -> Self {
        let tried = one_line(tried.into());
        Self { system, kind, tried, answer: String::new(), remedy: String::new() }
    }

    /// Says what came back.
    #[must_use]
    pub fn answered(mut self, answer: impl Into<String>) -> Self {
        self.answer = one_line(answer.into());
        self
    }

    /// The same where something else was tried with it. A fault that says nothing of
    /// what to do next gets this hint.
    #[must_use]
    pub fn passed_on(self, tried: &str, hint: impl FnOnce(&FaultKind) -> String) -> Self {
        let passed_on = Self { tried: one_line(tried.to_owned()), ..self };
        if !passed_on.remedy.is_empty() {
            return passed_on;
        }
        let hint = hint(&passed_on.kind);
        passed_on.remedy(hint)
    }

    /// Does something with every text in it.
    pub fn each_text(&mut self, each: Each<'_>) {
        let Self { system: _, kind: _, tried, answer, remedy } = self;
        for text in [tried, answer, remedy] {
            each(text, Line);
        }
    }

    /// Says what to do next.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = one_line(remedy.into());
        self
    }
}

/// Others write part of what a fault says: it is one line each, so that it
/// forges no line of ours.
fn one_line(text: String) -> String {
    match harmless::line(&text) {
        std::borrow::Cow::Borrowed(_) => text,
        std::borrow::Cow::Owned(clean) => clean,
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The journal may hold faults that an earlier release wrote.
        let (system, tried) = (self.system, harmless::line(&self.tried));
        f.write_str(&say!("{system}: could not {tried}", system, tried))?;
        if !self.answer.is_empty() {
            write!(f, ": {}", harmless::line(&self.answer))?;
        }
        if !self.remedy.is_empty() {
            let remedy = harmless::line(&self.remedy);
            f.write_str(&say!("\nhint: {remedy}", remedy))?;
        }
        Ok(())
    }
}
