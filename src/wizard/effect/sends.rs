//! What an effect sends, as a value: built here and nowhere else, shown before
//! the effect is confirmed, and sent when it is performed.

use super::{Effect, EffectFailure, Inverse, OldSecret, RotationEffect};
use crate::{
    authentik,
    host::RestartCommands,
    immich::{self, KeyCalls, Relink, RouteKind, SettingsChange, route::When},
    secret::{GivenSecret, Label},
    site::{DockerAccess, Fault},
};

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::wizard) enum Sends {
    /// Nothing: it is about the secret store alone.
    Nothing,
    /// Requests to authentik.
    Authentik(Vec<authentik::Call>),
    /// The same about what gives access: in the name of whoever signed in for it.
    Access(Vec<authentik::Call>),
    /// A request to Immich.
    Immich(immich::Call),
    /// The request that makes an API key.
    Key(KeyCalls),
    /// A change of Immich's settings.
    Settings(SettingsWrite),
    /// What Immich's accounts are linked to.
    Links(Vec<Relink>),
    /// The restart of these services of the project in a folder.
    Restart {
        /// The folder.
        folder: String,
        /// The services.
        services: Vec<String>,
    },
    /// Nothing: the operator restarts these services.
    ByHand {
        /// The folder.
        folder: String,
        /// The services.
        services: Vec<String>,
    },
}

/// A change of Immich's settings.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::wizard) struct SettingsWrite {
    /// By which route.
    pub(in crate::wizard) route: RouteKind,
    /// What changes.
    pub(in crate::wizard) change: SettingsChange,
    /// The digest of all that is stored.
    pub(in crate::wizard) basis: String,
    /// Whether it is prepared and waits for its word.
    pub(in crate::wizard) when: When,
}

impl Sends {
    /// The one request to authentik.
    ///
    /// # Errors
    /// When it sends something else.
    pub(in crate::wizard) fn call(&self) -> Result<&authentik::Call, Fault> {
        match self {
            Self::Authentik(calls) | Self::Access(calls) if calls.len() == 1 => {
                calls.first().ok_or_else(other)
            }
            _ => Err(other()),
        }
    }

    /// The requests to authentik.
    pub(in crate::wizard) fn calls(&self) -> &[authentik::Call] {
        if let Self::Authentik(calls) | Self::Access(calls) = self { calls } else { &[] }
    }

    /// The request to Immich.
    ///
    /// # Errors
    /// When it sends something else.
    pub(in crate::wizard) fn immich(&self) -> Result<&immich::Call, Fault> {
        if let Self::Immich(call) = self { Ok(call) } else { Err(other()) }
    }

    /// The request that makes an API key.
    ///
    /// # Errors
    /// When it sends something else.
    pub(in crate::wizard) fn key(&self) -> Result<&KeyCalls, Fault> {
        if let Self::Key(calls) = self { Ok(calls) } else { Err(other()) }
    }

    /// The commands that restart services on a host; `None`: nothing is sent.
    pub(in crate::wizard) fn restart(&self, access: DockerAccess) -> Option<RestartCommands> {
        match self {
            Self::Restart { folder, services } => {
                Some(RestartCommands::new(access, folder, services))
            }
            _ => None,
        }
    }

    /// The change of Immich's settings.
    ///
    /// # Errors
    /// When it sends something else.
    pub(in crate::wizard) fn settings(&self) -> Result<&SettingsWrite, Fault> {
        if let Self::Settings(write) = self { Ok(write) } else { Err(other()) }
    }
}

fn other() -> Fault {
    Fault::of(&EffectFailure::SendsOtherwise, say!("perform what was confirmed"))
}

