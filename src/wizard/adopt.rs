//! A site that somebody set up without this program: what is there becomes what
//! the profile says, once the operator agrees.

use std::time::Duration;

use serde_json::Value;

use super::{
    AgainPick, FitPick, HandMade, Key, OnPick, OpeningNote, RunTopic, Task, access,
    desk::{Desk, Interrupt, Menu, Retry},
    standing::{Found, Past, Standing},
    systems::Systems,
};
use crate::{
    authentik::{Client, Designation, KeyPair, Provider},
    immich::{RouteKind, Stored},
    site::{Fault, Profile, ProfileKey, SettingsField, SigningAlgorithm, System},
};

/// How long it may take to read what is there.
const AT_MOST: Duration = Duration::from_mins(1);

/// What is there, and which values of the profile would differ.
struct Site {
    found: Found,
    values: Vec<(ProfileKey, String)>,
}

/// What a site says of itself that somebody set up without this program, as far
/// as an operator has to know of it. `None`: it is none.
///
/// # Errors
/// When one of the sides cannot be read.
pub(super) async fn hand_made(systems: &Systems) -> Result<Option<HandMade>, Fault> {
    let past = Past::of(systems.history(), systems.seen.memory.as_ref());
    if Standing::of(past, Found::Nothing) == Standing::Known {
        return Ok(None);
    }
    let site = read(systems).await?;
    if Standing::of(past, site.found) != Standing::HandMade {
        return Ok(None);
    }
    Ok(Some(HandMade { logs_in: site.found == Found::Login, values: site.values }))
}

/// Looks what a site is to this program. One that somebody set up by hand is
/// offered to be taken over into the profile.
pub(super) async fn begin(desk: &mut Desk, systems: &mut Systems) -> Result<Standing, Interrupt> {
    let past = Past::of(systems.history(), systems.seen.memory.as_ref());
    if Standing::of(past, Found::Nothing) == Standing::Known {
        return Ok(Standing::Known);
    }
    // Without a key only the host tells what Immich has stored.
    if systems.immich().is_ok_and(|client| !client.has_access()) {
        access::open_host(desk, systems, access::HostNeed::Settings).await?;
    }
    let Some(site) = look(desk, systems).await? else { return Ok(Standing::New) };
    let standing = Standing::of(past, site.found);
    if standing == Standing::HandMade && !site.values.is_empty() {
        offer(desk, systems, &site).await?;
    }
    Ok(standing)
}

/// Reads what is there. `None`: the operator goes on without.
async fn look(desk: &mut Desk, systems: &Systems) -> Result<Option<Site>, Interrupt> {
    loop {
        let fault =
            match desk.bounded(System::Immich, Task::LookingForSetup, AT_MOST, read(systems)).await
            {
                Ok(site) => return Ok(Some(site)),
                Err(stop) => stop.fault()?,
            };
        // Whoever goes without the host was told what that means.
        if systems.choices.goes_without_host {
            return Ok(None);
        }
        let go_on = (Key::G, OnPick::Uncompared);
        let retry = Retry::new(RunTopic::SiteUnreadable, AgainPick::LookUnchanged, go_on);
        if !retry.ask(desk, fault).await? {
            return Ok(None);
        }
    }
}

/// Puts what is there into the profile once the operator agrees.
async fn offer(desk: &mut Desk, systems: &mut Systems, site: &Site) -> Result<(), Interrupt> {
    let values = site.values.iter();
    let values = values.map(|(key, value)| OpeningNote::Value { key: *key, value: value.clone() });
    let menu = Menu::new(RunTopic::TakeOver { logs_in: site.found == Found::Login })
        .option(Key::T, FitPick::TakeOverSite, true)
        .option(Key::U, FitPick::UseProfile, false)
        .helps(values);
    if desk.pick(menu).await? {
        let mut changed = systems.profile.clone();
        for (key, value) in &site.values {
            // Each was tried before it was offered.
            let _ = key.set(&mut changed, value);
        }
        systems.profile = changed;
    }
    Ok(())
}

