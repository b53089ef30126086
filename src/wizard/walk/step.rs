//! One step: looked at, planned, confirmed, performed, verified; and what is
//! asked where that does not go through.

use std::time::Duration;

use super::{Left, Rest, Walker};
use crate::{
    site::{Fault, FaultKind},
    wizard::{
        AgainPick, FieldRow, FitPick, Key, LeavePick, OnPick, StepId, StepNote, StepState,
        StepTopic, Task, UndoPick, access,
        desk::{Interrupt, Menu, Question, Retry},
        edit, keep, leftover, login,
        look::{Look, Remedy, When},
        looking,
        plan::{Confirmed, Decision, Plan},
        record, recovery, relinking, rotation, steps, undo,
    },
};

/// How long a plan may stand on the screen before live is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// How a step that is blocked goes on.
#[derive(Clone, Debug)]
enum WayOn {
    LookAgain,
    Access,
    Skip,
    AllowInsecure,
    Remedy(Remedy),
}

/// What comes of the visit to a step that has nothing to do.
#[derive(Clone, Copy, Debug)]
enum Visit {
    Over,
    Anew,
    Undo,
}

impl Walker {
    pub(super) async fn step(&mut self, id: StepId) -> Result<Left, Interrupt> {
        let mut moved = false;
        if id == StepId::Login {
            Box::pin(relinking::settle(&mut self.desk, &mut self.systems)).await?;
        }
        loop {
            let look = self.look(id).await?;
            if std::mem::take(&mut moved) {
                let note = StepNote::PlanChanged;
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
                match self.nothing_to_do(id, look.not_needed).await? {
                    Some(left) => return Ok(left),
                    None => continue,
                }
            }
            match self.keeps(id, &look.fields, &plan).await? {
                None => {}
                Some(step) if step == id => continue,
                // What is kept here another step has to say, too.
                Some(step) => return Ok(Left::For(step)),
            }
            let view = plan.view(&self.systems);
            let question = Question::decide(steps::asks(id, &look.effects), view, LOOK_AGAIN);
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
            if let Some(left) = self.carry_out(id, confirmed).await? {
                return Ok(left);
            }
        }
    }

    /// Performs what was confirmed, and proves it. `None`: walk the step again.
    async fn carry_out(
        &mut self,
        id: StepId,
        confirmed: Confirmed,
    ) -> Result<Option<Left>, Interrupt> {
        // What was clean may not be so any more.
        self.clean.clear();
        match rotation::perform(&mut self.desk, &mut self.systems, confirmed).await {
            Ok(()) => self.verify(id).await,
            Err(fault) => self.failed(id, fault).await,
        }
    }

    /// Asks whether what somebody changed by hand is to stay: then the profile
    /// is changed instead, and returned is the step to look at again.
    pub(super) async fn keeps(
        &mut self,
        id: StepId,
        rows: &[FieldRow],
        plan: &Plan,
    ) -> Result<Option<StepId>, Interrupt> {
        let changes = keep::changed_by_hand(&self.systems, id, rows);
        if changes.is_empty() || self.asked_about.as_ref() == Some(&plan.digest()) {
            return Ok(None);
        }
        self.asked_about = Some(plan.digest());
        let menu = Menu::new(StepTopic::ChangedByHand(id))
            .option(Key::P, FitPick::PutBackProfile, true)
            .option(Key::T, FitPick::TakeOverChange, false)
            .helps(changes.iter().map(|change| change.says.clone()));
        let puts_back = self.desk.pick(menu).await?;
        if puts_back {
            return Ok(None);
        }
        let mut first = id;
        for change in &changes {
            let set = change.key.set(&mut self.systems.profile, &change.value);
            if let Err(why) = set {
                self.desk
                    .show_step(id, |step| step.notes.insert(0, StepNote::NotTaken { why }.into()));
                return Ok(None);
            }
            first = edit::from(&mut self.desk, first, change.key);
        }
        self.clean.clear();
        Ok(Some(first))
    }

