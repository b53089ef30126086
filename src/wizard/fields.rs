//! The fields that are compared, shown and set: each with its id, and the values
//! that it can have.

mod value;

pub use value::{FieldValue, Holding, Staged};

use serde::{Deserialize, Serialize};

pub use crate::site::{ApplicationField, ProviderField, SettingsField};

use crate::{
    secret::Label,
    site::{
        Object, ProfileKey, System,
        harmless::{Each, Shape::Line},
    },
};

/// A field, or another thing with a value that is compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FieldId {
    /// A field of the provider in authentik.
    Provider(ProviderField),
    /// A field of the application in authentik.
    Application(ApplicationField),
    /// A field of Immich's OAuth settings.
    Settings(SettingsField),
    /// A field that this release does not know, such as one of another release's
    /// journal.
    Other {
        /// The key under which the server stores it.
        key: String,
    },
    /// Whether the provider is there.
    ProviderItself,
    /// Whether the application is there.
    ApplicationItself,
    /// Something that gives this program access.
    Access(AccessKind),
    /// The account of Immich's with that e-mail address.
    Account {
        /// The address.
        email: String,
    },
    /// The client secret that is in use.
    CurrentSecret,
    /// The client secret that a rotation brings in, before it does.
    NewSecret,
    /// The same once it is kept.
    PendingSecret,
    /// The client secret before the current one.
    PreviousSecret,
    /// The client secret that a side holds.
    SideSecret(System),
    /// An entry of the secret store.
    Kept(Label),
}

/// What gives this program access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccessKind {
    /// A service account in authentik.
    Account,
    /// A role there.
    Role,
    /// A group there.
    Group,
    /// An API token there.
    Token,
    /// An API key in Immich.
    Key,
}

impl FieldId {
    /// The field of an object that is stored under a key.
    pub(super) fn stored(object: Object, key: &str) -> Self {
        let known = match object {
            Object::Provider => ProviderField::of(key).map(Self::Provider),
            Object::Application => ApplicationField::of(key).map(Self::Application),
            Object::Settings => SettingsField::of(key).map(Self::Settings),
        };
        known.unwrap_or_else(|| Self::Other { key: key.to_owned() })
    }

    /// The key under which a server stores it, where one does.
    pub(super) fn key(&self) -> Option<&str> {
        match self {
            Self::Provider(field) => Some(field.key()),
            Self::Application(field) => Some(field.key()),
            Self::Settings(field) => Some(field.key()),
            Self::Other { key } => Some(key),
            _ => None,
        }
    }

    /// Its name for programs and in files: `provider.client_id`. `None`: it is a
    /// field of no object.
    #[must_use]
    pub fn id(&self) -> Option<String> {
        match self {
            Self::Provider(field) => Some(format!("provider.{}", field.key())),
            Self::Application(field) => Some(format!("application.{}", field.key())),
            Self::Settings(field) => Some(format!("settings.{}", field.key())),
            _ => None,
        }
    }

    /// The value of the profile that says what it is to be, where that is the
    /// operator's to choose.
    pub(super) fn profile_key(&self) -> Option<ProfileKey> {
        match self {
            Self::Provider(field) => field.edit(),
            Self::Application(field) => field.edit(),
            Self::Settings(field) => field.edit(),
            _ => None,
        }
    }

    /// Whether it is a client secret on one of the sides.
    pub(super) const fn is_client_secret(&self) -> bool {
        matches!(
            self,
            Self::Provider(ProviderField::ClientSecret)
                | Self::Settings(SettingsField::ClientSecret)
        )
    }
}

impl FieldId {
    /// Does something with every text that came from outside.
    pub(super) fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::Other { key: text } | Self::Account { email: text } => each(text, Line),
            Self::Provider(_)
            | Self::Application(_)
            | Self::Settings(_)
            | Self::ProviderItself
            | Self::ApplicationItself
            | Self::Access(_)
            | Self::CurrentSecret
            | Self::NewSecret
            | Self::PendingSecret
            | Self::PreviousSecret
            | Self::SideSecret(_)
            | Self::Kept(_) => {}
        }
    }
}
