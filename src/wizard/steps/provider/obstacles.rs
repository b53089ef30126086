//! What keeps the provider from being made or mended, and what the profile
//! could say instead.

use super::{
    LEAVING, Live,
    compare::{dialect, names, signing_key},
    fitting,
};
use crate::{
    authentik::{Flow, KeyPair},
    site::{Fault, FaultKind, ProfileKey, SigningAlgorithm, System, TokenAuthMethod},
    wizard::{
        Offered,
        steps::{Look, Offer},
        systems::Systems,
    },
};

/// What has to be mended by the operator before the provider can be made.
pub(super) fn blockers(systems: &Systems, live: &Live, look: &mut Look) {
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
            missing(format!(
                "find the flow `{}`",
                profile.provider.invalidation_flow.as_deref().unwrap_or(LEAVING)
            ))
            .answered("there is no flow of that slug")
            .remedy("Put the slug of an invalidation flow into the profile (`invalidation_flow`)."),
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
    look.blockers.extend(no_signing_key(systems, live));
    look.blockers.extend(undecoded(systems));
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

/// No key pair is there that signs as the profile says.
fn no_signing_key(systems: &Systems, live: &Live) -> Option<Fault> {
    let algorithm = systems.profile.settings.signing_algorithm;
    let wanted = algorithm.key_type()?;
    if signing_key(systems, live).is_some() {
        return None;
    }
    let tried = format!("find a key pair that signs tokens with {algorithm}");
    if let Some(unfit) = unfit_key(systems, live) {
        let kind = unfit.key_type.as_deref().unwrap_or_default();
        return Some(
            Fault::new(System::Authentik, FaultKind::Refused, tried)
                .answered(format!(
                    "the key pair `{}` is of the type `{kind}`; {algorithm} needs one of the type \
                     `{wanted}`",
                    unfit.name
                ))
                .remedy(
                    "Let the profile name another key pair (`signing_key`), or the algorithm of \
                     this one (`signing_algorithm`).",
                ),
        );
    }
    let fault = Fault::new(System::Authentik, FaultKind::NotFound, tried);
    Some(
        fault
            .answered(match &systems.profile.provider.signing_key {
                Some(name) => format!("there is no key pair `{name}` with a private key"),
                None => format!("authentik has no key pair of the type `{wanted}`"),
            })
            .remedy("Generate one under System, Certificates. Without one authentik signs with HS256, and Immich's callback fails."),
    )
}

/// The key pair that the profile names, where it cannot sign as the profile
/// says.
fn unfit_key<'a>(systems: &Systems, live: &'a Live) -> Option<&'a KeyPair> {
    let name = systems.profile.provider.signing_key.as_ref()?;
    let algorithm = systems.profile.settings.signing_algorithm;
    live.keys.iter().find(|key| key.name == *name && !key.may_sign(algorithm))
}

/// Before 2026.5 authentik does not undo the encoding of a client id that comes
/// in a header.
fn undecoded(systems: &Systems) -> Option<Fault> {
    let profile = &systems.profile;
    let client_id = &profile.provider.client_id;
    let version = systems.authentik_version().filter(|version| !version.at_least(2026, 5, 0))?;
    let is_sent_so =
        profile.settings.token_endpoint_auth_method == TokenAuthMethod::ClientSecretBasic;
    if !is_sent_so || client_id.chars().all(|c| c.is_ascii_alphanumeric()) {
        return None;
    }
    Some(
        Fault::new(System::Authentik, FaultKind::Refused, "use client_secret_basic")
            .answered(format!(
                "authentik {version} does not decode the client id `{client_id}` as Immich sends it"
            ))
            .remedy(
                "Choose a client id of letters and digits only, or client_secret_post \
                 (`token_endpoint_auth_method`).",
            ),
    )
}

/// What the profile could say instead, where it names what is not there.
pub(super) fn offers(systems: &Systems, live: &Live, look: &mut Look) {
    if let Some(unfit) = unfit_key(systems, live) {
        for algorithm in SigningAlgorithm::ALL.into_iter().filter(|known| unfit.may_sign(*known)) {
            look.offers.push(Offer::profile(
                Offered::SignWith { algorithm, key_pair: unfit.name.clone() },
                ProfileKey::SigningAlgorithm,
                algorithm.name(),
            ));
        }
    }
    for (is_missing, designation, key) in [
        (live.authorization_flow.is_none(), "authorization", ProfileKey::AuthorizationFlow),
        (live.invalidation_flow.is_none(), "invalidation", ProfileKey::InvalidationFlow),
    ] {
        let of_it = |flow: &&Flow| is_missing && flow.designation == designation;
        let flows: Vec<Flow> = live.flows.iter().filter(of_it).cloned().collect();
        let fits = fitting(&flows);
        for flow in &flows {
            let says = Offered::Flow { key, slug: flow.slug.clone() };
            let offer = Offer::profile(says, key, &flow.slug);
            look.offers.push(if fits == Some(flow) { offer.preselected() } else { offer });
        }
    }
    if let (Some(ours), Some(other)) = (&live.provider, &live.namesake) {
        let named = Offered::ProviderNamed { pk: ours.pk, name: ours.name.clone() };
        look.offers.push(Offer::profile(named, ProfileKey::ProviderName, &ours.name));
        let (pk, client_id) = (other.pk, other.client_id.clone());
        let identified = Offered::ProviderWithClientId { pk, client_id };
        look.offers.push(Offer::profile(identified, ProfileKey::ClientId, &other.client_id));
    }
}
