//! Performing what was confirmed: each effect journalled before and after,
//! read back and compared.

mod access;
mod authentik;
mod removal;
mod rotation;
mod secrets;
mod undo;

use std::time::Duration;

use super::effect::{Effect, EffectFailure, SettingsWrite};
use crate::{
    immich::RouteKind,
    secret::Secret,
    site::{Fault, System},
    wizard::{
        Done, DoneNote, Snapshot, Task, desk::Desk, links, plan::Confirmed, record, restart,
        systems::Systems,
    },
};

pub(super) use access::{forget_refused, opens};
use secrets::{kept_secret, secret_of};

/// How long one effect may take; the calls that it is made of have shorter
/// deadlines of their own.
const AT_MOST: Duration = Duration::from_secs(90);

/// Performs a confirmed plan, effect by effect. Takes nothing else: see
/// [`Confirmed`].
///
/// # Errors
/// The first effect that fails ends it. What was done before it is in the
/// journal. Both writes of a switch are made together, and only so: see
/// [`super::rotation::perform`].
pub(in crate::wizard) async fn perform(
    desk: &mut Desk,
    systems: &mut Systems,
    confirmed: Confirmed,
) -> Result<(), Fault> {
    for effect in confirmed.plan().effects() {
        perform_one(desk, systems, effect).await?;
    }
    Ok(())
}

/// Performs one effect of a plan that was confirmed, journalled before and
/// after.
///
/// # Errors
/// Why it failed, or that it was stopped before it was begun.
pub(in crate::wizard) async fn perform_one(
    desk: &mut Desk,
    systems: &mut Systems,
    effect: &Effect,
) -> Result<(), Fault> {
    if desk.was_stopped().is_some() {
        let failure = EffectFailure::StoppedBefore(effect.system());
        return Err(Fault::of(&failure, effect.to_string()));
    }
    if let Some(fault) = desk.is_out_of_time(effect.system(), effect.to_string()) {
        return Err(Fault::of(&EffectFailure::NoTimeLeft(fault), effect.to_string()));
    }
    carry_out(desk, systems, effect).await
}

/// The same whatever the operator said meanwhile: for what was confirmed to
/// come at the end of a run, however it ends.
pub(in crate::wizard) async fn carry_out(
    desk: &mut Desk,
    systems: &mut Systems,
    effect: &Effect,
) -> Result<(), Fault> {
    let secret = secret_of(effect, systems).await?;
    let begun = record::record(effect, secret.as_ref())?;
    let entry = systems.begin_effect(begun).await?;
    let what = Task::Performing(Box::new(effect.clone()));
    desk.performs();
    let work = Box::pin(one(effect, systems, secret));
    // It mostly waits, and to stop waiting harms nobody.
    let outcome = if matches!(effect, Effect::Restart { .. }) {
        desk.wait(what, restart::AT_MOST, work).await.unwrap_or_else(|_| {
            Err(Fault::of(&EffectFailure::StoppedWaiting(effect.system()), effect.to_string()))
        })
    } else {
        desk.must_within(effect.system(), what, AT_MOST, work).await
    };
    systems.journal()?.end(entry, record::outcome(&outcome))?;
    show_journal(desk, systems, effect.system());
    if matches!(effect, Effect::TakeBack { inverse, .. } if !inverse.removes_access()) {
        // A login proves nothing of what is there once it was taken back.
        desk.show(Snapshot::forget_login);
    }
    outcome.map(|_| ())
}

/// Shows the journal after an effect, and that its system has to be looked at
/// anew.
pub(in crate::wizard) fn show_journal(desk: &mut Desk, systems: &Systems, after: System) {
    let rows = record::rows(systems.history());
    desk.show(|snapshot| {
        snapshot.journal = rows;
        snapshot.map.outdate(after);
    });
}

/// Performs one effect and returns what came of it.
async fn one(effect: &Effect, systems: &Systems, secret: Option<Secret>) -> Result<Done, Fault> {
    let sends = effect.sends();
    let said = match effect {
        Effect::GenerateSecret => secrets::generate(systems, secret).await,
        Effect::AdoptSecret { provider, fingerprint } => {
            secrets::adopt(systems, *provider, fingerprint).await
        }
        Effect::SetSecretAside { of, fingerprint, among_older } => {
            secrets::set_aside(systems, *of, fingerprint, *among_older).await
        }
        Effect::CreateProvider { fields } => {
            return authentik::create_provider(systems, sends.call()?, fields).await;
        }
        Effect::ChangeProvider { provider, fields, before, secret, .. } => {
            let fields = (before, fields);
            authentik::change_provider(systems, sends.call()?, *provider, fields, *secret).await
        }
        Effect::CreateApplication { fields, client_id } => {
            authentik::create_application(systems, sends.call()?, fields, client_id).await
        }
        Effect::ChangeApplication { slug, fields, before, attach } => {
            let (fields, attach) = ((before, fields), attach.as_deref());
            authentik::change_application(systems, sends.call()?, slug, fields, attach).await
        }
        Effect::WriteSettings { .. } => write_settings(systems, sends.settings()?).await,
        Effect::Unlink { accounts } => links::relink(systems, accounts).await,
        Effect::Restart { folder, services, .. } => {
            restart::perform(systems, folder, services, sends.restart(systems.profile.host.docker))
                .await
        }
        Effect::Access(part) => return access::make_part(systems, part).await,
        Effect::MakeToken { token, .. } => return access::make_token(systems, token).await,
        Effect::TakeBack { inverse, .. } => return undo::perform(systems, inverse).await,
        Effect::MakeKey { name, .. } => {
            return access::make_key(systems, name, sends.key()?).await;
        }
        Effect::Rotation(effect) => rotation::one(systems, effect, secret).await,
    };
    said.map(Done::from)
}

async fn write_settings(
    systems: &Systems,
    SettingsWrite { route: kind, change, basis, .. }: &SettingsWrite,
) -> Result<DoneNote, Fault> {
    let kept = if change.secret.is_some() { Some(kept_secret(systems).await?) } else { None };
    let route = systems.route(*kind)?;
    if *kind == RouteKind::Api {
        // The same requests; a rotation wants to know how long this one takes.
        let prepared = route.prepare(change, kept.as_ref(), basis).await?;
        let written = prepared.await?;
        systems.seen.settings_writes.of(*kind).took(written.took);
        written.check.await?;
    } else {
        route.write(change, kept.as_ref(), basis).await?;
    }
    // It is written whether or not its copy can be seen.
    Ok(DoneNote::Written { copy: route.kept_copy().await.ok().flatten() })
}
