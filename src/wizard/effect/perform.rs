//! Performing what was confirmed: each effect journalled before and after,
//! read back and compared.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Effect, Fields, RotationEffect};
use crate::{
    authentik::{Application, Provider},
    immich::{RouteKind, SettingsChange},
    secret::{Label, Secret},
    site::{Fault, FaultKind, System},
    wizard::{
        StepId, desk::Desk, plan::Confirmed, record, restart, rotation, systems::Systems, undo,
    },
};

/// How long one effect may take; the calls that it is made of have shorter
/// deadlines of their own.
const AT_MOST: Duration = Duration::from_secs(90);

/// Performs a confirmed plan, effect by effect. Takes nothing else: see
/// [`Confirmed`].
///
/// # Errors
/// The first effect that fails ends it. What was done before it is in the
/// journal.
pub(in crate::wizard) async fn perform(
    desk: &mut Desk,
    systems: &mut Systems,
    confirmed: Confirmed,
) -> Result<(), Fault> {
    if confirmed.plan().step() == StepId::Set {
        return Box::pin(rotation::switch(desk, systems, confirmed)).await;
    }
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
        return Err(Fault::new(effect.system(), FaultKind::Cancelled, effect.to_string())
            .answered("you stopped it before this effect was begun")
            .remedy("Look again: what was done so far is in the journal."));
    }
    let run = systems.run.clone();
    let secret = secret_of(effect, systems).await?;
    let begun = record::record(effect, secret.as_ref())?;
    let entry = systems.journal()?.begin(&run, begun)?;
    let what = effect.to_string();
    let outcome = match effect {
        // It mostly waits, and to stop waiting harms nobody.
        Effect::Restart { .. } => {
            let waiting = Box::pin(one(effect, systems, secret));
            desk.work(&what, Some(restart::AT_MOST), waiting).await.unwrap_or_else(|_| {
                Err(Fault::new(effect.system(), FaultKind::Cancelled, what.clone())
                    .answered("you stopped waiting for it")
                    .remedy("Look again: Immich may still be coming back."))
            })
        }
        _ => desk.must(&what, Some(AT_MOST), Box::pin(one(effect, systems, secret))).await,
    };
    systems.journal()?.end(entry, record::outcome(&outcome))?;
    show_journal(desk, systems, effect.system());
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

/// What came of an effect.
pub(in crate::wizard) struct Done {
    /// In a few words.
    pub(in crate::wizard) said: String,
    /// The primary key of what was made, if something was.
    pub(in crate::wizard) made: Option<i64>,
}

impl<T: Into<String>> From<T> for Done {
    fn from(said: T) -> Self {
        Self { said: said.into(), made: None }
    }
}

/// The client secret that an effect keeps or sends: the journal notes which one
/// it is before it is on its way.
async fn secret_of(effect: &Effect, systems: &Systems) -> Result<Option<Secret>, Fault> {
    match effect {
        Effect::GenerateSecret | Effect::Rotation(RotationEffect::Create) => {
            Secret::generate().map(Some).map_err(|error| {
                Fault::new(System::Workstation, FaultKind::Crashed, "generate a client secret")
                    .answered(error.to_string())
                    .remedy("This machine has no source of random bytes to offer.")
            })
        }
        Effect::CreateProvider { .. }
        | Effect::ChangeProvider { secret: true, .. }
        | Effect::WriteSettings { secret: true, .. } => kept_secret(systems).await.map(Some),
        _ => Ok(None),
    }
}

/// Performs one effect and says in a few words what came of it.
async fn one(effect: &Effect, systems: &Systems, secret: Option<Secret>) -> Result<Done, Fault> {
    let said = match effect {
        Effect::GenerateSecret => generate(systems, secret).await,
        Effect::AdoptSecret { provider, fingerprint } => {
            adopt(systems, *provider, fingerprint).await
        }
        Effect::SetSecretAside { of, fingerprint, among_older } => {
            set_aside(systems, *of, fingerprint, *among_older).await
        }
        Effect::CreateProvider { fields } => return create_provider(systems, fields).await,
        Effect::ChangeProvider { provider, fields, before, secret, .. } => {
            change_provider(systems, *provider, fields, before, *secret).await
        }
        Effect::CreateApplication { fields, client_id } => {
            create_application(systems, fields, client_id).await
        }
        Effect::ChangeApplication { slug, fields, before, attach } => {
            change_application(systems, slug, fields, before, attach.as_deref()).await
        }
        Effect::WriteSettings { route, fields, secret, basis, .. } => {
            write_settings(systems, *route, fields, *secret, basis).await
        }
        Effect::Restart { folder, services, by_hand } => {
            restart::perform(systems, folder, services, *by_hand).await
        }
        Effect::MakeToken { .. } => systems.make_token().await,
        Effect::TakeBack { inverse, .. } => undo::perform(systems, inverse).await,
        Effect::MakeKey { name, permissions } => systems.make_key(name, permissions).await,
        Effect::Rotation(effect) => rotation::one(systems, effect, secret).await,
    };
    said.map(Done::from)
}

