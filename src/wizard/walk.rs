//! The walk: access, then the steps of the tutorial, each looked at, planned,
//! confirmed, performed and verified.

mod step;
mod turns;

use std::sync::Arc;

use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};

use super::{
    Command, Ending, Snapshot, StepId, StepState, StepView,
    desk::{Desk, Interrupt},
    edit, finish,
    setup::{Purpose, Setup},
    steps,
    systems::Systems,
};
use crate::site::Profile;

/// A walk that is under way.
#[derive(Debug)]
pub struct Walk {
    /// What a face shows.
    pub snapshots: watch::Receiver<Arc<Snapshot>>,
    /// What a face asks for. When it is dropped, the walk ends.
    pub commands: mpsc::UnboundedSender<Command>,
    /// The engine's own task.
    pub task: JoinHandle<Ending>,
}

/// Starts the walk in a task of its own. The first snapshot is there at once,
/// before anything is looked at.
#[must_use]
pub fn start(setup: Setup) -> Walk {
    let snapshot = first_snapshot(&setup);
    let ends_after_undo = setup.purpose == Purpose::Undo;
    let (published, snapshots) = watch::channel(Arc::new(snapshot.clone()));
    let (commands, received) = mpsc::unbounded_channel();
    let desk = Desk::new(snapshot, published, received);
    let task = tokio::spawn(async move {
        let mut walker = Walker {
            desk,
            systems: Systems::new(setup),
            visiting: false,
            asked_about: None,
            opened: false,
            clean: Vec::new(),
            ends_after_undo,
        };
        let ending = walker.walk().await;
        walker.systems.remember();
        walker.desk.show(|snapshot| {
            snapshot.prompt = None;
            snapshot.work = None;
            snapshot.ending = Some(ending.clone());
        });
        ending
    });
    Walk { snapshots, commands, task }
}

/// What a face shows before the walk is started: the profile's name and the
/// steps. Nothing is looked at for it.
#[must_use]
pub fn preview(setup: &Setup) -> Snapshot {
    first_snapshot(setup)
}

pub(super) fn first_snapshot(setup: &Setup) -> Snapshot {
    Snapshot {
        site: setup.file.name().to_owned(),
        lab: setup.lab,
        steps: rail(&setup.purpose, &setup.profile),
        ..Snapshot::default()
    }
}

/// The steps of a run before any of them was looked at.
fn rail(purpose: &Purpose, profile: &Profile) -> Vec<StepView> {
    let step = |id| StepView {
        id,
        state: StepState::ToDo,
        took: None,
        about: steps::about(id, profile),
        fields: Vec::new(),
        live: Vec::new(),
        plan: None,
        notes: Vec::new(),
        blockers: Vec::new(),
        proofs: Vec::new(),
    };
    purpose.steps().iter().copied().map(step).collect()
}

struct Walker {
    desk: Desk,
    systems: Systems,
    /// Whether the operator went to this step, instead of coming to it.
    visiting: bool,
    /// The plan about which it was asked whether what is there stays.
    asked_about: Option<String>,
    /// Whether it was said what changed since last time.
    opened: bool,
    /// Steps that were looked at in the beginning and have nothing to do.
    clean: Vec<StepId>,
    /// Whether the run is for taking the last one back, and for nothing else.
    ends_after_undo: bool,
}

/// How a step was left.
enum Left {
    /// By its end.
    On,
    /// By the operator, who leaves it as it is.
    Skipped,
    /// For another step.
    For(StepId),
}

/// What whoever looks at a step that has nothing to do wants.
#[derive(PartialEq, Eq)]
enum Rest {
    /// To go on.
    Over,
    /// To see it looked at and verified once more.
    Anew,
}

impl Walker {
    async fn walk(&mut self) -> Ending {
        if let Err(fault) = self.systems.begin(&mut self.desk) {
            return Ending::Failed(fault);
        }
        let mut at = StepId::Access;
        loop {
            self.desk.show(|snapshot| snapshot.here = at);
            let left = match at {
                // Boxed: each holds much across its questions, and one at a time.
                StepId::Access => Box::pin(self.access()).await,
                StepId::Create => Box::pin(self.rotation_begins()).await,
                StepId::Test => Box::pin(self.rotation_is_tested()).await,
                StepId::Finish => Box::pin(self.rotation_ends()).await,
                _ => Box::pin(self.step(at)).await,
            };
            // What was typed so far is kept, however the step was left.
            if let Err(fault) = self.systems.save_profile() {
                return Ending::Failed(fault);
            }
            self.visiting = false;
            match left {
                Ok(_) if self.ends_after_undo => match self.undo().await {
                    Some(ending) => return ending,
                    None => at = StepId::Access,
                },
                // A stage that is left out is not walked past.
                Ok(Left::Skipped) if self.rotates() => return Ending::Left,
                Ok(Left::For(step)) => at = step,
                Ok(_) => match self.next(at) {
                    Some(next) => at = next,
                    None => match Box::pin(self.summary()).await {
                        Ok(ending) => return ending,
                        Err(Interrupt::Visit(step)) => at = self.visit(at, step),
                        Err(Interrupt::Rotate) => at = self.turn_to_rotation(),
                        Err(Interrupt::Undo) => match self.undo().await {
                            Some(ending) => return ending,
                            None => at = StepId::Provider,
                        },
                        Err(_) => return finish::ending(&self.desk),
                    },
                },
                Err(Interrupt::Quit) => return finish::left(&self.desk),
                Err(Interrupt::Finish) => return Ending::Finished,
                Err(Interrupt::Visit(step)) => at = self.visit(at, step),
                Err(Interrupt::Rotate) => at = self.turn_to_rotation(),
                Err(Interrupt::Back) => at = self.desk.snapshot().before(at).unwrap_or(at),
                Err(Interrupt::Edit(key, value)) => {
                    self.clean.clear();
                    match edit::apply(&mut self.desk, &mut self.systems, at, key, &value) {
                        Ok(step) => at = step,
                        Err(fault) => return Ending::Failed(fault),
                    }
                }
                Err(Interrupt::Undo) if self.systems.are_open() => match self.undo().await {
                    Some(ending) => return ending,
                    None => at = StepId::Provider,
                },
                // Begin this step anew.
                Err(_) => {}
            }
        }
    }
}
