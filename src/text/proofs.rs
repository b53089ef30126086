//! What is verified, and what proves it.

use super::{
    live::live_value,
    login::{login_evidence, person, sight},
};
use crate::wizard::{Claim, Evidence, Sign};

/// What is to be so.
#[must_use]
pub fn claim(claim: &Claim) -> String {
    match claim {
        Claim::Text(text) => text.clone(),
        Claim::AnswersInTime => say!("everything answers in time"),
        Claim::ProviderAsWanted => say!("authentik has the provider as wanted"),
        Claim::DiscoveryAnswers => say!("discovery answers"),
        Claim::ApplicationAnswers => say!("discovery answers for the application"),
        Claim::IssuerIsPublic => say!("the issuer is at the public address"),
        Claim::ScopesOffered => say!("the provider offers the scopes"),
        Claim::SignedAsExpected => say!("tokens are signed as Immich expects"),
        Claim::SettingsAsWanted => say!("Immich has the settings as wanted"),
        Claim::LoginOffered => say!("Immich offers the login"),
        Claim::LeadsToAuthentik => say!("Immich finds authentik and sends browsers there"),
        Claim::RedirectUriAccepted { uri } => say!("authentik accepts {uri}", uri),
        Claim::KeptSecretAccepted => {
            say!("authentik accepts the client secret that is kept here")
        }
        Claim::SameSecretHeld => say!("Immich holds the same client secret"),
    }
}

/// What proves it; empty where the claim says all.
#[must_use]
pub fn evidence(evidence: &Evidence) -> String {
    match evidence {
        Evidence::Text(text) | Evidence::Fingerprint(text) => text.clone(),
        Evidence::Nothing => String::new(),
        Evidence::FieldsAsWanted => say!("every field is as wanted"),
        Evidence::Issuer(issuer) => say!("issuer {issuer}", issuer),
        Evidence::AsExpected => say!("as the public address leads to expect"),
        Evidence::Scopes(scopes) => scopes.join(" "),
        Evidence::SignedWith(algorithm) => algorithm.name().to_owned(),
        Evidence::OauthIsOn => say!("login with OAuth is on"),
        Evidence::LinkLeads => say!("its link leads to authentik's login"),
        Evidence::ClientIsKnown => say!("client id and redirect URI are known"),
        Evidence::Accepted(fingerprint) => say!("it accepts {fingerprint}", fingerprint),
    }
}

/// What a light on the map stands for.
#[must_use]
pub fn sign(sign: &Sign) -> String {
    match sign {
        Sign::Text(text) => text.clone(),
        Sign::Live(value) => live_value(value),
        Sign::Login(seen) => sight(seen),
        Sign::LoggedIn { who: Some(who), evidence } => say!(
            "{who} logged in: {evidence}",
            who = person(who),
            evidence = login_evidence(evidence)
        ),
        Sign::LoggedIn { who: None, evidence } => login_evidence(evidence),
        Sign::Proved { claim, evidence, also } => {
            let mut said = self::claim(claim);
            let evidence = self::evidence(evidence);
            if !evidence.is_empty() {
                said = format!("{said}: {evidence}");
            }
            for claim in also {
                said = format!("{said}; {}", self::claim(claim));
            }
            said
        }
    }
}
