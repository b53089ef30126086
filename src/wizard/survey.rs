//! Without an operator: what is so and what would be done, and a plan that was
//! reviewed before, performed exactly as it stands.

mod failure;
mod test;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, watch};

use super::{
    Command, OpeningNote, Snapshot, StepId, StepNote, StepState, Task, access, adopt,
    desk::{Desk, Interrupt},
    effect::{Effect, RotationEffect},
    look::{Look, When},
    looking,
    plan::{Decision, Plan},
    recovery, rotation,
    setup::{Purpose, Setup},
    steps,
    systems::Systems,
    walk::preview,
};
use crate::site::{Fault, System};
use failure::SurveyFailure;

/// The format of a plan file.
const VERSION: u32 = 1;

/// What is so at a site, and what the wizard would do about it.
#[derive(Clone, Debug)]
pub struct Survey {
    /// The state of every step, as a face would show it.
    pub snapshot: Snapshot,
    purpose: Purpose,
    plans: Vec<Plan>,
    holds_secret: bool,
}

impl Survey {
    /// Whether an old value in the plans holds a secret: then they must not be
    /// written to a file.
    #[must_use]
    pub const fn holds_secret(&self) -> bool {
        self.holds_secret
    }

    /// The plans of all steps, to be reviewed and applied later.
    #[must_use]
    pub fn plan_file(&self) -> PlanFile {
        PlanFile {
            version: VERSION,
            site: self.snapshot.header.site.clone(),
            purpose: self.purpose.clone(),
            made_at: Timestamp::now(),
            plans: self.plans.clone(),
        }
    }
}

/// A plan for all steps, as a file. It holds no secret: where one goes it says
/// which.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanFile {
    version: u32,
    site: String,
    #[serde(default)]
    purpose: Purpose,
    made_at: Timestamp,
    plans: Vec<Plan>,
}

/// The version of any plan file.
#[derive(Deserialize)]
struct Version {
    version: u32,
}

impl PlanFile {
    /// Reads a plan file.
    ///
    /// # Errors
    /// When it is none, or was written by a release with another format.
    pub fn read(text: &str) -> Result<Self, Fault> {
        let none = |error| SurveyFailure::NoPlan(error).reading();
        // Another format has other keys: the version says so first.
        let version = serde_json::from_str::<Version>(text);
        let Version { version } = version.map_err(none)?;
        if version != VERSION {
            return Err(SurveyFailure::OtherFormat { version }.reading());
        }
        serde_json::from_str(text).map_err(none)
    }

    /// The file's text, ending with a newline.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn text(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }

    /// The profile that it was made for.
    #[must_use]
    pub fn site(&self) -> &str {
        &self.site
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.plans.iter().all(Plan::is_empty)
    }
}

/// How long looking at a site may take as a whole.
pub const SURVEY_WITHIN: Duration = Duration::from_mins(2);

/// How long applying a plan may take as a whole: after that no step is begun.
pub const APPLY_WITHIN: Duration = Duration::from_mins(10);

/// Looks at every step. Changes nothing and needs no operator: what would have
/// to be asked is a fault.
///
/// # Errors
/// When the site cannot be looked at.
pub async fn survey(setup: Setup) -> Result<Survey, Fault> {
    survey_within(setup, SURVEY_WITHIN).await
}

/// The same with a deadline for all of it.
///
/// # Errors
/// [`FaultKind::Late`](crate::site::FaultKind::Late) says what it was busy with.
pub async fn survey_within(setup: Setup, at_most: Duration) -> Result<Survey, Fault> {
    let purpose = setup.purpose.clone();
    // Nobody speaks, but nobody left either.
    let (_nobody, commands) = mpsc::unbounded_channel();
    let mut run = Unattended::new(setup, commands);
    let plans = Box::pin(run.survey(at_most)).await;
    let plans = plans.map_err(|fault| run.desk.public_fault(fault))?;
    let holds_secret = plans.iter().any(|plan| plan.holds_one_of(run.desk.known()));
    Ok(Survey { snapshot: run.desk.public(), purpose, plans, holds_secret })
}

/// Performs exactly the plan in `file`. Refuses, before anything is changed,
/// when live moved since it was made.
///
/// # Errors
/// When live moved, or the first effect or proof that fails. What was done
/// until then is in the journal.
pub async fn apply(setup: Setup, file: &PlanFile) -> Result<Snapshot, Fault> {
    let (_nobody, commands) = mpsc::unbounded_channel();
    apply_within(setup, file, APPLY_WITHIN, &mut |_| {}, commands).await
}

