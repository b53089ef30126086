//! The walk: access, then the steps of the tutorial, each looked at, planned,
//! confirmed, performed and verified.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};

use super::{
    Choice, Command, Ending, FieldRow, Snapshot, StepId, StepState, StepView, access, adopt,
    desk::{Desk, Interrupt, Question},
    edit, effect, finish, keep, login, looking, opening,
    plan::{Decision, Plan},
    record,
    recovery::{self, Wish},
    rotation::{self, Turn},
    setup::{Purpose, RotateWish, Rotated, Setup},
    steps::{self, Look},
    systems::Systems,
    undo,
};
use crate::site::{Fault, Profile};

/// How long a plan may stand on the screen before live is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

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

    const fn rotates(&self) -> bool {
        matches!(self.systems.purpose, Purpose::Rotate(_))
    }

    async fn summary(&mut self) -> Result<Ending, Interrupt> {
        if let Some(own) = self.renews() {
            rotation::own_summary(&mut self.desk, &self.systems, own).await
        } else if self.rotates() {
            rotation::summary(&mut self.desk, &mut self.systems).await
        } else {
            finish::summary(&mut self.desk, &self.systems).await
        }
    }

    /// Goes on as a rotation, with its own rail; access is there already.
    fn turn_to_rotation(&mut self) -> StepId {
        self.systems.purpose = Purpose::Rotate(RotateWish::default());
        let rail = rail(&self.systems.purpose, &self.systems.profile);
        self.desk.show(|snapshot| {
            let access = snapshot.step(StepId::Access).cloned();
            snapshot.steps = rail;
            if let (Some(access), Some(first)) = (access, snapshot.steps.first_mut()) {
                *first = access;
            }
            snapshot.summary = None;
            snapshot.login = None;
        });
        StepId::Create
    }

    /// What is rotated, where that is the wizard's own.
    const fn renews(&self) -> Option<Rotated> {
        match &self.systems.purpose {
            Purpose::Rotate(RotateWish { of: Rotated::ClientSecret, .. }) => None,
            Purpose::Rotate(wish) => Some(wish.of),
            _ => None,
        }
    }

    async fn rotation_begins(&mut self) -> Result<Left, Interrupt> {
        if let Some(own) = self.renews() {
            return match rotation::renew(&mut self.desk, &mut self.systems, own).await? {
                Turn::Leave => Ok(Left::Skipped),
                _ => Ok(Left::On),
            };
        }
        match rotation::opening(&mut self.desk, &mut self.systems).await? {
            Turn::Leave => Ok(Left::Skipped),
            _ => self.step(StepId::Create).await,
        }
    }

    async fn rotation_is_tested(&mut self) -> Result<Left, Interrupt> {
        match rotation::test(&mut self.desk, &mut self.systems).await? {
            Turn::On => Ok(Left::On),
            Turn::Set => Ok(Left::For(StepId::Set)),
            Turn::Leave => Ok(Left::Skipped),
        }
    }

    async fn rotation_ends(&mut self) -> Result<Left, Interrupt> {
        if let Some(own) = self.renews() {
            rotation::retire(&mut self.desk, &mut self.systems, own).await?;
            return Ok(Left::On);
        }
        let left = self.step(StepId::Finish).await?;
        if matches!(left, Left::On) {
            rotation::revocation(&mut self.desk, &mut self.systems).await?;
        }
        Ok(left)
    }

    /// The step after this one that may have something to do.
    fn next(&self, at: StepId) -> Option<StepId> {
        let mut next = self.desk.snapshot().after(at)?;
        while self.clean.contains(&next) {
            next = self.desk.snapshot().after(next)?;
        }
        Some(next)
    }

    /// The step to go to; nothing but access can be visited before access is
    /// there, and a rotation's stages are walked in their order.
    fn visit(&mut self, at: StepId, step: StepId) -> StepId {
        if !self.systems.are_open() {
            return StepId::Access;
        }
        if self.rotates() && step != StepId::Access {
            return at;
        }
        self.visiting = true;
        step
    }

    /// Takes the last run back. `None`: the operator walks on afterwards.
    async fn undo(&mut self) -> Option<Ending> {
        loop {
            match Box::pin(self.undo_and_ask()).await {
                Ok(ending) => return ending,
                Err(Interrupt::Quit) => return Some(finish::left(&self.desk)),
                Err(Interrupt::Undo) => {}
                Err(_) => return None,
            }
        }
    }

    async fn undo_and_ask(&mut self) -> Result<Option<Ending>, Interrupt> {
        let tally = undo::last_run(&mut self.desk, &mut self.systems).await?;
        if self.systems.restart_is_due() {
            Box::pin(self.step(StepId::Restart)).await?;
        }
        if self.ends_after_undo {
            return Ok(Some(Ending::TakenBack(tally)));
        }
        let mut options = vec![
            option('w', "Walk the steps again", "Each is looked at anew."),
            option('f', "Finish", ""),
        ];
        if undo::is_possible(&self.systems) {
            options.push(option('u', "Take the run before it back, too", ""));
        }
        match self.pick(Question::choice(tally.to_string(), options)).await? {
            0 => Ok(None),
            1 => Ok(Some(Ending::TakenBack(tally))),
            _ => Err(Interrupt::Undo),
        }
    }

    async fn access(&mut self) -> Result<Left, Interrupt> {
        let began = Instant::now();
        access::open_store(&mut self.desk, &mut self.systems).await?;
        let first = self.systems.purpose == Purpose::SetUp && !self.opened && !self.visiting;
        let glanced = first && Box::pin(opening::glance(&mut self.desk, &mut self.systems)).await?;
        if !glanced {
            Box::pin(access::open(&mut self.desk, &mut self.systems, self.visiting)).await?;
        }
        self.desk.show_step(StepId::Access, |step| {
            step.state = StepState::Done;
            step.took = Some(began.elapsed());
            step.blockers.clear();
        });
        if glanced {
            self.opened = true;
            rotation::show_age(&mut self.desk, &self.systems).await;
            let wish = opening::nothing_to_do(&mut self.desk, &self.systems).await?;
            return self.follow(wish);
        }
        let wish = Box::pin(recovery::begin(&mut self.desk, &mut self.systems)).await?;
        rotation::show_age(&mut self.desk, &self.systems).await;
        if wish == Wish::TakeBack {
            return Err(Interrupt::Undo);
        }
        let sets_up = self.systems.purpose == Purpose::SetUp;
        if sets_up && rotation::interrupted(&mut self.desk, &self.systems).await? {
            return Err(Interrupt::Rotate);
        }
        Box::pin(self.open()).await
    }

    /// Opens a run on a site that is known with what changed since last time.
    async fn open(&mut self) -> Result<Left, Interrupt> {
        let wanted = self.systems.purpose == Purpose::SetUp && !self.opened && !self.visiting;
        self.opened = true;
        if !wanted {
            return Ok(Left::On);
        }
        if self.systems.is_new_here && !opening::is_known(&self.systems) {
            Box::pin(adopt::offer(&mut self.desk, &mut self.systems)).await?;
        }
        if !opening::is_known(&self.systems) {
            return Ok(Left::On);
        }
        access::open_host(&mut self.desk, &mut self.systems, access::HostNeed::Settings).await?;
        let wish = Box::pin(opening::begin(&mut self.desk, &mut self.systems)).await?;
        self.follow(wish)
    }

    /// Does what the operator wants after the opening.
    fn follow(&mut self, wish: opening::Wish) -> Result<Left, Interrupt> {
        match wish {
            opening::Wish::Walk(clean) => {
                self.clean = clean;
                Ok(Left::On)
            }
            opening::Wish::TryLogin => Err(Interrupt::Visit(StepId::Login)),
            opening::Wish::TakeBack => Err(Interrupt::Undo),
            opening::Wish::Finish => Err(Interrupt::Finish),
        }
    }

    async fn step(&mut self, id: StepId) -> Result<Left, Interrupt> {
        let began = Instant::now();
        let mut moved = false;
        loop {
            let look = self.look(id).await?;
            if std::mem::take(&mut moved) {
                let note = "Something changed since the last plan was shown. This is the new one.";
                self.desk.show_step(id, |step| step.notes.insert(0, note.into()));
            }
            if !look.blockers.is_empty() {
                match self.blocked(id, &look).await? {
                    Some(left) => return Ok(left),
                    None => continue,
                }
            }
            let plan = Plan::new(id, look.effects.clone());
            if plan.is_empty() {
                match self.nothing_to_do(id, look.not_needed, began).await? {
                    Some(left) => return Ok(left),
                    None => continue,
                }
            }
            if self.keeps(id, &look.fields, &plan).await? {
                continue;
            }
            let question = Question::decide(steps::question(id), plan.digest(), LOOK_AGAIN);
            let answer = match self.desk.ask(question).await {
                Ok(answer) => answer,
                Err(Interrupt::Refresh) => continue,
                Err(other) => return Err(other),
            };
            let Some(decision) = Decision::of(&answer) else {
                self.desk.show_step(id, |step| step.state = StepState::Skipped);
                return Ok(Left::Skipped);
            };
            // Live may have moved while the operator was reading: then the
            // decision is about another plan, and the new one is shown.
            let look = self.look(id).await?;
            let plan = Plan::new(id, look.effects);
            let Ok(confirmed) = plan.confirmed_by(&decision) else {
                moved = true;
                continue;
            };
            // What was clean may not be so any more.
            self.clean.clear();
            let performed = effect::perform(&mut self.desk, &mut self.systems, confirmed).await;
            if let Err(fault) = performed {
                if let Some(left) = self.failed(id, fault).await? {
                    return Ok(left);
                }
                continue;
            }
            if let Some(left) = self.verify(id, began).await? {
                return Ok(left);
            }
        }
    }

    /// Asks whether what somebody changed by hand is to stay: then the profile
    /// is changed instead, and the step is looked at again.
    async fn keeps(
        &mut self,
        id: StepId,
        rows: &[FieldRow],
        plan: &Plan,
    ) -> Result<bool, Interrupt> {
        let changes = keep::changed_by_hand(&self.systems, id, rows);
        if changes.is_empty() || self.asked_about.as_ref() == Some(&plan.digest()) {
            return Ok(false);
        }
        self.asked_about = Some(plan.digest());
        let options = vec![
            option('p', "Put it back as the profile says", "You see and confirm it first."),
            option('k', "Keep what is there now", "The profile is changed instead."),
        ];
        let question = format!("{}: somebody changed it since last time. What now?", id.title());
        let mut question = Question::choice(question, options);
        for change in &changes {
            question = question.help(change.says.clone());
        }
        if self.pick(question).await? == 0 {
            return Ok(false);
        }
        for change in &changes {
            let set = change.key.set(&mut self.systems.profile, &change.value);
            if let Err(why) = set {
                self.desk.show_step(id, |step| step.notes.insert(0, why));
                return Ok(false);
            }
        }
        self.clean.clear();
        Ok(true)
    }

    /// Reads live, compares, and shows what came out.
    async fn look(&mut self, id: StepId) -> Result<Look, Interrupt> {
        if matches!(id, StepId::Settings | StepId::Restart | StepId::Create | StepId::Set) {
            access::open_host(&mut self.desk, &mut self.systems, access::HostNeed::of(id)).await?;
        }
        looking::look(&mut self.desk, &mut self.systems, id).await
    }

    async fn blocked(&mut self, id: StepId, look: &Look) -> Result<Option<Left>, Interrupt> {
        let first = look.blockers.first();
        let mut options = vec![
            option('r', "Look again", "After you mended what is listed above."),
            option('a', "Change how the servers are reached", "Addresses and access."),
            self.leaves_out(),
        ];
        if first.is_some_and(steps::is_insecure_issuer) {
            options.push(option(
                'i',
                "Allow insecure requests",
                "Immich accepts the issuer without TLS. Only for a network that you trust wholly.",
            ));
        }
        let offers = look.offers.iter().zip('1'..='9');
        let first_offer = options.len();
        options.extend(
            offers.map(|(offer, key)| option(key, &offer.label, "The profile is changed.")),
        );
        let question =
            Question::choice(format!("{} cannot go on like this. What now?", id.title()), options)
                .refused(first.map(|fault| (String::new(), fault.clone())));
        // Whoever went without the host is asked for it anew.
        self.systems.goes_without_host = false;
        match self.pick(question).await? {
            0 => Ok(None),
            1 => Err(Interrupt::Visit(StepId::Access)),
            index if index >= first_offer => match look.offers.get(index - first_offer) {
                Some(offer) => Err(Interrupt::Edit(offer.key, offer.value.clone())),
                None => Ok(None),
            },
            3 => {
                self.systems.profile.settings.allow_insecure_requests = true;
                Ok(None)
            }
            _ => {
                self.desk.show_step(id, |step| step.state = StepState::Skipped);
                Ok(Some(Left::Skipped))
            }
        }
    }

    async fn failed(&mut self, id: StepId, fault: Fault) -> Result<Option<Left>, Interrupt> {
        // What became of it is noted at once where it can be seen; else the
        // next run looks.
        let what = "looking what became of it";
        let looked =
            self.desk.work(what, None, Box::pin(recovery::settle(&mut self.systems))).await?;
        if let Err(unseen) = looked {
            tracing::debug!(%unseen, "what became of it cannot be seen yet");
        }
        let rows = record::rows(self.systems.history());
        self.desk.show(|snapshot| snapshot.journal = rows);
        self.desk.show_step(id, |step| {
            step.state = StepState::Failed;
            step.blockers = vec![fault.clone()];
        });
        let question = Question::choice(
            "This did not work. What now?",
            vec![
                option('r', "Look again and plan anew", "Nothing is done before you confirm it."),
                self.leaves_out(),
            ],
        )
        .refused(Some((String::new(), fault)));
        match self.pick(question).await? {
            0 => Ok(None),
            _ => Ok(Some(Left::Skipped)),
        }
    }

    async fn nothing_to_do(
        &mut self,
        id: StepId,
        not_needed: Option<String>,
        began: Instant,
    ) -> Result<Option<Left>, Interrupt> {
        if let Some(why) = not_needed {
            self.desk.show_step(id, |step| {
                step.state = StepState::NotNeeded;
                step.notes.insert(0, why);
            });
            if self.visiting && id == StepId::Restart {
                return self.restart_anyway(began).await.map(Some);
            }
        } else {
            loop {
                if let Some(left) = self.verify(id, began).await? {
                    if id != StepId::Login && self.rest_on_visit(id).await? == Rest::Anew {
                        return Ok(None);
                    }
                    return Ok(Some(left));
                }
            }
        }
        match self.rest_on_visit(id).await? {
            Rest::Over => Ok(Some(Left::On)),
            Rest::Anew => Ok(None),
        }
    }

    /// Who went to a step that has nothing to do wants to look at it, and may
    /// want to see it verified.
    async fn rest_on_visit(&mut self, id: StepId) -> Result<Rest, Interrupt> {
        if !self.visiting {
            return Ok(Rest::Over);
        }
        let mut options = vec![
            option('g', "Go on", ""),
            option('v', "Verify anew", "Live is read and proved once more."),
        ];
        if undo::is_possible(&self.systems) {
            options.push(option(
                'u',
                "Take the last run back",
                "Each change is shown and asked about, the newest first.",
            ));
        }
        let question = Question::choice(format!("{}: nothing to do.", id.title()), options);
        match self.pick(question).await? {
            0 => Ok(Rest::Over),
            1 => Ok(Rest::Anew),
            _ => Err(Interrupt::Undo),
        }
    }

    /// A restart that nothing asks for, but the operator may want.
    async fn restart_anyway(&mut self, began: Instant) -> Result<Left, Interrupt> {
        let question = Question::choice(
            "Immich needs no restart. Restart it all the same?",
            vec![
                option('g', "Go on without", ""),
                option('p', "Plan a restart", "It is shown and confirmed like any other change."),
            ],
        );
        if self.pick(question).await? == 0 {
            return Ok(Left::On);
        }
        self.systems.wants_restart = true;
        self.visiting = false;
        let left = Box::pin(self.step(StepId::Restart)).await;
        self.systems.wants_restart = false;
        self.desk.show_step(StepId::Restart, |step| step.took = Some(began.elapsed()));
        left
    }

    /// Proves that the step did what it was for. `None`: walk it again.
    async fn verify(&mut self, id: StepId, began: Instant) -> Result<Option<Left>, Interrupt> {
        match looking::verify(&mut self.desk, &mut self.systems, id, began).await? {
            Some(fault) => self.failed(id, fault).await,
            None if id == StepId::Login => {
                login::watch(&mut self.desk, &self.systems).await?;
                Ok(Some(Left::On))
            }
            None => Ok(Some(Left::On)),
        }
    }

    /// How a step is left out: a rotation ends with it.
    fn leaves_out(&self) -> Choice {
        if self.rotates() {
            option('s', "Leave it here", "The next start sees where it stands.")
        } else {
            option('s', "Skip this step", "What was done so far is in the journal.")
        }
    }

    async fn pick(&mut self, question: Question) -> Result<usize, Interrupt> {
        match self.desk.ask(question).await? {
            super::Answer::Choice(index) => Ok(index),
            _ => Err(Interrupt::Back),
        }
    }
}

fn option(key: char, label: &str, detail: &str) -> Choice {
    Choice { key, label: label.into(), detail: detail.into() }
}
