//! What a look at live found for one step, and what would let the step go on.

use super::{
    FieldRow, FieldState, LiveRow, Note, Offered, Proof, RotationView, StepNote, effect::Effect,
    memory::Saw,
};
use crate::site::{Fault, ProfileKey, Reading};

/// What a look at live found for one step.
#[derive(Clone, Debug, Default)]
pub(in crate::wizard) struct Look {
    /// Wanted beside live.
    pub(in crate::wizard) fields: Vec<FieldRow>,
    /// What both servers say.
    pub(in crate::wizard) live: Vec<LiveRow>,
    /// What the look itself proved.
    pub(in crate::wizard) seen: Vec<Proof>,
    /// What would be done; nothing where live is as wanted.
    pub(in crate::wizard) effects: Vec<Effect>,
    /// Traps that are avoided, and other things to know.
    pub(in crate::wizard) notes: Vec<Note>,
    /// What keeps the step from going on.
    pub(in crate::wizard) blockers: Vec<Fault>,
    /// Why there is nothing to do here on this server.
    pub(in crate::wizard) not_needed: Option<StepNote>,
    /// Which side holds which secret, in a rotation.
    pub(in crate::wizard) rotation: Option<RotationView>,
    /// What would let it go on.
    pub(in crate::wizard) offers: Vec<Offer>,
    /// The objects themselves, to be recognised next time.
    pub(in crate::wizard) saw: Saw,
}

/// When a step is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::wizard) enum When {
    /// When it is walked: what comes before it is done.
    Walked,
    /// Before the first step is walked, for a plan of all of them.
    Ahead {
        /// Immich's settings are about to be written.
        settings: bool,
    },
}

/// Something that would let a step go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::wizard) struct Offer {
    /// What it comes to.
    pub(in crate::wizard) says: Offered,
    /// How.
    pub(in crate::wizard) by: Remedy,
    /// Whether it is what fits best: Enter takes it.
    pub(in crate::wizard) preselected: bool,
}

/// How a step is let go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::wizard) enum Remedy {
    /// A value of the profile that fits what is there.
    Profile(ProfileKey, String),
    /// The provider is taken from the application of that slug.
    TakeFrom(String),
}

impl Offer {
    /// A value of the profile that fits what is there.
    pub(in crate::wizard) fn profile(says: Offered, key: ProfileKey, value: &str) -> Self {
        let by = Remedy::Profile(key, value.to_owned());
        Self { says, by, preselected: false }
    }

    /// The same as what Enter takes.
    pub(in crate::wizard) const fn preselected(mut self) -> Self {
        self.preselected = true;
        self
    }
}

impl Look {
    /// Notes the values that are as wanted: one that is another later was
    /// changed by somebody.
    pub(in crate::wizard) fn agrees(mut self) -> Self {
        for row in self.fields.iter().filter(|row| row.state == FieldState::Same) {
            if let (Some(id), Reading::Known { value: Some(live), .. }) = (row.id.id(), &row.live) {
                self.saw.agreed.insert(id, live.clone());
            }
        }
        self
    }

    /// Adds something to know.
    pub(in crate::wizard) fn note(&mut self, note: impl Into<Note>) {
        self.notes.push(note.into());
    }

    /// The same for several.
    pub(in crate::wizard) fn add_notes<N: Into<Note>>(
        &mut self,
        notes: impl IntoIterator<Item = N>,
    ) {
        self.notes.extend(notes.into_iter().map(Into::into));
    }

    /// A look that could not see.
    pub(in crate::wizard) fn blocked(fault: Fault) -> Self {
        Self { blockers: vec![fault], ..Self::default() }
    }
}
