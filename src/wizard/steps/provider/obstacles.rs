//! What keeps the provider from being made or mended, and what the profile
//! could say instead.

use super::{
    LEAVING, Live,
    compare::{dialect, names, signing_key},
    fitting,
};
use crate::{
    authentik::Flow,
    site::{Fault, FaultKind, ProfileKey, System},
    wizard::{
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
pub(super) fn offers(live: &Live, look: &mut Look) {
    for (is_missing, designation, key, what) in [
        (
            live.authorization_flow.is_none(),
            "authorization",
            ProfileKey::AuthorizationFlow,
            "ask for consent",
        ),
        (
            live.invalidation_flow.is_none(),
            "invalidation",
            ProfileKey::InvalidationFlow,
            "end sessions",
        ),
    ] {
        let of_it = |flow: &&Flow| is_missing && flow.designation == designation;
        let flows: Vec<Flow> = live.flows.iter().filter(of_it).cloned().collect();
        let fits = fitting(&flows);
        for flow in &flows {
            let label = format!("Use the flow `{}` to {what}", flow.slug);
            let offer = Offer::profile(label, key, &flow.slug);
            look.offers.push(if fits == Some(flow) { offer.preselected() } else { offer });
        }
    }
    let mut offer = |label: String, key, value: &str| {
        look.offers.push(Offer::profile(label, key, value));
    };
    if let (Some(ours), Some(other)) = (&live.provider, &live.namesake) {
        let label = format!("Ours is number {}, named `{}`", ours.pk, ours.name);
        offer(label, ProfileKey::ProviderName, &ours.name);
        let label =
            format!("Ours is number {}, with the client id `{}`", other.pk, other.client_id);
        offer(label, ProfileKey::ClientId, &other.client_id);
    }
}
