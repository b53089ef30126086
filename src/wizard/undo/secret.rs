//! What became of a client secret that a run put into the secret store.

use std::collections::BTreeSet;

use super::{failure::UndoFailure, ours::Ours, sight::Sight, three::Three};
use crate::{
    secret::{Label, Secret},
    site::{Fault, System},
    wizard::{
        FieldId, FieldValue, NothingToUndo,
        effect::{Inverse, OldSecret},
        record::Begun,
        systems::Systems,
    },
};

/// The places of client secrets.
const LABELS: [Label; 5] = [
    Label::ClientSecret,
    Label::ClientSecretPending,
    Label::ClientSecretPrevious,
    Label::ClientSecretOlder,
    Label::ImmichClientSecretPrevious,
];

/// One that was generated here, and those that rotations put into its place:
/// they are forgotten only when nobody uses one of them.
pub(super) async fn made_here(systems: &Systems, begun: &Begun<'_>) -> Result<Sight, Fault> {
    let Some(fingerprint) = begun.effect.secret.as_deref() else {
        return Ok(Sight::nothing(NothingToUndo::SecretUnknown));
    };
    let ours = Ours::after(systems.history(), begun);
    let ours: BTreeSet<&str> = ours.rotated().chain([fingerprint]).collect();
    let kept = systems.vault()?.list().await?;
    let entries: Vec<OldSecret> = kept
        .iter()
        .map(|(label, print)| (*label, print.to_string()))
        .filter(|(label, print)| LABELS.contains(label) && ours.contains(print.as_str()))
        .map(|(label, fingerprint)| OldSecret { label: Some(label), fingerprint })
        .collect();
    if entries.is_empty() {
        return Ok(not_kept(kept.iter().any(|(label, _)| *label == Label::ClientSecret)));
    }
    let uses = |secret: &Option<Secret>| {
        let print = secret.as_ref().map(|secret| secret.fingerprint().to_string());
        print.filter(|print| ours.contains(print.as_str()))
    };
    let holder = match uses(&systems.provider_secret().await?) {
        Some(print) => Some((System::Authentik, print)),
        None => uses(&systems.stored_secret().await?).map(|print| (System::Immich, print)),
    };
    let obstacle = holder.map(|(system, print)| {
        let failure = UndoFailure::SecretInUse { system, fingerprint: print };
        Fault::of(&failure, say!("forget the client secret"))
    });
    Ok(Sight { obstacle, ..forgets(fingerprint, entries) })
}

/// One that was taken over from authentik, which has it still, or has the one
/// that a rotation put into its place.
pub(super) async fn taken(
    systems: &Systems,
    begun: &Begun<'_>,
    fingerprint: &str,
) -> Result<Sight, Fault> {
    let kept = systems.vault()?.get(Label::ClientSecret).await?;
    let Some(now) = kept.map(|secret| secret.fingerprint().to_string()) else {
        return Ok(not_kept(false));
    };
    let ours = Ours::after(systems.history(), begun);
    if now != fingerprint {
        let theirs = systems.provider_secret().await?;
        let has = theirs.is_some_and(|secret| secret.fingerprint().to_string() == now);
        if !has || !ours.rotated().any(|rotated| rotated == now) {
            return Ok(not_kept(true));
        }
    }
    let entry = OldSecret { label: Some(Label::ClientSecret), fingerprint: now.clone() };
    Ok(forgets(&now, vec![entry]))
}

fn not_kept(another: bool) -> Sight {
    Sight::nothing(if another { NothingToUndo::OtherSecret } else { NothingToUndo::SecretNotKept })
}

fn forgets(fingerprint: &str, entries: Vec<OldSecret>) -> Sight {
    let three = |old: &OldSecret| {
        let id = FieldId::Kept(old.label.unwrap_or(Label::ClientSecret));
        let shown = FieldValue::Secret(old.fingerprint.clone());
        Three::of(id, FieldValue::Flag(false), shown.clone(), shown)
    };
    let threes = entries.iter().map(three).collect();
    let fingerprint = fingerprint.to_owned();
    let inverse = Some(Inverse::ForgetSecret { fingerprint, entries });
    Sight { threes, inverse, ..Sight::default() }
}
