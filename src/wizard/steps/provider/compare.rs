//! The provider's fields, wanted against live, and the effects that come of
//! it.

use std::time::Duration;

use serde_json::{Value, json};

use super::Live;
use crate::{
    authentik::{Dialect, Flow, GRANT_TYPES, KeyPair, Provider, RedirectUris, ScopeMapping},
    site::System,
    wizard::{
        FieldId, FieldValue, ProviderField, StepNote,
        effect::Effect,
        steps::{
            Look,
            compare::{Comparison, shown_secret},
        },
        systems::Systems,
    },
};

/// Compares field by field, and plans what differs.
pub(super) fn compare(systems: &Systems, live: &Live, took: Duration, look: &mut Look) {
    let profile = &systems.profile;
    let provider = live.provider.as_ref();
    let raw = provider.map(|found| &found.raw);
    let mut sides = Comparison::new(provider.is_some(), took);
    let stored = |key: &str| raw.and_then(|raw| raw.get(key));

    let id = FieldId::Provider;
    sides.field(id(ProviderField::Name), json!(profile.provider.name), stored("name"));
    let client_type = json!("confidential");
    sides.field(id(ProviderField::ClientType), client_type, stored("client_type"));
    let client_id = json!(profile.provider.client_id);
    sides.field(id(ProviderField::ClientId), client_id, stored("client_id"));
    let secret = compare_secret(live, &mut sides);

    let mut flow = |field, wanted| compare_flow(live, &mut sides, field, wanted);
    flow(ProviderField::AuthorizationFlow, live.authorization_flow.as_ref());
    let dialect = dialect(systems, live);
    if dialect.invalidation_flow {
        flow(ProviderField::InvalidationFlow, live.invalidation_flow.as_ref());
    }
    compare_signing_key(systems, live, &mut sides, look);
    compare_mappings(systems, live, &mut sides);
    compare_redirect_uris(systems, live, dialect, &mut sides, look);
    if dialect.grant_types {
        compare_grant_types(provider, &mut sides);
    }
    compare_encryption_key(stored("encryption_key"), &mut sides, look);
    if provider.is_some() {
        let mode = json!("per_provider");
        sides.field(id(ProviderField::IssuerMode), mode, stored("issuer_mode"));
    }

    look.effects = effects(live, &sides, &secret);
    look.fields = sides.rows;
    if provider.is_some() && !look.effects.is_empty() {
        look.note(StepNote::ProviderAdopted);
    }
    if provider.is_none() {
        look.note(StepNote::MoreRedirectUris);
    }
}

/// What has to happen to the client secret.
enum SecretPlan {
    /// Store and authentik hold the same.
    Same,
    /// The store has none, and neither has authentik.
    Generate,
    /// The store has none, but authentik has.
    Adopt,
    /// authentik holds another one than the store, or none: ours is set.
    Set,
}

fn compare_flow(live: &Live, sides: &mut Comparison, field: ProviderField, wanted: Option<&Flow>) {
    let Some(wanted) = wanted else { return };
    let raw = live.provider.as_ref().map(|found| &found.raw);
    let now = raw.and_then(|raw| raw.get(field.key())).filter(|pk| !pk.is_null());
    let same = now.and_then(Value::as_str) == Some(wanted.pk.as_str());
    let slug = |pk: &Value| {
        let found = live.flows.iter().find(|flow| Some(flow.pk.as_str()) == pk.as_str());
        found.map_or_else(|| pk.to_string(), |flow| flow.slug.clone())
    };
    let shown = now.map(|pk| if same { wanted.slug.clone() } else { slug(pk) });
    let shown = shown.map(|slug| FieldValue::text(&slug));
    let wanted = (json!(wanted.pk), FieldValue::text(&wanted.slug));
    sides.put(FieldId::Provider(field), wanted, (now.cloned(), shown), same);
}

/// A key for encryption is taken off: Immich cannot read tokens that are encrypted.
fn compare_encryption_key(now: Option<&Value>, sides: &mut Comparison, look: &mut Look) {
    let Some(now) = now else { return };
    let none = now.is_null();
    let shown = if none { FieldValue::Nothing } else { FieldValue::Set };
    let now = (Some(now.clone()), Some(shown));
    let wanted = (Value::Null, FieldValue::Nothing);
    sides.put(FieldId::Provider(ProviderField::EncryptionKey), wanted, now, none);
    if !none {
        look.note(StepNote::EncryptionKeyOff);
    }
}

