//! What became of access that was being made or removed when a run was cut
//! short. Only who may see it can tell; until then it stays open.

use jiff::SignedDuration;
use serde_json::Value;

use crate::{
    authentik::{AccessPart, Client, TokenOwner},
    secret::Label,
    site::{Fault, FaultKind},
    wizard::{
        AccessKind, Done, DoneNote, Fate, Outcome,
        effect::{Effect, Inverse},
        journal::Seq,
        made::ours,
        record::{self, Became, Begun},
        systems::Systems,
    },
};

/// How far this machine's clock and a server's may be apart.
const DRIFT: SignedDuration = SignedDuration::from_mins(15);

/// Looks what became of an effect that gives or removes access. The outer
/// `None`: it is another kind; the inner: whoever asks may not see it.
pub(in crate::wizard) async fn became(
    systems: &Systems,
    begun: &Begun<'_>,
    effect: &Effect,
) -> Option<Result<Option<Became>, Fault>> {
    // Another server knows nothing of it.
    if gives_or_removes(effect) && systems.kept_elsewhere(effect.system()).is_some() {
        return Some(Ok(None));
    }
    let looked = match effect {
        Effect::Access(part) => part_became(systems, begun, part).await,
        Effect::MakeToken { token, replaces } => {
            token_became(systems, &token.identifier, &token.owner, replaces.as_ref()).await
        }
        Effect::MakeKey { name, replaces, .. } => {
            key_became(systems, name, replaces.as_ref()).await
        }
        Effect::TakeBack { of, inverse } if inverse.removes_access() => {
            removal_became(systems, *of, inverse).await
        }
        _ => return None,
    };
    Some(match looked {
        Err(fault) if matches!(fault.kind, FaultKind::NotAllowed | FaultKind::NotSignedIn) => {
            Ok(None)
        }
        other => other,
    })
}

/// Whether an effect gives access or removes it.
fn gives_or_removes(effect: &Effect) -> bool {
    match effect {
        Effect::Access(_) | Effect::MakeToken { .. } | Effect::MakeKey { .. } => true,
        Effect::TakeBack { inverse, .. } => inverse.removes_access(),
        _ => false,
    }
}

/// Looks what became of all that is open, and ends its lines. Nothing else is
/// changed.
pub(in crate::wizard) async fn settle(systems: &mut Systems) -> Result<(), Fault> {
    let mut seen = Vec::new();
    for begun in record::begun(systems.history()) {
        let Some(effect) = begun.value().filter(|_| begun.is_open()) else { continue };
        if let Some(looked) = became(systems, &begun, &effect).await
            && let Some(became) = looked?
        {
            seen.push((begun.seq, became.outcome(&begun)));
        }
    }
    for (seq, outcome) in seen {
        systems.journal()?.end(seq, outcome)?;
    }
    Ok(())
}

/// Looks what became of tokens or keys that were being made when a run was cut
/// short, with the rights of whoever signed in. Nothing else is changed.
pub(in crate::wizard) async fn settle_made(
    systems: &mut Systems,
    kind: AccessKind,
) -> Result<(), Fault> {
    if kind == AccessKind::Key {
        settle_keys(systems).await?;
    }
    settle(systems).await
}

/// Looks among the keys of whoever signed in at Immich for those of this
/// program that nobody has, because a run was cut short before it kept them.
pub(in crate::wizard) async fn settle_keys(systems: &mut Systems) -> Result<(), Fault> {
    let there = systems.immich_session()?.keys().await?;
    let known: Vec<String> = ours(systems.history()).into_iter().filter_map(|m| m.pk).collect();
    let mut seen = Vec::new();
    for begun in record::begun(systems.history()) {
        let Some(Effect::MakeKey { name, .. }) = begun.value() else { continue };
        let was_cut = match begun.outcome {
            None | Some(Outcome::Unknown { .. }) => true,
            Some(Outcome::Failed { fault }) => fault.kind == FaultKind::Cancelled,
            Some(Outcome::Done { .. }) => false,
        };
        let since = begun.at.checked_sub(DRIFT).unwrap_or(begun.at);
        let until = begun.at.checked_add(DRIFT).unwrap_or(begun.at);
        let mut keys = there.iter().filter(|key| {
            let in_time = key.created.is_some_and(|at| at >= since && at <= until);
            key.name == name && in_time && !known.contains(&key.id)
        });
        // Of several nobody can say which it is.
        if let (true, Some(key), None) = (was_cut, keys.next(), keys.next()) {
            seen.push((begun.seq, key.id.clone()));
        }
    }
    for (seq, id) in seen {
        let done = Done { made: Some(id.into()), ..DoneNote::FoundInImmich.into() };
        systems.journal()?.end(seq, done.outcome())?;
    }
    Ok(())
}

/// An object that was not there when it was planned, under a name that the
/// journal has: if it is there, and not older, this program made it.
async fn part_became(
    systems: &Systems,
    begun: &Begun<'_>,
    part: &AccessPart,
) -> Result<Option<Became>, Fault> {
    let client = systems.access_client()?;
    let known: Vec<String> = ours(systems.history()).into_iter().filter_map(|m| m.pk).collect();
    let found = match part {
        AccessPart::MakeAccount { name, .. } => {
            let since = begun.at.checked_sub(DRIFT).unwrap_or(begun.at);
            let row = client.account_named(name).await?;
            let row = row.filter(|row| row.date_joined.is_none_or(|joined| joined >= since));
            row.map(|row| Value::from(row.pk))
        }
        AccessPart::MakeRole { name, known: None, .. } => {
            client.role_named(name).await?.map(|row| Value::from(row.pk))
        }
        AccessPart::MakeGroup { name, known: None, .. } => {
            client.group_named(name).await?.map(|row| Value::from(row.pk))
        }
        // What was there before is looked at when a token is planned.
        AccessPart::MakeRole { .. } | AccessPart::MakeGroup { .. } => None,
    };
    let found = found.filter(|pk| !known.contains(&pk.to_string().replace('"', "")));
    let fate = if found.is_some() { Fate::Created } else { Fate::NotCreated };
    Ok(Some(Became::of(fate).made(found)))
}

