//! The fields of the provider, the application and Immich's settings, and the values
//! of the profile that decide them. These tables say all that is known of each;
//! nothing else does.

mod rows;

pub use rows::Object;

use super::{
    slot::Slot,
    value_check::{
        ANY, application_slug, client_id, filled, full_address, launch_url, scope, slug,
    },
};
use Object::{Application, Provider, Settings};
use rows::{AuthentikRow, KeyRow, SettingsRow, Source, Unset, in_authentik, in_immich, kept};

/// Defines an enum, and of each of its variants what is known.
macro_rules! table {
    (
        $(#[$meta:meta])* $name:ident of $row:ty, by $make:ident {
            $($(#[$doc:meta])* $variant:ident ( $($fact:expr),* $(,)? ),)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$doc])* $variant,)*
        }

        impl $name {
            /// All of them, in the order in which they are shown.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            fn row(self) -> $row {
                match self {
                    $(Self::$variant => $make($($fact),*),)*
                }
            }
        }
    };
}

/// The same for the values of a profile: section and key say where one is kept, and
/// how it is named.
macro_rules! key_table {
    (
        $(#[$meta:meta])* $name:ident {
            $(
                $(#[$doc:meta])*
                $variant:ident($object:expr, $section:ident.$key:ident, $slot:ident, $check:expr),
            )*
        }
    ) => {
        table! {
            $(#[$meta])*
            $name of KeyRow, by kept {
                $(
                    $(#[$doc])*
                    $variant(
                        $object,
                        concat!(stringify!($section), ".", stringify!($key)),
                        Slot::$slot(|profile| &mut profile.$section.$key),
                        $check
                    ),
                )*
            }
        }
    };
}

key_table! {
    /// A value of a profile that an operator may change while a step is on the
    /// screen.
    ProfileKey {
        /// `immich.other_urls`, separated by blanks.
        OtherUrls(Provider, immich.other_urls, plain, full_address),
        /// `provider.name`.
        ProviderName(Provider, provider.name, plain, filled),
        /// `provider.client_id`.
        ClientId(Provider, provider.client_id, plain, client_id),
        /// `provider.authorization_flow`.
        AuthorizationFlow(Provider, provider.authorization_flow, plain, slug),
        /// `provider.invalidation_flow`; empty: the one that is set, else
        /// authentik's default.
        InvalidationFlow(Provider, provider.invalidation_flow, plain, slug),
        /// `provider.signing_key`; empty: the one that is set, else the first that
        /// fits.
        SigningKey(Provider, provider.signing_key, plain, filled),
        /// `application.name`.
        ApplicationName(Application, application.name, plain, filled),
        /// `application.slug`.
        Slug(Application, application.slug, plain, application_slug),
        /// `application.launch_url`; left out: where the tile leads already, else
        /// Immich's own address.
        LaunchUrl(Application, application.launch_url, or_empty, launch_url),
        /// `settings.button_text`.
        ButtonText(Settings, settings.button_text, plain, filled),
        /// `settings.scope`, separated by blanks. The provider's scope mappings
        /// follow it.
        Scope(Provider, settings.scope, words, scope),
        /// `settings.auto_register`: yes or no.
        AutoRegister(Settings, settings.auto_register, plain, ANY),
        /// `settings.auto_launch`: yes, no, or left out.
        AutoLaunch(Settings, settings.auto_launch, plain, ANY),
        /// `settings.storage_label_claim`: a claim, or left out.
        StorageLabelClaim(Settings, settings.storage_label_claim, plain, filled),
        /// `settings.signing_algorithm`. The provider's signing key follows it.
        SigningAlgorithm(Provider, settings.signing_algorithm, plain, ANY),
        /// `settings.token_endpoint_auth_method`.
        TokenAuthMethod(Settings, settings.token_endpoint_auth_method, plain, ANY),
    }
}

table! {
    /// A field of the provider in authentik.
    ProviderField of AuthentikRow, by in_authentik {
        /// Its name.
        Name("name", Some(ProfileKey::ProviderName)),
        /// Whether clients keep a secret.
        ClientType("client_type", None),
        /// The client id.
        ClientId("client_id", Some(ProfileKey::ClientId)),
        /// The client secret.
        ClientSecret("client_secret", None),
        /// Whether the secret store has the client secret.
        InStore("in_store", None),
        /// The flow that asks for consent.
        AuthorizationFlow("authorization_flow", Some(ProfileKey::AuthorizationFlow)),
        /// The flow that ends sessions.
        InvalidationFlow("invalidation_flow", Some(ProfileKey::InvalidationFlow)),
        /// The key pair that signs tokens.
        SigningKey("signing_key", Some(ProfileKey::SigningKey)),
        /// The scope mappings.
        ScopeMappings("property_mappings", Some(ProfileKey::Scope)),
        /// The redirect URIs.
        RedirectUris("redirect_uris", Some(ProfileKey::OtherUrls)),
        /// The grant types.
        GrantTypes("grant_types", None),
        /// The key pair that encrypts tokens.
        EncryptionKey("encryption_key", None),
        /// How the issuer is made.
        IssuerMode("issuer_mode", None),
    }
}

table! {
    /// A field of the application in authentik.
    ApplicationField of AuthentikRow, by in_authentik {
        /// Its name.
        Name("name", Some(ProfileKey::ApplicationName)),
        /// Its slug.
        Slug("slug", Some(ProfileKey::Slug)),
        /// The provider that it uses.
        Provider("provider", None),
        /// Where its tile leads.
        LaunchUrl("meta_launch_url", Some(ProfileKey::LaunchUrl)),
    }
}

table! {
    /// A field of Immich's OAuth settings.
    SettingsField of SettingsRow, by in_immich {
        /// Whether logging in with OAuth is on.
        Enabled("enabled", None, Unset::Flag(false), Source::On),
        /// The issuer.
        IssuerUrl("issuerUrl", None, Unset::Text(""), Source::Issuer),
        /// The client id.
        ClientId("clientId", None, Unset::Text(""), Source::Edited(ProfileKey::ClientId)),
        /// The client secret.
        ClientSecret("clientSecret", None, Unset::Text(""), Source::Secret),
        /// The scopes that are asked for.
        Scope(
            "scope",
            None,
            Unset::Text("openid email profile"),
            Source::Edited(ProfileKey::Scope),
        ),
        /// The text on the login button.
        ButtonText(
            "buttonText",
            None,
            Unset::Text("Login with OAuth"),
            Source::Edited(ProfileKey::ButtonText),
        ),
        /// Whether a first login makes an account.
        AutoRegister(
            "autoRegister",
            None,
            Unset::Flag(true),
            Source::Edited(ProfileKey::AutoRegister),
        ),
        /// Whether Immich's login page goes to authentik by itself.
        AutoLaunch(
            "autoLaunch",
            None,
            Unset::Flag(false),
            Source::Edited(ProfileKey::AutoLaunch),
        ),
        /// The claim that a new account's storage label is taken from.
        StorageLabelClaim(
            "storageLabelClaim",
            Some([1, 68, 0]),
            Unset::Text("preferred_username"),
            Source::Edited(ProfileKey::StorageLabelClaim),
        ),
        /// The algorithm that tokens are signed with.
        SigningAlgorithm(
            "signingAlgorithm",
            Some([1, 95, 0]),
            Unset::Text("RS256"),
            Source::Edited(ProfileKey::SigningAlgorithm),
        ),
        /// How the client secret is sent.
        TokenAuthMethod(
            "tokenEndpointAuthMethod",
            Some([1, 133, 0]),
            Unset::Text("client_secret_post"),
            Source::Edited(ProfileKey::TokenAuthMethod),
        ),
        /// Whether an issuer without TLS is accepted.
        AllowInsecure(
            "allowInsecureRequests",
            Some([3, 0, 0]),
            Unset::Flag(false),
            Source::InFile(Slot::plain(|p| &mut p.settings.allow_insecure_requests)),
        ),
    }
}
