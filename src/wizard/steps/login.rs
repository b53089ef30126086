//! Step 5: the test login, as far as it can be tested without a person. What
//! a person does is watched in [`crate::wizard::login`].

use super::{Look, proof};
use crate::{
    oidc::{Discovery, RedirectVerdict, SecretVerdict, probe_redirect, probe_secret},
    secret::Label,
    site::{Fault, FaultKind, Reading, System},
    wizard::{LiveRow, Point, Proof, Road, links, systems::Systems},
};

pub(super) fn about() -> String {
    "Tests the whole chain without a person first: Immich's way to authentik, the client id, each \
     redirect URI, the secret. Then a person logs in, and this program watches both sides until \
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
    let links = &systems.links;
    if !links.stale.is_empty() {
        look.live.push(LiveRow {
            system: System::Immich,
            what: "accounts whose link leads nowhere".into(),
            value: Reading::Known {
                value: links.stale.len().to_string(),
                at: jiff::Timestamp::now(),
                took,
            },
        });
        look.notes.extend(links::told(systems, &links.stale));
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
    let uri = systems.profile.login_redirect_uri();
    let authorize = match systems.immich() {
        Ok(client) => client.authorize(&uri).await,
        Err(fault) => Err(fault),
    };
    let reach = proof(
        "Immich finds authentik and sends browsers there",
        authorize.map(|_| "its authorize endpoint answers"),
    );
    proofs.push(reach.lights(Road::ImmichToAuthentik, Point::Reach));
    let discovery = match systems.discovery().await {
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
    let secret = proof(
        "the token endpoint accepts the client secret",
        client_secret(systems, &discovery).await,
    );
    proofs.push(secret.lights(Road::ImmichToAuthentik, Point::Secret));
    proofs
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

async fn client_secret(systems: &Systems, discovery: &Discovery) -> Result<String, Fault> {
    let (http, endpoint) = systems.endpoint(discovery, &discovery.token_endpoint)?;
    let tried = "check the client secret at the token endpoint";
    let Some(secret) = systems.vault()?.get(Label::ClientSecret).await? else {
        return Err(Fault::new(System::SecretStore, FaultKind::NotFound, tried)
            .answered("the secret store has no client secret")
            .remedy("Walk the provider step again."));
    };
    let client_id = &systems.profile.provider.client_id;
    match probe_secret(http, &endpoint, client_id, &secret).await {
        SecretVerdict::Right => Ok(format!("{} is right", secret.fingerprint())),
        SecretVerdict::Wrong => Err(Fault::new(System::Authentik, FaultKind::Refused, tried)
            .answered("invalid_client")
            .remedy("Walk the provider step again: authentik holds another secret.")),
        SecretVerdict::Unclear(fault) => Err(fault),
    }
}
