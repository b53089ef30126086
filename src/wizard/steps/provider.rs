//! Step 1: the OAuth2 provider in authentik.

use std::time::Instant;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Look, Offer, compare::Comparison, proof};
use crate::{
    authentik::{Designation, Dialect, Flow, GRANT_TYPES, KeyPair, Provider, ScopeMapping},
    secret::{Label, Secret},
    site::{Fault, FaultKind, ProfileKey, Reading, System},
    wizard::{LiveRow, Proof, effect::Effect, memory::Saw, systems::Systems},
};

pub(super) fn about() -> String {
    "Makes or mends the OAuth2 provider through which Immich asks authentik who somebody is. Its \
     client secret is generated on this machine and kept in the secret store before authentik is \
     told it."
        .into()
}

/// Everything of authentik's that this step reads.
struct Live {
    authorization_flow: Option<Flow>,
    invalidation_flow: Option<Flow>,
    flows: Vec<Flow>,
    mappings: Vec<ScopeMapping>,
    keys: Vec<KeyPair>,
    provider: Option<Provider>,
    /// Another provider that has our name, while `provider` has our client id.
    namesake: Option<Provider>,
    kept: Option<Secret>,
}

async fn read(systems: &Systems) -> Result<Live, Fault> {
    let client = systems.authentik()?;
    let profile = &systems.profile;
    let scopes: Vec<&str> = profile.scopes().collect();
    // Names for the flows that are set, and for those that could be, are asked
    // for at once: a round trip costs more than a list that nobody needs.
    let (
        authorization_flow,
        invalidation_flow,
        entering,
        leaving,
        mappings,
        keys,
        by_id,
        by_name,
        kept,
    ) = tokio::try_join!(
        client.flow(&profile.provider.authorization_flow),
        client.flow(&profile.provider.invalidation_flow),
        client.flows(Designation::Authorization),
        client.flows(Designation::Invalidation),
        client.scope_mappings(&scopes),
        client.signing_keys(),
        client.provider_by_client_id(&profile.provider.client_id),
        client.provider_by_name(&profile.provider.name),
        systems.vault()?.get(Label::ClientSecret),
    )?;
    let namesake = match (&by_id, &by_name) {
        (Some(ours), Some(other)) if ours.pk != other.pk => by_name.clone(),
        _ => None,
    };
    let provider = by_id.or_else(|| if namesake.is_none() { by_name } else { None });
    let flows = [entering, leaving].concat();
    Ok(Live {
        authorization_flow,
        invalidation_flow,
        flows,
        mappings,
        keys,
        provider,
        namesake,
        kept,
    })
}

pub(super) async fn look(systems: &Systems) -> Result<Look, Fault> {
    let began = Instant::now();
    let live = read(systems).await?;
    let took = began.elapsed();
    let mut look = Look::default();
    let provider = live.provider.as_ref();
    let row = |what: &str, value: String| LiveRow {
        system: System::Authentik,
        what: what.into(),
        value: Reading::Known { value, at: Timestamp::now(), took },
    };
    let name = &systems.profile.provider.name;
    look.live.push(row(
        &format!("provider {name}"),
        provider.map_or_else(|| "not there".into(), |found| format!("there, number {}", found.pk)),
    ));
    if let Some(found) = provider {
        let used = found.assigned_application_slug.as_deref();
        look.live.push(row("used by application", used.unwrap_or("none").into()));
    }
    look.live.push(row("signing keys", names(live.keys.iter().map(|key| key.name.as_str()))));
    look.live.push(row(
        "scope mappings",
        names(live.mappings.iter().map(|mapping| mapping.scope_name.as_str())),
    ));
    if let Some(found) = provider {
        look.saw.provider = Some(found.pk);
        look.saw.signing_key.clone_from(&found.signing_key);
        let secret = Some(&found.client_secret).filter(|secret| !secret.is_empty());
        look.saw.authentik_secret = secret.map(|secret| secret.fingerprint().to_string());
    }
    blockers(systems, &live, &mut look);
    offers(&live, &mut look);
    if look.blockers.is_empty() {
        compare(systems, &live, took, &mut look);
    }
    Ok(look)
}

