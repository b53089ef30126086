//! What is verified, and what proves it.

use crate::{
    site::{
        Fault, SigningAlgorithm,
        harmless::{
            Each,
            Shape::{Line, Lines},
        },
    },
    wizard::{LiveValue, LoginEvidence, LoginSight, Person, Point, Road},
};

/// Something that was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// What; [`crate::text::claim`] says it.
    pub what: Claim,
    /// The evidence, or why it does not hold.
    pub outcome: Result<Evidence, Fault>,
    /// The place on the map that it lights.
    pub on: Option<(Road, Point)>,
}

/// What is to be so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// In words.
    Text(String),
    /// Everything answers before its deadline.
    AnswersInTime,
    /// authentik has the provider as the profile says.
    ProviderAsWanted,
    /// Discovery answers.
    DiscoveryAnswers,
    /// Discovery answers for the application.
    ApplicationAnswers,
    /// The issuer is at authentik's public address.
    IssuerIsPublic,
    /// The provider offers the scopes that the profile asks for.
    ScopesOffered,
    /// Tokens are signed as Immich expects.
    SignedAsExpected,
    /// Immich has the settings as the profile says.
    SettingsAsWanted,
    /// Immich offers the login with OAuth.
    LoginOffered,
    /// Immich finds authentik and sends browsers there.
    LeadsToAuthentik,
    /// authentik accepts a redirect URI.
    RedirectUriAccepted {
        /// Which.
        uri: String,
    },
    /// authentik accepts the client secret that is kept.
    KeptSecretAccepted,
    /// Immich holds the same client secret.
    SameSecretHeld,
}

impl Claim {
    /// Does something with every text that came from outside.
    pub(super) fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::Text(text) | Self::RedirectUriAccepted { uri: text } => each(text, Line),
            Self::AnswersInTime
            | Self::ProviderAsWanted
            | Self::DiscoveryAnswers
            | Self::ApplicationAnswers
            | Self::IssuerIsPublic
            | Self::ScopesOffered
            | Self::SignedAsExpected
            | Self::SettingsAsWanted
            | Self::LoginOffered
            | Self::LeadsToAuthentik
            | Self::KeptSecretAccepted
            | Self::SameSecretHeld => {}
        }
    }
}

impl<T: Into<String>> From<T> for Claim {
    fn from(text: T) -> Self {
        Self::Text(text.into())
    }
}

/// What proves it; [`crate::text::evidence`] says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// In words.
    Text(String),
    /// The claim says all.
    Nothing,
    /// Every field is as the profile says.
    FieldsAsWanted,
    /// The issuer that discovery names.
    Issuer(String),
    /// It is where the public address leads one to expect it.
    AsExpected,
    /// The scopes that there are.
    Scopes(Vec<String>),
    /// How tokens are signed.
    SignedWith(SigningAlgorithm),
    /// Immich has the login with OAuth turned on.
    OauthIsOn,
    /// Immich's link leads to authentik's login.
    LinkLeads,
    /// authentik knows the client id and the redirect URI.
    ClientIsKnown,
    /// A client secret that is accepted, by its fingerprint.
    Accepted(String),
    /// A client secret, by its fingerprint.
    Fingerprint(String),
}

impl Evidence {
    /// Does something with every text that came from outside.
    pub(super) fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::Text(text)
            | Self::Issuer(text)
            | Self::Accepted(text)
            | Self::Fingerprint(text) => each(text, Lines),
            Self::Scopes(texts) => {
                for text in texts {
                    each(text, Lines);
                }
            }
            Self::Nothing
            | Self::FieldsAsWanted
            | Self::AsExpected
            | Self::SignedWith(_)
            | Self::OauthIsOn
            | Self::LinkLeads
            | Self::ClientIsKnown => {}
        }
    }
}

impl<T: Into<String>> From<T> for Evidence {
    fn from(text: T) -> Self {
        Self::Text(text.into())
    }
}

/// What a light on the map stands for; [`crate::text::sign`] says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sign {
    /// In words.
    Text(String),
    /// What was seen of a login.
    Login(LoginSight),
    /// Somebody logged in.
    LoggedIn {
        /// Who, where that is proved.
        who: Option<Person>,
        /// What shows it.
        evidence: LoginEvidence,
    },
    /// What a look at a server found.
    Live(LiveValue),
    /// Proofs that hold.
    Proved {
        /// What the first is about.
        claim: Claim,
        /// What proves it.
        evidence: Evidence,
        /// What the others are about.
        also: Vec<Claim>,
    },
}

impl Sign {
    /// Does something with every text that came from outside.
    pub(super) fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::Text(text) => each(text, Line),
            Self::Live(value) => value.each_text(each),
            Self::Login(sight) => sight.each_text(each),
            Self::LoggedIn { who, evidence } => {
                if let Some(who) = who {
                    who.each_text(each);
                }
                evidence.each_text(each);
            }
            Self::Proved { claim, evidence, also } => {
                claim.each_text(each);
                evidence.each_text(each);
                for claim in also {
                    claim.each_text(each);
                }
            }
        }
    }
}

impl<T: Into<String>> From<T> for Sign {
    fn from(text: T) -> Self {
        Self::Text(text.into())
    }
}