async fn token_became(
    systems: &Systems,
    identifier: &str,
    owner: &TokenOwner,
    replaces: Option<&String>,
) -> Result<Option<Became>, Fault> {
    let client = systems.access_client()?;
    let known: Vec<String> = ours(systems.history()).into_iter().filter_map(|m| m.pk).collect();
    let row = client.token_row(identifier).await?.filter(|row| !known.contains(&row.pk));
    if row.is_none() && !sees(client, owner).await? {
        return Ok(None);
    }
    let kept = systems.vault()?.get(Label::AuthentikToken).await?;
    let key = kept.map(|kept| kept.fingerprint().to_string());
    let key = key.filter(|key| Some(key) != replaces);
    let Some(row) = row else { return Ok(Some(Became::of(Fate::TokenNotMade))) };
    let fate = if key.is_some() { Fate::TokenKept } else { Fate::TokenLost };
    Ok(Some(Became { fate, made: Some(row.pk.into()), key }))
}

/// Whether whoever asks would see a token of that owner.
async fn sees(client: &Client, owner: &TokenOwner) -> Result<bool, Fault> {
    let me = client.me().await?;
    Ok(me.is_superuser || me.username == owner.name())
}

/// A key shows itself to whoever has it. One that nobody has is looked for
/// among the keys of whoever signs in at Immich.
async fn key_became(
    systems: &Systems,
    name: &str,
    replaces: Option<&String>,
) -> Result<Option<Became>, Fault> {
    let kept = systems.given(Label::ImmichApiKey).await?;
    let new = kept.filter(|kept| Some(&kept.fingerprint().to_string()) != replaces);
    let Some(key) = new else {
        return Ok(Some(Became::of(Fate::KeyUnclaimed { name: name.to_owned() })));
    };
    let fingerprint = key.fingerprint().to_string();
    let access = crate::immich::Access::ApiKey(key);
    let Ok(client) = systems.immich() else { return Ok(None) };
    let made = client.with(access).own_key().await?;
    // Older releases do not tell which key it is.
    let made = made.map(|key| key.id.into());
    Ok(Some(Became { fate: Fate::KeyKept, made, key: Some(fingerprint) }))
}

async fn removal_became(
    systems: &Systems,
    of: Seq,
    inverse: &Inverse,
) -> Result<Option<Became>, Fault> {
    let all = record::begun(systems.history());
    let target = all.iter().find(|begun| begun.seq == of);
    if target.is_some_and(|target| target.taken_back.is_some()) {
        return Ok(Some(Became::of(Fate::DeletedLater)));
    }
    let client = systems.access_client()?;
    let gone = match inverse {
        Inverse::DeleteAccount { account, .. } => client.account_row(*account).await?.is_none(),
        Inverse::DeleteRole { role, .. } => client.role_row(role).await?.is_none(),
        Inverse::DeleteGroup { group, name } => match client.group_row(group).await {
            Err(fault) if fault.kind == FaultKind::NotAllowed => {
                match group_of_caller(client, group, name).await? {
                    Some(gone) => gone,
                    None => return Ok(None),
                }
            }
            row => row?.is_none(),
        },
        Inverse::DeleteToken { token, identifier } => {
            let row = client.token_row(identifier).await?;
            let there = row.as_ref().is_some_and(|row| row.pk == *token);
            // Others' tokens look as if they were not there.
            if !there && row.is_none() && !client.me().await?.is_superuser {
                return Ok(None);
            }
            !there
        }
        Inverse::DeleteKey { key, .. } => match key_is_gone(systems, key).await? {
            Some(gone) => gone,
            None => return Ok(None),
        },
        _ => return Ok(None),
    };
    Ok(Some(Became::of(if gone { Fate::Deleted } else { Fate::NotDeleted })))
}

/// Whether a group is gone, by the groups that its own account sees itself in.
/// `None`: somebody else asks.
async fn group_of_caller(client: &Client, pk: &str, name: &str) -> Result<Option<bool>, Fault> {
    let me = client.me().await?;
    let groups = me.extra.get("groups").and_then(Value::as_array);
    let is_in = groups.is_some_and(|groups| {
        groups.iter().any(|group| group.get("pk").and_then(Value::as_str) == Some(pk))
    });
    // Account and group have one name.
    Ok(if is_in || me.username == name { Some(!is_in) } else { None })
}

/// Whether a key is gone: by the keys of whoever signed in, or because the key
/// itself is refused.
async fn key_is_gone(systems: &Systems, id: &str) -> Result<Option<bool>, Fault> {
    if let Ok(session) = systems.immich_session() {
        return Ok(Some(!session.keys().await?.iter().any(|row| row.id == id)));
    }
    let Ok(client) = systems.immich() else { return Ok(None) };
    let all = ours(systems.history());
    let print = all.into_iter().find(|made| made.pk.as_deref() == Some(id)).and_then(|m| m.key);
    let kept = systems.given(Label::ImmichApiKey).await?;
    let kept = kept.filter(|kept| Some(kept.fingerprint().to_string()) == print);
    let Some(key) = kept else { return Ok(None) };
    match client.with(crate::immich::Access::ApiKey(key)).own_key().await {
        Ok(row) => Ok(row.map(|row| row.id != id)),
        Err(fault) if fault.kind == FaultKind::NotSignedIn => Ok(Some(true)),
        Err(fault) => Err(fault),
    }
}
