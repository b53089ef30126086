//! The walk: access, then the steps of the tutorial, each looked at, planned,
//! confirmed, performed and verified.

mod rotation;
mod step;
mod turns;

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};

use super::{
    Command, Ending, Header, LoginView, Snapshot, StepId, StepView, Task, access,
    desk::{Desk, Interrupt, STRETCH_WITHIN},
    edit, finish,
    setup::{Purpose, Setup},
    steps,
    systems::Systems,
    tail,
};
use crate::site::{Fault, Profile};

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
    start_within(setup, STRETCH_WITHIN)
}

/// The same where the work between two questions may take that long.
#[must_use]
pub fn start_within(setup: Setup, at_most: Duration) -> Walk {
    launch(preview(&setup), at_most, |desk| Walker::new(desk, setup).run())
}

/// The same for a site that is still being opened, such as the lab: what is
/// waited for is shown, and can be left. `first` is shown meanwhile.
#[must_use]
pub fn start_opening(
    first: Snapshot,
    what: Task,
    at_most: Duration,
    opening: impl Future<Output = Result<Setup, Fault>> + Send + 'static,
) -> Walk {
    launch(first, STRETCH_WITHIN, async move |mut desk: Desk| {
        match desk.work(what, at_most, opening).await {
            Ok(Ok(setup)) => {
                desk.show(|snapshot| *snapshot = preview(&setup));
                Walker::new(desk, setup).run().await
            }
            Ok(Err(fault)) => (desk, Ending::Failed(fault)),
            Err(_) => (desk, Ending::Left),
        }
    })
}

/// Lets a walk run in a task, to its last word.
fn launch<W>(first: Snapshot, at_most: Duration, walk: impl FnOnce(Desk) -> W) -> Walk
where
    W: Future<Output = (Desk, Ending)> + Send + 'static,
{
    let (published, snapshots) = watch::channel(Arc::new(first.clone()));
    let (commands, received) = mpsc::unbounded_channel();
    let walk = walk(Desk::new(first, published, received).bounding_stretches(at_most));
    let task = tokio::spawn(async move {
        let (mut desk, ending) = walk.await;
        desk.show(|snapshot| {
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
    before_looking(setup.file.name(), setup.lab, &setup.purpose, &setup.profile)
}

/// The same of a lab that is not open yet.
#[must_use]
pub fn preview_lab(name: &str) -> Snapshot {
    before_looking(name, true, &Purpose::SetUp, &Profile::default())
}

fn before_looking(name: &str, lab: bool, purpose: &Purpose, profile: &Profile) -> Snapshot {
    Snapshot {
        header: Header { site: name.to_owned(), lab, ..Header::default() },
        steps: rail(purpose, profile),
        ..Snapshot::default()
    }
}

/// The steps of a run before any of them was looked at.
fn rail(purpose: &Purpose, profile: &Profile) -> Vec<StepView> {
    let about = |id| steps::about(id, purpose, profile);
    let step = |id| StepView { about: Some(about(id)), ..StepView::new(id) };
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
    /// Whether it was seen that Immich's config file can be written.
    file_was_seen: bool,
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
    fn new(desk: Desk, setup: Setup) -> Self {
        Self {
            ends_after_undo: setup.purpose == Purpose::Undo,
            systems: Systems::new(setup, desk.known()),
            desk,
            visiting: false,
            asked_about: None,
            opened: false,
            file_was_seen: false,
            clean: Vec::new(),
        }
    }

    /// Walks to the end, and hands the desk back for the last word.
    async fn run(mut self) -> (Desk, Ending) {
        let ending = self.walk().await;
        // Whatever made it end.
        access::end_run(&mut self.desk, &mut self.systems).await;
        let login = self.desk.snapshot().login.as_ref().and_then(LoginView::result);
        self.systems.remember(login);
        self.systems.keep_anchor().await;
        (self.desk, ending)
    }

    async fn walk(&mut self) -> Ending {
        if let Err(fault) = tail::begin(&mut self.desk, &mut self.systems).await {
            return Ending::Failed(fault);
        }
        let mut at = StepId::Access;
        loop {
            self.desk.show(|snapshot| snapshot.here = at);
            self.desk.comes_to_step();
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
            let next = match left {
                Ok(left) => self.walked(at, left).await,
                Err(interrupt) => self.interrupted(at, interrupt).await,
            };
            match next {
                Ok(step) => at = step,
                Err(ending) => return ending,
            }
        }
    }

    /// Where the walk goes on after a step, or its end.
    async fn walked(&mut self, at: StepId, left: Left) -> Result<StepId, Ending> {
        if self.systems.purpose == Purpose::RemoveAccess {
            return self.remove_access().await.map_or(Ok(StepId::Access), Err);
        }
        if self.ends_after_undo {
            return self.undo().await.map_or(Ok(StepId::Access), Err);
        }
        match left {
            // A stage that is left out is not walked past.
            Left::Skipped if self.rotates() => return Err(Ending::Left),
            Left::For(step) => return Ok(step),
            _ => {}
        }
        if let Some(next) = self.next(at) {
            return Ok(next);
        }
        match Box::pin(self.end()).await {
            Ok(ending) => Err(ending),
            Err(Interrupt::Visit(step)) => Ok(self.visit(at, step)),
            Err(Interrupt::Rotate(of)) => Ok(self.turn_to_rotation(of)),
            Err(Interrupt::Undo) => self.undo().await.map_or(Ok(StepId::Provider), Err),
            Err(_) => Err(finish::ending(&self.desk)),
        }
    }

    /// Where the walk goes on after a step that was interrupted, or its end.
    async fn interrupted(&mut self, at: StepId, by: Interrupt) -> Result<StepId, Ending> {
        match by {
            Interrupt::Quit => Err(finish::left(&self.desk)),
            Interrupt::Finish => Err(Ending::Finished),
            Interrupt::Visit(step) => Ok(self.visit(at, step)),
            Interrupt::Rotate(of) => Ok(self.turn_to_rotation(of)),
            Interrupt::Back => Ok(self.desk.snapshot().before(at).unwrap_or(at)),
            Interrupt::Edit(key, value) => {
                self.clean.clear();
                edit::apply(&mut self.desk, &mut self.systems, at, key, &value)
                    .map_err(Ending::Failed)
            }
            Interrupt::Undo if self.systems.are_open() => {
                self.undo().await.map_or(Ok(StepId::Provider), Err)
            }
            // Begin this step anew.
            _ => Ok(at),
        }
    }
}