/// The same with a deadline for all of it, after which no step is begun. `watch`
/// sees the state before anything is changed, and after each step. Of `commands`
/// [`Command::Quit`] is heard: what is under way comes to its end, and no more is
/// begun. Its sender must not be dropped before the end.
///
/// # Errors
/// [`FaultKind::Late`](crate::site::FaultKind::Late) says what it was busy with, or which step is left.
pub async fn apply_within(
    setup: Setup,
    file: &PlanFile,
    at_most: Duration,
    watch: Watch<'_>,
    commands: mpsc::UnboundedReceiver<Command>,
) -> Result<Snapshot, Fault> {
    let since = Instant::now();
    if file.site != setup.file.name() {
        return Err(SurveyFailure::OtherSite { site: file.site.clone() }.applying());
    }
    let mut run = Unattended::new(Setup { purpose: file.purpose.clone(), ..setup }, commands);
    run.systems.begin(&mut run.desk)?;
    let outcome = Box::pin(run.apply(file, since, at_most, watch)).await;
    // Also one of a run that was killed.
    access::end_run(&mut run.desk, &mut run.systems).await;
    run.systems.keep_anchor().await;
    outcome.map_err(|fault| run.desk.public_fault(fault))?;
    Ok(run.desk.public())
}

/// Sees the state while a plan is applied.
pub type Watch<'a> = &'a mut (dyn FnMut(&Snapshot) + Send);

struct Unattended {
    desk: Desk,
    systems: Systems,
    /// Why the settings cannot be written on the host.
    obstacle: Option<Fault>,
    /// Whether the new client secret was tested.
    tested: bool,
}

impl Unattended {
    fn new(setup: Setup, commands: mpsc::UnboundedReceiver<Command>) -> Self {
        let snapshot = preview(&setup);
        let (published, _) = watch::channel(Arc::new(snapshot.clone()));
        let desk = Desk::new(snapshot, published, commands);
        let systems = Systems::new(setup, desk.known());
        Self { desk, systems, obstacle: None, tested: false }
    }

    async fn survey(&mut self, at_most: Duration) -> Result<Vec<Plan>, Fault> {
        self.systems.begin_reading()?;
        let looking = async |run: &mut Self| {
            Box::pin(run.open()).await?;
            let plans = Box::pin(run.plans()).await?;
            run.say_whether_hand_made(&plans).await;
            Ok(plans)
        };
        self.within(at_most, looking).await
    }

    /// What somebody set up by hand is said beside the first change of it. What
    /// cannot be read is a blocker of its step already.
    async fn say_whether_hand_made(&mut self, plans: &[Plan]) {
        let first = plans.iter().find(|plan| !plan.is_empty()).map(Plan::step);
        let (Purpose::SetUp, Some(first)) = (&self.systems.purpose, first) else { return };
        if let Ok(Some(note)) = adopt::hand_made(&self.systems).await {
            self.desk.show_step(first, |step| {
                step.notes.push(OpeningNote::HandMade(note).into());
                step.notes.push(StepNote::CanBeAdopted.into());
            });
        }
    }

    /// Changes of what somebody set up by hand need an operator who was told so.
    async fn is_decided(&self, plans: &[Plan]) -> Result<(), Fault> {
        if self.systems.purpose != Purpose::SetUp || plans.iter().all(Plan::is_empty) {
            return Ok(());
        }
        let Some(note) = adopt::hand_made(&self.systems).await? else { return Ok(()) };
        Err(SurveyFailure::HandMade(note).applying())
    }

    /// Looks, and gives up after that time.
    async fn within<T>(
        &mut self,
        at_most: Duration,
        look: impl AsyncFnOnce(&mut Self) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let done = tokio::time::timeout(at_most, look(self)).await;
        done.unwrap_or_else(|_| {
            let work = self.desk.snapshot().work.as_ref();
            let busy = work.map_or(Task::OpeningSite, |work| work.what.clone());
            Err(SurveyFailure::SlowLook { at_most, busy }.looking())
        })
    }

    async fn open(&mut self) -> Result<(), Fault> {
        self.systems.open_unattended(&mut self.desk).await?;
        self.desk.show_step(StepId::Access, |step| step.state = StepState::Done);
        let last_login = self.systems.last_login();
        self.desk.show(|snapshot| snapshot.remembered.last_login = last_login);
        rotation::show_age(&mut self.desk, &self.systems).await;
        access::show_token(&mut self.desk, &self.systems).await;
        Ok(())
    }

