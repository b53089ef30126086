//! Fields and their values.

use crate::{
    site::ProfileKey,
    wizard::{AccessKind, ApplicationField, FieldId, FieldValue, ProviderField, SettingsField},
};

/// Of a subject, which has 64 characters in authentik, not more is told.
const SUBJECT: usize = 16;

/// The name of a field.
#[must_use]
pub fn field(id: &FieldId) -> String {
    match id {
        FieldId::Provider(field) => provider(*field),
        FieldId::Application(field) => application(*field),
        FieldId::Settings(field) => settings(*field),
        FieldId::Other { key } => key.trim_start_matches("meta_").replace('_', " "),
        FieldId::ProviderItself => say!("provider"),
        FieldId::ApplicationItself => say!("application"),
        FieldId::Access(kind) => access_kind(*kind),
        FieldId::Account { email } => email.clone(),
        FieldId::CurrentSecret => say!("current secret"),
        FieldId::NewSecret => say!("new secret"),
        FieldId::PendingSecret => say!("pending secret"),
        FieldId::PreviousSecret => say!("previous secret"),
        FieldId::SideSecret(system) => say!("{system}'s secret", system),
        FieldId::Kept(label) => say!("kept as {label}", label = label.name()),
    }
}

/// What gives this program access.
pub(super) fn access_kind(kind: AccessKind) -> String {
    match kind {
        AccessKind::Key => say!("API key"),
        AccessKind::Token => say!("API token"),
        AccessKind::Account => say!("service account"),
        AccessKind::Role => say!("role"),
        AccessKind::Group => say!("group"),
    }
}

fn provider(field: ProviderField) -> String {
    match field {
        ProviderField::Name => say!("name"),
        ProviderField::ClientType => say!("client type"),
        ProviderField::ClientId => say!("client id"),
        ProviderField::ClientSecret => say!("client secret"),
        ProviderField::InStore => say!("kept in the secret store"),
        ProviderField::AuthorizationFlow => say!("authorization flow"),
        ProviderField::InvalidationFlow => say!("invalidation flow"),
        ProviderField::SigningKey => say!("signing key"),
        ProviderField::ScopeMappings => say!("scope mappings"),
        ProviderField::RedirectUris => say!("redirect URIs"),
        ProviderField::GrantTypes => say!("grant types"),
        ProviderField::EncryptionKey => say!("encryption key"),
        ProviderField::IssuerMode => say!("issuer mode"),
    }
}

fn application(field: ApplicationField) -> String {
    match field {
        ApplicationField::Name => say!("name"),
        ApplicationField::Slug => say!("slug"),
        ApplicationField::Provider => say!("provider"),
        ApplicationField::LaunchUrl => say!("launch URL"),
    }
}

fn settings(field: SettingsField) -> String {
    match field {
        SettingsField::Enabled => say!("login with OAuth"),
        SettingsField::IssuerUrl => say!("issuer URL"),
        SettingsField::ClientId => say!("client id"),
        SettingsField::ClientSecret => say!("client secret"),
        SettingsField::Scope => say!("scope"),
        SettingsField::ButtonText => say!("button text"),
        SettingsField::AutoRegister => say!("auto register"),
        SettingsField::AutoLaunch => say!("auto launch"),
        SettingsField::StorageLabelClaim => say!("storage label claim"),
        SettingsField::SigningAlgorithm => say!("signing algorithm"),
        SettingsField::TokenAuthMethod => say!("token endpoint auth method"),
        SettingsField::AllowInsecure => say!("allow insecure requests"),
    }
}

