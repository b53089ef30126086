//! What became of the provider and the application.

use serde_json::{Value, json};

use super::{
    failure::UndoFailure,
    ours::{Object, Ours},
    sight::{Sight, secret},
    three::{Stands, Three, picked, threes},
};
use crate::{
    authentik::Provider,
    site::{Fault, System},
    wizard::{
        ApplicationField, FieldId, FieldValue, NothingToUndo, ProviderField, UndoNote,
        effect::{Fields, Inverse},
        record::Begun,
        systems::Systems,
    },
};

/// What an effect changed.
#[derive(Clone, Copy)]
pub(super) struct Change<'a> {
    /// As it left it.
    pub(super) left: &'a Fields,
    /// As it was.
    pub(super) before: &'a Fields,
}

/// A provider that a run made.
pub(super) async fn made_provider(
    systems: &Systems,
    begun: &Begun<'_>,
    fields: &Fields,
) -> Result<Sight, Fault> {
    let client_id = text(fields, "client_id");
    let found = systems.authentik()?.provider_by_client_id(client_id).await?;
    let Some(found) = found else {
        return Ok(Sight::nothing(NothingToUndo::NoProvider { client_id: client_id.to_owned() }));
    };
    if begun.made().is_some_and(|made| made != found.pk) {
        return Ok(Sight::nothing(NothingToUndo::OtherProvider {
            client_id: client_id.to_owned(),
            number: found.pk,
        }));
    }
    let mut all = vec![there(FieldId::ProviderItself)];
    let ours = Ours::after(systems.history(), begun);
    all.extend(threes(fields, None, &found.raw, (&ours, Object::Provider(found.pk))));
    all.push(secret_of_provider(begun, &found, &ours));
    let obstacle = found.assigned_application_slug.as_ref().map(|slug| {
        let failure = UndoFailure::Attached { slug: slug.clone() };
        Fault::of(&failure, say!("delete the provider `{name}`", name = &found.name))
    });
    let inverse = Inverse::DeleteProvider {
        provider: found.pk,
        name: found.name.clone(),
        now: picked(fields.keys(), &found.raw),
    };
    Ok(Sight {
        threes: all,
        inverse: Some(inverse),
        obstacle,
        made: Some(found.pk),
        notes: vec![UndoNote::MadeHere.into()],
        ..Sight::default()
    })
}

fn secret_of_provider(begun: &Begun<'_>, found: &Provider, ours: &Ours) -> Three {
    let now = found.client_secret.fingerprint().to_string();
    let left = begun.effect.secret.clone().unwrap_or_else(|| now.clone());
    let ours = ours.secret(System::Authentik, &left);
    let id = FieldId::Provider(ProviderField::ClientSecret);
    Three::of(id, FieldValue::NotThere, FieldValue::Secret(left), FieldValue::Secret(now))
        .or_ours(&FieldValue::Secret(ours))
}

/// A provider that a run changed.
pub(super) async fn changed_provider(
    systems: &Systems,
    begun: &Begun<'_>,
    (pk, name): (i64, &str),
    change: Change<'_>,
    sets_secret: bool,
) -> Result<Sight, Fault> {
    let Some(found) = systems.authentik()?.provider(pk).await? else {
        return Ok(Sight::nothing(NothingToUndo::ProviderGone {
            number: pk,
            name: name.to_owned(),
        }));
    };
    let ours = Ours::after(systems.history(), begun);
    let ours = (&ours, Object::Provider(pk));
    let mut sight = Sight {
        threes: threes(change.left, Some(change.before), &found.raw, ours),
        ..Sight::default()
    };
    let mut fields = moved_back(change.before, &found.raw);
    // authentik has such lists, and takes none.
    let stays = fields.get("grant_types").is_some_and(|types| *types == json!([]));
    if stays {
        fields.remove("grant_types");
    }
    let mut old = None;
    if sets_secret {
        let now = Some(&found.client_secret).filter(|secret| !secret.is_empty());
        let now = now.map(crate::secret::Secret::fingerprint);
        let seen = secret(systems, begun, System::Authentik, now).await?;
        old = (seen.three.stands != Stands::AsBefore).then_some(seen.old);
        sight.threes.push(seen.three);
        sight.obstacle = seen.obstacle;
        sight.aside = seen.aside;
    }
    if fields.is_empty() && old.is_none() {
        let nothing = if stays {
            NothingToUndo::GrantTypesStay
        } else {
            NothingToUndo::ProviderAsBefore { name: found.name }
        };
        return Ok(Sight { nothing: Some(nothing), ..sight });
    }
    if stays {
        sight.notes.push(UndoNote::GrantTypesStay.into());
    }
    if fields.get("redirect_uris").is_some_and(|uris| *uris == json!([])) {
        sight.notes.push(UndoNote::NoRedirectUri.into());
    }
    let now = picked(fields.keys(), &found.raw);
    sight.inverse =
        Some(Inverse::RestoreProvider { provider: pk, name: found.name, fields, now, secret: old });
    Ok(sight)
}

