//! Step 5: the test login, as far as it can be tested without a person. What
//! a person does is watched in [`crate::wizard::login`].

use super::{Look, proof};
use crate::{
    oidc::{Discovery, RedirectVerdict, SecretVerdict, probe_redirect, probe_secret},
    secret::{Label, Secret},
    site::{Fault, FaultKind, Reading, System},
    wizard::{LiveRow, Point, Proof, Road, links, systems::Systems},
};

pub(super) fn about() -> String {
    "Tests the whole chain without a person first: Immich's way to authentik, the client id, each \
     redirect URI, the secret on both sides. Then a person logs in, and this program watches both sides until \
     the login shows."
        .into()
}

pub(super) async fn look(systems: &Systems) -> Result<Look, Fault> {
    let client = systems.immich()?;
    let began = std::time::Instant::now();
    let features = client.features().await?;
    let took = began.elapsed();
    let mut look = Look::default();
    let offered = if features.oauth {
        Ok("login with OAuth is on")
    } else {
        Err(Fault::new(System::Immich, FaultKind::NotKept, "find the login button")
            .answered("login with OAuth is off")
            .remedy("Walk the settings step again."))
    };
    let offer = proof("Immich offers the login", offered);
    look.seen.push(offer.lights(Road::BrowserToImmich, Point::Offer));
    let yes = |value: bool| if value { "on" } else { "off" };
    for (what, value) in [
        ("login with OAuth", yes(features.oauth)),
        ("login with password", yes(features.password_login)),
    ] {
        look.live.push(LiveRow {
            system: System::Immich,
            what: what.into(),
            value: Reading::Known { value: value.into(), at: jiff::Timestamp::now(), took },
        });
    }
    let at = jiff::Timestamp::now();
    let held = held_by_immich(systems).await;
    if let Err(why) = &held {
        look.note(format!("Which client secret Immich holds is not known: {}.", why.answer));
    }
    look.live.push(LiveRow {
        system: System::Immich,
        what: "client secret".into(),
        value: match held {
            Ok(held) => {
                let print = held.map(|held| format!("•••• {}", held.fingerprint()));
                Reading::Known { value: print.unwrap_or_else(|| "none".into()).into(), at, took }
            }
            Err(why) => Reading::Failed { why, at, last: None },
        },
    });
    let links = &systems.links;
    if !links.stale.is_empty() {
        look.live.push(LiveRow {
            system: System::Immich,
            what: "accounts whose link leads nowhere".into(),
            value: Reading::Known {
                value: links.stale.len().to_string().into(),
                at: jiff::Timestamp::now(),
                took,
            },
        });
        look.add_notes(links::told(systems, &links.stale));
    }
    look.notes.push(
        "Log in with an account whose e-mail address in authentik equals the one in Immich: then \
         the account is linked instead of a second one being made."
            .into(),
    );
    look.notes.push(
        "A private window is best: a browser that is logged in already proves little.".into(),
    );
    Ok(look)
}

/// The proofs that need no person.
pub(super) async fn verify(systems: &Systems) -> Vec<Proof> {
    let mut proofs = Vec::new();
    let discovery = systems.discovery().await;
    let reach = proof(
        "Immich finds authentik and sends browsers there",
        systems
            .begin_login(discovery.as_ref().ok())
            .await
            .map(|_| "its link leads to authentik's login"),
    );
    proofs.push(reach.lights(Road::ImmichToAuthentik, Point::Reach));
    let discovery = match discovery {
        Ok(discovery) => discovery,
        Err(fault) => {
            let silent = proof("discovery answers", Err::<String, _>(fault));
            proofs.push(silent.lights(Road::ImmichToAuthentik, Point::Discovery));
            return proofs;
        }
    };
    for uri in systems.profile.redirect_uris() {
        let accepted = proof(
            format!("authentik accepts {uri}"),
            redirect_uri(systems, &discovery, &uri).await,
        );
        proofs.push(accepted.lights(Road::BrowserToAuthentik, Point::RedirectUris));
    }
    let (accepted, ours) = match client_secret(systems, &discovery).await {
        Ok(ours) => (Ok(format!("it accepts {}", ours.fingerprint())), Some(ours)),
        Err(fault) => (Err(fault), None),
    };
    let accepted = proof("authentik accepts the client secret that is kept here", accepted);
    // Only what Immich itself holds lights its way: see below.
    let breaks = accepted.outcome.is_err();
    proofs.push(if breaks {
        accepted.lights(Road::ImmichToAuthentik, Point::Secret)
    } else {
        accepted
    });
    if let (Some(ours), Ok(held)) = (ours, held_by_immich(systems).await) {
        let held = proof("Immich holds the same client secret", same(&ours, held.as_ref()));
        proofs.push(held.lights(Road::ImmichToAuthentik, Point::Secret));
    }
    proofs
}

