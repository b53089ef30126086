//! The switch: begun in the journal, launched, looked at, measured; and led back
//! where it did not come off.

use std::time::Duration;

use super::{back, launch, probe::Restart, settle, standing::Standing};
use crate::{
    secret::{Label, Secret},
    site::{Failure, Fault, FaultKind, System},
    wizard::{
        Done, DoneNote, StepId, Story, Task,
        desk::Desk,
        effect::{Effect, RotationEffect},
        journal::Seq,
        perform,
        plan::Confirmed,
        record,
        systems::Systems,
    },
};

/// How long both writes may take, from the preparation to the last look.
const AT_MOST: Duration = Duration::from_mins(1);

/// Performs a confirmed plan: effect by effect, or, where it gives both sides a
/// secret, both writes together.
///
/// # Errors
/// The first effect that fails ends it. Of a switch: why it failed, and what both
/// sides hold now.
pub(in crate::wizard) async fn perform(
    desk: &mut Desk,
    systems: &mut Systems,
    confirmed: Confirmed,
) -> Result<(), Fault> {
    if confirmed.plan().step() == StepId::Set {
        return Box::pin(switch_both(desk, systems, confirmed)).await;
    }
    perform::perform(desk, systems, confirmed).await
}

/// Gives both sides a secret. The plan says that both are set back when it fails,
/// so that is confirmed, too.
async fn switch_both(
    desk: &mut Desk,
    systems: &mut Systems,
    confirmed: Confirmed,
) -> Result<(), Fault> {
    let (writes, others): (Vec<&Effect>, Vec<&Effect>) =
        confirmed.plan().effects().iter().partition(|effect| matches!(effect, Effect::Rotation(_)));
    let (before, after): (Vec<&Effect>, Vec<&Effect>) =
        others.into_iter().partition(|effect| matches!(effect, Effect::SetSecretAside { .. }));
    for effect in before {
        perform::perform_one(desk, systems, effect).await?;
    }
    let writes: Vec<&RotationEffect> = writes
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::Rotation(write) => Some(write),
            _ => None,
        })
        .collect();
    let outcome = switch(desk, systems, &writes).await;
    let outcome = match outcome {
        Ok(()) => restart(desk, systems, &after).await,
        Err(failed) => Err(failed),
    };
    match outcome {
        Ok(()) => {
            systems.rotation.switched = Some(confirmed);
            Ok(())
        }
        Err(Failed::Before(fault)) => Err(fault),
        Err(Failed::Between(fault)) => {
            Err(Box::pin(back::lead(desk, systems, &confirmed, fault)).await)
        }
    }
}

/// When it failed.
enum Failed {
    /// Nothing was sent.
    Before(Fault),
    /// Something may have been.
    Between(Fault),
}

async fn restart(
    desk: &mut Desk,
    systems: &mut Systems,
    effects: &[&Effect],
) -> Result<(), Failed> {
    for effect in effects {
        let seen = matches!(effect, Effect::Restart { .. }).then(|| Restart::begin(systems));
        perform::perform_one(desk, systems, effect).await.map_err(Failed::Between)?;
        // It worked with the old secret until it was back.
        if let (Some(Some(seen)), Some(launched)) = (seen, systems.rotation.launched) {
            let back = seen.answered_again(launched);
            desk.show(|snapshot| {
                let switch = snapshot.rotation.as_mut().and_then(|view| view.switch.as_mut());
                if let Some(switch) = switch.filter(|switch| switch.immich.is_some()) {
                    switch.immich = Some(back);
                }
            });
        }
    }
    Ok(())
}