async fn generate(systems: &Systems, secret: Option<Secret>) -> Result<String, Fault> {
    let secret = secret.ok_or_else(|| moved("the client secret"))?;
    let kept = format!("kept, fingerprint {}", secret.fingerprint());
    systems.vault()?.put(Label::ClientSecret, &secret).await?;
    Ok(kept)
}

async fn adopt(systems: &Systems, pk: i64, fingerprint: &str) -> Result<String, Fault> {
    let provider = provider(systems, pk).await?;
    let found = provider.client_secret.fingerprint().to_string();
    if found != fingerprint {
        return Err(moved("the client secret"));
    }
    systems.vault()?.put(Label::ClientSecret, &provider.client_secret).await?;
    Ok(format!("kept, fingerprint {found}"))
}

async fn set_aside(
    systems: &Systems,
    of: System,
    fingerprint: &str,
    among_older: bool,
) -> Result<String, Fault> {
    let (secret, label) = match of {
        System::Authentik => (systems.provider_secret().await?, Label::ClientSecretPrevious),
        _ => (systems.stored_secret().await?, Label::ImmichClientSecretPrevious),
    };
    match secret {
        Some(secret) if secret.fingerprint().to_string() == fingerprint => {
            let vault = systems.vault()?;
            if among_older {
                vault.put(Label::ClientSecretOlder, &secret).await?;
                return Ok("kept".into());
            }
            // What is in that place makes room; it may be needed to take an
            // earlier run back.
            if let Some(older) = vault.get(label).await?.filter(|older| *older != secret) {
                vault.put(Label::ClientSecretOlder, &older).await?;
            }
            vault.put(label, &secret).await?;
            Ok("kept".into())
        }
        _ => Err(moved("the client secret")),
    }
}

async fn create_provider(systems: &Systems, fields: &Fields) -> Result<Done, Fault> {
    let mut body = fields.clone();
    insert_secret(systems, &mut body, "client_secret").await?;
    let made = systems.authentik()?.create_provider(&Value::Object(body)).await?;
    let provider = provider(systems, made.pk).await.map_err(sent)?;
    let kept = stored_secret_is_kept(systems, &provider).await.map_err(sent)?;
    compare("the provider", fields, &provider.raw, kept)?;
    Ok(Done { said: format!("provider number {}", made.pk), made: Some(made.pk) })
}

async fn change_provider(
    systems: &Systems,
    pk: i64,
    fields: &Fields,
    before: &Fields,
    secret: bool,
) -> Result<String, Fault> {
    let now = provider(systems, pk).await?;
    unmoved("the provider", before, &now.raw)?;
    let mut body = fields.clone();
    if secret {
        insert_secret(systems, &mut body, "client_secret").await?;
    }
    systems.authentik()?.patch_provider(pk, &Value::Object(body)).await?;
    let after = provider(systems, pk).await.map_err(sent)?;
    let kept = !secret || stored_secret_is_kept(systems, &after).await.map_err(sent)?;
    compare("the provider", fields, &after.raw, kept)?;
    Ok("changed, and read back".into())
}

async fn create_application(
    systems: &Systems,
    fields: &Fields,
    client_id: &str,
) -> Result<String, Fault> {
    let mut body = fields.clone();
    let pk = attach(systems, &mut body, client_id).await?;
    systems.authentik()?.create_application(&Value::Object(body)).await?;
    let slug = &systems.profile.application.slug;
    let application = application(systems, slug).await.map_err(sent)?;
    compare("the application", fields, &application.raw, application.provider == Some(pk))?;
    Ok(format!("application `{slug}`"))
}

async fn change_application(
    systems: &Systems,
    slug: &str,
    fields: &Fields,
    before: &Fields,
    attached: Option<&str>,
) -> Result<String, Fault> {
    let now = application(systems, slug).await?;
    unmoved("the application", before, &now.raw)?;
    let mut body = fields.clone();
    let pk = match attached {
        Some(client_id) => Some(attach(systems, &mut body, client_id).await?),
        None => None,
    };
    systems.authentik()?.patch_application(slug, &Value::Object(body)).await?;
    let after = application(systems, slug).await.map_err(sent)?;
    let kept = pk.is_none() || after.provider == pk;
    compare("the application", fields, &after.raw, kept)?;
    Ok("changed, and read back".into())
}

