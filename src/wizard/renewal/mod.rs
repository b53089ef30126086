//! The wizard's own token for authentik and its own key for Immich, renewed: a
//! new one is made and tested, takes the old one's place, and the old one is
//! deleted if this program made it.

mod known;

pub(super) use known::is_refused;

use std::time::Duration;

use known::{find, labels, left_over, unused};

use crate::{
    secret::Secret,
    site::{Fault, FaultKind, System, UniformFailure},
    wizard::{
        About, AgainPick, Claim, Credential, CredentialId, CredentialValue, Ending, Evidence, Key,
        LeavePick, Proof, RenewalNote, Rotated, RotationPick, RotationTopic, RunTopic, StepId,
        StepState, StepTopic, Summary, SummaryTitle, Task, access,
        desk::{Desk, Interrupt, Menu, Retry, Stop, unless_failed},
        effect::Effect,
        finish, perform,
        retiring::Retiring,
        systems::Systems,
        turn::Turn,
    },
};

/// How long a look at what there is may take.
const LOOKS_WITHIN: Duration = Duration::from_mins(1);

/// Makes a new one, which takes the old one's place once it was tested.
pub(super) async fn renew(
    desk: &mut Desk,
    systems: &mut Systems,
    of: Rotated,
) -> Result<Turn, Interrupt> {
    desk.show_step(StepId::Create, |step| step.about = Some(About::Renewal));
    desk.show_step(StepId::Finish, |step| step.about = Some(About::Retirement));
    if let Some(turn) = unfinished(desk, systems, of).await? {
        return Ok(turn);
    }
    loop {
        let found = find(systems, of);
        let what = Task::LookingForOneInUse;
        let made = match desk.bounded(system(of), what, LOOKS_WITHIN, found).await {
            Ok(retiring) => {
                systems.rotation.retiring = retiring;
                match of {
                    Rotated::ImmichApiKey => access::make_key(desk, systems, StepId::Create).await,
                    _ => access::make_token(desk, systems, StepId::Create).await,
                }
            }
            Err(Stop::Interrupt(other)) => return Err(other),
            failed => failed.map(|_| ()),
        };
        let fault = match made {
            Ok(()) => break,
            Err(Stop::Fault(fault)) => put_back(systems, of).await.err().unwrap_or(fault),
            Err(Stop::Interrupt(Interrupt::Back | Interrupt::Cancel)) => return Ok(Turn::Leave),
            Err(Stop::Interrupt(other)) => return Err(other),
        };
        let leave = (Key::A, LeavePick::Renewal);
        let retry = Retry::new(StepTopic::DidNotWork, AgainPick::Try, leave);
        if !retry.ask(desk, fault).await? {
            return Ok(Turn::Leave);
        }
    }
    let took = desk.took(None);
    desk.show_step(StepId::Create, |step| {
        step.state = StepState::Done;
        step.took = Some(took);
        step.proofs =
            vec![Proof { what: Claim::NewOneAccepted, outcome: Ok(Evidence::Nothing), on: None }];
    });
    Ok(Turn::On)
}

/// Offers to delete what an earlier renewal replaced and left: it opens still
/// what it opened. `None`: there is nothing of the kind.
async fn unfinished(
    desk: &mut Desk,
    systems: &mut Systems,
    of: Rotated,
) -> Result<Option<Turn>, Interrupt> {
    let what = Task::LookingForLeftover;
    // What cannot be seen now is seen where it is needed.
    let left = desk.bounded(system(of), what, LOOKS_WITHIN, left_over(systems, of)).await;
    let Some(left) = unless_failed(left)?.flatten() else { return Ok(None) };
    let name = left.name.clone().unwrap_or_default();
    let menu = Menu::new(RotationTopic::RenewalUnfinished { name })
        .option(Key::G, RotationPick::DeleteOld, Some(Turn::On))
        .option(Key::N, RotationPick::MakeAnother, None)
        .option(Key::A, LeavePick::Old, Some(Turn::Leave))
        .help(RenewalNote::NewIsInUse);
    let turn = desk.pick(menu).await?;
    if turn == Some(Turn::On) {
        systems.rotation.retiring = Some(left);
        desk.show_step(StepId::Create, |step| step.state = StepState::NotNeeded);
    }
    Ok(turn)
}

