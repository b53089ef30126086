//! The switch: both writes prepared, a last look at both sides, then both
//! launched together; measured; and led back where it did not come off.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{back, probe::Probe, settle, standing::Standing};
use crate::{
    immich::{Check, Release, SettingsChange},
    secret::{Label, Secret},
    site::{Fault, FaultKind, System},
    wizard::{
        SwitchView,
        desk::Desk,
        effect::{self, Done, Effect, RotationEffect},
        journal::Seq,
        plan::Confirmed,
        record,
        systems::Systems,
    },
};

/// How long both writes may take, from the preparation to the last look.
const AT_MOST: Duration = Duration::from_secs(60);

/// Performs a confirmed plan that gives both sides a secret. The plan says
/// that both are set back when it fails, so that is confirmed, too.
///
/// # Errors
/// Why it did not come off, and what both sides hold now.
pub(in crate::wizard) async fn perform(
    desk: &mut Desk,
    systems: &mut Systems,
    confirmed: Confirmed,
) -> Result<(), Fault> {
    let (writes, others): (Vec<&Effect>, Vec<&Effect>) =
        confirmed.plan().effects().iter().partition(|effect| matches!(effect, Effect::Rotation(_)));
    let (before, after): (Vec<&Effect>, Vec<&Effect>) =
        others.into_iter().partition(|effect| matches!(effect, Effect::SetSecretAside { .. }));
    for effect in before {
        effect::perform_one(desk, systems, effect).await?;
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
            systems.switched = Some(confirmed);
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
        effect::perform_one(desk, systems, effect).await.map_err(Failed::Between)?;
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
    // Law 2: it goes out only after the store gave it back.
    let secret = kept(systems, to).await.map_err(Failed::Before)?;
    let begun = begin(systems, writes, &secret).map_err(Failed::Before)?;
    let what = "preparing both writes, then switching both sides together";
    let done = desk.must(what, Some(AT_MOST), Box::pin(both(systems, writes, &secret))).await;
    let (outcomes, view) = match done {
        Ok(done) => done,
        Err(fault) => {
            let outcomes = writes.iter().map(|_| Err(fault.clone())).collect::<Vec<_>>();
            end(desk, systems, writes, &begun, &outcomes).map_err(Failed::Before)?;
            return Err(Failed::Before(fault));
        }
    };
    // From here on something may have changed: whatever fails leads back.
    end(desk, systems, writes, &begun, &outcomes).map_err(Failed::Between)?;
    let standing = desk.must("looking at both sides", Some(AT_MOST), Standing::read(systems)).await;
    let standing = standing.map_err(|fault| Failed::Between(first_fault(&outcomes, fault)))?;
    settle::settle(systems, &standing).map_err(Failed::Between)?;
    effect::show_journal(desk, systems, System::Authentik);
    let fits = standing.both_hold(&secret);
    desk.show(|snapshot| snapshot.rotation = Some(standing.view(view)));
    match outcomes.into_iter().find_map(Result::err) {
        // An answer that was lost is no failure when the write is there.
        Some(fault) if !fits || fault.kind != FaultKind::Lost && fault.kind != FaultKind::Late => {
            Err(Failed::Between(fault))
        }
        None if !fits => Err(Failed::Between(not_kept(&standing))),
        _ => Ok(()),
    }
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
    systems.vault()?.get(label).await?.ok_or_else(|| {
        Fault::new(System::SecretStore, FaultKind::NotFound, format!("read `{label}`"))
            .answered("there is none")
            .remedy("Begin the rotation anew: the new secret is made in its first stage.")
    })
}

/// Both are in the journal before either is sent.
fn begin(
    systems: &mut Systems,
    writes: &[&RotationEffect],
    secret: &Secret,
) -> Result<Vec<Seq>, Fault> {
    let run = systems.run.clone();
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
    outcomes: &[Result<String, Fault>],
) -> Result<(), Fault> {
    for ((write, seq), outcome) in writes.iter().zip(begun).zip(outcomes) {
        let outcome = outcome.clone().map(Done::from);
        systems.journal()?.end(*seq, record::outcome(&outcome))?;
        effect::show_journal(desk, systems, write.system());
    }
    Ok(())
}

type Outcomes = (Vec<Result<String, Fault>>, Option<SwitchView>);

/// Prepares both writes and launches them together. An error: nothing was
/// sent.
async fn both(
    systems: &Systems,
    writes: &[&RotationEffect],
    secret: &Secret,
) -> Result<Outcomes, Fault> {
    let probe = Probe::begin(systems, secret).await;
    let change = SettingsChange { secret: true, ..SettingsChange::default() };
    let (route, _) = systems.chosen_route()?;
    let route = systems.route(route)?;
    let basis = writes.iter().find_map(|write| match write {
        RotationEffect::SwitchImmich { basis, .. } => Some(basis.as_str()),
        _ => None,
    });
    let provider = writes.iter().find_map(|write| match write {
        RotationEffect::SwitchAuthentik { provider, from, .. } => Some((*provider, from.as_str())),
        _ => None,
    });
    let (last_look, prepared) = tokio::join!(
        async {
            match provider {
                Some((pk, from)) => unmoved(systems, pk, from).await,
                None => Ok(()),
            }
        },
        async {
            match basis {
                Some(basis) => route.prepare(&change, Some(secret), basis).await.map(Some),
                None => Ok(None),
            }
        }
    );
    last_look?;
    let release = prepared?;
    probe.warm().await;
    let launched = Instant::now();
    let (authentik, immich) = tokio::join!(
        async {
            match provider {
                Some((pk, _)) => Some(patch(systems, pk, secret).await),
                None => None,
            }
        },
        async {
            match release {
                Some(release) => Some(carry_out(release).await),
                None => None,
            }
        }
    );
    let (at_authentik, at_immich) =
        (authentik.as_ref().map(|(_, at)| *at), immich.as_ref().map(|(_, at)| *at));
    let view = probe.seen(launched, at_authentik, at_immich).await;
    drop(probe);
    let mut immich = match immich {
        Some((Ok(check), at)) => Some((check.await.map(|()| done(secret)), at)),
        Some((Err(fault), at)) => Some((Err(fault), at)),
        None => None,
    };
    let mut authentik = authentik;
    let outcomes = writes
        .iter()
        .map(|write| {
            let side = match write {
                RotationEffect::SwitchAuthentik { .. } => authentik.take(),
                _ => immich.take(),
            };
            side.map_or_else(|| Ok(String::new()), |(outcome, _)| outcome)
        })
        .collect();
    Ok((outcomes, Some(view)))
}

/// The last look at authentik; it also opens the connection that the write
/// will go over.
async fn unmoved(systems: &Systems, pk: i64, from: &str) -> Result<(), Fault> {
    let tried = "give the provider another secret";
    let provider = systems.authentik()?.provider(pk).await?.ok_or_else(|| {
        Fault::new(System::Authentik, FaultKind::Moved, tried)
            .answered("the provider is gone; nothing was sent")
            .remedy("Walk the set-up: it sees what is there now.")
    })?;
    if provider.client_secret.fingerprint().to_string() == from {
        return Ok(());
    }
    Err(Fault::new(System::Authentik, FaultKind::Moved, tried)
        .answered("somebody changed it since the plan was made; nothing was sent")
        .remedy("Look again: the new state is read and planned anew."))
}

pub(super) async fn patch(
    systems: &Systems,
    pk: i64,
    secret: &Secret,
) -> (Result<String, Fault>, Instant) {
    let body = json!({ "client_secret": secret.expose() });
    let sent = match systems.authentik() {
        Ok(client) => client.patch_provider(pk, &body).await,
        Err(fault) => Err(fault),
    };
    let at = Instant::now();
    let outcome = sent.and_then(|provider| {
        if provider.client_secret == *secret {
            Ok(done(secret))
        } else {
            Err(Fault::new(System::Authentik, FaultKind::NotKept, "read the provider back")
                .answered("it holds another secret than was sent"))
        }
    });
    (outcome, at)
}

async fn carry_out(release: Release<'_>) -> (Result<Check<'_>, Fault>, Instant) {
    let outcome = release.await;
    (outcome, Instant::now())
}

fn done(secret: &Secret) -> String {
    format!("has {}", secret.fingerprint())
}

fn stopped() -> Fault {
    Fault::new(System::Workstation, FaultKind::Cancelled, "switch both sides")
        .answered("you stopped it before anything was sent")
        .remedy("The new secret stays kept as pending: go on from there when you like.")
}

fn first_fault(outcomes: &[Result<String, Fault>], other: Fault) -> Fault {
    outcomes.iter().find_map(|outcome| outcome.as_ref().err().cloned()).unwrap_or(other)
}

fn not_kept(standing: &Standing) -> Fault {
    Fault::new(System::Authentik, FaultKind::NotKept, "find the new secret on both sides")
        .answered(standing.story())
}