/// An application that a run made.
pub(super) async fn made_application(
    systems: &Systems,
    begun: &Begun<'_>,
    fields: &Fields,
    client_id: &str,
) -> Result<Sight, Fault> {
    let slug = text(fields, "slug");
    let client = systems.authentik()?;
    let Some(found) = client.application(slug).await? else {
        return Ok(Sight::nothing(NothingToUndo::NoApplication { slug: slug.to_owned() }));
    };
    let mut all = vec![there(FieldId::ApplicationItself)];
    let ours = Ours::after(systems.history(), begun);
    all.extend(threes(fields, None, &found.raw, (&ours, Object::Application(slug))));
    all.push(attached(systems, client_id, FieldValue::NotThere, found.provider).await?);
    let mut now = picked(fields.keys(), &found.raw);
    now.insert("provider".into(), number(found.provider));
    let inverse = Inverse::DeleteApplication { slug: slug.to_owned(), now };
    Ok(Sight {
        threes: all,
        inverse: Some(inverse),
        notes: vec![UndoNote::ApplicationMadeHere.into()],
        ..Sight::default()
    })
}

/// An application that a run changed.
pub(super) async fn changed_application(
    systems: &Systems,
    begun: &Begun<'_>,
    slug: &str,
    change: Change<'_>,
    attach: Option<&str>,
) -> Result<Sight, Fault> {
    let slug = change.left.get("slug").and_then(Value::as_str).unwrap_or(slug);
    let Some(found) = systems.authentik()?.application(slug).await? else {
        return Ok(Sight::nothing(NothingToUndo::ApplicationGone { slug: slug.to_owned() }));
    };
    let ours = Ours::after(systems.history(), begun);
    let ours = (&ours, Object::Application(slug));
    let mut all = threes(change.left, Some(change.before), &found.raw, ours);
    if let Some(client_id) = attach {
        let before = change.before.get("provider").and_then(Value::as_i64);
        all.push(attached(systems, client_id, told(before), found.provider).await?);
    }
    let fields = moved_back(change.before, &found.raw);
    if fields.is_empty() {
        let nothing = NothingToUndo::ApplicationAsBefore { slug: slug.to_owned() };
        return Ok(Sight { threes: all, ..Sight::nothing(nothing) });
    }
    let now = picked(fields.keys(), &found.raw);
    let inverse = Inverse::RestoreApplication { slug: slug.to_owned(), fields, now };
    Ok(Sight { threes: all, inverse: Some(inverse), ..Sight::default() })
}

/// The attached provider's three values.
async fn attached(
    systems: &Systems,
    client_id: &str,
    before: FieldValue,
    now: Option<i64>,
) -> Result<Three, Fault> {
    let ours = systems.authentik()?.provider_by_client_id(client_id).await?;
    // Once the provider is gone, authentik detaches it itself.
    let left = ours.map_or_else(|| told(now), |ours| told(Some(ours.pk)));
    let id = FieldId::Application(ApplicationField::Provider);
    Ok(Three::of(id, before, left, told(now)))
}

fn told(pk: Option<i64>) -> FieldValue {
    pk.map_or(FieldValue::Nothing, FieldValue::Number)
}

/// An object that was made and is there.
fn there(id: FieldId) -> Three {
    Three::of(id, FieldValue::NotThere, FieldValue::There, FieldValue::There)
}

/// The old values of those fields that have others now.
fn moved_back(before: &Fields, now: &Fields) -> Fields {
    before
        .iter()
        .filter(|(key, old)| now.get(*key).unwrap_or(&Value::Null) != *old)
        .map(|(key, old)| (key.clone(), old.clone()))
        .collect()
}

fn number(pk: Option<i64>) -> Value {
    pk.map_or(Value::Null, Value::from)
}

fn text<'a>(fields: &'a Fields, key: &str) -> &'a str {
    fields.get(key).and_then(Value::as_str).unwrap_or_default()
}
