//! One step: its place on the rail and its card.

use std::time::Duration;

use serde::Serialize;

use super::{
    AccessNote, KeyNote, LinkNote, NextNote, OpeningNote, RenewalNote, RevocationNote,
    RotationNote, TokenNote,
};
use crate::{
    site::{Fault, ProfileKey, Reading, harmless::Each},
    wizard::{
        About, EffectView, LiveRow, LoginNote, Proof, StepId, StepNote, UndoNote,
        fields::{FieldId, FieldValue},
    },
};

/// One step: its place on the rail and its card.
#[derive(Clone, Debug, PartialEq)]
pub struct StepView {
    /// Which.
    pub id: StepId,
    /// How far it is.
    pub state: StepState,
    /// How long it took, once done.
    pub took: Option<Duration>,
    /// What it does and why, where there is anything to say.
    pub about: Option<About>,
    /// The fields: wanted beside live.
    pub fields: Vec<FieldRow>,
    /// What both servers say about the objects of this step.
    pub live: Vec<LiveRow>,
    /// The change that is proposed, if any.
    pub plan: Option<PlanView>,
    /// Traps that this step avoids, and other things to know.
    pub notes: Vec<Note>,
    /// What keeps it from going on.
    pub blockers: Vec<Fault>,
    /// What was verified after it.
    pub proofs: Vec<Proof>,
}

impl StepView {
    /// A step that was not looked at yet.
    #[must_use]
    pub const fn new(id: StepId) -> Self {
        Self {
            id,
            state: StepState::ToDo,
            took: None,
            about: None,
            fields: Vec::new(),
            live: Vec::new(),
            plan: None,
            notes: Vec::new(),
            blockers: Vec::new(),
            proofs: Vec::new(),
        }
    }
}

/// How far a step is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepState {
    /// Not looked at yet.
    #[default]
    ToDo,
    /// Something is to be changed.
    Differs,
    /// Live is as wanted, and was verified.
    Done,
    /// The operator left it as it is.
    Skipped,
    /// There is nothing to do here on this server.
    NotNeeded,
    /// It was tried and did not work.
    Failed,
}

/// One field of a step. Secrets appear as fingerprints.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldRow {
    /// Which field; [`crate::text::field`] names it.
    pub id: FieldId,
    /// What the profile asks for; [`crate::text::value`] says it.
    pub wanted: FieldValue,
    /// What is there. `None` inside: the thing itself is not there.
    pub live: Reading<Option<FieldValue>>,
    /// How the two compare.
    pub state: FieldState,
    /// How the wanted value is changed, where it is the operator's to choose.
    pub edit: Option<Edit>,
}

/// Something to know; [`crate::text::note`] says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// About a step.
    Step(StepNote),
    /// About a login that is waited for.
    Login(LoginNote),
    /// A field that differs: what is there, and what the profile says.
    Difference {
        /// The step on whose card it is, where that is to be said.
        step: Option<StepId>,
        /// The field.
        id: FieldId,
        /// What is there.
        live: FieldValue,
        /// What the profile says.
        wanted: FieldValue,
    },
    /// A field that somebody changed since a run did.
    ChangedSince {
        /// The field.
        id: FieldId,
        /// Its value before that run.
        before: FieldValue,
        /// As that run left it.
        left: FieldValue,
        /// Now.
        now: FieldValue,
    },
    /// About access.
    Access(AccessNote),
    /// About a rotation.
    Rotation(RotationNote),
    /// About the links of accounts.
    Links(LinkNote),
    /// About the site as it is found.
    Opening(OpeningNote),
    /// What to know before an effect is undone, or after one was cut short.
    Undo(UndoNote),
    /// What to do afterwards.
    Next(NextNote),
}

impl Note {
    /// Does something with every text that came from outside.
    pub(super) fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::Step(note) => note.each_text(each),
            Self::Login(note) => note.each_text(each),
            Self::Difference { step: _, id, live, wanted } => {
                id.each_text(each);
                live.each_text(each);
                wanted.each_text(each);
            }
            Self::ChangedSince { id, before, left, now } => {
                id.each_text(each);
                for value in [before, left, now] {
                    value.each_text(each);
                }
            }
            Self::Access(note) => note.each_text(each),
            Self::Rotation(note) => note.each_text(each),
            Self::Links(note) => note.each_text(each),
            Self::Opening(note) => note.each_text(each),
            Self::Undo(note) => note.each_text(each),
            Self::Next(_) => {}
        }
    }
}

/// Each kind of notes is a note.
macro_rules! kinds {
    ($($kind:ident: $notes:ident),*) => {
        $(impl From<$notes> for Note {
            fn from(note: $notes) -> Self {
                Self::$kind(note)
            }
        })*
    };
}

kinds! {
    Login: LoginNote, Step: StepNote, Access: AccessNote, Rotation: RotationNote, Links: LinkNote, Opening: OpeningNote,
    Undo: UndoNote, Next: NextNote
}

impl From<TokenNote> for Note {
    fn from(note: TokenNote) -> Self {
        Self::Access(AccessNote::Token(note))
    }
}

impl From<KeyNote> for Note {
    fn from(note: KeyNote) -> Self {
        Self::Access(AccessNote::Key(note))
    }
}

impl From<RevocationNote> for Note {
    fn from(note: RevocationNote) -> Self {
        Self::Rotation(RotationNote::Revocation(note))
    }
}

impl From<RenewalNote> for Note {
    fn from(note: RenewalNote) -> Self {
        Self::Rotation(RotationNote::Renewal(note))
    }
}

/// A wanted value that [`crate::wizard::Command::Edit`] changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Which value of the profile. Faces call [`ProfileKey::check`] as it is
    /// typed; the engine calls it again.
    pub key: ProfileKey,
    /// The value as it is typed.
    pub value: String,
}

/// How wanted and live of a field compare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldState {
    /// Live is not known.
    #[default]
    Unknown,
    /// The same.
    Same,
    /// There is nothing yet.
    New,
    /// Something else is there.
    Differs,
    /// The profile says nothing about it: it is shown, and stays as it is.
    Kept,
}

/// A change that is proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanView {
    /// Names exactly this plan: to be sent back with the decision.
    pub digest: String,
    /// The effects, in the order in which they happen.
    pub effects: Vec<EffectView>,
}
