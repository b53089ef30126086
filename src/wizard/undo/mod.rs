//! Undo: the last run that is not taken back yet is taken back, effect by
//! effect, the newest first. What takes an effect back is planned from what live
//! says now, shown, confirmed and journalled like any other change; where live
//! is no longer what the effect left, the operator sees all three values and
//! decides.

mod access;
mod asks;
mod authentik;
mod failure;
mod halves;
mod links;
mod look;
mod ours;
mod remains;
mod secret;
mod settings;
mod sight;
mod target;
mod three;

use std::{collections::BTreeSet, time::Duration};

use super::{
    PlanView, StepId, StepState, Tally, Task, UndoNote, UndoTopic, access as opened,
    desk::{Desk, Interrupt, Question, Stop},
    effect::{Effect, Inverse, RotationEffect},
    journal::Seq,
    perform,
    plan::{Decision, Plan},
    record::{self, Begun, Runs},
    systems::Systems,
};

pub(super) use access::to_remove as access_to_remove;
pub(super) use look::look;
pub(super) use sight::Sight;
pub(super) use three::Stands;

use target::{Came, Target};

/// How long a look at one effect may take.
const AT_MOST: Duration = Duration::from_mins(1);

/// How long a plan may stand on the screen before live is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// The rotation of the client secret since the last change that undo would take
/// back: when it was, whether it is finished, and when that change was made. A
/// rotation is not undone here: it has a way back of its own.
pub(super) fn rotated_since(systems: &Systems) -> Option<UndoTopic> {
    let all = record::begun(systems.history());
    let target = all.iter().rev().find(|begun| is_target(begun))?;
    let since = all.iter().rev().take_while(|begun| begun.seq > target.seq);
    let (rotated, finished) = since.filter(|begun| !begun.is_not_done()).find_map(|begun| {
        let Effect::Rotation(effect) = begun.value()? else { return None };
        let ends = match effect {
            RotationEffect::Promote { .. } => begun.is_done(),
            RotationEffect::Create
            | RotationEffect::Recall { .. }
            | RotationEffect::SwitchAuthentik { .. }
            | RotationEffect::SwitchImmich { .. } => false,
            _ => return None,
        };
        Some((begun.at, ends))
    })?;
    Some(UndoTopic::RotatedSince { rotated, finished, made: target.at })
}

/// Takes the last run back that is not taken back yet.
pub(super) async fn last_run(desk: &mut Desk, systems: &mut Systems) -> Result<Tally, Interrupt> {
    let mut tally = Tally::default();
    let mut left = BTreeSet::new();
    let Some(runs) = possible_runs(systems) else { return Ok(tally) };
    while let Some(target) = next(systems, &runs, &left) {
        match take_back(desk, systems, &target).await? {
            Came::Back => tally.taken_back += 1,
            Came::Left => {
                left.insert(target.seq);
                tally.left += 1;
            }
        }
    }
    systems.give_back_session().await;
    let what = Task::LookingWhatRemains;
    tally.remains = desk.work(what, AT_MOST, remains::remains(systems, &runs)).await?;
    if tally.left == 0
        && let Err(fault) = systems.finish_set_up()
    {
        tracing::debug!(%fault, "the journal does not say that nothing is left of the set-up");
    }
    Ok(tally)
}

/// Removes what one effect made to give this program access. `false`: it was
/// left.
pub(super) async fn take_access_back(
    desk: &mut Desk,
    systems: &mut Systems,
    seq: Seq,
) -> Result<bool, Interrupt> {
    let all = record::begun(systems.history());
    let effect = all.iter().find(|begun| begun.seq == seq).and_then(Begun::value);
    let Some(effect) = effect else { return Ok(false) };
    let came = Box::pin(take_back(desk, systems, &Target { seq, effect })).await?;
    Ok(matches!(came, Came::Back))
}

/// Whether there is a run to take back.
pub(super) fn is_possible(systems: &Systems) -> bool {
    possible_runs(systems).is_some()
}

fn is_target(begun: &Begun<'_>) -> bool {
    begun.taken_back.is_none()
        && !begun.is_not_done()
        && begun.effect.undoes.is_none()
        && begun.value().is_some_and(|effect| effect.can_be_taken_back())
}

/// The runs that would be taken back, as one: that of the newest effect that can
/// be, and those that it continued or that continued it.
pub(super) fn possible_runs(systems: &Systems) -> Option<Runs> {
    let all = record::begun(systems.history());
    let newest = all.iter().rev().find(|begun| is_target(begun))?;
    Some(Runs::of(systems.history(), newest.run))
}

/// The newest effect of these runs that is not taken back and was not left.
fn next(systems: &Systems, runs: &Runs, left: &BTreeSet<Seq>) -> Option<Target> {
    let all = record::begun(systems.history());
    let found = all
        .iter()
        .rev()
        .find(|begun| runs.has(begun.run) && is_target(begun) && !left.contains(&begun.seq))?;
    Some(Target { seq: found.seq, effect: found.value()? })
}

/// What the operator agreed to while an effect is taken back.
#[derive(Default)]
struct Agreed {
    /// To put back what somebody changed since.
    conflict: bool,
    /// To undo what Immich still logs in through.
    half: bool,
}

