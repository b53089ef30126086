//! The first format of the memory: it named fields by the words on the screen,
//! and kept their values as they were shown.

use serde_json::{Map, Value, json};

use crate::{
    site::SigningAlgorithm,
    wizard::{ApplicationField, FieldId, FieldValue, ProviderField, SettingsField},
};

/// The format after it.
const SECOND: u32 = 2;

/// The memory in the second format. `None`: it is none of the first format.
pub(super) fn migrated(mut stored: Value) -> Option<Value> {
    let saw = stored.get_mut("saw")?.as_object_mut()?;
    let mut agreed = Map::new();
    for (row, shown) in saw.get("agreed").and_then(Value::as_object).into_iter().flatten() {
        // What is not known any more is just not remembered.
        let (Some(field), Some(shown)) = (field(row), shown.as_str()) else { continue };
        let value = serde_json::to_value(value(&field, shown)).ok()?;
        agreed.insert(field.id()?, value);
    }
    saw.insert("agreed".into(), agreed.into());
    *stored.get_mut("version")? = json!(SECOND);
    Some(stored)
}

fn field(row: &str) -> Option<FieldId> {
    let (step, label) = row.split_once(": ")?;
    Some(match (step, label) {
        ("Provider", "name") => FieldId::Provider(ProviderField::Name),
        ("Provider", "client type") => FieldId::Provider(ProviderField::ClientType),
        ("Provider", "client id") => FieldId::Provider(ProviderField::ClientId),
        ("Provider", "client secret") => FieldId::Provider(ProviderField::ClientSecret),
        ("Provider", "authorization flow") => FieldId::Provider(ProviderField::AuthorizationFlow),
        ("Provider", "invalidation flow") => FieldId::Provider(ProviderField::InvalidationFlow),
        ("Provider", "signing key") => FieldId::Provider(ProviderField::SigningKey),
        ("Provider", "scope mappings") => FieldId::Provider(ProviderField::ScopeMappings),
        ("Provider", "redirect URIs") => FieldId::Provider(ProviderField::RedirectUris),
        ("Provider", "grant types") => FieldId::Provider(ProviderField::GrantTypes),
        ("Provider", "encryption key") => FieldId::Provider(ProviderField::EncryptionKey),
        ("Provider", "issuer mode") => FieldId::Provider(ProviderField::IssuerMode),
        ("Application", "name") => FieldId::Application(ApplicationField::Name),
        ("Application", "slug") => FieldId::Application(ApplicationField::Slug),
        ("Application", "provider") => FieldId::Application(ApplicationField::Provider),
        ("Application", "launch URL") => FieldId::Application(ApplicationField::LaunchUrl),
        ("Immich settings", "login with OAuth") => FieldId::Settings(SettingsField::Enabled),
        ("Immich settings", "issuer URL") => FieldId::Settings(SettingsField::IssuerUrl),
        ("Immich settings", "client id") => FieldId::Settings(SettingsField::ClientId),
        ("Immich settings", "client secret") => FieldId::Settings(SettingsField::ClientSecret),
        ("Immich settings", "scope") => FieldId::Settings(SettingsField::Scope),
        ("Immich settings", "button text") => FieldId::Settings(SettingsField::ButtonText),
        ("Immich settings", "auto register") => FieldId::Settings(SettingsField::AutoRegister),
        ("Immich settings", "signing algorithm") => {
            FieldId::Settings(SettingsField::SigningAlgorithm)
        }
        ("Immich settings", "token endpoint auth method") => {
            FieldId::Settings(SettingsField::TokenAuthMethod)
        }
        ("Immich settings", "allow insecure requests") => {
            FieldId::Settings(SettingsField::AllowInsecure)
        }
        _ => return None,
    })
}

/// The value that was shown like that in a row of that field.
fn value(field: &FieldId, shown: &str) -> FieldValue {
    let names = || shown.split(", ").map(str::to_owned);
    match (field, shown) {
        (FieldId::Provider(ProviderField::RedirectUris), _) => {
            FieldValue::Lines(shown.lines().map(str::to_owned).collect())
        }
        (FieldId::Provider(ProviderField::GrantTypes), "none") => FieldValue::Names(Vec::new()),
        (FieldId::Provider(ProviderField::GrantTypes), _) => FieldValue::Names(names().collect()),
        (FieldId::Provider(ProviderField::ScopeMappings), _) => mappings(shown),
        (FieldId::Provider(ProviderField::SigningKey), _) => signing(shown),
        (
            FieldId::Provider(ProviderField::ClientSecret)
            | FieldId::Settings(SettingsField::ClientSecret),
            _,
        ) => match shown.strip_prefix("•••• ") {
            Some(fingerprint) => FieldValue::Secret(fingerprint.to_owned()),
            None => FieldValue::Empty,
        },
        (
            FieldId::Settings(
                SettingsField::Enabled | SettingsField::AutoRegister | SettingsField::AllowInsecure,
            ),
            "yes" | "no",
        ) => FieldValue::Flag(shown == "yes"),
        (_, "not set") => FieldValue::NotSet,
        (_, "empty") => FieldValue::Empty,
        (
            FieldId::Provider(ProviderField::EncryptionKey)
            | FieldId::Application(ApplicationField::Provider),
            "none",
        ) => FieldValue::Nothing,
        _ => FieldValue::text(shown),
    }
}

fn mappings(shown: &str) -> FieldValue {
    let (scopes, others) = match shown.rsplit_once(" and ") {
        Some((scopes, more)) => {
            (scopes, more.strip_suffix(" more").and_then(|n| n.parse().ok()).unwrap_or_default())
        }
        None => (shown, 0),
    };
    let scopes = scopes.split(", ").filter(|scope| *scope != "none").map(str::to_owned);
    FieldValue::Mappings { scopes: scopes.collect(), others }
}

fn signing(shown: &str) -> FieldValue {
    let named = shown.strip_suffix(')').and_then(|text| text.rsplit_once(" ("));
    let known = named.and_then(|(key, name)| Some((key, SigningAlgorithm::parse(name)?)));
    match known {
        Some((key, algorithm)) => {
            let key_pair = (key != "none").then(|| key.to_owned());
            FieldValue::Signing { key_pair, algorithm }
        }
        None if shown == "not set" => FieldValue::NotSet,
        None => FieldValue::text(shown),
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    fn fixture(name: &str) -> Value {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/stored");
        serde_json::from_str(&fs::read_to_string(folder.join(name)).unwrap()).unwrap()
    }

    /// Both were written after the same run.
    #[test]
    fn first_format_says_the_same_as_the_second() {
        let migrated = migrated(fixture("memory.json")).unwrap();
        assert_eq!(migrated, fixture("memory-2.json"));
    }

    #[test]
    fn values_are_told_by_the_kind_of_their_field() {
        let text = |text: &str| FieldValue::Text(text.into());
        for (row, shown, expected) in [
            ("Immich settings: button text", "none", text("none")),
            ("Provider: encryption key", "none", FieldValue::Nothing),
            ("Application: launch URL", "not set", FieldValue::NotSet),
            ("Application: launch URL", "empty", FieldValue::Empty),
            ("Application: provider", "number 3", text("number 3")),
            (
                "Provider: scope mappings",
                "openid, email and 2 more",
                FieldValue::Mappings { scopes: vec!["openid".into(), "email".into()], others: 2 },
            ),
            (
                "Provider: signing key",
                "none (HS256)",
                FieldValue::Signing { key_pair: None, algorithm: SigningAlgorithm::Hs256 },
            ),
        ] {
            assert_eq!(value(&field(row).unwrap(), shown), expected, "{row}: {shown}");
        }
    }
}