/// What has to be mended by the operator before the provider can be made.
fn blockers(systems: &Systems, live: &Live, look: &mut Look) {
    let profile = &systems.profile;
    let missing = |tried: String| Fault::new(System::Authentik, FaultKind::NotFound, tried);
    if live.authorization_flow.is_none() {
        let others = names(
            live.flows
                .iter()
                .filter(|flow| flow.designation == "authorization")
                .map(|flow| flow.slug.as_str()),
        );
        look.blockers.push(
            missing(format!("find the flow `{}`", profile.provider.authorization_flow))
                .answered("there is no flow of that slug")
                .remedy(format!(
                    "Put the slug of one that is there into the profile (`authorization_flow`): \
                     {others}. Right after authentik's first start they may take a minute to appear."
                )),
        );
    }
    if live.invalidation_flow.is_none() && dialect(systems, live).invalidation_flow {
        look.blockers.push(
            missing(format!("find the flow `{}`", profile.provider.invalidation_flow))
                .answered("there is no flow of that slug")
                .remedy(
                    "Put the slug of an invalidation flow into the profile (`invalidation_flow`).",
                ),
        );
    }
    for scope in profile.scopes() {
        if !live.mappings.iter().any(|mapping| mapping.scope_name == scope) {
            look.blockers.push(
                missing(format!("find the scope mapping for `{scope}`"))
                    .answered("authentik has none for this scope")
                    .remedy("Right after authentik's first start they may take a minute to appear; look again then. Otherwise create one under Customization, Property Mappings."),
            );
        }
    }
    if signing_key(systems, live).is_none() {
        look.blockers.push(
            missing("find an RSA key pair that signs tokens".into())
                .answered(match &profile.provider.signing_key {
                    Some(name) => format!("there is no RSA key pair `{name}`"),
                    None => "authentik has no RSA key pair with a private key".into(),
                })
                .remedy("Generate one under System, Certificates. Without one authentik signs with HS256, and Immich's callback fails."),
        );
    }
    if let (Some(ours), Some(other)) = (&live.provider, &live.namesake) {
        look.blockers.push(
            Fault::new(System::Authentik, FaultKind::Refused, "tell which provider is meant")
                .answered(format!(
                    "provider `{}` has the client id `{}`, and another one is named `{}`",
                    ours.name, ours.client_id, other.name
                ))
                .remedy("Rename one of them, or put the name or client id of the right one into the profile."),
        );
    }
}

/// What the profile could say instead, where it names what is not there.
fn offers(live: &Live, look: &mut Look) {
    let mut offer = |label: String, key, value: &str| {
        look.offers.push(Offer { label, key, value: value.to_owned() });
    };
    let flows = |designation: &'static str| {
        live.flows.iter().filter(move |flow| flow.designation == designation)
    };
    if live.authorization_flow.is_none() {
        for flow in flows("authorization") {
            let label = format!("Use the flow `{}` to ask for consent", flow.slug);
            offer(label, ProfileKey::AuthorizationFlow, &flow.slug);
        }
    }
    if live.invalidation_flow.is_none() {
        for flow in flows("invalidation") {
            let label = format!("Use the flow `{}` to end sessions", flow.slug);
            offer(label, ProfileKey::InvalidationFlow, &flow.slug);
        }
    }
    if let (Some(ours), Some(other)) = (&live.provider, &live.namesake) {
        let label = format!("Ours is number {}, named `{}`", ours.pk, ours.name);
        offer(label, ProfileKey::ProviderName, &ours.name);
        let label =
            format!("Ours is number {}, with the client id `{}`", other.pk, other.client_id);
        offer(label, ProfileKey::ClientId, &other.client_id);
    }
}

