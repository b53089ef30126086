//! Effects: the things that alter the world, as values. An effect can describe
//! itself, show the exact request that it will send, be performed, be
//! journalled, and say how it is undone. It holds no secret: where one goes, it
//! says which.

mod exact;
mod inverse;
mod perform;
mod rotation;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{StepId, journal::Seq};
use crate::{
    authentik::{AccessPart, TokenLife, TokenPart},
    immich::{Absent, Relink, RouteKind},
    site::System,
};

pub use inverse::{Inverse, OldSecret};
pub(super) use perform::{
    Done, carry_out, compare, moved, not_there, perform, perform_one, says, sent, show_journal,
    unmoved,
};
pub use rotation::RotationEffect;

/// The fields of an object, in the order in which they are sent.
pub type Fields = Map<String, Value>;

/// One thing that alters the world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "effect")]
pub enum Effect {
    /// Generates a client secret and keeps it.
    GenerateSecret,
    /// Keeps the client secret that authentik holds as the current one.
    AdoptSecret {
        /// The provider's primary key.
        provider: i64,
        /// The fingerprint of the secret.
        fingerprint: String,
    },
    /// Keeps a client secret that is about to be overwritten as the previous
    /// one.
    SetSecretAside {
        /// The system that holds it.
        of: System,
        /// Its fingerprint.
        fingerprint: String,
        /// Among the older ones: the place of the previous one holds what is
        /// about to be put back.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        among_older: bool,
    },
    /// Creates the OAuth2 provider, with the current client secret.
    CreateProvider {
        /// Every field but the secret.
        fields: Fields,
    },
    /// Changes fields of the OAuth2 provider.
    ChangeProvider {
        /// Its primary key.
        provider: i64,
        /// Its name, for people.
        name: String,
        /// The fields that change.
        fields: Fields,
        /// What they were.
        before: Fields,
        /// Whether the current client secret is set too.
        secret: bool,
    },
    /// Creates the application, attached to the provider of that client id.
    CreateApplication {
        /// Every field but the provider.
        fields: Fields,
        /// The client id by which the provider is found.
        client_id: String,
    },
    /// Changes fields of the application.
    ChangeApplication {
        /// Its slug.
        slug: String,
        /// The fields that change.
        fields: Fields,
        /// What they were.
        before: Fields,
        /// The client id of the provider to attach, if that changes.
        attach: Option<String>,
    },
    /// Writes Immich's OAuth settings.
    WriteSettings {
        /// By which route.
        route: RouteKind,
        /// The fields that change.
        fields: Fields,
        /// What they were; `null` where there was nothing.
        before: Fields,
        /// Whether the current client secret is set too.
        secret: bool,
        /// What was not there at all.
        #[serde(default)]
        absent: Absent,
        /// The digest of everything that is stored.
        basis: String,
    },
    /// Ends links of Immich's accounts to subjects that authentik gives nobody.
    Unlink {
        /// The accounts.
        accounts: Vec<Relink>,
    },
    /// Restarts services of Immich's compose project.
    Restart {
        /// The folder of the project.
        folder: String,
        /// The services.
        services: Vec<String>,
        /// The operator does it, and this program watches.
        by_hand: bool,
    },
    /// Takes another effect back.
    TakeBack {
        /// The line of the journal that began it.
        of: Seq,
        /// How.
        inverse: Inverse,
    },
    /// Makes or changes an object in authentik that the token needs.
    Access(AccessPart),
    /// Makes an API token in authentik for this program.
    MakeToken {
        /// Which one.
        #[serde(flatten)]
        token: TokenPart,
        /// The fingerprint of the one in whose place it is kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        replaces: Option<String>,
    },
    /// Makes an API key in Immich for this program.
    MakeKey {
        /// Its name.
        name: String,
        /// What it may do.
        permissions: Vec<String>,
        /// What it may do besides, where the release knows these names: else
        /// the key is made without them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        optional: Vec<String>,
        /// The fingerprint of the one in whose place it is kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        replaces: Option<String>,
    },
    /// A part of a rotation.
    Rotation(RotationEffect),
}

