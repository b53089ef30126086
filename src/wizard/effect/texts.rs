//! Every text of an effect: an effect that is shown is searched for secrets like
//! everything else that goes to a face.

use serde_json::Value;

use super::{Effect, Fields, Inverse, OldSecret, RotationEffect};
use crate::{
    authentik::{AccessPart, TokenOwner, TokenPart},
    immich::{Absent, Relink},
    site::harmless::{Each, Shape::Lines},
    wizard::json_texts,
};

impl Effect {
    /// Does something with every text that came from outside.
    pub(in crate::wizard) fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::GenerateSecret => {}
            Self::AdoptSecret { provider: _, fingerprint: text }
            | Self::SetSecretAside { of: _, fingerprint: text, among_older: _ } => {
                each(text, Lines);
            }
            Self::CreateProvider { fields: all } => fields(all, each),
            Self::ChangeProvider { provider: _, name, fields: all, before, secret: _ } => {
                each(name, Lines);
                fields(all, each);
                fields(before, each);
            }
            Self::CreateApplication { fields: all, client_id } => {
                fields(all, each);
                each(client_id, Lines);
            }
            Self::ChangeApplication { slug, fields: all, before, attach } => {
                each(slug, Lines);
                fields(all, each);
                fields(before, each);
                some(attach, each);
            }
            Self::WriteSettings { route: _, fields: all, before, secret: _, absent, basis } => {
                fields(all, each);
                fields(before, each);
                of_absent(absent, each);
                each(basis, Lines);
            }
            Self::Unlink { accounts } => relinks(accounts, each),
            Self::Restart { folder, services, by_hand: _ } => {
                each(folder, Lines);
                texts(services, each);
            }
            Self::TakeBack { of: _, inverse } => inverse.each_text(each),
            Self::Access(part) => of_access(part, each),
            Self::MakeToken { token: TokenPart { identifier, owner, life: _ }, replaces } => {
                each(identifier, Lines);
                match owner {
                    TokenOwner::Account { name, account: _ } | TokenOwner::Caller { name } => {
                        each(name, Lines);
                    }
                }
                some(replaces, each);
            }
            Self::MakeKey { name, permissions, optional, replaces } => {
                each(name, Lines);
                texts(permissions, each);
                texts(optional, each);
                some(replaces, each);
            }
            Self::Rotation(effect) => effect.each_text(each),
        }
    }
}

impl Inverse {
    fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::ForgetSecret { fingerprint, entries } => {
                each(fingerprint, Lines);
                for entry in entries {
                    of_secret(entry, each);
                }
            }
            Self::DeleteProvider { provider: _, name: text, now }
            | Self::DeleteApplication { slug: text, now } => {
                each(text, Lines);
                fields(now, each);
            }
            Self::RestoreProvider { provider: _, name, fields: all, now, secret } => {
                each(name, Lines);
                fields(all, each);
                fields(now, each);
                if let Some(secret) = secret {
                    of_secret(secret, each);
                }
            }
            Self::RestoreApplication { slug, fields: all, now } => {
                each(slug, Lines);
                fields(all, each);
                fields(now, each);
            }
            Self::Relink { accounts } => relinks(accounts, each),
            Self::RestoreSettings { route: _, fields: all, absent, verbatim, secret, basis } => {
                fields(all, each);
                of_absent(absent, each);
                some(verbatim, each);
                if let Some(secret) = secret {
                    of_secret(secret, each);
                }
                each(basis, Lines);
            }
            Self::DeleteAccount { account: _, name } => each(name, Lines),
            Self::DeleteRole { role: id, name }
            | Self::DeleteGroup { group: id, name }
            | Self::DeleteToken { token: id, identifier: name }
            | Self::DeleteKey { key: id, name } => {
                each(id, Lines);
                each(name, Lines);
            }
        }
    }
}

impl RotationEffect {
    fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::Create => {}
            Self::Recall { fingerprint: text } | Self::Drop { fingerprint: text } => {
                each(text, Lines);
            }
            Self::SwitchAuthentik { provider: _, name, from, to: _ } => {
                each(name, Lines);
                each(from, Lines);
            }
            Self::SwitchImmich { route: _, from, to: _, basis } => {
                some(from, each);
                each(basis, Lines);
            }
            Self::Promote { from, older } => {
                each(from, Lines);
                some(older, each);
            }
            Self::Revoke { provider: _, name, access: _, refresh: _ } => each(name, Lines),
            Self::DeleteToken { identifier, pk } => {
                each(identifier, Lines);
                some(pk, each);
            }
            Self::DeleteKey { id, name } => {
                each(id, Lines);
                each(name, Lines);
            }
        }
    }
}

fn of_access(part: &mut AccessPart, each: Each<'_>) {
    match part {
        AccessPart::MakeAccount { name, expiring: _ } => each(name, Lines),
        AccessPart::MakeRole { name, known, permissions } => {
            each(name, Lines);
            some(known, each);
            texts(permissions, each);
        }
        AccessPart::MakeGroup { name, known, account: _, role, users: _, roles } => {
            each(name, Lines);
            some(known, each);
            some(role, each);
            texts(roles, each);
        }
    }
}

fn of_secret(secret: &mut OldSecret, each: Each<'_>) {
    let OldSecret { label: _, fingerprint } = secret;
    each(fingerprint, Lines);
}

fn of_absent(absent: &mut Absent, each: Each<'_>) {
    let Absent { keys, block: _, place: _, texts: of_rows, spelled, bare_secret: _ } = absent;
    texts(keys, each);
    for all in [of_rows, spelled] {
        *all = std::mem::take(all)
            .into_iter()
            .map(|(mut key, mut text)| {
                each(&mut key, Lines);
                each(&mut text, Lines);
                (key, text)
            })
            .collect();
    }
}

fn relinks(accounts: &mut [Relink], each: Each<'_>) {
    for Relink { id, email, from, to } in accounts {
        for text in [id, email, from, to] {
            each(text, Lines);
        }
    }
}

fn fields(all: &mut Fields, each: Each<'_>) {
    *all = std::mem::take(all)
        .into_iter()
        .map(|(mut key, mut value)| {
            each(&mut key, Lines);
            of_value(&mut value, each);
            (key, value)
        })
        .collect();
}

fn of_value(value: &mut Value, each: Each<'_>) {
    json_texts::each_text(value, &mut |text| each(text, Lines));
}

fn texts(all: &mut [String], each: Each<'_>) {
    for text in all {
        each(text, Lines);
    }
}

fn some(text: &mut Option<String>, each: Each<'_>) {
    if let Some(text) = text {
        each(text, Lines);
    }
}
