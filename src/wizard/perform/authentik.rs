//! Effects on authentik: sent, read back, compared.

use serde_json::Value;

use super::{
    Done,
    secrets::{stored_secret_is_kept, with_secret},
};
use crate::{
    authentik::{Application, Call, Provider},
    net::{Fills, Hole},
    site::Fault,
    wizard::{
        DoneNote,
        effect::{
            EffectFailure, Fields, Thing, compare, moved, not_made, not_there, sent, unmoved,
        },
        systems::Systems,
    },
};

pub(super) async fn create_provider(
    systems: &Systems,
    call: &Call,
    fields: &Fields,
) -> Result<Done, Fault> {
    let fills = with_secret(systems).await?;
    let write = systems.authentik()?.write_provider(call, &fills);
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
    call: &Call,
    pk: i64,
    (before, fields): (&Fields, &Fields),
    secret: bool,
) -> Result<DoneNote, Fault> {
    let now = provider(systems, pk).await?;
    unmoved(Thing::Provider, before, &now.raw)?;
    let fills = if secret { with_secret(systems).await? } else { Fills::default() };
    let write = systems.authentik()?.write_provider(call, &fills);
    systems.seen.provider_write.measure(write).await?;
    let after = systems.authentik()?.provider(pk).await.map_err(sent)?;
    let after = after.ok_or_else(|| not_there(Thing::Provider))?;
    let kept = !secret || stored_secret_is_kept(systems, &after).await.map_err(sent)?;
    compare(Thing::Provider, fields, &after.raw, kept)?;
    Ok(DoneNote::Changed)
}

pub(super) async fn create_application(
    systems: &Systems,
    call: &Call,
    fields: &Fields,
    client_id: &str,
) -> Result<DoneNote, Fault> {
    let (pk, fills) = attached(systems, client_id).await?;
    systems.authentik()?.write_application(call, &fills).await?;
    let slug = &systems.profile.application.slug;
    let found = systems.authentik()?.application(slug).await.map_err(sent)?;
    let application = found.ok_or_else(|| not_made(Thing::Application))?;
    compare(Thing::Application, fields, &application.raw, application.provider == Some(pk))?;
    Ok(DoneNote::ApplicationMade { slug: slug.clone() })
}

pub(super) async fn change_application(
    systems: &Systems,
    call: &Call,
    slug: &str,
    (before, fields): (&Fields, &Fields),
    attach: Option<&str>,
) -> Result<DoneNote, Fault> {
    let now = application(systems, slug).await?;
    unmoved(Thing::Application, before, &now.raw)?;
    let (pk, fills) = match attach {
        Some(client_id) => {
            let (pk, fills) = attached(systems, client_id).await?;
            (Some(pk), fills)
        }
        None => (None, Fills::default()),
    };
    systems.authentik()?.write_application(call, &fills).await?;
    // A change of the slug moves it.
    let slug = fields.get("slug").and_then(Value::as_str).unwrap_or(slug);
    let after = systems.authentik()?.application(slug).await.map_err(sent)?;
    let after = after.ok_or_else(|| not_there(Thing::Application))?;
    let kept = pk.is_none() || after.provider == pk;
    compare(Thing::Application, fields, &after.raw, kept)?;
    Ok(DoneNote::Changed)
}

/// The provider of that client id, for the request that attaches it.
async fn attached(systems: &Systems, client_id: &str) -> Result<(i64, Fills), Fault> {
    let found = systems.authentik()?.provider_by_client_id(client_id).await?;
    let provider = found.ok_or_else(|| {
        let failure = EffectFailure::NoProvider { client_id: client_id.to_owned() };
        Fault::of(&failure, say!("find the provider to attach"))
    })?;
    let hole = Hole::Provider { client_id: client_id.to_owned() };
    Ok((provider.pk, Fills::default().with(hole, provider.pk)))
}

async fn provider(systems: &Systems, pk: i64) -> Result<Provider, Fault> {
    let found = systems.authentik()?.provider(pk).await?;
    found.ok_or_else(|| moved(Thing::Provider))
}

async fn application(systems: &Systems, slug: &str) -> Result<Application, Fault> {
    let found = systems.authentik()?.application(slug).await?;
    found.ok_or_else(|| moved(Thing::Application))
}
