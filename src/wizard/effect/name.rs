//! What effects are called: what they do, as an imperative. A fault that tells of
//! an effect carries these words with it, and so does the journal, whose lines
//! people read; code knows an effect by its type.

use std::fmt;

use serde_json::Value;

use super::{Effect, Fields, Inverse, RotationEffect};
use crate::{
    authentik::{AccessPart, TokenLife, TokenPart},
    immich::Relink,
    secret::Label,
};

/// What it does, as an imperative.
impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&effect(self))
    }
}

/// What it does, as an imperative.
impl fmt::Display for Inverse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&inverse(self))
    }
}

/// What it does, as an imperative.
impl fmt::Display for RotationEffect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&rotation(self))
    }
}

impl Effect {
    /// The same of an effect that leads a rotation back.
    #[must_use]
    pub fn name_of_way_back(&self) -> String {
        match self {
            Self::Rotation(RotationEffect::SwitchAuthentik { name, from, to, .. }) => {
                let secret = which(*to);
                say!(
                    "Go back: give the provider `{name}` {secret} in place of {from}",
                    name,
                    secret,
                    from
                )
            }
            Self::Rotation(RotationEffect::SwitchImmich {
                route, from: Some(from), to, ..
            }) => {
                let secret = which(*to);
                say!(
                    "Go back: give Immich {secret} in place of {from}, by its {route}",
                    secret,
                    from,
                    route
                )
            }
            Self::Rotation(RotationEffect::SwitchImmich { route, to, .. }) => {
                say!("Go back: give Immich {secret}, by its {route}", secret = which(*to), route)
            }
            other => say!("Go back: {effect}", effect = other),
        }
    }
}

fn effect(effect: &Effect) -> String {
    match effect {
        Effect::GenerateSecret => {
            say!("Generate a client secret and keep it in the secret store")
        }
        Effect::AdoptSecret { fingerprint, .. } => {
            say!("Keep authentik's client secret ({fingerprint}) in the secret store", fingerprint)
        }
        Effect::SetSecretAside { of: system, fingerprint, .. } => say!(
            "Keep the secret that {system} holds now ({fingerprint}) as the previous one",
            system,
            fingerprint
        ),
        Effect::CreateProvider { fields } => {
            say!("Create the provider `{name}`", name = text(fields, "name"))
        }
        Effect::ChangeProvider { name, fields, secret, .. } => {
            let fields = list(fields, *secret, "client_secret");
            say!("Change the provider `{name}`: {fields}", name, fields)
        }
        Effect::CreateApplication { fields, .. } => {
            say!("Create the application `{slug}`", slug = text(fields, "slug"))
        }
        Effect::ChangeApplication { slug, fields, attach, .. } => {
            let fields = list(fields, attach.is_some(), "provider");
            say!("Change the application `{slug}`: {fields}", slug, fields)
        }
        Effect::WriteSettings { fields, secret, .. } => {
            let fields = list(fields, *secret, "clientSecret");
            say!("Write Immich's OAuth settings: {fields}", fields)
        }
        Effect::Unlink { accounts } => {
            let accounts = emails(accounts);
            say!("End the stale links of Immich's accounts: {accounts}", accounts)
        }
        Effect::Restart { services, by_hand: false, .. } => {
            say!("Restart {services}", services = all_of(services))
        }
        Effect::Restart { services, .. } => {
            say!("Watch while you restart {services}", services = all_of(services))
        }
        Effect::TakeBack { inverse, .. } => self::inverse(inverse),
        Effect::Access(part) => access(part),
        Effect::MakeToken { token: TokenPart { identifier, life, .. }, .. } => match life {
            TokenLife::Run => say!(
                "Make the API token `{identifier}`, and delete it at the end of this run",
                identifier
            ),
            TokenLife::Unlimited => {
                say!("Make the API token `{identifier}`, which does not end by itself", identifier)
            }
            TokenLife::Limited => say!("Make the API token `{identifier}`", identifier),
        },
        Effect::MakeKey { name, .. } => say!("Make the API key `{name}`", name),
        Effect::Rotation(effect) => rotation(effect),
    }
}

fn access(part: &AccessPart) -> String {
    match part {
        AccessPart::MakeAccount { name, .. } => say!("Create the service account `{name}`", name),
        AccessPart::MakeRole { name, known: None, .. } => say!("Create the role `{name}`", name),
        AccessPart::MakeRole { name, .. } => say!("Give the role `{name}` its permissions", name),
        AccessPart::MakeGroup { name, known: None, .. } => {
            say!("Create the group `{name}` of the account and the role", name)
        }
        AccessPart::MakeGroup { name, .. } => {
            say!("Give the group `{name}` the account and the role", name)
        }
    }
}

