//! What became of a client secret that a run put into the secret store.

use super::{sight::Sight, three::Three};
use crate::{
    secret::{Label, Secret},
    site::{Fault, FaultKind, System},
    wizard::{effect::Inverse, record::Begun, systems::Systems},
};

/// One that was generated here: it is forgotten only when nobody uses it.
pub(super) async fn made_here(systems: &Systems, begun: &Begun<'_>) -> Result<Sight, Fault> {
    let Some(fingerprint) = begun.effect.secret.as_deref() else {
        return Ok(Sight::nothing("The journal does not say which secret it was."));
    };
    let sight = taken(systems, fingerprint).await?;
    if sight.inverse.is_none() {
        return Ok(sight);
    }
    let uses = |secret: &Option<Secret>| {
        secret.as_ref().is_some_and(|secret| secret.fingerprint().to_string() == fingerprint)
    };
    let holder = if uses(&systems.provider_secret().await?) {
        Some(System::Authentik)
    } else if uses(&systems.stored_secret().await?) {
        Some(System::Immich)
    } else {
        None
    };
    let obstacle = holder.map(|system| {
        Fault::new(System::SecretStore, FaultKind::Refused, "forget the client secret")
            .answered(format!("{system} still uses it ({fingerprint})"))
            .remedy("Take back first what set it there, or leave the secret in the store.")
    });
    Ok(Sight { obstacle, ..sight })
}

/// One that was taken over from authentik, which has it still.
pub(super) async fn taken(systems: &Systems, fingerprint: &str) -> Result<Sight, Fault> {
    let kept = systems.vault()?.get(Label::ClientSecret).await?;
    let now = kept.map(|secret| secret.fingerprint().to_string());
    match now {
        Some(now) if now == fingerprint => {
            let shown = format!("•••• {now}");
            Ok(Sight {
                threes: vec![Three::of("kept in the secret store", "no", shown.clone(), shown)],
                inverse: Some(Inverse::ForgetSecret { fingerprint: now }),
                ..Sight::default()
            })
        }
        Some(_) => Ok(Sight::nothing("The secret store holds another secret by now.")),
        None => Ok(Sight::nothing("The secret store does not hold it.")),
    }
}
