//! Step 5: the test login, as far as it can be tested without a person. What
//! a person does is watched in [`crate::wizard::login`].

use super::{Look, proof};
use crate::{
    oidc::{Discovery, RedirectVerdict, SecretVerdict, probe_redirect, probe_secret},
    secret::{Label, Secret},
    site::{Failure, Fault, FaultKind, Reading, System},
    wizard::{
        Claim, Evidence, LiveRow, LiveSubject, LiveValue, Point, Proof, Road, StepNote, links,
        systems::Systems,
    },
};

/// Why a login will not work, or cannot be tested.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    /// Immich does not offer it.
    #[error("{}", say!("login with OAuth is off"))]
    OauthIsOff,
    /// Immich reads its secret at its start, and holds an older one maybe.
    #[error(
        "{}",
        say!("what it has stored was written after its last start, and is read at a start")
    )]
    NotReadYet,
    /// Immich shows no secret.
    #[error("{}", say!("this release shows dots in its place"))]
    Masked,
    /// Immich holds another secret.
    #[error(
        "{}",
        say!(
            "Immich holds {held}, and authentik accepts {kept}: logins fail",
            held = .held.clone().unwrap_or_else(|| say!("none")),
            kept = .kept
        )
    )]
    HoldsAnother {
        /// The fingerprint of the one that Immich holds, if any.
        held: Option<String>,
        /// The fingerprint of the one that is kept.
        kept: String,
    },
    /// A redirect URI is not registered.
    #[error("{}", say!("Redirect URI Error"))]
    UriRefused,
    /// The client id is not known.
    #[error("{}", say!("Client ID Error"))]
    ClientRefused,
    /// The grant type is not allowed; this is what authentik says.
    #[error("{0}")]
    GrantRefused(String),
    /// No application lets anybody in.
    #[error("{}", say!("Permission denied"))]
    NoApplication,
    /// No client secret is kept.
    #[error("{}", say!("the secret store has no client secret"))]
    NoSecret,
    /// The client secret is not accepted.
    #[error("invalid_client")]
    WrongSecret,
}

impl Failure for Trouble {
    fn system(&self) -> System {
        match self {
            Self::OauthIsOff | Self::NotReadYet | Self::Masked | Self::HoldsAnother { .. } => {
                System::Immich
            }
            Self::UriRefused
            | Self::ClientRefused
            | Self::GrantRefused(_)
            | Self::NoApplication
            | Self::WrongSecret => System::Authentik,
            Self::NoSecret => System::SecretStore,
        }
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::OauthIsOff | Self::HoldsAnother { .. } => FaultKind::NotKept,
            Self::NotReadYet | Self::Masked | Self::NoSecret => FaultKind::NotFound,
            Self::UriRefused
            | Self::ClientRefused
            | Self::GrantRefused(_)
            | Self::NoApplication
            | Self::WrongSecret => FaultKind::Refused,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::OauthIsOff => say!("Walk the settings step again."),
            Self::NotReadYet | Self::Masked => String::new(),
            Self::HoldsAnother { .. } => {
                say!("Visit the settings step: it gives Immich the secret that is kept here.")
            }
            Self::UriRefused => say!(
                "Walk the provider step again: this redirect URI is not registered, byte by byte."
            ),
            Self::ClientRefused => {
                say!("Walk the provider step again: authentik does not know the client id.")
            }
            Self::GrantRefused(_) => say!(
                "Walk the provider step again: its grant types must include authorization_code."
            ),
            Self::NoApplication => say!(
                "Walk the application step again: no application uses the provider, or its \
                 bindings let nobody in."
            ),
            Self::NoSecret => say!("Walk the provider step again."),
            Self::WrongSecret => {
                say!("Walk the provider step again: authentik holds another secret.")
            }
        }
    }
}

pub(super) async fn look(systems: &Systems) -> Result<Look, Fault> {
    let client = systems.immich()?;
    let began = std::time::Instant::now();
    let features = client.features().await?;
    let took = began.elapsed();
    let mut look = Look::default();
    let offered = if features.oauth {
        Ok(Evidence::OauthIsOn)
    } else {
        Err(Fault::of(&Trouble::OauthIsOff, say!("find the login button")))
    };
    let offer = proof(Claim::LoginOffered, offered);
    look.seen.push(offer.lights(Road::BrowserToImmich, Point::Offer));
    for (what, value) in [
        (LiveSubject::OauthLogin, features.oauth),
        (LiveSubject::PasswordLogin, features.password_login),
    ] {
        let value = LiveValue::Switch(value);
        look.live.push(LiveRow {
            system: System::Immich,
            what,
            value: Reading::Known { value, at: jiff::Timestamp::now(), took },
        });
    }
    let at = jiff::Timestamp::now();
    let held = held_by_immich(systems).await;
    if let Err(why) = &held {
        look.note(StepNote::HeldSecretUnknown { why: why.answer.clone() });
    }
    look.live.push(LiveRow {
        system: System::Immich,
        what: LiveSubject::ClientSecret,
        value: match held {
            Ok(held) => {
                let value = held.map_or(LiveValue::Nothing, |held| {
                    LiveValue::Secret(held.fingerprint().to_string())
                });
                Reading::Known { value, at, took }
            }
            Err(why) => Reading::Failed { why, at, last: None },
        },
    });
    let links = &systems.links;
    if !links.stale.is_empty() {
        look.live.push(LiveRow {
            system: System::Immich,
            what: LiveSubject::StaleLinks,
            value: Reading::Known {
                value: LiveValue::Count(links.stale.len()),
                at: jiff::Timestamp::now(),
                took,
            },
        });
        look.add_notes(links::told(systems, &links.stale));
    }
    look.note(StepNote::SameAddress);
    look.note(StepNote::PrivateWindow);
    Ok(look)
}