/// The client secret that Immich works with.
///
/// # Errors
/// Why it is not known.
async fn held_by_immich(systems: &Systems) -> Result<Option<Secret>, Fault> {
    let unknown = |answer: &str| {
        Err(Fault::new(System::Immich, FaultKind::NotFound, "see which client secret Immich holds")
            .answered(answer))
    };
    if systems.restart_is_due() {
        return unknown(
            "what it has stored was written after its last start, and is read at a start",
        );
    }
    let held = systems.stored_secret().await?;
    if held.as_ref().is_some_and(is_masked) {
        return unknown("this release shows dots in its place");
    }
    Ok(held)
}

/// Whether a server shows something else in the place of a secret.
fn is_masked(secret: &Secret) -> bool {
    secret.expose().chars().all(|c| matches!(c, '*' | '•'))
}

fn same(ours: &Secret, held: Option<&Secret>) -> Result<String, Fault> {
    let print = ours.fingerprint();
    if held == Some(ours) {
        return Ok(print.to_string());
    }
    let holds = held.map_or_else(|| "none".to_owned(), |held| held.fingerprint().to_string());
    Err(Fault::new(System::Immich, FaultKind::NotKept, "find our client secret in Immich")
        .answered(format!("Immich holds {holds}, and authentik accepts {print}: logins fail"))
        .remedy("Visit the settings step: it gives Immich the secret that is kept here."))
}

async fn redirect_uri(
    systems: &Systems,
    discovery: &Discovery,
    uri: &str,
) -> Result<String, Fault> {
    let (http, endpoint) = systems.endpoint(discovery, &discovery.authorization_endpoint)?;
    let client_id = &systems.profile.provider.client_id;
    let refused = |answer: &str, remedy: &str| {
        Err(Fault::new(
            System::Authentik,
            FaultKind::Refused,
            format!("ask for a login that leads back to {uri}"),
        )
        .answered(answer)
        .remedy(remedy))
    };
    match probe_redirect(http, &endpoint, client_id, uri).await {
        RedirectVerdict::Accepted => Ok("client id and redirect URI are known".into()),
        RedirectVerdict::UriRefused => refused(
            "Redirect URI Error",
            "Walk the provider step again: this redirect URI is not registered, byte by byte.",
        ),
        RedirectVerdict::ClientRefused => refused(
            "Client ID Error",
            "Walk the provider step again: authentik does not know the client id.",
        ),
        RedirectVerdict::GrantRefused(error) => refused(
            &error,
            "Walk the provider step again: its grant types must include authorization_code.",
        ),
        RedirectVerdict::NoApplication => refused(
            "Permission denied",
            "Walk the application step again: no application uses the provider, or its bindings let nobody in.",
        ),
        RedirectVerdict::Unclear(fault) => Err(fault),
    }
}

/// The client secret that is kept, once authentik accepted it.
async fn client_secret(systems: &Systems, discovery: &Discovery) -> Result<Secret, Fault> {
    let (http, endpoint) = systems.endpoint(discovery, &discovery.token_endpoint)?;
    let tried = "check the client secret at the token endpoint";
    let Some(secret) = systems.vault()?.get(Label::ClientSecret).await? else {
        return Err(Fault::new(System::SecretStore, FaultKind::NotFound, tried)
            .answered("the secret store has no client secret")
            .remedy("Walk the provider step again."));
    };
    let client_id = &systems.profile.provider.client_id;
    let method = systems.profile.settings.token_endpoint_auth_method;
    match probe_secret(http, &endpoint, client_id, &secret, method).await {
        SecretVerdict::Right => Ok(secret),
        SecretVerdict::Wrong => Err(Fault::new(System::Authentik, FaultKind::Refused, tried)
            .answered("invalid_client")
            .remedy("Walk the provider step again: authentik holds another secret.")),
        SecretVerdict::Unclear(fault) => Err(fault),
    }
}
