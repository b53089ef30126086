//! Performing what takes an effect back: only while live is what it was when
//! this was planned, and read back afterwards.

use serde_json::Value;

use crate::{
    authentik::Call,
    net::Fills,
    secret::{Label, Secret},
    site::Fault,
    wizard::{
        Done, DoneNote,
        effect::{
            Effect, EffectFailure, Fields, Inverse, OldSecret, SettingsWrite, Thing, compare,
            moved, not_there, sent, unmoved,
        },
        links, record,
        systems::Systems,
    },
};

/// Performs it, and returns what came of it.
pub(super) async fn perform(systems: &Systems, inverse: &Inverse) -> Result<Done, Fault> {
    let sends = inverse.sends();
    let said = match inverse {
        Inverse::ForgetSecret { fingerprint, entries } => {
            forget(systems, fingerprint, entries).await
        }
        Inverse::DeleteProvider { provider, now, .. } => {
            delete_provider(systems, sends.call()?, *provider, now).await
        }
        Inverse::RestoreProvider { provider, fields, now, secret, .. } => {
            let fields = (now, fields);
            restore_provider(systems, sends.call()?, *provider, fields, secret.as_ref()).await
        }
        Inverse::DeleteApplication { slug, now } => {
            delete_application(systems, sends.call()?, slug, now).await
        }
        Inverse::RestoreApplication { slug, fields, now } => {
            restore_application(systems, sends.call()?, slug, (now, fields)).await
        }
        Inverse::Relink { accounts } => links::relink(systems, accounts).await,
        Inverse::DeleteAccount { .. }
        | Inverse::DeleteRole { .. }
        | Inverse::DeleteGroup { .. }
        | Inverse::DeleteToken { .. }
        | Inverse::DeleteKey { .. } => super::removal::remove(systems, inverse).await,
        Inverse::RestoreSettings { secret, .. } => {
            let SettingsWrite { route, change, basis, .. } = sends.settings()?;
            let old = kept(systems, secret.as_ref()).await?;
            let route = systems.route(*route)?;
            route.write(change, old.as_ref(), basis).await?;
            // Our fields were read back. Whether everything is as before says
            // the digest of all that was stored then.
            let now = route.read().await.map_err(sent)?.basis;
            let exact = change.verbatim.as_ref() == Some(&now);
            let copy_left = if settings_remain(systems) {
                None
            } else {
                route.forget_copies().await.err().map(Box::new)
            };
            let said = DoneNote::SetBack { exact, copy_left };
            return Ok(Done { exact, ..Done::from(said) });
        }
    };
    said.map(Done::from)
}

/// Whether settings of another run are still there, beside those that are being
/// set back: what was there before that run may be kept in a copy.
fn settings_remain(systems: &Systems) -> bool {
    let all = record::begun(systems.history());
    let there = all.iter().filter(|begun| {
        begun.taken_back.is_none()
            && !begun.is_not_done()
            && matches!(begun.value(), Some(Effect::WriteSettings { .. }))
    });
    there.count() > 1
}

async fn forget(
    systems: &Systems,
    fingerprint: &str,
    entries: &[OldSecret],
) -> Result<DoneNote, Fault> {
    let vault = systems.vault()?;
    let mut kept: Vec<(Label, &str)> =
        entries.iter().filter_map(|old| Some((old.label?, old.fingerprint.as_str()))).collect();
    if kept.is_empty() {
        kept.push((Label::ClientSecret, fingerprint));
    }
    for (label, fingerprint) in &kept {
        let secret = vault.get(*label).await?;
        if secret.is_none_or(|secret| secret.fingerprint().to_string() != *fingerprint) {
            return Err(moved(Thing::ClientSecret));
        }
    }
    for (label, _) in kept {
        vault.forget(label).await?;
    }
    Ok(DoneNote::Forgotten)
}

async fn delete_provider(
    systems: &Systems,
    call: &Call,
    pk: i64,
    now: &Fields,
) -> Result<DoneNote, Fault> {
    let client = systems.authentik()?;
    let found = client.provider(pk).await?.ok_or_else(|| moved(Thing::Provider))?;
    unmoved(Thing::Provider, now, &found.raw)?;
    if found.assigned_application_slug.is_some() {
        return Err(moved(Thing::Provider));
    }
    client.carry_out(call, &Fills::default()).await?;
    match client.provider(pk).await.map_err(sent)? {
        None => Ok(DoneNote::Deleted),
        Some(_) => Err(still_there(Thing::Provider)),
    }
}

async fn restore_provider(
    systems: &Systems,
    call: &Call,
    pk: i64,
    (now, fields): (&Fields, &Fields),
    secret: Option<&OldSecret>,
) -> Result<DoneNote, Fault> {
    let client = systems.authentik()?;
    let found = client.provider(pk).await?.ok_or_else(|| moved(Thing::Provider))?;
    unmoved(Thing::Provider, now, &found.raw)?;
    let old = kept(systems, secret).await?;
    let fills = match (secret.and_then(|secret| secret.label), &old) {
        (Some(label), Some(old)) => Fills::default().secret(label, old),
        _ => Fills::default(),
    };
    client.write_provider(call, &fills).await?;
    let after = client.provider(pk).await.map_err(sent)?;
    let after = after.ok_or_else(|| not_there(Thing::Provider))?;
    let same = match &old {
        Some(old) => after.client_secret == *old,
        None => secret.is_none() || after.client_secret.is_empty(),
    };
    compare(Thing::Provider, fields, &after.raw, same)?;
    Ok(DoneNote::SetBack { exact: false, copy_left: None })
}

async fn delete_application(
    systems: &Systems,
    call: &Call,
    slug: &str,
    now: &Fields,
) -> Result<DoneNote, Fault> {
    let client = systems.authentik()?;
    let found = client.application(slug).await?.ok_or_else(|| moved(Thing::Application))?;
    unmoved(Thing::Application, now, &found.raw)?;
    client.carry_out(call, &Fills::default()).await?;
    match client.application(slug).await.map_err(sent)? {
        None => Ok(DoneNote::Deleted),
        Some(_) => Err(still_there(Thing::Application)),
    }
}

async fn restore_application(
    systems: &Systems,
    call: &Call,
    slug: &str,
    (now, fields): (&Fields, &Fields),
) -> Result<DoneNote, Fault> {
    let client = systems.authentik()?;
    let found = client.application(slug).await?.ok_or_else(|| moved(Thing::Application))?;
    unmoved(Thing::Application, now, &found.raw)?;
    client.write_application(call, &Fills::default()).await?;
    let slug = fields.get("slug").and_then(Value::as_str).unwrap_or(slug);
    let after = client.application(slug).await.map_err(sent)?;
    let after = after.ok_or_else(|| not_there(Thing::Application))?;
    compare(Thing::Application, fields, &after.raw, true)?;
    Ok(DoneNote::SetBack { exact: false, copy_left: None })
}

/// The secret to put back, out of the store: law 2 holds backwards, too.
async fn kept(systems: &Systems, old: Option<&OldSecret>) -> Result<Option<Secret>, Fault> {
    let Some(OldSecret { label: Some(label), fingerprint }) = old else { return Ok(None) };
    let secret = systems.vault()?.get(*label).await?;
    match secret.filter(|secret| secret.fingerprint().to_string() == *fingerprint) {
        Some(secret) => Ok(Some(secret)),
        None => Err(moved(Thing::ClientSecret)),
    }
}

fn still_there(thing: Thing) -> Fault {
    Fault::of(&EffectFailure::StillThere, say!("delete {thing}", thing))
}