/// What a value of the profile is, where its row does not say so by itself; may be
/// empty.
#[must_use]
pub const fn hint(key: ProfileKey) -> &'static str {
    match key {
        ProfileKey::OtherUrls => {
            word!(
                "Further addresses under which people open Immich, separated by blanks; each gets \
                 its redirect URIs."
            )
        }
        ProfileKey::SigningKey => {
            word!(
                "The name of a key pair that fits the signing algorithm; empty: the one that is \
                 set, else the first that fits."
            )
        }
        ProfileKey::InvalidationFlow => {
            word!("Left out: the one that is set, else authentik's default.")
        }
        ProfileKey::LaunchUrl => {
            word!(
                "Left out: where it leads already, else Immich's own address. blank://blank hides \
                 the tile; `empty` lets authentik guess."
            )
        }
        ProfileKey::Scope => word!("Separated by blanks; `openid` is always one of them."),
        ProfileKey::AutoRegister => word!("yes or no: whether a first login makes an Immich user."),
        ProfileKey::AutoLaunch => word!(
            "yes or no: whether Immich's login page goes to authentik by itself; left out: what \
             Immich has stays."
        ),
        ProfileKey::StorageLabelClaim => word!(
            "The claim that a new account's storage label is taken from; left out: what Immich \
             has stays."
        ),
        ProfileKey::SigningAlgorithm => {
            word!("RS256, ES256, ES384, ES512 or HS256; the provider's signing key must fit.")
        }
        ProfileKey::TokenAuthMethod => word!("client_secret_post or client_secret_basic."),
        _ => "",
    }
}

/// A value as people read it, with a line for each of several.
#[must_use]
pub fn value(value: &FieldValue) -> String {
    match value {
        FieldValue::NotSet => say!("not set"),
        FieldValue::Empty => say!("empty"),
        FieldValue::Nothing => say!("none"),
        FieldValue::Set => say!("set"),
        FieldValue::Flag(true) => say!("yes"),
        FieldValue::Flag(false) => say!("no"),
        FieldValue::Text(text) => one_line(text),
        FieldValue::Json(text) => text.clone(),
        FieldValue::List(items) => items.iter().map(self::value).collect::<Vec<_>>().join("\n"),
        FieldValue::Lines(lines) => {
            lines.iter().map(|line| one_line(line)).collect::<Vec<_>>().join("\n")
        }
        FieldValue::Names(names) => list(names),
        FieldValue::Mappings { scopes, others: 0 } => list(scopes),
        FieldValue::Mappings { scopes, others } => {
            say!("{scopes} and {others} more", scopes = list(scopes), others)
        }
        FieldValue::Signing { key_pair, algorithm } => {
            let key_pair = key_pair.clone().unwrap_or_else(|| say!("none"));
            say!("{key_pair} ({algorithm})", key_pair, algorithm)
        }
        FieldValue::Unreadable(text) => {
            say!("{text} (no JSON: Immich does not start with it)", text)
        }
        FieldValue::Number(number) => say!("number {number}", number),
        FieldValue::There => say!("there"),
        FieldValue::NotThere => say!("not there"),
        FieldValue::NotLinked => say!("not linked"),
        FieldValue::LinkedTo(subject) => {
            let subject: String = subject.chars().take(SUBJECT).collect();
            say!("linked to {subject}…", subject)
        }
        FieldValue::LinkedToNobody => say!("linked to an id that authentik gives nobody"),
        FieldValue::NotLinkedUntilLogin => say!("not linked, until the next login"),
        FieldValue::LeftAsItIs => {
            say!("left as it is: nobody in authentik has this address")
        }
        FieldValue::Secret(_)
        | FieldValue::StagedSecret { .. }
        | FieldValue::Fingerprint(_)
        | FieldValue::KeptSecret
        | FieldValue::SecretToMake
        | FieldValue::SecretToCome
        | FieldValue::NoneYet
        | FieldValue::Holding(_) => secret(value),
    }
}

fn secret(value: &FieldValue) -> String {
    match value {
        FieldValue::Secret(fingerprint) => format!("•••• {fingerprint}"),
        FieldValue::StagedSecret { fingerprint, stage } => {
            say!("•••• {fingerprint} ({stage})", fingerprint, stage = stage.name())
        }
        FieldValue::Fingerprint(fingerprint) => fingerprint.clone(),
        FieldValue::KeptSecret => say!("the one in the secret store"),
        FieldValue::SecretToMake => say!("generated here, 128 characters"),
        FieldValue::SecretToCome => say!("the new secret"),
        FieldValue::NoneYet => say!("none yet"),
        FieldValue::Holding(holding) => holding.to_string(),
        _ => String::new(),
    }
}

fn list(names: &[String]) -> String {
    if names.is_empty() { say!("none") } else { names.join(", ") }
}

/// A line end within one value would read as the next value.
fn one_line(text: &str) -> String {
    text.replace("\r\n", "↵").replace(['\n', '\r'], "↵")
}
