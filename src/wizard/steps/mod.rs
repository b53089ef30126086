//! The steps of the tutorial. Each reads what is so, compares it with what is
//! wanted, says what it would do, and proves afterwards that it is done.

mod application;
mod compare;
mod login;
mod provider;
mod restart;
mod settings;

pub(super) use compare::difference;

use super::{
    About, Claim, Evidence, FieldRow, FieldState, LiveRow, Note, Offered, Proof, RotationView,
    StepId, StepNote, effect::Effect, memory::Saw, rotation, setup::Purpose, systems::Systems,
};
use crate::site::{Fault, Profile, ProfileKey, Reading};

/// What a look at live found for one step.
#[derive(Clone, Debug, Default)]
pub(super) struct Look {
    /// Wanted beside live.
    pub(super) fields: Vec<FieldRow>,
    /// What both servers say.
    pub(super) live: Vec<LiveRow>,
    /// What the look itself proved.
    pub(super) seen: Vec<Proof>,
    /// What would be done; nothing where live is as wanted.
    pub(super) effects: Vec<Effect>,
    /// Traps that are avoided, and other things to know.
    pub(super) notes: Vec<Note>,
    /// What keeps the step from going on.
    pub(super) blockers: Vec<Fault>,
    /// Why there is nothing to do here on this server.
    pub(super) not_needed: Option<StepNote>,
    /// Which side holds which secret, in a rotation.
    pub(super) rotation: Option<RotationView>,
    /// What would let it go on.
    pub(super) offers: Vec<Offer>,
    /// The objects themselves, to be recognised next time.
    pub(super) saw: Saw,
}

/// Something that would let a step go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Offer {
    /// What it comes to.
    pub(super) says: Offered,
    /// How.
    pub(super) by: Remedy,
    /// Whether it is what fits best: Enter takes it.
    pub(super) preselected: bool,
}

/// How a step is let go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Remedy {
    /// A value of the profile that fits what is there.
    Profile(ProfileKey, String),
    /// The provider is taken from the application of that slug.
    TakeFrom(String),
}

impl Offer {
    /// A value of the profile that fits what is there.
    fn profile(says: Offered, key: ProfileKey, value: &str) -> Self {
        let by = Remedy::Profile(key, value.to_owned());
        Self { says, by, preselected: false }
    }

    /// The same as what Enter takes.
    const fn preselected(mut self) -> Self {
        self.preselected = true;
        self
    }
}

impl Look {
    /// Notes the values that are as wanted: one that is another later was
    /// changed by somebody.
    fn agrees(mut self) -> Self {
        for row in self.fields.iter().filter(|row| row.state == FieldState::Same) {
            if let (Some(id), Reading::Known { value: Some(live), .. }) = (row.id.id(), &row.live) {
                self.saw.agreed.insert(id, live.clone());
            }
        }
        self
    }

    /// Adds something to know.
    pub(super) fn note(&mut self, note: impl Into<Note>) {
        self.notes.push(note.into());
    }

    /// The same for several.
    pub(super) fn add_notes<N: Into<Note>>(&mut self, notes: impl IntoIterator<Item = N>) {
        self.notes.extend(notes.into_iter().map(Into::into));
    }

    /// A look that could not see.
    fn blocked(fault: Fault) -> Self {
        Self { blockers: vec![fault], ..Self::default() }
    }
}

/// What a step does and why, in a run for that purpose.
pub(super) fn about(id: StepId, purpose: &Purpose, profile: &Profile) -> About {
    match id {
        StepId::Access if *purpose == Purpose::RemoveAccess => About::Removal,
        StepId::Provider | StepId::Application | StepId::Settings if *purpose == Purpose::Undo => {
            About::Undo
        }
        StepId::Access => About::Access,
        StepId::Provider => About::Provider,
        StepId::Application => About::Application { slug: profile.application.slug.clone() },
        StepId::Settings => About::Settings,
        StepId::Restart => About::Restart,
        StepId::Login => About::Login,
        StepId::Create => About::NewSecret,
        StepId::Set => About::Switch,
        StepId::Test => About::Test,
        StepId::Finish => About::NewIsCurrent,
    }
}

/// Reads live for one step and compares.
pub(super) async fn look(id: StepId, systems: &Systems) -> Look {
    let looked = match id {
        StepId::Access => Ok(Look::default()),
        StepId::Create | StepId::Set | StepId::Test | StepId::Finish => {
            rotation::look(id, systems).await
        }
        StepId::Provider => provider::look(systems).await,
        StepId::Application => application::look(systems).await,
        StepId::Settings => settings::look(systems).await,
        StepId::Restart => restart::look(systems),
        StepId::Login => login::look(systems).await,
    };
    looked.map_or_else(Look::blocked, Look::agrees)
}

/// Proves that a step did what it is for; and what was seen of the objects.
pub(super) async fn verify(id: StepId, systems: &Systems) -> (Vec<Proof>, Saw) {
    let mut saw = Saw::default();
    let proofs = match id {
        StepId::Access | StepId::Restart => Vec::new(),
        StepId::Create | StepId::Set | StepId::Test | StepId::Finish => {
            rotation::verify(id, systems).await
        }
        StepId::Provider => provider::verify(systems, &mut saw).await,
        StepId::Application => readable(application::verify(systems, &mut saw).await),
        StepId::Settings => settings::verify(systems, &mut saw).await,
        StepId::Login => readable(login::verify(systems).await),
    };
    (proofs, saw)
}

/// Proofs, or that they cannot be had.
fn readable(proofs: Result<Vec<Proof>, Fault>) -> Vec<Proof> {
    proofs.unwrap_or_else(|fault| vec![proof(Claim::SidesReadable, Err(fault))])
}

/// A proof out of an outcome.
fn proof(what: Claim, outcome: Result<Evidence, Fault>) -> Proof {
    Proof { what, outcome, on: None }
}