impl Effect {
    /// Where it acts.
    #[must_use]
    pub const fn system(&self) -> System {
        match self {
            Self::GenerateSecret | Self::AdoptSecret { .. } | Self::SetSecretAside { .. } => {
                System::SecretStore
            }
            Self::TakeBack { inverse, .. } => inverse.system(),
            Self::CreateProvider { .. }
            | Self::ChangeProvider { .. }
            | Self::CreateApplication { .. }
            | Self::ChangeApplication { .. }
            | Self::Access(_)
            | Self::MakeToken { .. } => System::Authentik,
            Self::WriteSettings { route: RouteKind::Api, .. } | Self::MakeKey { .. } => {
                System::Immich
            }
            Self::Restart { by_hand: true, .. } => System::Immich,
            Self::WriteSettings { .. } | Self::Unlink { .. } | Self::Restart { .. } => System::Host,
            Self::Rotation(effect) => effect.system(),
        }
    }

    /// Whether this program takes it back itself.
    #[must_use]
    pub const fn can_be_taken_back(&self) -> bool {
        matches!(
            self,
            Self::GenerateSecret
                | Self::AdoptSecret { .. }
                | Self::CreateProvider { .. }
                | Self::ChangeProvider { .. }
                | Self::CreateApplication { .. }
                | Self::ChangeApplication { .. }
                | Self::WriteSettings { .. }
                | Self::Unlink { .. }
        )
    }

    /// Whether it makes what this program works with: it is removed last.
    #[must_use]
    pub fn gives_access(&self) -> bool {
        match self {
            // What was there before stays.
            Self::Access(part) => part.known().is_none(),
            Self::MakeToken { .. } | Self::MakeKey { .. } => true,
            _ => false,
        }
    }

    /// The step that it belongs to.
    #[must_use]
    pub const fn step(&self) -> StepId {
        match self {
            Self::Access(_) | Self::MakeToken { .. } | Self::MakeKey { .. } => StepId::Access,
            Self::GenerateSecret
            | Self::AdoptSecret { .. }
            | Self::SetSecretAside { of: System::Authentik, .. }
            | Self::CreateProvider { .. }
            | Self::ChangeProvider { .. } => StepId::Provider,
            Self::CreateApplication { .. } | Self::ChangeApplication { .. } => StepId::Application,
            Self::SetSecretAside { .. } | Self::WriteSettings { .. } => StepId::Settings,
            Self::Restart { .. } => StepId::Restart,
            Self::Unlink { .. } => StepId::Login,
            Self::TakeBack { inverse, .. } => inverse.step(),
            Self::Rotation(effect) => effect.step(),
        }
    }

    /// How it is taken back, or why it cannot be.
    #[must_use]
    pub fn undo(&self) -> String {
        match self {
            Self::GenerateSecret | Self::AdoptSecret { .. } => {
                "Forget the entry in the secret store.".into()
            }
            Self::SetSecretAside { .. } => {
                "Not needed: nothing is lost by keeping it. `immich-sso secret forget` removes it."
                    .into()
            }
            Self::CreateProvider { .. } => "Delete this provider in authentik.".into(),
            Self::CreateApplication { .. } => "Delete this application in authentik.".into(),
            Self::ChangeProvider { secret, before, .. } => {
                let secret =
                    if *secret { ", and the secret to the one kept as previous" } else { "" };
                let had_none = before.get("grant_types").is_some_and(|types| *types == json!([]));
                let stay = if had_none {
                    " The grant types stay: authentik does not accept an empty list."
                } else {
                    ""
                };
                format!("Set the fields back to the values in the journal{secret}.{stay}")
            }
            Self::ChangeApplication { .. } => {
                "Set the fields back to the values in the journal.".into()
            }
            Self::WriteSettings { route: RouteKind::Api, .. } => {
                "Write the old values back: fields from the journal, a secret from the secret \
                 store. Settings are then in effect as before; where Immich had no settings row, \
                 an empty one (`{}`) stays."
                    .into()
            }
            Self::WriteSettings { route: RouteKind::Database, .. } => {
                "Write the old values back: fields from the journal, a secret from the secret \
                 store. The row is then as before to the byte, but for what others change."
                    .into()
            }
            Self::WriteSettings { route: RouteKind::ConfigFile, .. } => {
                "Put the old values back: fields from the journal, a secret from the secret \
                 store. The file is then as before to the byte, but for what others change."
                    .into()
            }
            Self::Unlink { .. } => "Link the accounts as the journal says they were.".into(),
            Self::TakeBack { .. } => {
                "Run the wizard again: it sets up anew what was taken back.".into()
            }
            Self::Restart { .. } => "None: a restart cannot be taken back, and need not be.".into(),
            Self::MakeToken { token: TokenPart { life: TokenLife::Run, .. }, .. } => {
                "It is deleted at the end of this run.".into()
            }
            Self::Access(_) | Self::MakeToken { .. } | Self::MakeKey { .. } => {
                "`immich-sso access remove` removes it. So does `immich-sso undo`, once nothing \
                 else of this program is left."
                    .into()
            }
            Self::Rotation(effect) => effect.undo(),
        }
    }
}

