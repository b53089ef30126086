//! Effects on authentik: sent, read back, compared.

use serde_json::{Value, json};

use super::{
    Done,
    secrets::{insert_secret, stored_secret_is_kept},
};
use crate::{
    authentik::{Application, Provider},
    site::Fault,
    wizard::{
        DoneNote,
        effect::{
            EffectFailure, Fields, Thing, compare, moved, not_made, not_there, sent, unmoved,
        },
        systems::Systems,
    },
};

pub(super) async fn create_provider(systems: &Systems, fields: &Fields) -> Result<Done, Fault> {
    let mut body = fields.clone();
    insert_secret(systems, &mut body, "client_secret").await?;
    let body = Value::Object(body);
    let write = systems.authentik()?.create_provider(&body);
    let made = systems.seen.provider_write.measure(write).await?;
    let found = systems.authentik()?.provider(made.pk).await.map_err(sent)?;
    let provider = found.ok_or_else(|| not_made(Thing::Provider))?;
    let kept = stored_secret_is_kept(systems, &provider).await.map_err(sent)?;
    compare(Thing::Provider, fields, &provider.raw, kept)?;
    Ok(Done {
        made: Some(made.pk.into()),
        ..Done::from(DoneNote::ProviderMade { number: made.pk })
    })
}

pub(super) async fn change_provider(
    systems: &Systems,
    pk: i64,
    fields: &Fields,
    before: &Fields,
    secret: bool,
) -> Result<DoneNote, Fault> {
    let now = provider(systems, pk).await?;
    unmoved(Thing::Provider, before, &now.raw)?;
    let mut body = fields.clone();
    if secret {
        insert_secret(systems, &mut body, "client_secret").await?;
    }
    let body = Value::Object(body);
    let write = systems.authentik()?.patch_provider(pk, &body);
    systems.seen.provider_write.measure(write).await?;
    let after = systems.authentik()?.provider(pk).await.map_err(sent)?;
    let after = after.ok_or_else(|| not_there(Thing::Provider))?;
    let kept = !secret || stored_secret_is_kept(systems, &after).await.map_err(sent)?;
    compare(Thing::Provider, fields, &after.raw, kept)?;
    Ok(DoneNote::Changed)
}

pub(super) async fn create_application(
    systems: &Systems,
    fields: &Fields,
    client_id: &str,
) -> Result<DoneNote, Fault> {
    let mut body = fields.clone();
    let pk = attach(systems, &mut body, client_id).await?;
    systems.authentik()?.create_application(&Value::Object(body)).await?;
    let slug = &systems.profile.application.slug;
    let found = systems.authentik()?.application(slug).await.map_err(sent)?;
    let application = found.ok_or_else(|| not_made(Thing::Application))?;
    compare(Thing::Application, fields, &application.raw, application.provider == Some(pk))?;
    Ok(DoneNote::ApplicationMade { slug: slug.clone() })
}

pub(super) async fn change_application(
    systems: &Systems,
    slug: &str,
    fields: &Fields,
    before: &Fields,
    attached: Option<&str>,
) -> Result<DoneNote, Fault> {
    let now = application(systems, slug).await?;
    unmoved(Thing::Application, before, &now.raw)?;
    let mut body = fields.clone();
    let pk = match attached {
        Some(client_id) => Some(attach(systems, &mut body, client_id).await?),
        None => None,
    };
    systems.authentik()?.patch_application(slug, &Value::Object(body)).await?;
    // A change of the slug moves it.
    let slug = fields.get("slug").and_then(Value::as_str).unwrap_or(slug);
    let after = systems.authentik()?.application(slug).await.map_err(sent)?;
    let after = after.ok_or_else(|| not_there(Thing::Application))?;
    let kept = pk.is_none() || after.provider == pk;
    compare(Thing::Application, fields, &after.raw, kept)?;
    Ok(DoneNote::Changed)
}

/// Attaches the provider of that client id.
async fn attach(systems: &Systems, body: &mut Fields, client_id: &str) -> Result<i64, Fault> {
    let found = systems.authentik()?.provider_by_client_id(client_id).await?;
    let provider = found.ok_or_else(|| {
        let failure = EffectFailure::NoProvider { client_id: client_id.to_owned() };
        Fault::of(&failure, say!("find the provider to attach"))
    })?;
    body.insert("provider".into(), json!(provider.pk));
    Ok(provider.pk)
}

async fn provider(systems: &Systems, pk: i64) -> Result<Provider, Fault> {
    let found = systems.authentik()?.provider(pk).await?;
    found.ok_or_else(|| moved(Thing::Provider))
}

async fn application(systems: &Systems, slug: &str) -> Result<Application, Fault> {
    let found = systems.authentik()?.application(slug).await?;
    found.ok_or_else(|| moved(Thing::Application))
}
