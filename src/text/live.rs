//! The live pane.

use crate::wizard::{LiveSubject, LiveValue};

/// What a line of the live pane is about.
#[must_use]
pub fn live_subject(subject: &LiveSubject) -> String {
    match subject {
        LiveSubject::Provider { name } => say!("provider {name}", name),
        LiveSubject::Application { slug } => say!("application {slug}", slug),
        LiveSubject::UsedBy => say!("used by application"),
        LiveSubject::SigningKeys => say!("signing keys"),
        LiveSubject::ScopeMappings => say!("scope mappings"),
        LiveSubject::Route => say!("route"),
        LiveSubject::OauthLogin => say!("login with OAuth"),
        LiveSubject::PasswordLogin => say!("login with password"),
        LiveSubject::Issuer => say!("issuer"),
        LiveSubject::ClientSecret => say!("client secret"),
        LiveSubject::StaleLinks => say!("accounts whose link leads nowhere"),
        LiveSubject::Version => say!("version"),
        LiveSubject::HostName { host } => say!("name {host}", host),
        LiveSubject::Connection => say!("connection"),
        LiveSubject::Certificate => say!("certificate"),
        LiveSubject::Product => say!("product"),
    }
}

/// What a server says about it.
#[must_use]
pub fn live_value(value: &LiveValue) -> String {
    match value {
        LiveValue::Given(text) => text.clone(),
        LiveValue::Names(names) if names.is_empty() => say!("none"),
        LiveValue::Names(names) => names.join(", "),
        LiveValue::Count(count) => count.to_string(),
        LiveValue::Switch(true) => say!("on"),
        LiveValue::Switch(false) => say!("off"),
        LiveValue::NotThere => say!("not there"),
        LiveValue::NotThereYet => say!("not there yet"),
        LiveValue::There { name } => say!("there: {name}", name),
        LiveValue::Numbered { pk } => say!("there, number {pk}", pk),
        LiveValue::UsedBy { slug } => say!("used by `{slug}`", slug),
        LiveValue::UsedByNone => say!("used by no application"),
        LiveValue::NoAnswerYet => say!("no answer yet"),
        LiveValue::Secret(fingerprint) => format!("•••• {fingerprint}"),
        LiveValue::Nothing => say!("none"),
        LiveValue::Holding(holding) => holding.to_string(),
        LiveValue::LeftToProxy { at } => say!("left to the proxy {at}", at),
        LiveValue::NotEncrypted => say!("none: this address is not encrypted"),
        LiveValue::PinnedCertificate => say!("it is the pinned one"),
        LiveValue::TrustedCertificate { ca_file: Some(file) } => {
            say!("trusted by this machine's authorities and {file}", file)
        }
        LiveValue::TrustedCertificate { ca_file: None } => {
            say!("trusted by this machine's authorities")
        }
        LiveValue::Authentik { version: Some(version) } => say!("authentik {version}", version),
        LiveValue::Authentik { version: None } => {
            say!("authentik; it tells its version to nobody")
        }
        LiveValue::Immich { version } => say!("Immich {version}", version),
        LiveValue::Route { route, why } => format!("{}: {why}", route.name()),
    }
}