/// Reads both sides, and which values of the profile would be others, if the
/// site told.
async fn read(systems: &Systems) -> Result<Site, Fault> {
    // Immich's API tells by whichever route they are written.
    let has_access = systems.immich()?.has_access();
    let kind = if has_access { RouteKind::Api } else { systems.chosen_route()?.0 };
    let stored = systems.route(kind)?.read().await?;
    let client = systems.authentik()?;
    let client_id = text(&stored, "clientId");
    let login = match client_id {
        "" => None,
        client_id => client.provider_by_client_id(client_id).await?,
    };
    let (found, provider) = match login {
        Some(provider) => (Found::Login, provider),
        None => match named(client, &systems.profile).await? {
            Some(provider) => (Found::Provider, provider),
            None => return Ok(Site { found: Found::Nothing, values: Vec::new() }),
        },
    };
    let mut values = vec![
        (ProfileKey::ClientId, provider.client_id.clone()),
        (ProfileKey::ProviderName, provider.name.clone()),
    ];
    let mut algorithm = systems.profile.settings.signing_algorithm;
    if found == Found::Login {
        values.extend(settings(&stored));
        algorithm = SigningAlgorithm::parse(text(&stored, "signingAlgorithm")).unwrap_or(algorithm);
    }
    values.extend(references(client, &provider, algorithm).await?);
    if let Some(slug) = &provider.assigned_application_slug {
        values.extend(application(client, slug, &systems.profile).await?);
    }
    values.retain(|(key, value)| differs(&systems.profile, *key, value));
    Ok(Site { found, values })
}

/// The provider that the profile names, by client id or by name.
async fn named(client: &Client, profile: &Profile) -> Result<Option<Provider>, Fault> {
    match client.provider_by_client_id(&profile.provider.client_id).await? {
        Some(found) => Ok(Some(found)),
        None => client.provider_by_name(&profile.provider.name).await,
    }
}

fn text<'a>(stored: &'a Stored, key: &str) -> &'a str {
    stored.fields.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// What Immich's settings say.
fn settings(stored: &Stored) -> Vec<(ProfileKey, String)> {
    let said = |field: &SettingsField| {
        // The provider tells the client id, and its key pair how tokens are signed.
        let decided = [ProfileKey::ClientId, ProfileKey::SigningAlgorithm];
        let key = field.edit().filter(|key| !decided.contains(key))?;
        // What the profile leaves out stays as it is.
        let value = stored.fields.get(field.key()).filter(|_| !key.may_be_left_out())?;
        Some((key, key.typed(value)?))
    };
    SettingsField::ALL.iter().filter_map(said).collect()
}

/// The flows of a provider, and its signing key with the algorithm that Immich
/// expects, where the two fit each other.
async fn references(
    client: &Client,
    provider: &Provider,
    algorithm: SigningAlgorithm,
) -> Result<Vec<(ProfileKey, String)>, Fault> {
    let (entering, leaving, keys) = tokio::try_join!(
        client.flows(Designation::Authorization),
        client.flows(Designation::Invalidation),
        client.signing_keys(),
    )?;
    let mut values = Vec::new();
    for (key, flows, pk) in [
        (ProfileKey::AuthorizationFlow, entering, &provider.authorization_flow),
        (ProfileKey::InvalidationFlow, leaving, &provider.invalidation_flow),
    ] {
        let flow = flows.into_iter().find(|flow| Some(&flow.pk) == pk.as_ref());
        values.extend(flow.map(|flow| (key, flow.slug)));
    }
    let is_set = |key: &KeyPair| Some(&key.pk) == provider.signing_key.as_ref();
    let mut fitting = keys.into_iter().filter(|key| key.may_sign(algorithm));
    let (first, set) = match fitting.next() {
        Some(key) if is_set(&key) => (true, Some(key)),
        _ => (false, fitting.find(is_set)),
    };
    // HS256 is what authentik signs with where no key is set.
    if set.is_some() || provider.signing_key.is_none() && algorithm.key_type().is_none() {
        values.push((ProfileKey::SigningAlgorithm, algorithm.name().into()));
    }
    // The first RSA key is what a profile without a key means.
    let is_meant = first && algorithm == SigningAlgorithm::default();
    values.extend(set.filter(|_| !is_meant).map(|key| (ProfileKey::SigningKey, key.name)));
    Ok(values)
}

/// The application that a provider serves.
async fn application(
    client: &Client,
    slug: &str,
    profile: &Profile,
) -> Result<Vec<(ProfileKey, String)>, Fault> {
    let mut values = vec![(ProfileKey::Slug, slug.to_owned())];
    if let Some(application) = client.application(slug).await? {
        values.push((ProfileKey::ApplicationName, application.name));
        let leads_to = application.meta_launch_url;
        // Immich's own address is what a profile without a launch URL means.
        if leads_to.trim_end_matches('/') != profile.immich.url.trim_end_matches('/') {
            let typed = ProfileKey::LaunchUrl.typed(&leads_to.into());
            values.extend(typed.map(|typed| (ProfileKey::LaunchUrl, typed)));
        }
    }
    Ok(values)
}

fn differs(profile: &Profile, key: ProfileKey, value: &str) -> bool {
    let mut changed = profile.clone();
    key.set(&mut changed, value).is_ok() && changed != *profile
}
