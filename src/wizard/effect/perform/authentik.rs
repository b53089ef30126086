//! Effects on authentik: sent, read back, compared.

use serde_json::{Value, json};

use super::{
    Done,
    compare::{compare, moved, not_there, sent, unmoved},
    secrets::{insert_secret, stored_secret_is_kept},
};
use crate::{
    authentik::{Application, Provider},
    site::{Fault, FaultKind, System},
    wizard::{effect::Fields, systems::Systems},
};

pub(super) async fn create_provider(systems: &Systems, fields: &Fields) -> Result<Done, Fault> {
    let mut body = fields.clone();
    insert_secret(systems, &mut body, "client_secret").await?;
    let body = Value::Object(body);
    let write = systems.authentik()?.create_provider(&body);
    let made = systems.provider_write.measure(write).await?;
    let found = systems.authentik()?.provider(made.pk).await.map_err(sent)?;
    let provider = found.ok_or_else(|| not_there("the provider", "to create it"))?;
    let kept = stored_secret_is_kept(systems, &provider).await.map_err(sent)?;
    compare("the provider", fields, &provider.raw, kept)?;
    Ok(Done { made: Some(made.pk.into()), ..Done::from(format!("provider number {}", made.pk)) })
}

pub(super) async fn change_provider(
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
    let body = Value::Object(body);
    let write = systems.authentik()?.patch_provider(pk, &body);
    systems.provider_write.measure(write).await?;
    let after = systems.authentik()?.provider(pk).await.map_err(sent)?;
    let after = after.ok_or_else(|| not_there("the provider", "the change"))?;
    let kept = !secret || stored_secret_is_kept(systems, &after).await.map_err(sent)?;
    compare("the provider", fields, &after.raw, kept)?;
    Ok("changed, and read back".into())
}

pub(super) async fn create_application(
    systems: &Systems,
    fields: &Fields,
    client_id: &str,
) -> Result<String, Fault> {
    let mut body = fields.clone();
    let pk = attach(systems, &mut body, client_id).await?;
    systems.authentik()?.create_application(&Value::Object(body)).await?;
    let slug = &systems.profile.application.slug;
    let found = systems.authentik()?.application(slug).await.map_err(sent)?;
    let application = found.ok_or_else(|| not_there("the application", "to create it"))?;
    compare("the application", fields, &application.raw, application.provider == Some(pk))?;
    Ok(format!("application `{slug}`"))
}

pub(super) async fn change_application(
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
    // A change of the slug moves it.
    let slug = fields.get("slug").and_then(Value::as_str).unwrap_or(slug);
    let after = systems.authentik()?.application(slug).await.map_err(sent)?;
    let after = after.ok_or_else(|| not_there("the application", "the change"))?;
    let kept = pk.is_none() || after.provider == pk;
    compare("the application", fields, &after.raw, kept)?;
    Ok("changed, and read back".into())
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

pub(super) async fn provider(systems: &Systems, pk: i64) -> Result<Provider, Fault> {
    let found = systems.authentik()?.provider(pk).await?;
    found.ok_or_else(|| moved("the provider"))
}

async fn application(systems: &Systems, slug: &str) -> Result<Application, Fault> {
    let found = systems.authentik()?.application(slug).await?;
    found.ok_or_else(|| moved("the application"))
}
