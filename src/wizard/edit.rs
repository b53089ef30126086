//! Values of the profile that are changed at their row in a step's table.

use super::{Edit, FieldRow, StepId, StepNote, StepState, desk::Desk, steps, systems::Systems};
use crate::site::{EditError, Fault, FaultKind, Profile, ProfileKey, System, UniformFailure};

/// A value that the profile does not take, and why.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct NotTaken(EditError);

impl UniformFailure for NotTaken {
    const SYSTEM: System = System::Workstation;
    const KIND: FaultKind = FaultKind::Refused;

    fn hint(&self) -> String {
        String::new()
    }
}

/// Says of each row whether its wanted value is the operator's to choose.
pub(super) fn offer(rows: &mut [FieldRow], profile: &Profile) {
    for row in rows {
        row.edit = row.id.profile_key().map(|key| Edit { key, value: key.get(profile) });
    }
}

/// Puts a value into the profile and saves it. Returns the step to go on with:
/// the one at hand, or an earlier one that the value is about too. What was
/// done before may differ now, so it is looked at again.
pub(super) fn apply(
    desk: &mut Desk,
    systems: &mut Systems,
    here: StepId,
    key: ProfileKey,
    value: &str,
) -> Result<StepId, Fault> {
    let mut changed = systems.profile.clone();
    if let Err(why) = key.set(&mut changed, value) {
        // A face checks as one types, so this is one that does not.
        let fault = Fault::of(&NotTaken(why), say!("take the new value"));
        desk.show_step(here, |step| step.notes.insert(0, StepNote::Refused(fault).into()));
        return Ok(here);
    }
    if changed == systems.profile {
        return Ok(here);
    }
    systems.profile = changed;
    systems.choices.was_edited = true;
    systems.save_profile()?;
    Ok(from(desk, here, key))
}

/// The step to go on with once a value is another one. What was done before it
/// may differ now.
pub(super) fn from(desk: &mut Desk, here: StepId, key: ProfileKey) -> StepId {
    let place = |id| desk.snapshot().steps.iter().position(|step| step.id == id);
    let (Some(first), Some(now)) = (place(steps::comparing(key.object())), place(here)) else {
        return here;
    };
    desk.show(|snapshot| {
        for step in snapshot.steps.iter_mut().skip(first) {
            if step.state == StepState::Done {
                step.state = StepState::ToDo;
            }
        }
    });
    if first < now { steps::comparing(key.object()) } else { here }
}