fn compare_secret(live: &Live, sides: &mut Comparison) -> SecretPlan {
    let theirs = live.provider.as_ref().map(|found| &found.client_secret);
    let (plan, wanted, same) = match (&live.kept, theirs) {
        (Some(ours), Some(theirs)) if ours == theirs => {
            (SecretPlan::Same, shown_secret(ours), true)
        }
        (Some(ours), _) => (SecretPlan::Set, shown_secret(ours), false),
        (None, Some(theirs)) if !theirs.is_empty() => {
            (SecretPlan::Adopt, shown_secret(theirs), true)
        }
        (None, _) => (SecretPlan::Generate, FieldValue::SecretToMake, false),
    };
    let id = FieldId::Provider;
    sides.row(id(ProviderField::ClientSecret), wanted, theirs.map(shown_secret), same);
    if matches!(plan, SecretPlan::Adopt) {
        let (yes, no) = (FieldValue::Flag(true), FieldValue::Flag(false));
        sides.row(id(ProviderField::InStore), yes, Some(no), false);
    }
    plan
}

/// The key pair that is to sign: the one that the profile names, else the one
/// that signs already, else the first; of those that fit the algorithm.
pub(super) fn signing_key<'a>(systems: &Systems, live: &'a Live) -> Option<&'a KeyPair> {
    let algorithm = systems.profile.settings.signing_algorithm;
    let mut keys = live.keys.iter().filter(move |key| key.may_sign(algorithm));
    if let Some(name) = &systems.profile.provider.signing_key {
        return keys.find(|key| key.name == *name);
    }
    let set = live.provider.as_ref().and_then(|found| found.signing_key.as_deref());
    let first = keys.clone().next();
    keys.find(|key| Some(key.pk.as_str()) == set).or(first)
}

fn compare_signing_key(systems: &Systems, live: &Live, sides: &mut Comparison, look: &mut Look) {
    let algorithm = systems.profile.settings.signing_algorithm;
    let wanted = signing_key(systems, live);
    if wanted.is_none() && algorithm.key_type().is_some() {
        return;
    }
    let now = live.provider.as_ref().and_then(|found| found.signing_key.as_deref());
    let set = live.keys.iter().find(|key| Some(key.pk.as_str()) == now);
    if let Some(key) = set.filter(|key| !key.may_sign(algorithm)) {
        look.note(StepNote::UnfitKeyPair {
            name: key.name.clone(),
            key_type: key.key_type.clone().unwrap_or_default(),
            algorithm,
        });
    }
    let shown = now.map(|pk| set.map_or_else(|| pk.to_owned(), |key| key.name.clone()));
    let same = now == wanted.map(|key| key.pk.as_str());
    let signed = |key_pair: Option<String>| FieldValue::Signing { key_pair, algorithm };
    let name = wanted.map(|key| key.name.clone());
    let wanted = (json!(wanted.map(|key| &key.pk)), signed(name));
    let shown = shown.map(|name| if same { signed(Some(name)) } else { FieldValue::text(&name) });
    let id = FieldId::Provider(ProviderField::SigningKey);
    sides.put(id, wanted, (now.map(Value::from), shown), same);
}

