//! Step 1: the OAuth2 provider in authentik.

mod compare;
mod obstacles;

use std::time::Instant;

use jiff::Timestamp;

use super::{Look, Looked, Proved, Step, When, proof};
use crate::{
    authentik::{self, Designation, Flow, KeyPair, ScopeMapping},
    secret::{Label, Secret},
    site::{self, Fault, FaultKind, Profile, Reading, System, UniformFailure},
    wizard::{
        About, Claim, Evidence, LiveRow, LiveSubject, LiveValue, Proof,
        memory::Saw,
        our_values::{Object, is_ours},
        systems::Systems,
    },
};
use compare::compare;
use obstacles::{blockers, offers};

/// The flow of authentik's own that ends the session with a provider.
const LEAVING: &str = "default-provider-invalidation-flow";

/// The step.
pub(super) struct Provider;

impl Step for Provider {
    fn about(&self, _: &Profile) -> About {
        About::Provider
    }

    fn object(&self) -> Option<site::Object> {
        Some(site::Object::Provider)
    }

    fn look<'a>(&self, systems: &'a Systems, _: When) -> Looked<'a> {
        Box::pin(look(systems))
    }

    fn verify<'a>(&self, systems: &'a Systems, saw: &'a mut Saw) -> Proved<'a> {
        Box::pin(async { Ok(verify(systems, saw).await) })
    }

    fn learn(&self, known: &mut Saw, saw: Saw) {
        known.provider = saw.provider;
        known.signing_key = saw.signing_key;
        known.authentik_secret = saw.authentik_secret;
    }
}

/// The provider differs after it was written.
#[derive(Debug, thiserror::Error)]
#[error("{}", say!("there is still to do: {effect}", effect = .effect))]
struct StillToDo {
    /// What would have to be done.
    effect: String,
}

impl UniformFailure for StillToDo {
    const SYSTEM: System = System::Authentik;
    const KIND: FaultKind = FaultKind::NotKept;

    fn hint(&self) -> String {
        say!("Look again; if it stays so, somebody or something sets it back, such as a blueprint.")
    }
}

/// Everything of authentik's that this step reads.
struct Live {
    authorization_flow: Option<Flow>,
    invalidation_flow: Option<Flow>,
    flows: Vec<Flow>,
    mappings: Vec<ScopeMapping>,
    keys: Vec<KeyPair>,
    provider: Option<authentik::Provider>,
    /// Another provider that has our name, while `provider` has our client id.
    namesake: Option<authentik::Provider>,
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
        client.flow(profile.provider.invalidation_flow.as_deref().unwrap_or(LEAVING)),
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
    let invalidation_flow = match &profile.provider.invalidation_flow {
        Some(_) => invalidation_flow,
        None => unnamed_flow(systems, provider.as_ref(), invalidation_flow, &leaving),
    };
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

/// The flow that ends sessions where the profile names none: the one that is
/// set, unless this program set it; else authentik's default; else, where that
/// was renamed, the one that fits.
fn unnamed_flow(
    systems: &Systems,
    provider: Option<&authentik::Provider>,
    usual: Option<Flow>,
    leaving: &[Flow],
) -> Option<Flow> {
    let theirs = provider
        .filter(|found| {
            !is_ours(systems.history(), Object::Provider(found.pk), "invalidation_flow")
        })
        .and_then(|found| found.invalidation_flow.as_deref())
        .and_then(|pk| leaving.iter().find(|flow| flow.pk == pk));
    theirs.cloned().or(usual).or_else(|| fitting(leaving).cloned())
}

/// The flow to propose in the place of a default that was renamed: the first
/// that is none of authentik's own, or else the first.
fn fitting(flows: &[Flow]) -> Option<&Flow> {
    let own = |flow: &&Flow| !flow.slug.starts_with("default-");
    flows.iter().find(own).or_else(|| flows.first())
}

async fn look(systems: &Systems) -> Result<Look, Fault> {
    let began = Instant::now();
    let live = read(systems).await?;
    let took = began.elapsed();
    let mut look = Look::default();
    let provider = live.provider.as_ref();
    let row = |what: LiveSubject, value: LiveValue| LiveRow {
        system: System::Authentik,
        what,
        value: Reading::Known { value, at: Timestamp::now(), took },
    };
    let name = &systems.profile.provider.name;
    look.live.push(row(
        LiveSubject::Provider { name: name.clone() },
        provider.map_or(LiveValue::NotThere, |found| LiveValue::Numbered { pk: found.pk }),
    ));
    if let Some(found) = provider {
        let used = LiveValue::Names(found.assigned_application_slug.iter().cloned().collect());
        look.live.push(row(LiveSubject::UsedBy, used));
    }
    let keys = live.keys.iter().map(|key| key.name.clone()).collect();
    look.live.push(row(LiveSubject::SigningKeys, LiveValue::Names(keys)));
    let scopes = live.mappings.iter().map(|mapping| mapping.scope_name.clone()).collect();
    look.live.push(row(LiveSubject::ScopeMappings, LiveValue::Names(scopes)));
    if let Some(found) = provider {
        look.saw.provider = Some(found.pk);
        look.saw.signing_key.clone_from(&found.signing_key);
        let secret = Some(&found.client_secret).filter(|secret| !secret.is_empty());
        look.saw.authentik_secret = secret.map(|secret| secret.fingerprint().to_string());
    }
    blockers(systems, &live, &mut look);
    offers(systems, &live, &mut look);
    if look.blockers.is_empty() {
        compare(systems, &live, took, &mut look);
    }
    Ok(look)
}

/// The provider is read back and compared; that the secret is right is proved
/// once there is an application, for authentik has no token endpoint before.
async fn verify(systems: &Systems, saw: &mut Saw) -> Vec<Proof> {
    let outcome = match look(systems).await {
        Err(fault) => Err(fault),
        Ok(look) => {
            let look = look.agrees();
            *saw = look.saw;
            match (look.blockers.first(), look.effects.first()) {
                (Some(fault), _) => Err(fault.clone()),
                (None, None) => Ok(Evidence::FieldsAsWanted),
                (None, Some(effect)) => {
                    let trouble = StillToDo { effect: effect.to_string() };
                    Err(Fault::of(&trouble, say!("find the provider as it was set")))
                }
            }
        }
    };
    vec![proof(Claim::ProviderAsWanted, outcome)]
}