fn compare(systems: &Systems, live: &Live, took: std::time::Duration, look: &mut Look) {
    let profile = &systems.profile;
    let provider = live.provider.as_ref();
    let raw = provider.map(|found| &found.raw);
    let mut sides = Comparison::new(provider.is_some(), took);
    let stored = |key: &str| raw.and_then(|raw| raw.get(key));

    sides.field("name", "name", json!(profile.provider.name), stored("name"));
    sides.field("client type", "client_type", json!("confidential"), stored("client_type"));
    sides.field("client id", "client_id", json!(profile.provider.client_id), stored("client_id"));
    let secret = compare_secret(live, &mut sides);

    let slug = |pk: &Value| {
        let found = live.flows.iter().find(|flow| Some(flow.pk.as_str()) == pk.as_str());
        found.map_or_else(|| pk.to_string(), |flow| flow.slug.clone())
    };
    let mut flow = |name: &str, key: &str, wanted: &Option<Flow>| {
        if let Some(wanted) = wanted {
            let now = stored(key).filter(|pk| !pk.is_null());
            let same = now.and_then(Value::as_str) == Some(wanted.pk.as_str());
            let shown = now.map(|pk| if same { wanted.slug.clone() } else { slug(pk) });
            let wanted = (json!(wanted.pk), wanted.slug.clone());
            sides.put(name, key, wanted, (now.cloned(), shown), same);
        }
    };
    flow("authorization flow", "authorization_flow", &live.authorization_flow);
    let dialect = dialect(systems, live);
    if dialect.invalidation_flow {
        flow("invalidation flow", "invalidation_flow", &live.invalidation_flow);
    }
    compare_signing_key(systems, live, &mut sides);
    compare_mappings(systems, live, &mut sides);
    compare_redirect_uris(systems, live, dialect, &mut sides, look);
    if dialect.grant_types {
        compare_grant_types(provider, &mut sides);
    }
    if provider.is_some_and(|found| found.encryption_key.is_some()) {
        let now = (stored("encryption_key").cloned(), Some("set".to_owned()));
        sides.put("encryption key", "encryption_key", (Value::Null, "none".into()), now, false);
        look.notes
            .push("Immich cannot read encrypted tokens: the encryption key is taken off.".into());
    }
    if provider.is_some() {
        sides.field("issuer mode", "issuer_mode", json!("per_provider"), stored("issuer_mode"));
    }

    look.effects = effects(live, &sides, &secret);
    look.fields = sides.rows;
    if provider.is_some() && !look.effects.is_empty() {
        look.notes.push(
            "A provider of this name or client id is there already: it is adopted and mended, not \
             made a second time."
                .into(),
        );
    }
    if provider.is_none() {
        look.notes.push(
            "The tutorial names one redirect URI. Linking an account in the user settings and the \
             mobile app need their own."
                .into(),
        );
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

fn compare_secret(live: &Live, sides: &mut Comparison) -> SecretPlan {
    let theirs = live.provider.as_ref().map(|found| &found.client_secret);
    let shown = |secret: &Secret| {
        if secret.is_empty() {
            "empty".to_owned()
        } else {
            format!("•••• {}", secret.fingerprint())
        }
    };
    let (plan, wanted, same) = match (&live.kept, theirs) {
        (Some(ours), Some(theirs)) if ours == theirs => (SecretPlan::Same, shown(ours), true),
        (Some(ours), _) => (SecretPlan::Set, shown(ours), false),
        (None, Some(theirs)) if !theirs.is_empty() => (SecretPlan::Adopt, shown(theirs), true),
        (None, _) => (SecretPlan::Generate, "generated here, 128 characters".into(), false),
    };
    sides.row("client secret", wanted, theirs.map(shown), same);
    if matches!(plan, SecretPlan::Adopt) {
        sides.row("kept in the secret store", "yes".into(), Some("no".into()), false);
    }
    plan
}

fn signing_key<'a>(systems: &Systems, live: &'a Live) -> Option<&'a KeyPair> {
    let is_rsa = |key: &&KeyPair| key.key_type.as_deref().is_none_or(|kind| kind == "rsa");
    let mut keys = live.keys.iter().filter(is_rsa);
    if let Some(name) = &systems.profile.provider.signing_key {
        return keys.find(|key| key.name == *name);
    }
    let set = live.provider.as_ref().and_then(|found| found.signing_key.as_deref());
    let first = keys.clone().next();
    keys.find(|key| Some(key.pk.as_str()) == set).or(first)
}

