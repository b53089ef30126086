//! Looking at live for one step, and proving that it is as it should be: what
//! both leave on the step's card.

use std::time::Duration;

use super::{
    RotationView, StepId, StepState, Task, access,
    desk::{Desk, Interrupt},
    edit,
    look::{Look, When},
    plan::Plan,
    steps,
    systems::Systems,
};
use crate::site::{Fault, FaultKind, System, UniformFailure};

/// How long one look may take altogether.
const AT_MOST: Duration = Duration::from_mins(1);

/// Reads live, compares, and shows what came out.
pub(super) async fn look(
    desk: &mut Desk,
    systems: &mut Systems,
    id: StepId,
    when: When,
) -> Result<Look, Interrupt> {
    let before = desk.before();
    desk.show_step(id, |step| {
        step.live.iter_mut().for_each(|row| row.value.begin());
        step.fields.iter_mut().for_each(|field| field.live.begin());
    });
    let what = Task::Reading(id);
    let looked = desk.look(before, what, AT_MOST, Box::pin(steps::look(id, systems, when))).await;
    let look = match looked {
        // Stopped: what was shown stands as it was, and the operator is asked.
        Err(Interrupt::Cancel) => {
            let fault = stopped(say!("read what is so: {step}", step = id.title()));
            desk.show_step(id, |step| step.blockers = vec![fault.clone()]);
            return Ok(Look { blockers: vec![fault], ..Look::default() });
        }
        other => other?,
    };
    let look = show(desk, systems, id, look);
    for fault in &look.blockers {
        match access::follow_way(desk, systems, fault).await {
            Ok(()) | Err(Interrupt::Cancel) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(look)
}

/// Looks whether what was written is in effect, where that decides about a
/// restart.
pub(super) async fn whether_in_effect(
    desk: &mut Desk,
    systems: &mut Systems,
    id: StepId,
) -> Result<(), Interrupt> {
    if id != StepId::Restart || !systems.effect_is_unknown() {
        systems.seen.not_in_effect = false;
        return Ok(());
    }
    let looks = Box::pin(systems.look_whether_in_effect());
    match desk.work(Task::SeeingEffect, AT_MOST, looks).await {
        Ok(()) | Err(Interrupt::Cancel) => Ok(()),
        Err(other) => Err(other),
    }
}

/// What there is to say where the operator stopped it.
fn stopped(tried: String) -> Fault {
    Fault::of(&Stopped, tried)
}

/// The operator stopped it.
#[derive(Debug, thiserror::Error)]
#[error("{}", say!("you stopped it"))]
struct Stopped;

impl UniformFailure for Stopped {
    const SYSTEM: System = System::Workstation;
    const KIND: FaultKind = FaultKind::Cancelled;

    fn hint(&self) -> String {
        String::new()
    }
}

/// Reads live for the steps that change something, all at the same time, and
/// shows what came out.
pub(super) async fn look_at_all(
    desk: &mut Desk,
    systems: &mut Systems,
) -> Result<Vec<(StepId, Look)>, Interrupt> {
    let what = Task::LookingWhatChanged;
    let looks = Box::pin(steps::look_at_fields(systems));
    let looks = desk.work(what, AT_MOST, async { Ok(looks.await) }).await?;
    let late =
        |fault: Fault| steps::with_fields().map(|id| (id, Look::blocked(fault.clone()))).collect();
    let looks: Vec<_> = looks.unwrap_or_else(late);
    Ok(looks.into_iter().map(|(id, look)| (id, show(desk, systems, id, look))).collect())
}

/// Puts what a look saw on the step's card.
fn show(desk: &mut Desk, systems: &mut Systems, id: StepId, look: Look) -> Look {
    steps::learn(id, &mut systems.seen.saw, &look.saw);
    let plan = Plan::new(id, look.effects.clone());
    let view = (!plan.is_empty()).then(|| plan.view(systems));
    let mut look = look;
    edit::offer(&mut look.fields, &systems.profile);
    desk.show(|snapshot| {
        snapshot.map.proved(&look.seen);
        if let Some(view) = &look.rotation {
            // What the switch cost is not seen a second time.
            let switch = snapshot.rotation.take().and_then(|known| known.switch);
            snapshot.rotation = Some(RotationView { switch, ..view.clone() });
        }
    });
    desk.show_step(id, |step| {
        // What could not be read now is shown as it was, with the reason.
        if look.fields.is_empty() && !look.blockers.is_empty() {
            let why = &look.blockers[0];
            let instant = Duration::ZERO;
            step.fields.iter_mut().for_each(|field| field.live.finish(Err(why.clone()), instant));
            step.live.iter_mut().for_each(|row| row.value.finish(Err(why.clone()), instant));
        } else {
            step.fields.clone_from(&look.fields);
            step.live.clone_from(&look.live);
        }
        step.notes.clone_from(&look.notes);
        step.blockers.clone_from(&look.blockers);
        step.state = match (&view, look.blockers.is_empty()) {
            (_, false) => StepState::Failed,
            (Some(_), true) => StepState::Differs,
            (None, true) if look.not_needed.is_some() => StepState::NotNeeded,
            (None, true) => step.state,
        };
        step.plan = view;
    });
    systems.show_lamps(desk, &look);
    look
}

/// Proves that the step did what it is for. Returns the first proof that does
/// not hold.
pub(super) async fn verify(
    desk: &mut Desk,
    systems: &mut Systems,
    id: StepId,
) -> Result<Option<Fault>, Interrupt> {
    let what = Task::Verifying(id);
    let (proofs, saw) = match desk.work(what, AT_MOST, steps::verify(id, systems)).await {
        Err(Interrupt::Cancel) => {
            return Ok(Some(stopped(say!("verify: {step}", step = id.title()))));
        }
        other => other?,
    };
    steps::learn(id, &mut systems.seen.saw, &saw);
    let mut vital = proofs.iter().filter(|proof| proof.what.is_vital());
    let broken = vital.find_map(|proof| proof.outcome.as_ref().err().cloned());
    desk.show(|snapshot| snapshot.map.proved(&proofs));
    let took = desk.took(desk.snapshot().step(id).and_then(|step| step.took));
    desk.show_step(id, |step| {
        step.proofs = proofs;
        step.plan = None;
        step.state = if broken.is_none() { StepState::Done } else { StepState::Failed };
        step.took = Some(took);
    });
    Ok(broken)
}
