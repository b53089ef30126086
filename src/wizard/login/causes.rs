//! Why Immich let nobody in, as far as both servers show it.

use super::judge::Attempt;
use crate::{
    authentik::Provider,
    immich::{Stored, folds_email},
    site::{Fault, FaultKind, SigningAlgorithm, System},
    wizard::systems::Systems,
};

/// The fault of an attempt that ended without a session. `how` says what was
/// seen of its end.
pub(super) async fn fault(systems: &Systems, attempt: Option<&Attempt>, how: &str) -> Fault {
    let who = attempt.map_or_else(|| "somebody".into(), Attempt::who);
    let causes = causes(systems, attempt).await;
    let answer = causes.iter().fold(how.to_owned(), |answer, (why, _)| format!("{answer}; {why}"));
    let remedies: Vec<&str> = causes.iter().map(|(_, remedy)| *remedy).collect();
    let remedy = if remedies.is_empty() {
        "Immich's log says why: `docker compose logs immich-server` on its host.".to_owned()
    } else {
        remedies.join(" ")
    };
    Fault::new(System::Immich, FaultKind::Refused, format!("log in as {who}"))
        .answered(answer)
        .remedy(remedy)
}

/// Each cause that can be seen, and what helps. What cannot be read names no
/// cause.
async fn causes(systems: &Systems, attempt: Option<&Attempt>) -> Vec<(String, &'static str)> {
    let mut causes = Vec::new();
    if let Ok(client) = systems.authentik()
        && let Ok(Some(provider)) =
            client.provider_by_client_id(&systems.profile.provider.client_id).await
    {
        causes.extend(signed_otherwise(systems, &provider).await);
        if provider.encryption_key.is_some() {
            causes.push((
                "the provider encrypts its tokens, which Immich cannot read".into(),
                "Visit the provider step: it removes the encryption key.",
            ));
        }
    }
    causes.extend(unknown_account(systems, attempt).await);
    causes
}

/// authentik signs otherwise than Immich expects.
async fn signed_otherwise(
    systems: &Systems,
    provider: &Provider,
) -> Option<(String, &'static str)> {
    let expected = match stored(systems).await {
        Some(stored) => stored.fields.get("signingAlgorithm")?.as_str()?.to_owned(),
        None => systems.profile.settings.signing_algorithm.name().to_owned(),
    };
    if provider.signing_key.is_none() {
        return (expected != SigningAlgorithm::Hs256.name()).then(|| {
            (
                format!(
                    "the provider has no signing key: authentik signs with HS256, and Immich \
                     expects {expected}"
                ),
                "Visit the provider step: it sets a signing key.",
            )
        });
    }
    let signs = systems.discovery().await.ok()?.id_token_signing_alg_values_supported;
    (!signs.is_empty() && !signs.contains(&expected)).then(|| {
        (
            format!(
                "authentik signs with {}, as its signing key does, and Immich expects {expected}",
                signs.join(", ")
            ),
            "Let the provider's signing key and Immich's signing algorithm fit each other.",
        )
    })
}

/// What Immich has stored, if it can be read.
async fn stored(systems: &Systems) -> Option<Stored> {
    let (route, _) = systems.chosen_route().ok()?;
    systems.route(route).ok()?.read().await.ok()
}

/// An account that Immich does not have and must not make.
async fn unknown_account(
    systems: &Systems,
    attempt: Option<&Attempt>,
) -> Option<(String, &'static str)> {
    let event = attempt?.event.as_ref()?;
    let stored = stored(systems).await?;
    if stored.fields.get("autoRegister") != Some(&false.into()) {
        return None;
    }
    let users = systems.immich().ok()?.users().await.ok()?;
    let folds = systems.immich_version().is_ok_and(folds_email);
    let is_known = users.iter().any(|user| {
        user.email == event.email || folds && user.email.eq_ignore_ascii_case(&event.email)
    });
    (!is_known).then(|| {
        (
            format!(
                "Immich has no account with the address {}, and may not make one: auto register \
                 is off",
                event.email
            ),
            "Make the account in Immich, or turn on auto register.",
        )
    })
}