    /// Reads live, compares, and shows what came out.
    pub(super) async fn look(&mut self, id: StepId) -> Result<Look, Interrupt> {
        looking::whether_in_effect(&mut self.desk, &mut self.systems, id).await?;
        if matches!(id, StepId::Settings | StepId::Restart | StepId::Create | StepId::Set) {
            access::open_host(&mut self.desk, &mut self.systems, access::HostNeed::of(id)).await?;
        }
        looking::look(&mut self.desk, &mut self.systems, id, When::Walked).await
    }

    pub(super) async fn blocked(
        &mut self,
        id: StepId,
        look: &Look,
    ) -> Result<Option<Left>, Interrupt> {
        let first = look.blockers.first();
        let (leaves_by, leaves) = self.leaves_out();
        let mut menu = Menu::new(StepTopic::Blocked(id))
            .option(Key::R, AgainPick::LookOnceRepaired, WayOn::LookAgain)
            .option(Key::A, FitPick::ChangeReach, WayOn::Access)
            .option(leaves_by, leaves, WayOn::Skip)
            .option_if(
                first.is_some_and(|fault| fault.kind == FaultKind::NotEncrypted),
                Key::I,
                FitPick::AllowInsecure,
                WayOn::AllowInsecure,
            );
        let fits = look.offers.iter().position(|offer| offer.preselected);
        for (at, (offer, key)) in look.offers.iter().zip(Key::DIGITS).enumerate() {
            let pick = FitPick::Offer(offer.says.clone());
            menu = menu.option(key, pick, WayOn::Remedy(offer.by.clone()));
            if fits == Some(at) {
                menu = menu.preselected();
            }
        }
        let menu = menu.about(first.cloned()).refreshes();
        // Whoever went without the host is asked for it anew.
        self.systems.choices.goes_without_host = false;
        match self.desk.pick_or_look(menu, WayOn::LookAgain).await? {
            WayOn::LookAgain => Ok(None),
            WayOn::Access => Err(Interrupt::Visit(StepId::Access)),
            WayOn::Remedy(Remedy::Profile(key, value)) => Err(Interrupt::Edit(key, value)),
            WayOn::Remedy(Remedy::TakeFrom(other)) => {
                self.systems.choices.takes_provider_from = Some(other);
                Ok(None)
            }
            WayOn::AllowInsecure => {
                self.systems.profile.settings.allow_insecure_requests = true;
                Ok(None)
            }
            WayOn::Skip => {
                self.desk.show_step(id, |step| step.state = StepState::Skipped);
                Ok(Some(Left::Skipped))
            }
        }
    }

    pub(super) async fn failed(
        &mut self,
        id: StepId,
        fault: Fault,
    ) -> Result<Option<Left>, Interrupt> {
        // What became of it is noted at once where it can be seen; else the
        // next run looks.
        let what = Task::LookingWhatBecame;
        let looked = Box::pin(recovery::settle(&mut self.systems));
        match self.desk.work(what, recovery::AT_MOST, looked).await {
            Ok(Ok(_)) | Err(Interrupt::Cancel) => {}
            Ok(Err(unseen)) => tracing::debug!(%unseen, "what became of it cannot be seen yet"),
            Err(other) => return Err(other),
        }
        self.systems.show_fault(&mut self.desk, &fault);
        match access::follow_way(&mut self.desk, &self.systems, &fault).await {
            Ok(()) | Err(Interrupt::Cancel) => {}
            Err(other) => return Err(other),
        }
        let rows = record::rows(self.systems.history());
        self.desk.show(|snapshot| snapshot.journal = rows);
        self.desk.show_step(id, |step| {
            step.state = StepState::Failed;
            step.blockers = vec![fault.clone()];
        });
        let retry = Retry::new(StepTopic::DidNotWork, AgainPick::Plan, self.leaves_out());
        let again = retry.refreshes().ask(&mut self.desk, fault).await?;
        Ok((!again).then_some(Left::Skipped))
    }

