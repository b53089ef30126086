//! The way back: whichever side was changed gets the secret again that it had
//! before, and is looked at.

use std::time::Duration;

use tokio::time::sleep;

use super::{back_error::BackError, launch, settle, standing::Standing};
use crate::{
    immich::SettingsChange,
    secret::{Label, Secret},
    site::{Fault, FaultKind, System, UniformFailure},
    wizard::{
        Course, Done, DoneNote, SwitchView, Task,
        desk::Desk,
        effect::{Effect, RotationEffect},
        journal::Seq,
        perform,
        plan::Confirmed,
        record,
        systems::Systems,
    },
};

/// The pauses between tries: setting a side back is safe to repeat, and every
/// second in which the two do not agree is a second without logins.
const PAUSES: [Duration; 3] =
    [Duration::from_millis(300), Duration::from_secs(1), Duration::from_secs(3)];

/// How long going back may take.
const AT_MOST: Duration = Duration::from_mins(2);

/// Leads back what `confirmed` changed, because of `why`. Returns what to tell.
/// The plan that was confirmed says that this happens.
pub(in crate::wizard) async fn lead(
    desk: &mut Desk,
    systems: &mut Systems,
    confirmed: &Confirmed,
    why: Fault,
) -> Fault {
    // Whoever wanted to stop wants this all the more.
    let _ = desk.was_stopped();
    // Nor is it to be cut short.
    desk.begins_anew();
    let mut trouble = None;
    for effect in confirmed.plan().effects() {
        let Effect::Rotation(write) = effect else { continue };
        if let Err(fault) = set_back(desk, systems, write).await {
            trouble.get_or_insert(fault);
        }
    }
    // One that reads its settings only at its start has the new secret by now.
    let mut is_up = true;
    if let Some(restart) = restarted(systems, confirmed)
        && let Err(fault) = perform::perform_one(desk, systems, &restart).await
    {
        is_up = false;
        trouble.get_or_insert(fault);
    }
    let standing = desk.must(Task::LookingAtBothSides, AT_MOST, Standing::read(systems)).await;
    match standing {
        Ok(standing) => {
            if let Err(fault) = settle::settle(systems, &standing) {
                trouble.get_or_insert(fault);
            }
            perform::show_journal(desk, systems, System::Authentik);
            let agreed = agreed(&standing);
            let course = match systems.rotation.launched.take() {
                Some(launched) if agreed && is_up => Course::LedBack(launched.elapsed()),
                _ => Course::Apart,
            };
            desk.show(|snapshot| {
                let switch = snapshot.rotation.take().and_then(|view| view.switch);
                let switch = SwitchView { course, ..switch.unwrap_or_default() };
                snapshot.rotation = Some(standing.view(Some(switch)));
            });
            told(&standing, why, trouble, is_up)
        }
        Err(unseen) => BackError::Unseen { why, trouble: trouble.unwrap_or(unseen) }.fault(),
    }
}

/// The restart that the switch came to, if it came that far.
fn restarted(systems: &Systems, confirmed: &Confirmed) -> Option<Effect> {
    let mut effects = confirmed.plan().effects().iter();
    let restart = effects.find(|effect| matches!(effect, Effect::Restart { .. }))?;
    let begun = record::begun(systems.history());
    let came = begun
        .iter()
        .any(|begun| begun.run == systems.log.run && begun.value().as_ref() == Some(restart));
    came.then(|| restart.clone())
}

fn agreed(standing: &Standing) -> bool {
    standing.kept.current.as_ref().is_some_and(|current| standing.both_hold(current))
}

/// What to tell when both sides could be looked at.
fn told(standing: &Standing, why: Fault, trouble: Option<Fault>, is_up: bool) -> Fault {
    let print = standing.authentik().fingerprint();
    let error = match (agreed(standing), trouble) {
        (true, Some(trouble)) if !is_up => BackError::NotRestarted { why, print, trouble },
        (true, _) => BackError::SetBack { why, print },
        (false, Some(trouble)) => BackError::BackFailed { why, story: standing.story(), trouble },
        (false, None) => BackError::NotSetBack { why, story: standing.story() },
    };
    error.fault()
}

