//! Which tokens and keys of this program's there are: the one in use, and an
//! old one that is to go.

use crate::{
    authentik,
    immich::Access,
    secret::{Label, Secret},
    site::{Fault, FaultKind},
    wizard::{
        AccessKind, Rotated,
        access::settle_made,
        effect::Effect,
        made::{Made, ours},
        perform::opens,
        retiring::Retiring,
        systems::Systems,
    },
};

pub(super) const fn labels(of: Rotated) -> (Label, Label) {
    match of {
        Rotated::ImmichApiKey => (Label::ImmichApiKey, Label::ImmichApiKeyPrevious),
        _ => (Label::AuthentikToken, Label::AuthentikTokenPrevious),
    }
}

/// What is in use now, and how it can be deleted later.
pub(super) async fn find(systems: &Systems, of: Rotated) -> Result<Option<Retiring>, Fault> {
    let (label, _) = labels(of);
    let Some(secret) = systems.given(label).await? else { return Ok(None) };
    let all: Vec<Made> = all(systems, of).collect();
    known(systems, of, secret, &all).await.map(Some)
}

/// What is kept as the previous one, if this program made it and it is not
/// deleted. One that is refused needs no place any more.
pub(super) async fn left_over(systems: &Systems, of: Rotated) -> Result<Option<Retiring>, Fault> {
    let (label, previous) = labels(of);
    let vault = systems.vault()?;
    let (now, old) = (systems.given(label).await?, systems.given(previous).await?);
    let Some(secret) = old.filter(|old| Some(old) != now.as_ref()) else { return Ok(None) };
    if is_refused(systems, of).await? {
        vault.forget(previous).await?;
        return Ok(None);
    }
    let mut all: Vec<Made> = all(systems, of).collect();
    // The last one that was made is in use.
    all.pop();
    let left = known(systems, of, secret, &all).await?;
    Ok(Some(left).filter(|left| left.ours))
}

/// Whether what is kept as the previous one opens nothing any more.
pub(in crate::wizard) async fn is_refused(systems: &Systems, of: Rotated) -> Result<bool, Fault> {
    let (_, previous) = labels(of);
    let Some(old) = systems.given(previous).await? else { return Ok(true) };
    match opens(systems, previous, &old).await {
        Ok(()) => Ok(false),
        Err(fault) if fault.kind == FaultKind::NotSignedIn => Ok(true),
        Err(fault) => Err(fault),
    }
}

/// What deletes those that this program made, that are there still, and that are
/// neither in use nor the old one: such as a key of which the answer was lost,
/// so that nobody knows it. Which one is in use must be seen for that.
pub(super) async fn unused(
    systems: &mut Systems,
    of: Rotated,
    old: &Retiring,
) -> Result<Vec<Effect>, Fault> {
    let by_key = of == Rotated::ImmichApiKey;
    if by_key && systems.immich_session().is_err() {
        return Ok(Vec::new());
    }
    settle_made(systems, kind(of)).await?;
    let used = find(systems, of).await?;
    let Some(used) = used.filter(|used| used.name.is_some()) else { return Ok(Vec::new()) };
    let is_other =
        |made: &Made| made.pk.as_ref().is_some_and(|pk| *pk != used.key && *pk != old.key);
    let others: Vec<Made> = all(systems, of).filter(is_other).collect();
    if others.is_empty() {
        return Ok(Vec::new());
    }
    let keys = if by_key { systems.immich_session()?.keys().await? } else { Vec::new() };
    let mut unused = Vec::new();
    for made in others {
        let is_there = if by_key {
            keys.iter().any(|key| Some(&key.id) == made.pk.as_ref())
        } else {
            let row = systems.authentik()?.token_row(&made.name).await?;
            row.is_some_and(|row| Some(&row.pk) == made.pk.as_ref())
        };
        if let Some(inverse) = made.inverse().filter(|_| is_there) {
            unused.push(Effect::TakeBack { of: made.seq, inverse });
        }
    }
    Ok(unused)
}

const fn kind(of: Rotated) -> AccessKind {
    match of {
        Rotated::ImmichApiKey => AccessKind::Key,
        _ => AccessKind::Token,
    }
}

/// What this program made of the kind, the last one last.
fn all(systems: &Systems, of: Rotated) -> impl Iterator<Item = Made> {
    ours(systems.history()).into_iter().filter(move |made| made.kind == kind(of))
}

/// The primary keys of those that a token or a key can be: of the one that the
/// journal has its fingerprint of, or else of those whose fingerprint nobody
/// noted.
fn candidates(secret: &Secret, all: &[Made]) -> Vec<String> {
    let print = secret.fingerprint().to_string();
    let noted = all.iter().any(|made| made.key.as_ref() == Some(&print));
    let can_be = |made: &&Made| made.key == noted.then(|| print.clone());
    all.iter().filter(can_be).filter_map(|made| made.pk.clone()).collect()
}

/// What names a token or a key where it was made.
async fn known(
    systems: &Systems,
    of: Rotated,
    secret: Secret,
    all: &[Made],
) -> Result<Retiring, Fault> {
    let made = candidates(&secret, all);
    let found = if of == Rotated::ImmichApiKey {
        let key = systems.immich()?.with(Access::ApiKey(secret.clone())).own_key().await?;
        key.map(|key| (key.name, key.id))
    } else {
        let http = systems.authentik()?.http().clone();
        let client = authentik::Client::new(http, Some(secret.clone()));
        let row = client.identify(&secret, &made).await?;
        row.map(|row| (row.identifier, row.pk))
    };
    let (name, key) = found.map_or((None, String::new()), |(name, key)| (Some(name), key));
    let ours = name.is_some() && made.contains(&key);
    Ok(Retiring { name, key, secret, ours })
}