/// The proofs that need no person.
pub(super) async fn verify(systems: &Systems) -> Vec<Proof> {
    let mut proofs = Vec::new();
    let discovery = systems.discovery().await;
    let reach = proof(
        Claim::LeadsToAuthentik,
        systems.begin_login(discovery.as_ref().ok()).await.map(|_| Evidence::LinkLeads),
    );
    proofs.push(reach.lights(Road::ImmichToAuthentik, Point::Reach));
    let discovery = match discovery {
        Ok(discovery) => discovery,
        Err(fault) => {
            let silent = proof(Claim::DiscoveryAnswers, Err(fault));
            proofs.push(silent.lights(Road::ImmichToAuthentik, Point::Discovery));
            return proofs;
        }
    };
    for uri in systems.profile.redirect_uris() {
        let known = redirect_uri(systems, &discovery, &uri).await;
        let accepted =
            proof(Claim::RedirectUriAccepted { uri }, known.map(|()| Evidence::ClientIsKnown));
        proofs.push(accepted.lights(Road::BrowserToAuthentik, Point::RedirectUris));
    }
    let (accepted, ours) = match client_secret(systems, &discovery).await {
        Ok(ours) => (Ok(Evidence::Accepted(ours.fingerprint().to_string())), Some(ours)),
        Err(fault) => (Err(fault), None),
    };
    let accepted = proof(Claim::KeptSecretAccepted, accepted);
    // Only what Immich itself holds lights its way: see below.
    let breaks = accepted.outcome.is_err();
    proofs.push(if breaks {
        accepted.lights(Road::ImmichToAuthentik, Point::Secret)
    } else {
        accepted
    });
    if let (Some(ours), Ok(held)) = (ours, held_by_immich(systems).await) {
        let held = proof(Claim::SameSecretHeld, same(&ours, held.as_ref()));
        proofs.push(held.lights(Road::ImmichToAuthentik, Point::Secret));
    }
    proofs
}

/// The client secret that Immich works with.
///
/// # Errors
/// Why it is not known.
async fn held_by_immich(systems: &Systems) -> Result<Option<Secret>, Fault> {
    let unknown = |why: &Trouble| Err(Fault::of(why, say!("see which client secret Immich holds")));
    if systems.restart_is_due() {
        return unknown(&Trouble::NotReadYet);
    }
    let held = systems.stored_secret().await?;
    if held.as_ref().is_some_and(is_masked) {
        return unknown(&Trouble::Masked);
    }
    Ok(held)
}

/// Whether a server shows something else in the place of a secret.
fn is_masked(secret: &Secret) -> bool {
    secret.expose().chars().all(|c| matches!(c, '*' | '•'))
}

fn same(ours: &Secret, held: Option<&Secret>) -> Result<Evidence, Fault> {
    let kept = ours.fingerprint().to_string();
    if held == Some(ours) {
        return Ok(Evidence::Fingerprint(kept));
    }
    let held = held.map(|held| held.fingerprint().to_string());
    let trouble = Trouble::HoldsAnother { held, kept };
    Err(Fault::of(&trouble, say!("find our client secret in Immich")))
}

async fn redirect_uri(systems: &Systems, discovery: &Discovery, uri: &str) -> Result<(), Fault> {
    let (http, endpoint) = systems.endpoint(discovery, &discovery.authorization_endpoint)?;
    let client_id = &systems.profile.provider.client_id;
    let trouble = match probe_redirect(http, &endpoint, client_id, uri).await {
        RedirectVerdict::Accepted => return Ok(()),
        RedirectVerdict::UriRefused => Trouble::UriRefused,
        RedirectVerdict::ClientRefused => Trouble::ClientRefused,
        RedirectVerdict::GrantRefused(error) => Trouble::GrantRefused(error),
        RedirectVerdict::NoApplication => Trouble::NoApplication,
        RedirectVerdict::Unclear(fault) => return Err(fault),
    };
    Err(Fault::of(&trouble, say!("ask for a login that leads back to {uri}", uri)))
}

/// The client secret that is kept, once authentik accepted it.
async fn client_secret(systems: &Systems, discovery: &Discovery) -> Result<Secret, Fault> {
    let (http, endpoint) = systems.endpoint(discovery, &discovery.token_endpoint)?;
    let tried = || say!("check the client secret at the token endpoint");
    let Some(secret) = systems.vault()?.get(Label::ClientSecret).await? else {
        return Err(Fault::of(&Trouble::NoSecret, tried()));
    };
    let client_id = &systems.profile.provider.client_id;
    let method = systems.profile.settings.token_endpoint_auth_method;
    match probe_secret(http, &endpoint, client_id, &secret, method).await {
        SecretVerdict::Right => Ok(secret),
        SecretVerdict::Wrong => Err(Fault::of(&Trouble::WrongSecret, tried())),
        SecretVerdict::Unclear(fault) => Err(fault),
    }
}
