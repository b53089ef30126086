//! What keeps the provider from being made or mended, and what the profile
//! could say instead.

use super::{
    LEAVING, Live,
    compare::{dialect, signing_key},
    fitting,
};
use crate::{
    authentik::{Flow, KeyPair},
    site::{Failure, Fault, FaultKind, ProfileKey, SigningAlgorithm, System, TokenAuthMethod},
    wizard::{
        Offered,
        look::{Look, Offer},
        systems::Systems,
    },
};

/// What keeps the provider from being made or mended.
#[derive(Debug, thiserror::Error)]
enum Obstacle {
    /// The profile's authorization flow is not there.
    #[error("{}", say!("there is no flow of that slug"))]
    NoAuthorizationFlow {
        /// The slugs of those that are there.
        others: Vec<String>,
    },
    /// The profile's invalidation flow is not there.
    #[error("{}", say!("there is no flow of that slug"))]
    NoInvalidationFlow,
    /// A scope has no mapping.
    #[error("{}", say!("authentik has none for this scope"))]
    NoMapping,
    /// Two providers could be meant.
    #[error(
        "{}",
        say!(
            "provider `{ours}` has the client id `{client_id}`, and another one is named `{other}`",
            ours = .ours,
            client_id = .client_id,
            other = .other
        )
    )]
    TwoProviders {
        /// The name of the one with the profile's client id.
        ours: String,
        /// That client id.
        client_id: String,
        /// The name of the other.
        other: String,
    },
    /// The profile's key pair does not sign like that.
    #[error(
        "{}",
        say!(
            "the key pair `{name}` is of the type `{kind}`; {algorithm} needs one of the type \
             `{wanted}`",
            name = .name,
            kind = .kind,
            algorithm = .algorithm,
            wanted = .wanted
        )
    )]
    UnfitKeyPair {
        /// Its name.
        name: String,
        /// Its type.
        kind: String,
        /// How tokens are to be signed.
        algorithm: SigningAlgorithm,
        /// The type that this needs.
        wanted: &'static str,
    },
    /// The profile's key pair is not there.
    #[error("{}", say!("there is no key pair `{name}` with a private key", name = .0))]
    NoKeyPair(String),
    /// No key pair signs like that.
    #[error("{}", say!("authentik has no key pair of the type `{wanted}`", wanted = .0))]
    NoKeyPairOfType(&'static str),
    /// The client id would be misread.
    #[error(
        "{}",
        say!(
            "authentik {version} does not decode the client id `{client_id}` as Immich sends it",
            version = .version,
            client_id = .client_id
        )
    )]
    NotDecoded {
        /// The release of authentik.
        version: String,
        /// The client id.
        client_id: String,
    },
}

impl Failure for Obstacle {
    fn system(&self) -> System {
        System::Authentik
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::NoAuthorizationFlow { .. }
            | Self::NoInvalidationFlow
            | Self::NoMapping
            | Self::NoKeyPair(_)
            | Self::NoKeyPairOfType(_) => FaultKind::NotFound,
            Self::TwoProviders { .. } | Self::UnfitKeyPair { .. } | Self::NotDecoded { .. } => {
                FaultKind::Refused
            }
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::NoAuthorizationFlow { others } => {
                let others = if others.is_empty() { say!("none") } else { others.join(", ") };
                say!(
                    "Put the slug of one that is there into the profile (`authorization_flow`): \
                     {others}. Right after authentik's first start they may take a minute to \
                     appear.",
                    others
                )
            }
            Self::NoInvalidationFlow => {
                say!("Put the slug of an invalidation flow into the profile (`invalidation_flow`).")
            }
            Self::NoMapping => say!(
                "Right after authentik's first start they may take a minute to appear; look again \
                 then. Otherwise create one under Customization, Property Mappings."
            ),
            Self::TwoProviders { .. } => say!(
                "Rename one of them, or put the name or client id of the right one into the \
                 profile."
            ),
            Self::UnfitKeyPair { .. } => say!(
                "Let the profile name another key pair (`signing_key`), or the algorithm of this \
                 one (`signing_algorithm`)."
            ),
            Self::NoKeyPair(_) | Self::NoKeyPairOfType(_) => say!(
                "Generate one under System, Certificates. Without one authentik signs with HS256, \
                 and Immich's callback fails."
            ),
            Self::NotDecoded { .. } => say!(
                "Choose a client id of letters and digits only, or client_secret_post \
                 (`token_endpoint_auth_method`)."
            ),
        }
    }
}

/// What has to be mended by the operator before the provider can be made.
pub(super) fn blockers(systems: &Systems, live: &Live, look: &mut Look) {
    let profile = &systems.profile;
    if live.authorization_flow.is_none() {
        let others = live
            .flows
            .iter()
            .filter(|flow| flow.designation == "authorization")
            .map(|flow| flow.slug.clone())
            .collect();
        let slug = &profile.provider.authorization_flow;
        let obstacle = Obstacle::NoAuthorizationFlow { others };
        look.blockers.push(Fault::of(&obstacle, say!("find the flow `{slug}`", slug)));
    }
    if live.invalidation_flow.is_none() && dialect(systems, live).invalidation_flow {
        let slug = profile.provider.invalidation_flow.as_deref().unwrap_or(LEAVING);
        let tried = say!("find the flow `{slug}`", slug);
        look.blockers.push(Fault::of(&Obstacle::NoInvalidationFlow, tried));
    }
    for scope in profile.scopes() {
        if !live.mappings.iter().any(|mapping| mapping.scope_name == scope) {
            let tried = say!("find the scope mapping for `{scope}`", scope);
            look.blockers.push(Fault::of(&Obstacle::NoMapping, tried));
        }
    }
    look.blockers.extend(no_signing_key(systems, live));
    look.blockers.extend(undecoded(systems));
    if let (Some(ours), Some(other)) = (&live.provider, &live.namesake) {
        let obstacle = Obstacle::TwoProviders {
            ours: ours.name.clone(),
            client_id: ours.client_id.clone(),
            other: other.name.clone(),
        };
        look.blockers.push(Fault::of(&obstacle, say!("tell which provider is meant")));
    }
}

/// No key pair is there that signs as the profile says.
fn no_signing_key(systems: &Systems, live: &Live) -> Option<Fault> {
    let algorithm = systems.profile.settings.signing_algorithm;
    let wanted = algorithm.key_type()?;
    if signing_key(systems, live).is_some() {
        return None;
    }
    let obstacle = match (unfit_key(systems, live), &systems.profile.provider.signing_key) {
        (Some(unfit), _) => Obstacle::UnfitKeyPair {
            name: unfit.name.clone(),
            kind: unfit.key_type.clone().unwrap_or_default(),
            algorithm,
            wanted,
        },
        (None, Some(name)) => Obstacle::NoKeyPair(name.clone()),
        (None, None) => Obstacle::NoKeyPairOfType(wanted),
    };
    Some(Fault::of(
        &obstacle,
        say!("find a key pair that signs tokens with {algorithm}", algorithm),
    ))
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
    let obstacle =
        Obstacle::NotDecoded { version: version.to_string(), client_id: client_id.clone() };
    Some(Fault::of(&obstacle, say!("use client_secret_basic")))
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