    pub(super) async fn nothing_to_do(
        &mut self,
        id: StepId,
        not_needed: Option<StepNote>,
    ) -> Result<Option<Left>, Interrupt> {
        if let Some(why) = not_needed {
            self.desk.show_step(id, |step| {
                step.state = StepState::NotNeeded;
                step.notes.insert(0, why.into());
            });
            if self.visiting && id == StepId::Restart {
                return self.restart_anyway().await.map(Some);
            }
        } else {
            let seen = login::was_seen(&self.desk);
            loop {
                if let Some(left) = self.verify(id).await? {
                    // Who just watched a login has nothing left to ask for.
                    if (id == StepId::Login && !seen) || self.rest_on_visit(id).await? == Rest::Over
                    {
                        return Ok(Some(left));
                    }
                    return Ok(None);
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
    pub(super) async fn rest_on_visit(&mut self, id: StepId) -> Result<Rest, Interrupt> {
        if !self.visiting {
            return Ok(Rest::Over);
        }
        let anew =
            if id == StepId::Login { AgainPick::TestAnotherLogin } else { AgainPick::Verify };
        let menu = Menu::new(self.visited(id))
            .option(Key::G, OnPick::On, Visit::Over)
            .option(Key::V, anew, Visit::Anew)
            .option_if(
                undo::is_possible(&self.systems),
                Key::U,
                UndoPick::LastRunVisited,
                Visit::Undo,
            )
            .refreshes();
        match self.desk.pick(menu).await {
            Ok(Visit::Over) => Ok(Rest::Over),
            Ok(Visit::Anew) => {
                if id == StepId::Login {
                    login::forget(&mut self.desk);
                }
                Ok(Rest::Anew)
            }
            Ok(Visit::Undo) => Err(Interrupt::Undo),
            Err(Interrupt::Refresh) => Ok(Rest::Anew),
            Err(other) => Err(other),
        }
    }

    /// What a visited step is asked about: a login that was seen is named.
    fn visited(&self, id: StepId) -> StepTopic {
        let login = self.desk.snapshot().login.as_ref().filter(|_| id == StepId::Login);
        login
            .and_then(|login| {
                let (who, at) = (login.who.clone()?, login.at?);
                Some(StepTopic::LoginVisited { who, at, state: login.state })
            })
            .unwrap_or(StepTopic::Visited(id))
    }

    /// A restart that nothing asks for, but the operator may want.
    pub(super) async fn restart_anyway(&mut self) -> Result<Left, Interrupt> {
        let menu = Menu::new(StepTopic::RestartAnyway)
            .option(Key::G, OnPick::WithoutRestart, false)
            .option(Key::P, FitPick::PlanRestart, true);
        let restarts = self.desk.pick(menu).await?;
        if !restarts {
            return Ok(Left::On);
        }
        self.systems.choices.wants_restart = true;
        self.visiting = false;
        let left = Box::pin(self.step(StepId::Restart)).await;
        self.systems.choices.wants_restart = false;
        left
    }

    /// Proves that the step did what it was for. `None`: walk it again.
    pub(super) async fn verify(&mut self, id: StepId) -> Result<Option<Left>, Interrupt> {
        match looking::verify(&mut self.desk, &mut self.systems, id).await? {
            Some(fault) => self.failed(id, fault).await,
            // A login that was seen is not waited for once more.
            None if id == StepId::Login && !login::was_seen(&self.desk) => {
                if let Some(seen) = login::watch(&mut self.desk, &mut self.systems).await? {
                    Box::pin(leftover::settle(&mut self.desk, &mut self.systems, &seen)).await?;
                }
                Ok(Some(Left::On))
            }
            None => Ok(Some(Left::On)),
        }
    }

    /// How a step is left out: a rotation ends with it.
    pub(super) fn leaves_out(&self) -> (Key, LeavePick) {
        let leaves = if self.rotates() { LeavePick::RotationHere } else { LeavePick::Step };
        (Key::S, leaves)
    }
}
