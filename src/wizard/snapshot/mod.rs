//! What a face may show: the state of a run at one instant, as plain data.

mod about;
mod act;
mod credential;
mod done;
mod effect;
mod ending;
mod header;
mod journal;
mod key;
mod live;
mod login;
mod map;
mod note;
mod offered;
mod pick;
mod progress;
mod prompt;
mod proof;
mod remembered;
mod rotation;
mod secret_age;
mod step;
mod step_note;
mod story;
mod system;
mod tally;
mod task;
mod texts;
mod token;
mod topic;
mod undo;

pub use about::{About, BackTo};
pub use act::Act;
pub use credential::{Credential, CredentialId, CredentialValue, SecretView};
pub use done::DoneNote;
pub use effect::{EffectView, Exact, Place, Who};
pub use ending::{Ending, Revealed, Summary, SummaryTitle};
pub use header::Header;
pub use journal::{ActOutcome, JournalRow, NoUndo, UndoView};
pub use key::Key;
pub use live::{LiveRow, LiveSubject, LiveValue};
pub use login::{LoginEvidence, LoginNote, LoginSight, Person, Unproved};
pub use map::{Light, MapView};
pub use note::{
    AccessNote, HandMade, HostNeed, KeyNote, LinkNote, LinkedAccount, NextNote, OpeningNote,
    RenewalNote, RevocationNote, RotationNote, TokenNote,
};
pub use offered::Offered;
pub use pick::{
    AccessPick, AgainPick, FitPick, HostPick, LeavePick, LoginPick, OnPick, Pick, RightPick,
    RotationPick, StorePick, TokenPick, UndoPick,
};
pub use progress::{LoginResult, LoginStage, LoginState, LoginView, Sighting, Stretch, Work};
pub use prompt::{Check, Choice, Prompt, PromptId, PromptKind, TextRefusal};
pub use proof::{Claim, Proof, Sign};
pub use remembered::Remembered;
pub use rotation::{Between, Course, RotationView, Side, SwitchView};
pub use secret_age::SecretAge;
pub use step::{Edit, FieldRow, FieldState, Note, PlanView, StepState, StepView};
pub use step_note::StepNote;
pub use story::Story;
pub use system::{Lamp, RouteView, SystemView};
pub use tally::{Remains, Tally};
pub use task::{LoginTask, Task};
pub use token::{TokenEnd, TokenView};
pub use topic::{
    AccessTopic, Changed, HostTopic, LoginTopic, RotationTopic, RunTopic, StepTopic, StoreTopic,
    Topic, UndoTopic,
};
pub use undo::{Fate, NothingToUndo, UndoNote};

use crate::wizard::StepId;

/// Everything that a face may draw. The engine publishes a new one whenever
/// something changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// What stands above everything.
    pub header: Header,
    /// The rail: the steps of this run in their order, access first.
    pub steps: Vec<StepView>,
    /// The step on the card.
    pub here: StepId,
    /// What the operator is asked now.
    pub prompt: Option<Prompt>,
    /// What is going on now.
    pub work: Option<Work>,
    /// What was done, oldest first.
    pub journal: Vec<JournalRow>,
    /// What was checked between browser, Immich, authentik and the host.
    pub map: MapView,
    /// The login that is being waited for, or was seen.
    pub login: Option<LoginView>,
    /// What is remembered of earlier runs.
    pub remembered: Remembered,
    /// Which side holds which secret, in a rotation.
    pub rotation: Option<RotationView>,
    /// The end of the walk: what was set up, and what comes next.
    pub summary: Option<Summary>,
    /// Set when the run is over; nothing comes after it.
    pub ending: Option<Ending>,
}

impl Snapshot {
    /// The step on the card.
    #[must_use]
    pub fn card(&self) -> Option<&StepView> {
        self.step(self.here)
    }

    /// The plan that is asked about; else the one that is proposed on the card.
    #[must_use]
    pub fn plan(&self) -> Option<&PlanView> {
        let asked = self.prompt.as_ref().and_then(Prompt::plan);
        asked.or_else(|| self.card()?.plan.as_ref())
    }

    /// One step of the rail.
    #[must_use]
    pub fn step(&self, id: StepId) -> Option<&StepView> {
        self.steps.iter().find(|step| step.id == id)
    }

    /// The place of a step on the rail, from nought.
    #[must_use]
    pub fn place(&self, id: StepId) -> Option<usize> {
        self.steps.iter().position(|step| step.id == id)
    }

    /// Lets the login that was seen not count any more.
    pub(in crate::wizard) fn forget_login(&mut self) {
        self.login = None;
        let seen = self.steps.iter_mut().find(|step| step.id == StepId::Login);
        if let Some(step) = seen.filter(|step| step.state == StepState::Done) {
            step.state = StepState::ToDo;
            step.took = None;
            step.proofs.clear();
        }
    }

    /// The step after that one.
    #[must_use]
    pub fn after(&self, id: StepId) -> Option<StepId> {
        self.steps.get(self.place(id)? + 1).map(|step| step.id)
    }

    /// The step before that one; before the first there is none.
    #[must_use]
    pub fn before(&self, id: StepId) -> Option<StepId> {
        self.steps.get(self.place(id)?.checked_sub(1)?).map(|step| step.id)
    }
}
