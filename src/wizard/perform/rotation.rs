//! Performing what a rotation does at the store and with tokens; both writes
//! are the switch's.

use std::time::{Duration, Instant};

use crate::{
    authentik::Call,
    immich,
    net::Fills,
    secret::{Label, Secret},
    site::{Failure, Fault, FaultKind, System},
    wizard::{DoneNote, effect::RotationEffect, systems::Systems},
};

/// How long revoking may take as a whole.
const REVOKES_WITHIN: Duration = Duration::from_mins(1);

/// Performs one effect and returns what came of it.
pub(super) async fn one(
    systems: &Systems,
    effect: &RotationEffect,
    secret: Option<Secret>,
) -> Result<DoneNote, Fault> {
    match effect {
        RotationEffect::Create => create(systems, secret).await,
        RotationEffect::Recall { fingerprint } => recall(systems, fingerprint).await,
        RotationEffect::Promote { from, .. } => promote(systems, from).await,
        RotationEffect::Drop { fingerprint } => drop_pending(systems, fingerprint).await,
        RotationEffect::Revoke { access, refresh, .. } => {
            let issued = (access.len(), refresh.len());
            revoke(systems, effect.sends().calls(), issued).await
        }
        RotationEffect::DeleteToken { .. } | RotationEffect::DeleteKey { .. } => {
            delete(systems, effect).await
        }
        RotationEffect::SwitchAuthentik { .. } | RotationEffect::SwitchImmich { .. } => {
            Err(Fault::of(&Undone::OneSideAlone(effect.system()), effect.to_string()))
        }
    }
}

/// The journal knows already which one it is.
async fn create(systems: &Systems, secret: Option<Secret>) -> Result<DoneNote, Fault> {
    let secret = secret
        .ok_or_else(|| Fault::of(&Undone::NoneGenerated, say!("generate a client secret")))?;
    systems.vault()?.put(Label::ClientSecretPending, &secret).await?;
    Ok(DoneNote::KeptPending { fingerprint: Some(secret.fingerprint().to_string()) })
}

async fn recall(systems: &Systems, fingerprint: &str) -> Result<DoneNote, Fault> {
    let vault = systems.vault()?;
    match vault.get(Label::ClientSecretPrevious).await? {
        Some(previous) if previous.fingerprint().to_string() == fingerprint => {
            vault.put(Label::ClientSecretPending, &previous).await?;
            Ok(DoneNote::KeptPending { fingerprint: None })
        }
        _ => Err(Fault::of(&Undone::OtherPrevious, say!("read the previous secret"))),
    }
}

/// Each move is complete before the next begins, and nothing is removed before
/// it is kept elsewhere: wherever this is cut off, doing it again finishes it.
async fn promote(systems: &Systems, from: &str) -> Result<DoneNote, Fault> {
    let vault = systems.vault()?;
    let moved = || Fault::of(&Undone::StoreChanged, say!("make the new secret the current one"));
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
    Ok(DoneNote::MadeCurrent { fingerprint: pending.fingerprint().to_string() })
}

async fn drop_pending(systems: &Systems, fingerprint: &str) -> Result<DoneNote, Fault> {
    let vault = systems.vault()?;
    match vault.get(Label::ClientSecretPending).await? {
        Some(pending) if pending.fingerprint().to_string() == fingerprint => {
            vault.forget(Label::ClientSecretPending).await?;
            Ok(DoneNote::Forgotten)
        }
        None => Ok(DoneNote::WasGone),
        Some(_) => Err(Fault::of(&Undone::OtherPending, say!("forget the pending secret"))),
    }
}

/// Revokes them. One that is gone already is revoked.
async fn revoke(
    systems: &Systems,
    calls: &[Call],
    (access, refresh): (usize, usize),
) -> Result<DoneNote, Fault> {
    let client = systems.authentik()?;
    let since = Instant::now();
    for (done, call) in calls.iter().enumerate() {
        if since.elapsed() > REVOKES_WITHIN {
            let late = Undone::TooMany { done, all: calls.len() };
            return Err(Fault::of(&late, say!("revoke all tokens")));
        }
        client.revoke(call).await?;
    }
    Ok(DoneNote::Revoked { access, refresh })
}

/// Deletes the token or the key of an effect.
async fn delete(systems: &Systems, effect: &RotationEffect) -> Result<DoneNote, Fault> {
    let sends = effect.sends();
    match effect {
        RotationEffect::DeleteToken { identifier, pk } => {
            let client = systems.authentik()?;
            // Another one may have its name by now.
            let there = client.token_row(identifier).await?;
            if there.is_some_and(|row| pk.as_ref().is_none_or(|pk| row.pk == *pk)) {
                client.carry_out(sends.call()?, &Fills::default()).await?;
            }
        }
        RotationEffect::DeleteKey { .. } => {
            let session: &immich::Client = systems.immich_session()?;
            session.delete_key(sends.immich()?).await?;
        }
        _ => {}
    }
    Ok(DoneNote::Deleted)
}

/// Why an effect was not performed.
#[derive(Debug, thiserror::Error)]
enum Undone {
    /// Both sides are switched by the switch alone.
    #[error("{}", say!("both sides are switched together, and only so"))]
    OneSideAlone(System),
    /// There is no new secret to keep.
    #[error("{}", say!("none was generated"))]
    NoneGenerated,
    /// The previous secret is another one by now.
    #[error("{}", say!("it is not the one that was planned on"))]
    OtherPrevious,
    /// The secret store holds something else by now.
    #[error("{}", say!("somebody changed the store since the plan was made"))]
    StoreChanged,
    /// Another secret is pending by now.
    #[error("{}", say!("another one is pending now"))]
    OtherPending,
    /// There are too many tokens to revoke for the time.
    #[error("{}", say!("{done} of {all} within {seconds} s", done = .done, all = .all, seconds = REVOKES_WITHIN.as_secs()))]
    TooMany {
        /// How many were revoked.
        done: usize,
        /// How many there are.
        all: usize,
    },
}

impl Failure for Undone {
    fn system(&self) -> System {
        match self {
            Self::OneSideAlone(system) => *system,
            Self::NoneGenerated => System::Workstation,
            Self::TooMany { .. } => System::Authentik,
            Self::OtherPrevious | Self::StoreChanged | Self::OtherPending => System::SecretStore,
        }
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::OneSideAlone(_) | Self::NoneGenerated => FaultKind::Unexpected,
            Self::OtherPrevious | Self::StoreChanged | Self::OtherPending => FaultKind::Moved,
            Self::TooMany { .. } => FaultKind::Late,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::OneSideAlone(_) | Self::NoneGenerated => String::new(),
            Self::OtherPrevious | Self::StoreChanged | Self::OtherPending => {
                say!("Look again: what is kept now is read and planned anew.")
            }
            Self::TooMany { .. } => {
                say!("Revoke the rest in another run: what is revoked stays revoked.")
            }
        }
    }
}