/// Where the credential opens something.
const fn system(of: Rotated) -> System {
    match of {
        Rotated::ImmichApiKey => System::Immich,
        _ => System::Authentik,
    }
}

/// The old one comes back where the new one is of no use.
async fn put_back(systems: &Systems, of: Rotated) -> Result<(), Fault> {
    let (label, _) = labels(of);
    match &systems.rotation.retiring {
        Some(old) => systems.vault()?.put(label, &old.secret).await,
        None => Ok(()),
    }
}

/// Deletes the old one where it was made, and forgets it here; with it all else
/// of the kind that this program made and that is not in use. Asks on the card
/// of the step `on`.
pub(super) async fn retire(
    desk: &mut Desk,
    systems: &mut Systems,
    of: Rotated,
    on: StepId,
) -> Result<Turn, Interrupt> {
    let (_, previous) = labels(of);
    let Some(old) = systems.rotation.retiring.take() else { return Ok(Turn::On) };
    let goes = old.deletion(of);
    // Nobody signed in where the new one was there already.
    if goes.is_some()
        && of == Rotated::ImmichApiKey
        && systems.immich_session().is_err()
        && let Err(stop) = access::open_immich_session(desk, systems).await
    {
        let fault = stop.fault()?;
        desk.show_step(on, |step| {
            step.state = StepState::Failed;
            step.blockers = vec![fault];
        });
        return Ok(Turn::On);
    }
    let stays = goes.is_none();
    let mut effects: Vec<Effect> = goes.into_iter().map(Effect::Rotation).collect();
    let also = others(desk, systems, of, &old, on).await?;
    let topic = RotationTopic::DeleteOld { old: !stays, others: !also.is_empty() };
    let notes = if also.is_empty() { Vec::new() } else { vec![RenewalNote::UnusedGo.into()] };
    effects.extend(also);
    let done = if effects.is_empty() {
        Ok(())
    } else {
        access::confirm(desk, systems, on, effects, notes, topic).await
    };
    systems.sign_out_of_immich().await;
    if stays {
        skipped(desk, on, RenewalNote::NotOurs { name: old.name.clone(), kept: previous });
    }
    let fault = match done {
        Ok(()) if stays => return Ok(Turn::On),
        Ok(()) => None,
        Err(Stop::Fault(fault)) => Some(fault),
        Err(Stop::Interrupt(Interrupt::Back)) => {
            if !stays {
                skipped(desk, on, RenewalNote::OldIsLeft { kept: previous });
            }
            return Ok(Turn::On);
        }
        Err(Stop::Interrupt(other)) => return Err(other),
    };
    let proof = match fault {
        Some(fault) => Err(fault),
        None => match refused(desk, systems, of, &old.secret).await {
            Ok(answer) => Ok(answer),
            Err(stop) => Err(stop.fault()?),
        },
    };
    if proof.is_ok()
        && let Ok(vault) = systems.vault()
    {
        // Nobody can use it any more.
        let _ = vault.clone().forget(previous).await;
    }
    show_refusal(desk, on, proof);
    Ok(Turn::On)
}

/// Shows whether the old one is refused now.
fn show_refusal(desk: &mut Desk, on: StepId, proof: Result<String, Fault>) {
    let took = desk.took(None);
    desk.show_step(on, |step| {
        step.state = if proof.is_ok() { StepState::Done } else { StepState::Failed };
        step.took = Some(took);
        step.blockers = proof.clone().err().into_iter().collect();
        step.proofs = vec![Proof {
            what: Claim::OldOneRefused,
            outcome: proof.map(Evidence::Answered),
            on: None,
        }];
    });
}

fn skipped(desk: &mut Desk, on: StepId, note: RenewalNote) {
    desk.show_step(on, |step| {
        step.notes.push(note.into());
        step.state = StepState::Skipped;
    });
}

/// What deletes all else of the kind that this program made and does not use.
async fn others(
    desk: &mut Desk,
    systems: &mut Systems,
    of: Rotated,
    old: &Retiring,
    on: StepId,
) -> Result<Vec<Effect>, Interrupt> {
    let what = Task::LookingForOthers;
    let unused = unused(systems, of, old);
    match desk.bounded(system(of), what, LOOKS_WITHIN, unused).await {
        Ok(unused) => Ok(unused),
        Err(stop) => {
            let note = RenewalNote::OthersUnseen(stop.fault()?);
            desk.show_step(on, |step| step.notes.push(note.into()));
            Ok(Vec::new())
        }
    }
}