    /// See [`apply`].
    async fn apply(
        &mut self,
        file: &PlanFile,
        since: Instant,
        at_most: Duration,
        watch: Watch<'_>,
    ) -> Result<(), Fault> {
        let looking = async |run: &mut Self| {
            Box::pin(run.open()).await?;
            let found = recovery::settle(&mut run.systems).await?;
            run.desk.show_step(StepId::Access, |step| {
                step.notes = found;
            });
            Box::pin(run.plans()).await
        };
        let plans = self.within(at_most, looking).await?;
        if let Some((_, now)) = file.plans.iter().zip(&plans).find(|(then, now)| then != now) {
            return Err(self.moved().applying_step(now.step()));
        }
        if plans.len() != file.plans.len() {
            return Err(self.moved().applying_step(StepId::Provider));
        }
        if let Some(obstacle) = self.obstacle.take() {
            return Err(obstacle);
        }
        self.is_decided(&plans).await?;
        watch(&self.desk.public());
        for reviewed in &file.plans {
            if since.elapsed() > at_most {
                return Err(SurveyFailure::NotBegun { at_most }.applying_step(reviewed.step()));
            }
            let tests = reviewed.step() == StepId::Finish && promotes(reviewed);
            if tests && !std::mem::replace(&mut self.tested, true) {
                // A switch of an earlier run: it is not finished untested either.
                Box::pin(test::secret(&mut self.desk, &mut self.systems)).await?;
            }
            let performed = Box::pin(self.perform(reviewed)).await;
            watch(&self.desk.public());
            performed?;
        }
        self.systems.finish_set_up()?;
        // It may be another one by now.
        rotation::show_age(&mut self.desk, &self.systems).await;
        Ok(())
    }

    /// Looks at the steps that may have to change something, in their order.
    async fn plans(&mut self) -> Result<Vec<Plan>, Fault> {
        let mut plans = Vec::new();
        let mut settings = false;
        for id in self.systems.purpose.steps().iter().copied() {
            if !steps::of(id).is_planned() {
                continue;
            }
            let look = self.look(id, When::Ahead { settings }).await?;
            if id == StepId::Settings {
                settings = !look.effects.is_empty();
                let mut faults = look.blockers.iter();
                self.obstacle = faults.find(|fault| fault.system == System::Host).cloned();
            }
            if look.effects.is_empty() && look.blockers.is_empty() && look.not_needed.is_none() {
                self.desk.show_step(id, |step| step.state = StepState::Done);
            }
            plans.push(Plan::new(id, look.effects));
        }
        self.desk.show(|snapshot| {
            for step in &mut snapshot.steps {
                if step.id == StepId::Login {
                    step.state = StepState::ToDo;
                }
            }
        });
        Ok(plans)
    }

    async fn look(&mut self, id: StepId, when: When) -> Result<Look, Fault> {
        let looked = async {
            looking::whether_in_effect(&mut self.desk, &mut self.systems, id).await?;
            looking::look(&mut self.desk, &mut self.systems, id, when).await
        };
        looked.await.map_err(|interrupt| interrupted(id, interrupt))
    }

    /// The servers are not as they were when the plan was made.
    fn moved(&self) -> SurveyFailure {
        SurveyFailure::Moved { rotates: matches!(self.systems.purpose, Purpose::Rotate(_)) }
    }

    async fn perform(&mut self, reviewed: &Plan) -> Result<(), Fault> {
        let id = reviewed.step();
        self.desk.comes_to_step();
        let look = self.look(id, When::Walked).await?;
        let decision = Decision::of_reviewed(reviewed);
        let plan = Plan::new(id, look.effects);
        if plan.is_empty() && reviewed.is_empty() {
            return Ok(());
        }
        let confirmed = plan.confirmed_by(&decision).map_err(|_| self.moved().applying_step(id))?;
        rotation::perform(&mut self.desk, &mut self.systems, confirmed).await?;
        let broken = looking::verify(&mut self.desk, &mut self.systems, id)
            .await
            .map_err(|interrupt| interrupted(id, interrupt))?;
        match broken {
            Some(fault) => Err(fault),
            // Nothing is finished before it was tested; what fails leads back.
            None if id == StepId::Set => {
                self.tested = true;
                test::secret(&mut self.desk, &mut self.systems).await
            }
            None => Ok(()),
        }
    }
}

/// Whether a plan makes the pending client secret the current one.
fn promotes(plan: &Plan) -> bool {
    let promotes =
        |effect: &Effect| matches!(effect, Effect::Rotation(RotationEffect::Promote { .. }));
    plan.effects().iter().any(promotes)
}

fn interrupted(id: StepId, _: Interrupt) -> Fault {
    SurveyFailure::Interrupted.looking_at(id)
}