impl Effect {
    /// What it sends.
    pub(in crate::wizard) fn sends(&self) -> Sends {
        match self {
            Self::GenerateSecret | Self::AdoptSecret { .. } | Self::SetSecretAside { .. } => {
                Sends::Nothing
            }
            Self::CreateProvider { fields } => one(authentik::Call::create_provider(fields)),
            Self::ChangeProvider { provider, fields, secret, .. } => {
                let secret = secret.then_some(GivenSecret::Kept(Label::ClientSecret));
                one(authentik::Call::change_provider(*provider, fields, secret))
            }
            Self::CreateApplication { fields, client_id } => {
                one(authentik::Call::create_application(fields, Some(client_id)))
            }
            Self::ChangeApplication { slug, fields, attach, .. } => {
                one(authentik::Call::change_application(slug, fields, attach.as_deref()))
            }
            Self::WriteSettings { route, fields, secret, basis, .. } => {
                Sends::Settings(SettingsWrite {
                    route: *route,
                    change: SettingsChange::set(fields.clone(), *secret),
                    basis: basis.clone(),
                    when: When::AtOnce,
                })
            }
            Self::Unlink { accounts } => Sends::Links(accounts.clone()),
            Self::Restart { folder, services, by_hand } => {
                let (folder, services) = (folder.clone(), services.clone());
                if *by_hand {
                    Sends::ByHand { folder, services }
                } else {
                    Sends::Restart { folder, services }
                }
            }
            Self::TakeBack { inverse, .. } => inverse.sends(),
            Self::Access(part) => Sends::Access(part.calls()),
            Self::MakeToken { token, .. } => Sends::Access(token.calls().all()),
            Self::MakeKey { name, permissions, optional, .. } => {
                Sends::Key(KeyCalls::new(name, permissions, optional))
            }
            Self::Rotation(effect) => effect.sends(),
        }
    }
}

impl Inverse {
    /// What it sends.
    pub(in crate::wizard) fn sends(&self) -> Sends {
        match self {
            Self::ForgetSecret { .. } => Sends::Nothing,
            Self::DeleteProvider { provider, .. } => {
                one(authentik::Call::delete_provider(*provider))
            }
            Self::RestoreProvider { provider, fields, secret, .. } => {
                let secret = secret.as_ref().map(given);
                one(authentik::Call::change_provider(*provider, fields, secret))
            }
            Self::DeleteApplication { slug, .. } => one(authentik::Call::delete_application(slug)),
            Self::RestoreApplication { slug, fields, .. } => {
                one(authentik::Call::change_application(slug, fields, None))
            }
            Self::Relink { accounts } => Sends::Links(accounts.clone()),
            Self::RestoreSettings { route, fields, absent, verbatim, secret, basis } => {
                Sends::Settings(SettingsWrite {
                    route: *route,
                    change: SettingsChange {
                        fields: fields.clone(),
                        secret: secret.as_ref().map(given),
                        absent: absent.clone(),
                        verbatim: verbatim.clone(),
                    },
                    basis: basis.clone(),
                    when: When::AtOnce,
                })
            }
            Self::DeleteAccount { account, .. } => {
                access(authentik::Call::delete_account(*account))
            }
            Self::DeleteRole { role, .. } => access(authentik::Call::delete_role(role)),
            Self::DeleteGroup { group, .. } => access(authentik::Call::delete_group(group)),
            Self::DeleteToken { identifier, .. } => {
                access(authentik::Call::delete_token(identifier))
            }
            Self::DeleteKey { key, .. } => Sends::Immich(immich::Call::delete_key(key)),
        }
    }
}

impl RotationEffect {
    /// What it sends.
    pub(in crate::wizard) fn sends(&self) -> Sends {
        match self {
            Self::Create | Self::Recall { .. } | Self::Promote { .. } | Self::Drop { .. } => {
                Sends::Nothing
            }
            Self::SwitchAuthentik { provider, to, .. } => {
                let fields = super::Fields::new();
                let secret = Some(GivenSecret::Kept(*to));
                one(authentik::Call::change_provider(*provider, &fields, secret))
            }
            Self::SwitchImmich { route, to, basis, .. } => Sends::Settings(SettingsWrite {
                route: *route,
                change: SettingsChange::give(*to),
                basis: basis.clone(),
                when: When::AtAWord,
            }),
            Self::Revoke { access, refresh, .. } => {
                // Refresh tokens first: with one of them new access tokens can be had.
                let first = refresh.iter().map(|pk| authentik::Call::revoke_refresh_token(*pk));
                let then = access.iter().map(|pk| authentik::Call::revoke_access_token(*pk));
                Sends::Authentik(first.chain(then).collect())
            }
            Self::DeleteToken { identifier, .. } => one(authentik::Call::delete_token(identifier)),
            Self::DeleteKey { id, .. } => Sends::Immich(immich::Call::delete_key(id)),
        }
    }
}

fn one(call: authentik::Call) -> Sends {
    Sends::Authentik(vec![call])
}

fn access(call: authentik::Call) -> Sends {
    Sends::Access(vec![call])
}

/// The secret that is put back.
fn given(old: &OldSecret) -> GivenSecret {
    old.label.map_or(GivenSecret::Nothing, GivenSecret::Kept)
}