/// Proves that the old one opens nothing any more.
async fn refused(
    desk: &mut Desk,
    systems: &Systems,
    of: Rotated,
    old: &Secret,
) -> Result<String, Stop> {
    let asks = perform::opens(systems, labels(of).0, old);
    let what = Task::TryingOldOne;
    match desk.bounded(system(of), what, LOOKS_WITHIN, asks).await {
        Err(Stop::Fault(fault)) if fault.kind == FaultKind::NotSignedIn => Ok(fault.answer),
        Err(stop) => Err(stop),
        Ok(()) => Err(Fault::of(&AcceptedStill, say!("see the old one refused")).into()),
    }
}

/// The end.
pub(super) async fn summary(
    desk: &mut Desk,
    systems: &Systems,
    of: Rotated,
) -> Result<Ending, Interrupt> {
    let (label, _) = labels(of);
    let mut credentials = Vec::new();
    if let Ok(vault) = systems.vault().cloned()
        && let Ok(Some(secret)) =
            desk.work(Task::ReadingStore, vault.at_most(), vault.get(label)).await?
    {
        let fingerprint = secret.fingerprint().to_string();
        let value = CredentialValue::Secret { fingerprint, age: None };
        credentials.push(Credential { id: CredentialId::Renewed(label), value });
    }
    credentials.extend(finish::store_row(desk));
    access::show_token(desk, systems).await;
    if of == Rotated::AuthentikToken {
        credentials.extend(finish::token_row(desk, systems));
    }
    let last = desk.snapshot().step(StepId::Finish).cloned();
    let gone = last.as_ref().is_some_and(|step| step.state == StepState::Done);
    let next = last.map(|step| step.notes).unwrap_or_default();
    let title = SummaryTitle::Renewed(label);
    desk.show_with_question(|snapshot| {
        snapshot.summary = Some(Summary { title, credentials, next, revealed: None });
    });
    let ending = if gone { Ending::Rotated } else { Ending::Finished };
    finish::rest(desk, systems, &RunTopic::AllStagesWalked, ending).await
}

/// Renews the API key in the middle of a run, on the card of the step `on`,
/// which is afterwards as it was. [`Stop::Fault`] says why there is no new one.
pub(super) async fn renew_key(
    desk: &mut Desk,
    systems: &mut Systems,
    on: StepId,
) -> Result<(), Stop> {
    let card = desk.snapshot().step(on).cloned();
    let renewed = renew_key_on(desk, systems, on).await;
    systems.sign_out_of_immich().await;
    desk.show_step(on, |step| {
        if let Some(card) = card {
            *step = card;
        }
    });
    match renewed {
        Err(Stop::Interrupt(Interrupt::Back | Interrupt::Cancel)) => Ok(()),
        other => other,
    }
}

async fn renew_key_on(desk: &mut Desk, systems: &mut Systems, on: StepId) -> Result<(), Stop> {
    let of = Rotated::ImmichApiKey;
    let finds = find(systems, of);
    let what = Task::LookingForOneInUse;
    systems.rotation.retiring = desk.bounded(System::Immich, what, LOOKS_WITHIN, finds).await?;
    if let Err(stop) = access::make_key(desk, systems, on).await {
        let fault = stop.fault()?;
        return Err(put_back(systems, of).await.err().unwrap_or(fault).into());
    }
    retire(desk, systems, of, on).await?;
    let left = desk.snapshot().step(on).and_then(|step| step.blockers.first().cloned());
    left.map_or(Ok(()), |fault| Err(fault.into()))
}

/// A token or key that was deleted opens something still.
#[derive(Debug, thiserror::Error)]
#[error("{}", say!("it is accepted still"))]
struct AcceptedStill;

impl UniformFailure for AcceptedStill {
    const SYSTEM: System = System::Workstation;
    const KIND: FaultKind = FaultKind::NotKept;

    fn hint(&self) -> String {
        say!("Delete it by hand: authentik, Directory, Tokens; Immich, Account Settings.")
    }
}
