//! What this program made to have access, by the journal of this profile: each
//! object by its primary key. What merely has the same name belongs to somebody
//! else, such as another profile or another machine.

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    authentik::{AccessPart, KnownAccess, TokenLife},
    wizard::{
        AccessKind, Entry,
        effect::{Effect, Inverse, RotationEffect},
        journal::Seq,
        record::{self, Begun},
    },
};

/// Something that was made and not deleted by this program since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::wizard) struct Made {
    /// The line of the journal that began it.
    pub(in crate::wizard) seq: Seq,
    /// What it is.
    pub(in crate::wizard) kind: AccessKind,
    /// Its primary key; `None`: an earlier release did not keep it.
    pub(in crate::wizard) pk: Option<String>,
    /// Its name, for people.
    pub(in crate::wizard) name: String,
    /// The run that made it.
    pub(in crate::wizard) run: String,
    /// When.
    pub(in crate::wizard) at: Timestamp,
    /// When it was to end.
    pub(in crate::wizard) life: TokenLife,
    /// The fingerprint of the token or key.
    pub(in crate::wizard) key: Option<String>,
}

impl Made {
    /// What deletes it; `None`: its primary key is not known.
    pub(in crate::wizard) fn inverse(&self) -> Option<Inverse> {
        let (pk, name) = (self.pk.clone()?, self.name.clone());
        Some(match self.kind {
            AccessKind::Account => Inverse::DeleteAccount { account: pk.parse().ok()?, name },
            AccessKind::Role => Inverse::DeleteRole { role: pk, name },
            AccessKind::Group => Inverse::DeleteGroup { group: pk, name },
            AccessKind::Token => Inverse::DeleteToken { token: pk, identifier: name },
            AccessKind::Key => Inverse::DeleteKey { key: pk, name },
        })
    }
}

/// All of it, the oldest first.
pub(in crate::wizard) fn ours(entries: &[Entry]) -> Vec<Made> {
    let mut all: Vec<Made> = Vec::new();
    for begun in record::begun(entries) {
        if !begun.is_done() || begun.taken_back.is_some() {
            continue;
        }
        match begun.value() {
            Some(Effect::Rotation(RotationEffect::DeleteToken { identifier, pk })) => {
                // An earlier release knew it by its identifier alone.
                all.retain(|made| {
                    made.kind != AccessKind::Token
                        || pk.as_ref().map_or(made.name != identifier, |_| made.pk != pk)
                });
            }
            Some(Effect::Rotation(RotationEffect::DeleteKey { id, name })) => {
                all.retain(|made| {
                    made.kind != AccessKind::Key
                        || made.pk.as_ref().map_or(made.name != name, |pk| *pk != id)
                });
            }
            Some(effect) => all.extend(made(&begun, &effect)),
            None => {}
        }
    }
    all
}

/// What an effect made, if it makes something that gives access.
pub(in crate::wizard) fn made(begun: &Begun<'_>, effect: &Effect) -> Option<Made> {
    let (kind, name, life) = match effect {
        // What was there before was not made by it.
        Effect::Access(part) if part.known().is_some() => return None,
        Effect::Access(part) => (kind_of(part), part.name().to_owned(), TokenLife::Unlimited),
        Effect::MakeToken { token, .. } => {
            (AccessKind::Token, token.identifier.clone(), token.life)
        }
        Effect::MakeKey { name, .. } => (AccessKind::Key, name.clone(), TokenLife::Unlimited),
        _ => return None,
    };
    let pk = begun.evidence("made").and_then(|made| match made {
        Value::String(pk) => Some(pk.clone()),
        Value::Number(pk) => Some(pk.to_string()),
        _ => None,
    });
    let key = begun.evidence("key").and_then(Value::as_str).map(str::to_owned);
    let run = begun.run.to_owned();
    Some(Made { seq: begun.seq, kind, pk, name, run, at: begun.at, life, key })
}

const fn kind_of(part: &AccessPart) -> AccessKind {
    match part {
        AccessPart::MakeAccount { .. } => AccessKind::Account,
        AccessPart::MakeRole { .. } => AccessKind::Role,
        AccessPart::MakeGroup { .. } => AccessKind::Group,
    }
}

/// What is used again when a token is made.
pub(super) fn known(all: &[Made]) -> KnownAccess {
    let last = |kind: AccessKind| {
        let found = all.iter().rev().find(|made| made.kind == kind && made.pk.is_some())?;
        Some((found.pk.clone()?, found.name.clone()))
    };
    KnownAccess {
        account: last(AccessKind::Account).and_then(|(pk, name)| Some((pk.parse().ok()?, name))),
        role: last(AccessKind::Role),
        group: last(AccessKind::Group),
        retired: Vec::new(),
    }
}
