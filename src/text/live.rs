//! The live pane.

use std::net::IpAddr;

use super::route_reason;
use crate::wizard::{LiveSubject, LiveValue};

/// How many addresses of a name are told.
const TOLD: usize = 3;

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
        LiveValue::Addresses(all) => addresses(all),
        LiveValue::Port(at) => say!("port {port} of {ip}", port = at.port(), ip = at.ip()),
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
        LiveValue::Route { route, why } => format!("{}: {}", route.name(), route_reason(why)),
    }
}

/// The addresses of a name, not more than a few.
fn addresses(all: &[IpAddr]) -> String {
    let told: Vec<String> = all.iter().take(TOLD).map(IpAddr::to_string).collect();
    let told = told.join(", ");
    match all.len().saturating_sub(TOLD) {
        0 => told,
        more => say!("{told} and {more} more", told, more),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_addresses_not_all_are_told() {
        let many: Vec<IpAddr> = (1..6).map(|n| format!("192.0.2.{n}").parse().unwrap()).collect();
        assert_eq!(addresses(&many[..2]), "192.0.2.1, 192.0.2.2");
        let (told, more) = ("192.0.2.1, 192.0.2.2, 192.0.2.3", 2);
        assert_eq!(addresses(&many), say!("{told} and {more} more", told, more));
    }
}