fn compare_mappings(systems: &Systems, live: &Live, sides: &mut Comparison) {
    let now = live.provider.as_ref().map(|found| found.property_mappings.clone());
    let ours: Vec<&ScopeMapping> = systems
        .profile
        .scopes()
        .filter_map(|scope| live.mappings.iter().find(|mapping| mapping.scope_name == scope))
        .collect();
    let has = |list: &Vec<String>, mapping: &ScopeMapping| list.contains(&mapping.pk);
    let same = now.as_ref().is_some_and(|list| ours.iter().all(|mapping| has(list, mapping)));
    // Mappings that others added stay.
    let mut wanted = now.clone().unwrap_or_default();
    for mapping in &ours {
        if !has(&wanted, mapping) {
            wanted.push(mapping.pk.clone());
        }
    }
    let shown = now.as_ref().map(|list| {
        let known = ours.iter().filter(|mapping| has(list, mapping));
        let scopes: Vec<String> = known.map(|mapping| mapping.scope_name.clone()).collect();
        let others = list.len() - scopes.len();
        FieldValue::Mappings { scopes, others }
    });
    let scopes = ours.iter().map(|mapping| mapping.scope_name.clone()).collect();
    let wanted = (json!(wanted), FieldValue::Mappings { scopes, others: 0 });
    let value = now.map(|list| json!(list));
    let id = FieldId::Provider(ProviderField::ScopeMappings);
    sides.put(id, wanted, (value, shown), same);
}

fn compare_redirect_uris(
    systems: &Systems,
    live: &Live,
    dialect: Dialect,
    sides: &mut Comparison,
    look: &mut Look,
) {
    let ours = systems.profile.redirect_uris();
    let now = live.provider.as_ref().map(|found| &found.redirect_uris);
    let same = now.is_some_and(|uris| ours.iter().all(|uri| uris.names(uri)));
    // Entries that others added stay.
    let wanted = match now {
        Some(uris) => uris.with(&ours),
        None => dialect.redirect_uris(&ours),
    };
    if now.is_some_and(RedirectUris::is_empty) {
        look.note(StepNote::NoRedirectUri);
    }
    let value = now.map(|uris| dialect.write(uris));
    let shown = now.map(|uris| FieldValue::Lines(uris.spelled()));
    let wanted = (dialect.write(&wanted), FieldValue::Lines(wanted.spelled()));
    let id = FieldId::Provider(ProviderField::RedirectUris);
    sides.put(id, wanted, (value, shown), same);
}

fn compare_grant_types(provider: Option<&Provider>, sides: &mut Comparison) {
    let now = provider.and_then(|found| found.grant_types.clone());
    let has = |list: &Vec<String>, kind: &str| list.iter().any(|known| known == kind);
    let same = now.as_ref().is_some_and(|list| GRANT_TYPES.iter().all(|kind| has(list, kind)));
    let mut wanted = now.clone().unwrap_or_default();
    for kind in GRANT_TYPES {
        if !has(&wanted, kind) {
            wanted.push(kind.to_owned());
        }
    }
    let shown = now.clone().map(FieldValue::Names);
    let value = now.map(|list| json!(list));
    let id = FieldId::Provider(ProviderField::GrantTypes);
    let wanted = (json!(wanted), FieldValue::Names(wanted));
    sides.put(id, wanted, (value, shown), same);
}

fn effects(live: &Live, sides: &Comparison, secret: &SecretPlan) -> Vec<Effect> {
    let mut effects = Vec::new();
    let sets_secret = match secret {
        SecretPlan::Same => false,
        SecretPlan::Generate => {
            effects.push(Effect::GenerateSecret);
            true
        }
        SecretPlan::Adopt => {
            if let Some(found) = &live.provider {
                effects.push(Effect::AdoptSecret {
                    provider: found.pk,
                    fingerprint: found.client_secret.fingerprint().to_string(),
                });
            }
            false
        }
        SecretPlan::Set => {
            let theirs = live.provider.as_ref().map(|found| &found.client_secret);
            if let Some(theirs) = theirs.filter(|secret| !secret.is_empty()) {
                effects.push(Effect::SetSecretAside {
                    of: System::Authentik,
                    fingerprint: theirs.fingerprint().to_string(),
                    among_older: false,
                });
            }
            true
        }
    };
    match &live.provider {
        None => effects.push(Effect::CreateProvider { fields: sides.fields.clone() }),
        Some(found) if sides.differs() || sets_secret => effects.push(Effect::ChangeProvider {
            provider: found.pk,
            name: found.name.clone(),
            fields: sides.fields.clone(),
            before: sides.before.clone(),
            secret: sets_secret,
        }),
        Some(_) => {}
    }
    effects
}

pub(super) fn dialect(systems: &Systems, live: &Live) -> Dialect {
    Dialect::of(systems.authentik_version(), live.provider.as_ref())
}