/// Sets one side back, if it has another secret than before.
async fn set_back(
    desk: &mut Desk,
    systems: &mut Systems,
    write: &RotationEffect,
) -> Result<(), Fault> {
    let (fingerprint, inverse) = match write {
        RotationEffect::SwitchAuthentik { provider, name, from, to } => {
            let inverse = RotationEffect::SwitchAuthentik {
                provider: *provider,
                name: name.clone(),
                from: fingerprint_of(systems, *to).await?,
                to: label_of(systems, from).await?,
            };
            (from, inverse)
        }
        RotationEffect::SwitchImmich { route, from: Some(from), to, .. } => {
            let inverse = RotationEffect::SwitchImmich {
                route: *route,
                from: Some(fingerprint_of(systems, *to).await?),
                to: label_of(systems, from).await?,
                basis: String::new(),
            };
            (from, inverse)
        }
        _ => return Ok(()),
    };
    let secret = secret_of(systems, fingerprint).await?;
    let looked = desk.must(Task::LookingAtOneSide, AT_MOST, holds(systems, write));
    // What cannot be seen now may have been changed: it is set back all the
    // same, which harms nothing where it was not.
    if looked.await.is_ok_and(|held| held.as_ref() == Some(&secret)) {
        return Ok(());
    }
    let effect = Effect::Rotation(inverse.clone());
    let run = systems.log.run.clone();
    let mut record = record::record(&effect, Some(&secret))?;
    record.what = effect.name_of_way_back();
    record.undoes = undone(systems, write);
    let begun = systems.journal()?.begin(&run, record)?;
    let work = again(systems, write, &inverse, &secret);
    let outcome = desk.must(Task::GoingBack(Box::new(effect.clone())), AT_MOST, work).await;
    let outcome = outcome.map(Done::from);
    systems.journal()?.end(begun, record::outcome(&outcome))?;
    perform::show_journal(desk, systems, effect.system());
    outcome.map(|_| ())
}

/// The line of the journal that began the write.
fn undone(systems: &Systems, write: &RotationEffect) -> Option<Seq> {
    let effect = Effect::Rotation(write.clone());
    record::last_begun(systems.history(), &effect)
}

/// Tries until it is done, or has failed a few times.
async fn again(
    systems: &Systems,
    write: &RotationEffect,
    inverse: &RotationEffect,
    secret: &Secret,
) -> Result<DoneNote, Fault> {
    let mut pauses = PAUSES.into_iter();
    loop {
        let outcome = once(systems, write, inverse, secret).await;
        match (outcome, pauses.next()) {
            (Err(_), Some(pause)) => sleep(pause).await,
            (outcome, _) => return outcome,
        }
    }
}

async fn once(
    systems: &Systems,
    write: &RotationEffect,
    inverse: &RotationEffect,
    secret: &Secret,
) -> Result<DoneNote, Fault> {
    match write {
        RotationEffect::SwitchAuthentik { .. } => launch::patch(systems, inverse, secret).await.0,
        RotationEffect::SwitchImmich { route, basis, .. } => {
            let route = systems.route(*route)?;
            // A file comes back to the byte, where nobody wrote it since.
            let verbatim = Some(basis.clone());
            let sends = inverse.sends();
            let change = SettingsChange { verbatim, ..sends.settings()?.change.clone() };
            let now = route.read().await?.basis;
            route.write(&change, Some(secret), &now).await?;
            Ok(DoneNote::HasSecretAgain { fingerprint: secret.fingerprint().to_string() })
        }
        _ => Ok(DoneNote::Nothing),
    }
}

async fn holds(systems: &Systems, write: &RotationEffect) -> Result<Option<Secret>, Fault> {
    match write {
        RotationEffect::SwitchAuthentik { provider, .. } => {
            let found = systems.authentik()?.provider(*provider).await?;
            Ok(found.map(|provider| provider.client_secret))
        }
        _ => systems.stored_secret().await,
    }
}

/// Every secret that a side may have had.
const LABELS: [Label; 4] = [
    Label::ClientSecret,
    Label::ClientSecretPrevious,
    Label::ImmichClientSecretPrevious,
    Label::ClientSecretPending,
];

async fn label_of(systems: &Systems, fingerprint: &str) -> Result<Label, Fault> {
    for label in LABELS {
        let kept = systems.vault()?.get(label).await?;
        if kept.is_some_and(|secret| secret.fingerprint().to_string() == fingerprint) {
            return Ok(label);
        }
    }
    Err(Fault::of(&NotKept::Unknown, say!("find the secret {fingerprint}", fingerprint)))
}

async fn secret_of(systems: &Systems, fingerprint: &str) -> Result<Secret, Fault> {
    let label = label_of(systems, fingerprint).await?;
    let kept = systems.vault()?.get(label).await?;
    kept.ok_or_else(|| Fault::of(&NotKept::Gone, say!("read `{label}`", label)))
}

async fn fingerprint_of(systems: &Systems, label: Label) -> Result<String, Fault> {
    let kept = systems.vault()?.get(label).await?;
    Ok(kept.map(|secret| secret.fingerprint().to_string()).unwrap_or_default())
}

/// Why a secret that a side had cannot be given back to it.
#[derive(Debug, thiserror::Error)]
enum NotKept {
    /// The secret store has none of that fingerprint.
    #[error("{}", say!("the store has none of that fingerprint"))]
    Unknown,
    /// It is not there any more.
    #[error("{}", say!("it is gone"))]
    Gone,
}

impl UniformFailure for NotKept {
    const SYSTEM: System = System::SecretStore;
    const KIND: FaultKind = FaultKind::NotFound;

    fn hint(&self) -> String {
        String::new()
    }
}
