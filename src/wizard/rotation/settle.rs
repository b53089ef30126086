//! What the journal does not know of a rotation: begun, and nobody wrote how it
//! ended, or the answer got lost. What is there now says so.

use super::standing::{Kept, Standing};
use crate::{
    secret::{Label, Secret},
    site::{Fault, FaultKind},
    wizard::{
        Done, DoneNote, Entry, Outcome, Rotated,
        effect::{Effect, RotationEffect},
        journal::Seq,
        record, renewal,
        systems::Systems,
    },
};

/// Ends the rotation's lines of the journal of which nobody knows what became,
/// by what is seen now. Nothing else is changed.
pub(in crate::wizard) fn settle(systems: &mut Systems, standing: &Standing) -> Result<(), Fault> {
    for (seq, effect) in open(systems.history()) {
        if let Some(done) = happened(&effect, standing) {
            end(systems, seq, Some(done))?;
        }
    }
    Ok(())
}

/// The parts of rotations and renewals of which nobody knows what became.
pub(in crate::wizard) fn open(history: &[Entry]) -> Vec<(Seq, RotationEffect)> {
    record::begun(history)
        .iter()
        .filter(|begun| begun.is_open())
        .filter_map(|begun| match begun.value() {
            Some(Effect::Rotation(effect)) => Some((begun.seq, effect)),
            _ => None,
        })
        .collect()
}

/// Looks what became of them, and ends their lines. Nothing else is changed.
pub(in crate::wizard) async fn settle_open(systems: &mut Systems) -> Result<(), Fault> {
    let (mut looks, mut seen) = (false, Vec::new());
    for (seq, effect) in open(systems.history()) {
        match effect {
            // Another server can say nothing of it, and is not to get it.
            RotationEffect::DeleteToken { .. } | RotationEffect::DeleteKey { .. }
                if systems.kept_elsewhere(effect.system()).is_some() => {}
            RotationEffect::Revoke { provider, access, refresh, .. } => {
                seen.push((seq, is_revoked(systems, provider, &access, &refresh).await?));
            }
            RotationEffect::DeleteToken { .. } => {
                seen.push((
                    seq,
                    renewal::is_refused(systems, Rotated::AuthentikToken).await.map(Some)?,
                ));
            }
            RotationEffect::DeleteKey { .. } => {
                seen.push((
                    seq,
                    renewal::is_refused(systems, Rotated::ImmichApiKey).await.map(Some)?,
                ));
            }
            _ => looks = true,
        }
    }
    for (seq, done) in seen {
        end(systems, seq, done)?;
    }
    if looks {
        let standing = Standing::read(systems).await?;
        settle(systems, &standing)?;
    }
    Ok(())
}

/// Ends a line. `done`: what a look showed; `None`: it can show nothing.
fn end(systems: &mut Systems, seq: Seq, done: Option<bool>) -> Result<(), Fault> {
    let outcome = if done == Some(true) {
        Done::from(DoneNote::SeenDone).outcome()
    } else {
        let begun = record::begun(systems.history());
        let begun = begun.iter().find(|begun| begun.seq == seq);
        // What was set back since looks the same, whether it was done or not.
        let shows = done.is_some() && begun.is_none_or(|begun| begun.taken_back.is_none());
        let fault = record::not_done(begun.and_then(|begun| begun.outcome), shows);
        Outcome::Failed { fault: Fault { kind: FaultKind::Lost, ..fault } }
    };
    systems.journal()?.end(seq, outcome).map(|_| ())
}

/// Whether an effect happened, by what is there now.
fn happened(effect: &RotationEffect, standing: &Standing) -> Option<bool> {
    let kept = &standing.kept;
    match effect {
        RotationEffect::Create | RotationEffect::Recall { .. } => Some(kept.pending.is_some()),
        RotationEffect::SwitchAuthentik { from, to, .. } => {
            changed(Some(standing.authentik()), Some(from), *to, kept)
        }
        RotationEffect::SwitchImmich { from, to, .. } => {
            changed(standing.immich(), from.as_ref(), *to, kept)
        }
        RotationEffect::Promote { from, .. } => {
            let current = kept.current.as_ref()?;
            Some(current.fingerprint().to_string() != *from)
        }
        RotationEffect::Drop { .. } => Some(kept.pending.is_none()),
        RotationEffect::Revoke { .. }
        | RotationEffect::DeleteToken { .. }
        | RotationEffect::DeleteKey { .. } => None,
    }
}

fn changed(holds: Option<&Secret>, from: Option<&String>, to: Label, kept: &Kept) -> Option<bool> {
    let target = match to {
        Label::ClientSecretPending => kept.pending.as_ref(),
        Label::ClientSecretPrevious => kept.previous.as_ref(),
        _ => kept.current.as_ref(),
    };
    if holds.is_some() && holds == target {
        Some(true)
    } else if holds.map(|secret| secret.fingerprint().to_string()).as_ref() == from {
        Some(false)
    } else {
        None
    }
}

/// Whether all of them are gone. `None`: who sees only his own cannot tell.
async fn is_revoked(
    systems: &Systems,
    provider: i64,
    access: &[i64],
    refresh: &[i64],
) -> Result<Option<bool>, Fault> {
    let client = systems.authentik()?;
    if !client.me().await?.is_superuser {
        return Ok(None);
    }
    let (now_access, now_refresh) =
        tokio::try_join!(client.all_access_tokens(provider), client.all_refresh_tokens(provider))?;
    let is_there = access.iter().any(|pk| now_access.contains(pk))
        || refresh.iter().any(|pk| now_refresh.contains(pk));
    Ok(Some(!is_there))
}