fn inverse(inverse: &Inverse) -> String {
    match inverse {
        Inverse::ForgetSecret { fingerprint, entries } if entries.len() < 2 => {
            say!("Forget the client secret {fingerprint}, which nobody uses", fingerprint)
        }
        Inverse::ForgetSecret { entries, .. } => {
            let all: Vec<String> = entries.iter().map(|old| old.fingerprint.clone()).collect();
            say!("Forget the client secrets {all}, which nobody uses", all = all_of(&all))
        }
        Inverse::DeleteProvider { name, .. } => say!("Delete the provider `{name}`", name),
        Inverse::RestoreProvider { name, fields, secret, .. } => {
            let fields = list(fields, secret.is_some(), "client_secret");
            say!("Set the provider `{name}` back: {fields}", name, fields)
        }
        Inverse::DeleteApplication { slug, .. } => say!("Delete the application `{slug}`", slug),
        Inverse::RestoreApplication { slug, fields, .. } => {
            let fields = list(fields, false, "");
            say!("Set the application `{slug}` back: {fields}", slug, fields)
        }
        Inverse::Relink { accounts } => {
            say!("Link Immich's accounts as they were: {all}", all = emails(accounts))
        }
        Inverse::RestoreSettings { fields, secret, .. } => {
            let fields = list(fields, secret.is_some(), "clientSecret");
            say!("Set Immich's OAuth settings back: {fields}", fields)
        }
        Inverse::DeleteAccount { name, .. } => say!("Delete the service account `{name}`", name),
        Inverse::DeleteRole { name, .. } => say!("Delete the role `{name}`", name),
        Inverse::DeleteGroup { name, .. } => say!("Delete the group `{name}`", name),
        Inverse::DeleteToken { identifier, .. } => {
            say!("Delete the API token `{identifier}`", identifier)
        }
        Inverse::DeleteKey { name, .. } => say!("Delete the API key `{name}`", name),
    }
}

fn rotation(effect: &RotationEffect) -> String {
    match effect {
        RotationEffect::Create => {
            say!("Generate a client secret and keep it as the pending one")
        }
        RotationEffect::Recall { fingerprint } => {
            say!("Keep the previous secret {fingerprint} as the pending one, too", fingerprint)
        }
        RotationEffect::SwitchAuthentik { name, from, to, .. } => {
            let secret = which(*to);
            say!("Give the provider `{name}` {secret} in place of {from}", name, secret, from)
        }
        RotationEffect::SwitchImmich { route, from: Some(from), to, .. } => {
            let secret = which(*to);
            say!("Give Immich {secret} in place of {from}, by its {route}", secret, from, route)
        }
        RotationEffect::SwitchImmich { route, to, .. } => {
            say!("Give Immich {secret}, by its {route}", secret = which(*to), route)
        }
        RotationEffect::Promote { from, older: None } => {
            say!("Make the pending secret the current one; keep {from} as the previous", from)
        }
        RotationEffect::Promote { from, older: Some(older) } => say!(
            "Make the pending secret the current one; keep {from} as the previous, {older} as the \
             one before it",
            from,
            older
        ),
        RotationEffect::Drop { fingerprint } => {
            say!("Forget the pending secret {fingerprint}", fingerprint)
        }
        RotationEffect::DeleteToken { identifier, .. } => {
            say!("Delete the old API token `{identifier}`", identifier)
        }
        RotationEffect::DeleteKey { name, .. } => say!("Delete the old API key `{name}`", name),
        RotationEffect::Revoke { name, access, refresh, .. } => {
            let access = match access.len() {
                1 => say!("1 access token"),
                count => say!("{count} access tokens", count),
            };
            let refresh = match refresh.len() {
                1 => say!("1 refresh token"),
                count => say!("{count} refresh tokens", count),
            };
            say!("Revoke {access} and {refresh} of `{name}`", access, refresh, name)
        }
    }
}

/// A secret of the store, in words.
const fn which(label: Label) -> &'static str {
    match label {
        Label::ClientSecretPending => word!("the pending secret"),
        Label::ClientSecretPrevious => word!("the previous secret"),
        _ => word!("the current secret"),
    }
}

fn all_of(names: &[String]) -> String {
    names.join(word!(" and "))
}

fn emails(accounts: &[Relink]) -> String {
    accounts.iter().map(|account| account.email.as_str()).collect::<Vec<_>>().join(", ")
}

fn text<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn list(fields: &Fields, and: bool, more: &str) -> String {
    let names: Vec<&str> = fields.keys().map(String::as_str).chain(and.then_some(more)).collect();
    names.join(", ")
}