/// What it does, as an imperative.
impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GenerateSecret => {
                write!(f, "Generate a client secret and keep it in the secret store")
            }
            Self::AdoptSecret { fingerprint, .. } => {
                write!(f, "Keep authentik's client secret ({fingerprint}) in the secret store")
            }
            Self::SetSecretAside { of, fingerprint, .. } => {
                write!(f, "Keep the secret that {of} holds now ({fingerprint}) as the previous one")
            }
            Self::CreateProvider { fields } => {
                write!(f, "Create the provider `{}`", text(fields, "name"))
            }
            Self::ChangeProvider { name, fields, secret, .. } => {
                write!(
                    f,
                    "Change the provider `{name}`: {}",
                    list(fields, *secret, "client_secret")
                )
            }
            Self::CreateApplication { fields, .. } => {
                write!(f, "Create the application `{}`", text(fields, "slug"))
            }
            Self::ChangeApplication { slug, fields, attach, .. } => write!(
                f,
                "Change the application `{slug}`: {}",
                list(fields, attach.is_some(), "provider")
            ),
            Self::WriteSettings { fields, secret, .. } => {
                write!(
                    f,
                    "Write Immich's OAuth settings: {}",
                    list(fields, *secret, "clientSecret")
                )
            }
            Self::Unlink { accounts } => {
                write!(f, "End the stale links of Immich's accounts: {}", emails(accounts))
            }
            Self::Restart { services, by_hand: false, .. } => {
                write!(f, "Restart {}", services.join(" and "))
            }
            Self::Restart { services, .. } => {
                write!(f, "Watch while you restart {}", services.join(" and "))
            }
            Self::TakeBack { inverse, .. } => inverse.fmt(f),
            Self::Access(AccessPart::MakeAccount { name, .. }) => {
                write!(f, "Create the service account `{name}`")
            }
            Self::Access(AccessPart::MakeRole { name, known: None, .. }) => {
                write!(f, "Create the role `{name}`")
            }
            Self::Access(AccessPart::MakeRole { name, .. }) => {
                write!(f, "Give the role `{name}` its permissions")
            }
            Self::Access(AccessPart::MakeGroup { name, known: None, .. }) => {
                write!(f, "Create the group `{name}` of the account and the role")
            }
            Self::Access(AccessPart::MakeGroup { name, .. }) => {
                write!(f, "Give the group `{name}` the account and the role")
            }
            Self::MakeToken { token, .. } => {
                write!(f, "Make the API token `{}`", token.identifier)?;
                match token.life {
                    TokenLife::Run => f.write_str(", and delete it at the end of this run"),
                    TokenLife::Unlimited => f.write_str(", which does not end by itself"),
                    TokenLife::Limited => Ok(()),
                }
            }
            Self::MakeKey { name, .. } => write!(f, "Make the API key `{name}`"),
            Self::Rotation(effect) => effect.fmt(f),
        }
    }
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