async fn write_settings(
    systems: &Systems,
    route: RouteKind,
    fields: &Fields,
    secret: bool,
    basis: &str,
) -> Result<String, Fault> {
    let kept = if secret { Some(kept_secret(systems).await?) } else { None };
    let change = SettingsChange::set(fields.clone(), secret);
    systems.route(route)?.write(&change, kept.as_ref(), basis).await?;
    Ok("written, and read back".into())
}

/// A fault that came after the effect was taken: it is done, or may be.
pub(in crate::wizard) fn sent(fault: Fault) -> Fault {
    Fault { kind: FaultKind::NotKept, ..fault }
}

/// Attaches the provider of that client id.
async fn attach(systems: &Systems, body: &mut Fields, client_id: &str) -> Result<i64, Fault> {
    let found = systems.authentik()?.provider_by_client_id(client_id).await?;
    let provider = found.ok_or_else(|| {
        Fault::new(System::Authentik, FaultKind::NotFound, "find the provider to attach")
            .answered(format!("there is none with the client id `{client_id}`"))
            .remedy("Walk the provider step first.")
    })?;
    body.insert("provider".into(), json!(provider.pk));
    Ok(provider.pk)
}

/// A secret goes out only after the store gave it back: law 2.
async fn kept_secret(systems: &Systems) -> Result<Secret, Fault> {
    systems.vault()?.get(Label::ClientSecret).await?.ok_or_else(|| {
        Fault::new(System::SecretStore, FaultKind::NotFound, "read the client secret")
            .answered("there is none")
            .remedy("Walk the provider step first: it generates one or takes authentik's over.")
    })
}

async fn insert_secret(systems: &Systems, body: &mut Fields, key: &str) -> Result<(), Fault> {
    let secret = kept_secret(systems).await?;
    body.insert(key.into(), secret.expose().into());
    Ok(())
}

async fn stored_secret_is_kept(systems: &Systems, provider: &Provider) -> Result<bool, Fault> {
    Ok(kept_secret(systems).await? == provider.client_secret)
}

async fn provider(systems: &Systems, pk: i64) -> Result<Provider, Fault> {
    let found = systems.authentik()?.provider(pk).await?;
    found.ok_or_else(|| moved("the provider"))
}

async fn application(systems: &Systems, slug: &str) -> Result<Application, Fault> {
    let found = systems.authentik()?.application(slug).await?;
    found.ok_or_else(|| moved("the application"))
}

/// Refuses when a field is no longer what it was when the plan was made.
pub(in crate::wizard) fn unmoved(what: &str, before: &Fields, now: &Fields) -> Result<(), Fault> {
    let same = before.iter().all(|(key, value)| says(now.get(key).unwrap_or(&Value::Null), value));
    if same { Ok(()) } else { Err(moved(what)) }
}

pub(in crate::wizard) fn moved(what: &str) -> Fault {
    Fault::new(System::Authentik, FaultKind::Moved, format!("change {what}"))
        .answered("somebody changed it since the plan was made; nothing was sent")
        .remedy("Look again: the new state is read and planned anew.")
}

/// authentik ignores what it does not know without a word: every field that
/// was sent must be there.
pub(in crate::wizard) fn compare(
    what: &str,
    sent: &Fields,
    now: &Fields,
    rest: bool,
) -> Result<(), Fault> {
    let lost: Vec<&str> = sent
        .iter()
        .filter(|(key, value)| !says(now.get(*key).unwrap_or(&Value::Null), value))
        .map(|(key, _)| key.as_str())
        .collect();
    if lost.is_empty() && rest {
        return Ok(());
    }
    let names = if lost.is_empty() { "its secret or provider".to_owned() } else { lost.join(", ") };
    Err(Fault::new(System::Authentik, FaultKind::NotKept, format!("read {what} back"))
        .answered(format!("not as sent: {names}"))
        .remedy("Look again. If it stays so, this authentik release treats the field differently: please report it with its version."))
}

/// Whether an answer says what was sent: lists in any order, and objects with
/// whatever the server adds to them.
pub(in crate::wizard) fn says(answer: &Value, sent: &Value) -> bool {
    match (answer, sent) {
        (Value::Array(answer), Value::Array(sent)) => {
            answer.len() == sent.len()
                && sent.iter().all(|item| answer.iter().any(|other| says(other, item)))
        }
        (Value::Object(answer), Value::Object(sent)) => {
            sent.iter().all(|(key, value)| answer.get(key).is_some_and(|other| says(other, value)))
        }
        _ => answer == sent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_says_what_was_sent_in_any_order_and_with_more_beside_it() {
        let sent = json!([{"url": "a"}, {"url": "b"}]);
        assert!(says(&json!([{"url": "b", "type": "x"}, {"url": "a", "type": "x"}]), &sent));
        assert!(!says(&json!([{"url": "b"}]), &sent));
        assert!(!says(&json!([{"url": "b"}, {"url": "c"}]), &sent));
    }
}