async fn switch(
    desk: &mut Desk,
    systems: &mut Systems,
    writes: &[&RotationEffect],
) -> Result<(), Failed> {
    let Some(to) = writes.iter().find_map(|write| target(write)) else { return Ok(()) };
    if desk.was_stopped().is_some() {
        return Err(Failed::Before(stopped()));
    }
    if let Some(fault) = desk.is_out_of_time(System::Workstation, say!("switch both sides")) {
        return Err(Failed::Before(fault));
    }
    // Law 2: it goes out only after the store gave it back.
    let secret = kept(systems, to).await.map_err(Failed::Before)?;
    let begun = begin(systems, writes, &secret).map_err(Failed::Before)?;
    let what = Task::SwitchingBothSides;
    let work = Box::pin(launch::both(systems, writes, &secret));
    let launched = match desk.must(what, AT_MOST, work).await {
        Ok(launched) => launched,
        Err(fault) => {
            let outcomes = writes.iter().map(|_| Err(fault.clone())).collect::<Vec<_>>();
            end(desk, systems, writes, &begun, &outcomes).map_err(Failed::Before)?;
            return Err(Failed::Before(fault));
        }
    };
    // From here on something may have changed: whatever fails leads back.
    systems.rotation.launched = Some(launched.at);
    let outcomes = &launched.outcomes;
    end(desk, systems, writes, &begun, outcomes).map_err(Failed::Between)?;
    let standing = desk.must(Task::LookingAtBothSides, AT_MOST, Standing::read(systems)).await;
    let standing = standing.map_err(|fault| Failed::Between(first_fault(outcomes, fault)))?;
    settle::settle(systems, &standing).map_err(Failed::Between)?;
    perform::show_journal(desk, systems, System::Authentik);
    let fits = standing.both_hold(&secret);
    let failed = match outcomes.iter().find_map(|outcome| outcome.as_ref().err()) {
        // An answer that was lost is no failure when the write is there.
        Some(fault) if !fits || !matches!(fault.kind, FaultKind::Lost | FaultKind::Late) => {
            Some(fault.clone())
        }
        None if !fits => Some(not_kept(&standing)),
        _ => None,
    };
    let seen = launched.seen(failed.is_none());
    let view = desk.must(Task::AskingBothSides, AT_MOST, seen).await;
    desk.show(|snapshot| snapshot.rotation = Some(standing.view(Some(view))));
    failed.map_or(Ok(()), |fault| Err(Failed::Between(fault)))
}

/// What a write would give its side.
const fn target(write: &RotationEffect) -> Option<Label> {
    match write {
        RotationEffect::SwitchAuthentik { to, .. } | RotationEffect::SwitchImmich { to, .. } => {
            Some(*to)
        }
        _ => None,
    }
}

async fn kept(systems: &Systems, label: Label) -> Result<Secret, Fault> {
    systems
        .vault()?
        .get(label)
        .await?
        .ok_or_else(|| Fault::of(&NoSwitch::NoneKept, say!("read `{label}`", label)))
}

/// Both are in the journal before either is sent.
fn begin(
    systems: &mut Systems,
    writes: &[&RotationEffect],
    secret: &Secret,
) -> Result<Vec<Seq>, Fault> {
    systems.is_alone()?;
    let run = systems.log.run.clone();
    writes
        .iter()
        .map(|write| {
            let record = record::record(&Effect::Rotation((*write).clone()), Some(secret))?;
            systems.journal()?.begin(&run, record)
        })
        .collect()
}

fn end(
    desk: &mut Desk,
    systems: &mut Systems,
    writes: &[&RotationEffect],
    begun: &[Seq],
    outcomes: &[Result<DoneNote, Fault>],
) -> Result<(), Fault> {
    for (seq, outcome) in begun.iter().zip(outcomes) {
        let outcome = outcome.clone().map(Done::from);
        systems.journal()?.end(*seq, record::outcome(&outcome))?;
    }
    // Not before: of none it is to be told that nobody knows how it ended.
    for write in writes {
        perform::show_journal(desk, systems, write.system());
    }
    Ok(())
}

fn stopped() -> Fault {
    Fault::of(&NoSwitch::Stopped, say!("switch both sides"))
}

fn first_fault(outcomes: &[Result<DoneNote, Fault>], other: Fault) -> Fault {
    outcomes.iter().find_map(|outcome| outcome.as_ref().err().cloned()).unwrap_or(other)
}

fn not_kept(standing: &Standing) -> Fault {
    Fault::of(&NoSwitch::NotOnBoth(standing.story()), say!("find the new secret on both sides"))
}

/// Why both sides were not switched.
#[derive(Debug, thiserror::Error)]
enum NoSwitch {
    /// The secret store has no such secret.
    #[error("{}", say!("there is none"))]
    NoneKept,
    /// The operator stopped it.
    #[error("{}", say!("you stopped it before anything was sent"))]
    Stopped,
    /// Not both sides have the new secret.
    #[error("{0}")]
    NotOnBoth(Story),
}

impl Failure for NoSwitch {
    fn system(&self) -> System {
        match self {
            Self::NoneKept => System::SecretStore,
            Self::Stopped => System::Workstation,
            Self::NotOnBoth(_) => System::Authentik,
        }
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::NoneKept => FaultKind::NotFound,
            Self::Stopped => FaultKind::Cancelled,
            Self::NotOnBoth(_) => FaultKind::NotKept,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::NoneKept => {
                say!("Begin the rotation anew: the new secret is made in its first stage.")
            }
            Self::Stopped => {
                say!("The new secret stays kept as pending: go on from there when you like.")
            }
            Self::NotOnBoth(_) => String::new(),
        }
    }
}
