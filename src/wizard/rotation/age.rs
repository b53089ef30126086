//! How old the client secret is, by the journal: the secret itself does not
//! tell.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use crate::{
    secret::Label,
    site::{Fault, Folders},
    wizard::{
        AccessKind, Entry, Journal, SecretAge, SecretView, Task,
        desk::Desk,
        effect::{Effect, RotationEffect},
        made::ours,
        record,
        systems::Systems,
    },
};

/// How far clocks that are right may be apart.
const DRIFT: SignedDuration = SignedDuration::from_hours(24);

/// The age of the client secret of a site, by its journal; `None`: the journal
/// does not know.
///
/// # Errors
/// When the journal cannot be read.
pub fn secret_age(folders: &Folders, profile: &str) -> Result<Option<SecretAge>, Fault> {
    Ok(of(&Journal::read(&folders.journal(profile))?, None, Timestamp::now()))
}

/// The age of the newest API token for authentik that this program made, by its
/// journal; `None`: it made none that is there.
///
/// # Errors
/// When the journal cannot be read.
pub fn token_age(folders: &Folders, profile: &str) -> Result<Option<SecretAge>, Fault> {
    let all = ours(&Journal::read(&folders.journal(profile))?);
    let last = all.iter().rev().find(|made| made.kind == AccessKind::Token);
    Ok(last.map(|made| SecretAge { since: made.at, made_here: true }))
}

/// The same, if the secret is the one of that fingerprint. One that was made
/// after `now` has a clock that was wrong: nobody knows how old it is.
fn of(entries: &[Entry], fingerprint: Option<&str>, now: Timestamp) -> Option<SecretAge> {
    let mut age: Option<(SecretAge, Option<String>)> = None;
    let (mut pending, mut known) = (None, HashMap::new());
    for (at, effect, secret) in record::done_at(entries) {
        let made = |made_here| SecretAge { since: at, made_here };
        match effect {
            Effect::GenerateSecret => age = Some((made(true), secret)),
            Effect::AdoptSecret { fingerprint, .. } => age = Some((made(false), Some(fingerprint))),
            Effect::Rotation(RotationEffect::Create) => pending = Some((made(true), secret)),
            // What comes back is as old as it was.
            Effect::Rotation(RotationEffect::Recall { fingerprint }) => {
                let age = known.get(&fingerprint).copied().unwrap_or_else(|| made(false));
                pending = Some((age, Some(fingerprint)));
            }
            Effect::Rotation(RotationEffect::Promote { .. }) => age = pending.take(),
            _ => {}
        }
        for (age, fingerprint) in [&age, &pending].into_iter().flatten() {
            if let Some(fingerprint) = fingerprint {
                known.entry(fingerprint.clone()).or_insert(*age);
            }
        }
    }
    let (age, is) = age?;
    // Somebody put another one there by hand.
    let other = fingerprint.is_some_and(|print| is.is_some_and(|is| is != print));
    let from_the_future = age.at_least(now) < -DRIFT;
    (!other && !from_the_future).then_some(age)
}

/// Reads which secret is kept, and shows it with its age.
pub(in crate::wizard) async fn show(desk: &mut Desk, systems: &Systems) {
    let Ok(vault) = systems.vault() else { return };
    let what = Task::ReadingSecret;
    let read = async {
        (vault.get(Label::ClientSecret).await, vault.get(Label::ClientSecretPending).await)
    };
    let Ok((Ok(current), Ok(pending))) = desk.quietly(what, vault.at_most(), read).await else {
        return;
    };
    let fingerprint = current.map(|secret| secret.fingerprint().to_string());
    let age = of(systems.history(), fingerprint.as_deref(), systems.clock.now())
        .filter(|_| fingerprint.is_some());
    let pending = pending.map(|secret| secret.fingerprint().to_string());
    desk.show(|snapshot| {
        snapshot.remembered.secret = fingerprint.map(|fingerprint| SecretView {
            fingerprint,
            age,
            pending: pending.clone(),
        });
    });
}
