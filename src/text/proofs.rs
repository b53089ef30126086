//! What is verified, and what proves it.

use super::{
    live::live_value,
    login::{login_evidence, person, sight},
};
use crate::wizard::{CheckId, Claim, Evidence, Sign};

/// What is to be so.
#[must_use]
pub fn claim(claim: &Claim) -> String {
    match claim {
        Claim::AnswersInTime => say!("everything answers in time"),
        Claim::ProviderAsWanted => say!("authentik has the provider as wanted"),
        Claim::SettingsAsWanted => say!("Immich has the settings as wanted"),
        Claim::Checked { check, of } => checked(*check, of),
        Claim::SidesReadable => say!("both sides can be read"),
        Claim::NewSecretKept => say!("the new secret is kept"),
        Claim::SidesAgree => say!("both sides hold the same secret"),
        Claim::RotationFinished => {
            say!("the secret in use is the current one, and none is pending")
        }
        Claim::NewOneAccepted => {
            say!("the new one is accepted, and has the rights that it needs")
        }
        Claim::OldOneRefused => say!("the old one is refused"),
    }
}

/// What a check is about.
fn checked(check: CheckId, of: &str) -> String {
    match check {
        CheckId::LoginOffered => say!("Immich offers the login"),
        CheckId::ApplicationAnswers => say!("discovery answers for the application"),
        CheckId::IssuerIsPublic => say!("the issuer is at the public address"),
        CheckId::ScopesOffered => say!("the provider offers the scopes"),
        CheckId::Signing => say!("tokens are signed as Immich expects"),
        CheckId::LeadsToAuthentik => say!("Immich finds authentik and sends browsers there"),
        CheckId::DiscoveryAnswers => say!("discovery answers"),
        CheckId::RedirectUris => say!("authentik accepts {uri}", uri = of),
        CheckId::KeptSecret => say!("authentik accepts the client secret that is kept here"),
        CheckId::HeldSecret => say!("Immich holds the same client secret"),
        CheckId::PasswordLogin => say!("password login is on"),
        CheckId::SecretInUse => say!("the token endpoint accepts the secret in use"),
        CheckId::OtherSecrets => say!("the token endpoint refuses {fingerprint}", fingerprint = of),
    }
}

/// What proves it; empty where the claim says all.
#[must_use]
pub fn evidence(evidence: &Evidence) -> String {
    match evidence {
        Evidence::Fingerprint(text) | Evidence::Answered(text) => text.clone(),
        Evidence::Nothing => String::new(),
        Evidence::FieldsAsWanted => say!("every field is as wanted"),
        Evidence::Issuer(issuer) => say!("issuer {issuer}", issuer),
        Evidence::AsExpected => say!("as the public address leads to expect"),
        Evidence::Scopes(scopes) => scopes.join(" "),
        Evidence::SignedWith(algorithm) => algorithm.name().to_owned(),
        Evidence::OauthIsOn => say!("login with OAuth is on"),
        Evidence::LinkLeads => say!("its link leads to authentik's login"),
        Evidence::KeptAsPending(fingerprint) => {
            say!("{fingerprint} is kept as pending", fingerprint)
        }
        Evidence::NothingToKeep => say!("nothing to keep"),
        Evidence::Holding(holding) => holding.to_string(),
        Evidence::WrongClient => "invalid_client".to_owned(),
        Evidence::ClientIsKnown => say!("client id and redirect URI are known"),
        Evidence::Accepted(fingerprint) => say!("it accepts {fingerprint}", fingerprint),
    }
}

/// What a light on the map stands for.
#[must_use]
pub fn sign(sign: &Sign) -> String {
    match sign {
        Sign::Live(value) => live_value(value),
        Sign::NotEncrypted => say!("this address is not encrypted"),
        Sign::AddressIsNumber => say!("the address is a number, not a name"),
        Sign::Answered => say!("it answered through there"),
        Sign::SignedIn { target } => say!("signed in as {target}", target),
        Sign::DockerAnswers => say!("it answers, and may be used"),
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