fn compare_signing_key(systems: &Systems, live: &Live, sides: &mut Comparison) {
    let Some(wanted) = signing_key(systems, live) else { return };
    let now = live.provider.as_ref().and_then(|found| found.signing_key.as_deref());
    let shown = now.map(|pk| {
        let found = live.keys.iter().find(|key| key.pk == pk);
        found.map_or_else(|| pk.to_owned(), |key| key.name.clone())
    });
    let same = now == Some(wanted.pk.as_str());
    let wanted = (json!(wanted.pk), format!("{} (RS256)", wanted.name));
    let shown = shown.map(|name| if same { format!("{name} (RS256)") } else { name });
    sides.put("signing key", "signing_key", wanted, (now.map(Value::from), shown), same);
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
        let known: Vec<&str> = ours
            .iter()
            .filter(|mapping| has(list, mapping))
            .map(|mapping| mapping.scope_name.as_str())
            .collect();
        match list.len() - known.len() {
            0 => names(known.into_iter()),
            more => format!("{} and {more} more", names(known.into_iter())),
        }
    });
    let text = names(ours.iter().map(|mapping| mapping.scope_name.as_str()));
    let value = now.map(|list| json!(list));
    sides.put("scope mappings", "property_mappings", (json!(wanted), text), (value, shown), same);
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
    if now.is_some_and(crate::authentik::RedirectUris::is_empty) {
        look.notes.push(
            "The provider has no redirect URI: authentik would trust the first one that anybody \
             asks for."
                .into(),
        );
    }
    let value = now.map(|uris| dialect.write(uris));
    let shown = now.map(|uris| uris.spelled().join("\n"));
    let text = wanted.spelled().join("\n");
    sides.put(
        "redirect URIs",
        "redirect_uris",
        (dialect.write(&wanted), text),
        (value, shown),
        same,
    );
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
    let shown = now.as_ref().map(|list| names(list.iter().map(String::as_str)));
    let text = names(wanted.iter().map(String::as_str));
    let value = now.map(|list| json!(list));
    sides.put("grant types", "grant_types", (json!(wanted), text), (value, shown), same);
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

fn dialect(systems: &Systems, live: &Live) -> Dialect {
    Dialect::of(systems.authentik_version(), live.provider.as_ref())
}

fn names<'a>(items: impl Iterator<Item = &'a str>) -> String {
    let items: Vec<&str> = items.collect();
    if items.is_empty() { "none".into() } else { items.join(", ") }
}

/// The provider is read back and compared; that the secret is right is proved
/// once there is an application, for authentik has no token endpoint before.
pub(super) async fn verify(systems: &Systems, saw: &mut Saw) -> Vec<Proof> {
    let outcome = match look(systems).await {
        Err(fault) => Err(fault),
        Ok(look) => {
            *saw = look.saw;
            match (look.blockers.first(), look.effects.first()) {
            (Some(fault), _) => Err(fault.clone()),
            (None, None) => Ok("every field is as wanted"),
            (None, Some(effect)) => Err(Fault::new(
                System::Authentik,
                FaultKind::NotKept,
                "find the provider as it was set",
            )
            .answered(format!("there is still to do: {effect}"))
            .remedy("Look again; if it stays so, somebody or something sets it back, such as a blueprint.")),
        }
        }
    };
    vec![proof("authentik has the provider as wanted", outcome)]
}
