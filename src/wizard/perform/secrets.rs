//! Effects on the secret store, and the client secret on its way to others.

use crate::{
    authentik::Provider,
    net::Fills,
    secret::{Label, Secret},
    site::{Fault, System},
    wizard::{
        DoneNote,
        effect::{Effect, EffectFailure, RotationEffect, Thing, moved},
        systems::Systems,
    },
};

/// The client secret that an effect keeps or sends: the journal notes which one
/// it is before it is on its way.
pub(super) async fn secret_of(effect: &Effect, systems: &Systems) -> Result<Option<Secret>, Fault> {
    match effect {
        Effect::GenerateSecret | Effect::Rotation(RotationEffect::Create) => {
            Secret::generate().map(Some).map_err(|error| {
                let failure = EffectFailure::NoRandomness(error);
                Fault::of(&failure, say!("generate a client secret"))
            })
        }
        Effect::CreateProvider { .. }
        | Effect::ChangeProvider { secret: true, .. }
        | Effect::WriteSettings { secret: true, .. } => kept_secret(systems).await.map(Some),
        _ => Ok(None),
    }
}

pub(super) async fn generate(systems: &Systems, secret: Option<Secret>) -> Result<DoneNote, Fault> {
    let secret = secret.ok_or_else(|| moved(Thing::ClientSecret))?;
    systems.vault()?.put(Label::ClientSecret, &secret).await?;
    Ok(DoneNote::Kept { fingerprint: Some(secret.fingerprint().to_string()) })
}

pub(super) async fn adopt(
    systems: &Systems,
    pk: i64,
    fingerprint: &str,
) -> Result<DoneNote, Fault> {
    let provider = systems.authentik()?.provider(pk).await?;
    let provider = provider.ok_or_else(|| moved(Thing::Provider))?;
    let found = provider.client_secret.fingerprint().to_string();
    if found != fingerprint {
        return Err(moved(Thing::ClientSecret));
    }
    systems.vault()?.put(Label::ClientSecret, &provider.client_secret).await?;
    Ok(DoneNote::Kept { fingerprint: Some(found) })
}

pub(super) async fn set_aside(
    systems: &Systems,
    of: System,
    fingerprint: &str,
    among_older: bool,
) -> Result<DoneNote, Fault> {
    let (secret, label) = match of {
        System::Authentik => (systems.provider_secret().await?, Label::ClientSecretPrevious),
        _ => (systems.stored_secret().await?, Label::ImmichClientSecretPrevious),
    };
    match secret {
        Some(secret) if secret.fingerprint().to_string() == fingerprint => {
            let vault = systems.vault()?;
            if among_older {
                vault.put(Label::ClientSecretOlder, &secret).await?;
                return Ok(DoneNote::Kept { fingerprint: None });
            }
            // What is in that place makes room; it may be needed to take an
            // earlier run back.
            if let Some(older) = vault.get(label).await?.filter(|older| *older != secret) {
                vault.put(Label::ClientSecretOlder, &older).await?;
            }
            vault.put(label, &secret).await?;
            Ok(DoneNote::Kept { fingerprint: None })
        }
        _ => Err(moved(Thing::ClientSecret)),
    }
}

/// A secret goes out only after the store gave it back: law 2.
pub(super) async fn kept_secret(systems: &Systems) -> Result<Secret, Fault> {
    systems
        .vault()?
        .get(Label::ClientSecret)
        .await?
        .ok_or_else(|| Fault::of(&EffectFailure::NoSecret, say!("read the client secret")))
}

/// The current client secret, for a request that sends it.
pub(super) async fn with_secret(systems: &Systems) -> Result<Fills, Fault> {
    let secret = kept_secret(systems).await?;
    Ok(Fills::default().secret(Label::ClientSecret, &secret))
}

pub(super) async fn stored_secret_is_kept(
    systems: &Systems,
    provider: &Provider,
) -> Result<bool, Fault> {
    Ok(kept_secret(systems).await? == provider.client_secret)
}
