//! Performing what a rotation does at the store and with tokens; both writes
//! are the switch's.

use crate::{
    secret::{Label, Secret},
    site::{Fault, FaultKind, System},
    wizard::{effect::RotationEffect, systems::Systems},
};

/// Performs one effect and says in a few words what came of it.
pub(in crate::wizard) async fn one(
    systems: &Systems,
    effect: &RotationEffect,
    secret: Option<Secret>,
) -> Result<String, Fault> {
    match effect {
        RotationEffect::Create => create(systems, secret).await,
        RotationEffect::Recall { fingerprint } => recall(systems, fingerprint).await,
        RotationEffect::Promote { from, .. } => promote(systems, from).await,
        RotationEffect::Drop { fingerprint } => drop_pending(systems, fingerprint).await,
        RotationEffect::Revoke { access, refresh, .. } => {
            super::revoke::perform(systems, access, refresh).await
        }
        RotationEffect::DeleteToken { .. } | RotationEffect::DeleteKey { .. } => {
            super::own::delete(systems, effect).await
        }
        RotationEffect::SwitchAuthentik { .. } | RotationEffect::SwitchImmich { .. } => {
            Err(Fault::new(effect.system(), FaultKind::Unexpected, effect.to_string())
                .answered("both sides are switched together, and only so"))
        }
    }
}

/// The journal knows already which one it is.
async fn create(systems: &Systems, secret: Option<Secret>) -> Result<String, Fault> {
    let secret = secret.ok_or_else(|| {
        Fault::new(System::Workstation, FaultKind::Unexpected, "generate a client secret")
            .answered("none was generated")
    })?;
    systems.vault()?.put(Label::ClientSecretPending, &secret).await?;
    Ok(format!("kept as pending, fingerprint {}", secret.fingerprint()))
}

async fn recall(systems: &Systems, fingerprint: &str) -> Result<String, Fault> {
    let vault = systems.vault()?;
    match vault.get(Label::ClientSecretPrevious).await? {
        Some(previous) if previous.fingerprint().to_string() == fingerprint => {
            vault.put(Label::ClientSecretPending, &previous).await?;
            Ok("kept as pending".into())
        }
        _ => Err(Fault::new(System::SecretStore, FaultKind::Moved, "read the previous secret")
            .answered("it is not the one that was planned on")
            .remedy("Look again: what is kept now is read and planned anew.")),
    }
}

/// Each move is complete before the next begins, and nothing is removed before
/// it is kept elsewhere: wherever this is cut off, doing it again finishes it.
async fn promote(systems: &Systems, from: &str) -> Result<String, Fault> {
    let vault = systems.vault()?;
    let moved = || {
        Fault::new(System::SecretStore, FaultKind::Moved, "make the new secret the current one")
            .answered("somebody changed the store since the plan was made")
            .remedy("Look again: what is kept now is read and planned anew.")
    };
    let pending = vault.get(Label::ClientSecretPending).await?.ok_or_else(moved)?;
    let current = vault.get(Label::ClientSecret).await?.ok_or_else(moved)?;
    if current.fingerprint().to_string() != from {
        return Err(moved());
    }
    // The one that makes room may be needed to take an earlier run back.
    let previous = vault.get(Label::ClientSecretPrevious).await?;
    if let Some(older) = previous.filter(|older| *older != current) {
        vault.put(Label::ClientSecretOlder, &older).await?;
    }
    vault.put(Label::ClientSecretPrevious, &current).await?;
    vault.put(Label::ClientSecret, &pending).await?;
    vault.forget(Label::ClientSecretPending).await?;
    Ok(format!("{} is the current one", pending.fingerprint()))
}

async fn drop_pending(systems: &Systems, fingerprint: &str) -> Result<String, Fault> {
    let vault = systems.vault()?;
    match vault.get(Label::ClientSecretPending).await? {
        Some(pending) if pending.fingerprint().to_string() == fingerprint => {
            vault.forget(Label::ClientSecretPending).await?;
            Ok("forgotten".into())
        }
        None => Ok("it was gone already".into()),
        Some(_) => {
            Err(Fault::new(System::SecretStore, FaultKind::Moved, "forget the pending secret")
                .answered("another one is pending now")
                .remedy("Look again: what is kept now is read and planned anew."))
        }
    }
}