/// Takes one effect back, or leaves it.
async fn take_back(
    desk: &mut Desk,
    systems: &mut Systems,
    target: &Target,
) -> Result<Came, Interrupt> {
    let step = target.effect.step();
    desk.show(|snapshot| snapshot.here = step);
    let mut agreed = Agreed::default();
    let came = loop {
        if let Some(came) = once(desk, systems, target, &mut agreed).await? {
            break came;
        }
    };
    clear(desk, step);
    Ok(came)
}

/// Looks, asks, and takes it back. `None`: look again.
async fn once(
    desk: &mut Desk,
    systems: &mut Systems,
    target: &Target,
    agreed: &mut Agreed,
) -> Result<Option<Came>, Interrupt> {
    let step = target.effect.step();
    if matches!(target.effect, Effect::Unlink { .. }) {
        opened::open_host(desk, systems, opened::HostNeed::Accounts).await?;
    } else if !target.effect.gives_access() {
        opened::open_host(desk, systems, opened::HostNeed::Settings).await?;
    }
    let sight = match sight(desk, systems, target).await {
        Ok(sight) => sight,
        Err(stop) => return asks::trouble(desk, systems, &stop.fault()?, target).await,
    };
    let plan = sight.inverse.clone().map(|inverse| plan(step, target.seq, &sight, inverse));
    let asks = plan.as_ref().filter(|_| sight.obstacle.is_none());
    show(desk, step, target, &sight, asks.map(|plan| plan.view(systems)));
    if let Some(fault) = &sight.obstacle {
        return asks::trouble(desk, systems, fault, target).await;
    }
    let Some(plan) = plan else {
        let noted = asks::nothing(desk, systems, target, &sight).await?;
        return Ok(Some(if noted { Came::Back } else { Came::Left }));
    };
    if sight.stands() == Stands::Otherwise && !agreed.conflict {
        let answer = asks::conflict(desk, &target.effect, &sight).await?;
        return Ok(answer.taken_as(&mut agreed.conflict));
    }
    if let Some(fault) = sight.half.as_ref().filter(|_| !agreed.half) {
        return Ok(asks::half(desk, fault).await?.taken_as(&mut agreed.half));
    }
    *agreed = Agreed::default();
    decide(desk, systems, target, &plan).await
}

/// Asks about the plan, and performs it once confirmed. `None`: look again.
async fn decide(
    desk: &mut Desk,
    systems: &mut Systems,
    target: &Target,
    plan: &Plan,
) -> Result<Option<Came>, Interrupt> {
    let topic = UndoTopic::Effect { effect: Box::new(target.effect.clone()) };
    let asked = Question::decide(topic, plan.view(systems), LOOK_AGAIN);
    let answer = match desk.ask(asked).await {
        Ok(answer) => answer,
        Err(Interrupt::Refresh) => return Ok(None),
        Err(other) => return Err(other),
    };
    let Some(decision) = Decision::of(&answer) else { return Ok(Some(Came::Left)) };
    let Ok(confirmed) = plan.clone().confirmed_by(&decision) else { return Ok(None) };
    match perform::perform(desk, systems, confirmed).await {
        Ok(()) => Ok(Some(Came::Back)),
        Err(fault) => asks::trouble(desk, systems, &fault, target).await,
    }
}

/// Looks what became of the effect.
async fn sight(desk: &mut Desk, systems: &Systems, target: &Target) -> Result<Sight, Stop> {
    let all = record::begun(systems.history());
    let Some(begun) = all.iter().find(|begun| begun.seq == target.seq) else {
        return Ok(Sight::default());
    };
    let what = Task::Settling(Box::new(target.effect.clone()));
    Ok(desk.work(what, AT_MOST, look(systems, begun, &target.effect)).await??)
}

/// The effects that take one back; somebody else's secret is kept before.
fn plan(step: StepId, of: Seq, sight: &Sight, inverse: Inverse) -> Plan {
    let mut effects: Vec<Effect> = sight.aside.clone().into_iter().collect();
    effects.push(Effect::TakeBack { of, inverse });
    Plan::new(step, effects)
}

/// Puts what was seen on the card of the step.
fn show(desk: &mut Desk, step: StepId, target: &Target, sight: &Sight, view: Option<PlanView>) {
    desk.show_step(step, |card| {
        card.fields = sight.threes.iter().map(three::Three::row).collect();
        card.live.clear();
        card.proofs.clear();
        card.blockers = sight.obstacle.clone().into_iter().collect();
        card.notes.clone_from(&sight.notes);
        card.notes.insert(0, UndoNote::Did(Box::new(target.effect.clone())).into());
        if sight.stands() == Stands::Otherwise {
            let moved = sight.threes.iter().filter(|three| three.stands == Stands::Otherwise);
            card.notes.extend(moved.map(three::Three::note));
        }
        card.plan = view;
        card.state = StepState::Differs;
    });
}

/// Leaves a card that has to be looked at anew.
fn clear(desk: &mut Desk, step: StepId) {
    desk.show_step(step, |card| {
        card.fields.clear();
        card.notes.clear();
        card.blockers.clear();
        card.plan = None;
        card.state = StepState::ToDo;
    });
}
