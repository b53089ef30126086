//! The fields that are compared, shown and set: each with its id, and the values
//! that it can have.

mod value;

pub use value::{FieldValue, Holding, Staged};

use serde::{Deserialize, Serialize};

use crate::{
    secret::Label,
    site::{
        ProfileKey, System,
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

/// An object that has fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Object {
    /// The provider in authentik.
    Provider,
    /// The application in authentik.
    Application,
    /// Immich's OAuth settings.
    Settings,
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

/// Defines the fields of an object with the keys under which they are stored.
macro_rules! fields {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident = $key:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$field_meta])* $field,)*
        }

        impl $name {
            /// The key under which it is stored.
            #[must_use]
            pub const fn key(self) -> &'static str {
                match self {
                    $(Self::$field => $key,)*
                }
            }

            /// The field that is stored under a key.
            #[must_use]
            pub fn of(key: &str) -> Option<Self> {
                match key {
                    $($key => Some(Self::$field),)*
                    _ => None,
                }
            }
        }
    };
}

fields! {
    /// A field of the provider in authentik.
    ProviderField {
        /// Its name.
        Name = "name",
        /// Whether clients keep a secret.
        ClientType = "client_type",
        /// The client id.
        ClientId = "client_id",
        /// The client secret.
        ClientSecret = "client_secret",
        /// Whether the secret store has the client secret.
        InStore = "in_store",
        /// The flow that asks for consent.
        AuthorizationFlow = "authorization_flow",
        /// The flow that ends sessions.
        InvalidationFlow = "invalidation_flow",
        /// The key pair that signs tokens.
        SigningKey = "signing_key",
        /// The scope mappings.
        ScopeMappings = "property_mappings",
        /// The redirect URIs.
        RedirectUris = "redirect_uris",
        /// The grant types.
        GrantTypes = "grant_types",
        /// The key pair that encrypts tokens.
        EncryptionKey = "encryption_key",
        /// How the issuer is made.
        IssuerMode = "issuer_mode",
    }
}

fields! {
    /// A field of the application in authentik.
    ApplicationField {
        /// Its name.
        Name = "name",
        /// Its slug.
        Slug = "slug",
        /// The provider that it uses.
        Provider = "provider",
        /// Where its tile leads.
        LaunchUrl = "meta_launch_url",
    }
}

fields! {
    /// A field of Immich's OAuth settings.
    SettingsField {
        /// Whether logging in with OAuth is on.
        Enabled = "enabled",
        /// The issuer.
        IssuerUrl = "issuerUrl",
        /// The client id.
        ClientId = "clientId",
        /// The client secret.
        ClientSecret = "clientSecret",
        /// The scopes that are asked for.
        Scope = "scope",
        /// The text on the login button.
        ButtonText = "buttonText",
        /// Whether a first login makes an account.
        AutoRegister = "autoRegister",
        /// The algorithm that tokens are signed with.
        SigningAlgorithm = "signingAlgorithm",
        /// How the client secret is sent.
        TokenAuthMethod = "tokenEndpointAuthMethod",
        /// Whether an issuer without TLS is accepted.
        AllowInsecure = "allowInsecureRequests",
    }
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
    pub(super) const fn profile_key(&self) -> Option<ProfileKey> {
        Some(match self {
            Self::Provider(ProviderField::Name) => ProfileKey::ProviderName,
            Self::Provider(ProviderField::ClientId) | Self::Settings(SettingsField::ClientId) => {
                ProfileKey::ClientId
            }
            Self::Provider(ProviderField::AuthorizationFlow) => ProfileKey::AuthorizationFlow,
            Self::Provider(ProviderField::InvalidationFlow) => ProfileKey::InvalidationFlow,
            Self::Provider(ProviderField::SigningKey) => ProfileKey::SigningKey,
            Self::Provider(ProviderField::RedirectUris) => ProfileKey::OtherUrls,
            Self::Provider(ProviderField::ScopeMappings) | Self::Settings(SettingsField::Scope) => {
                ProfileKey::Scope
            }
            Self::Application(ApplicationField::Name) => ProfileKey::ApplicationName,
            Self::Application(ApplicationField::Slug) => ProfileKey::Slug,
            Self::Application(ApplicationField::LaunchUrl) => ProfileKey::LaunchUrl,
            Self::Settings(SettingsField::ButtonText) => ProfileKey::ButtonText,
            Self::Settings(SettingsField::AutoRegister) => ProfileKey::AutoRegister,
            Self::Settings(SettingsField::SigningAlgorithm) => ProfileKey::SigningAlgorithm,
            Self::Settings(SettingsField::TokenAuthMethod) => ProfileKey::TokenAuthMethod,
            _ => return None,
        })
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
