//! What is verified, and what proves it.

use crate::{
    site::{
        Fault, SigningAlgorithm,
        harmless::{
            Each,
            Shape::{Line, Lines},
        },
    },
    wizard::{LiveValue, LoginEvidence, LoginSight, Person, Point, Road, fields::Holding},
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
    /// What both sides hold can be read.
    SidesReadable,
    /// The new secret is kept, and used nowhere.
    NewSecretKept,
    /// Both sides hold the same secret.
    SidesAgree,
    /// The secret in use is the current one, and none is pending.
    RotationFinished,
    /// The token endpoint answers.
    TokenEndpointAnswers,
    /// The token endpoint accepts the secret in use.
    SecretInUseAccepted,
    /// The token endpoint refuses another one.
    SecretRefused {
        /// Its fingerprint.
        fingerprint: String,
    },
    /// A renewed token or key is accepted, and has its rights.
    NewOneAccepted,
    /// The token or key that it replaced is refused.
    OldOneRefused,
}

impl Claim {
    /// Does something with every text that came from outside.
    pub(super) fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::RedirectUriAccepted { uri: text } | Self::SecretRefused { fingerprint: text } => {
                each(text, Line);
            }
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
            | Self::SameSecretHeld
            | Self::SidesReadable
            | Self::NewSecretKept
            | Self::SidesAgree
            | Self::RotationFinished
            | Self::TokenEndpointAnswers
            | Self::SecretInUseAccepted
            | Self::NewOneAccepted
            | Self::OldOneRefused => {}
        }
    }
}

/// What proves it; [`crate::text::evidence`] says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
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
    /// A secret that is kept as pending, by its fingerprint.
    KeptAsPending(String),
    /// There is nothing to keep.
    NothingToKeep,
    /// What both sides hold.
    Holding(Holding),
    /// authentik refuses the secret.
    WrongClient,
    /// What a server answered.
    Answered(String),
}

impl Evidence {
    /// Does something with every text that came from outside.
    pub(super) fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::Issuer(text)
            | Self::Accepted(text)
            | Self::KeptAsPending(text)
            | Self::Answered(text)
            | Self::Fingerprint(text) => each(text, Lines),
            Self::Holding(holding) => holding.each_text(each),
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
            | Self::ClientIsKnown
            | Self::NothingToKeep
            | Self::WrongClient => {}
        }
    }
}

/// What a light on the map stands for; [`crate::text::sign`] says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sign {
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
    /// The address is not encrypted.
    NotEncrypted,
    /// The address is a number, which nobody has to resolve.
    AddressIsNumber,
    /// It answered through there.
    Answered,
    /// The host let this program in.
    SignedIn {
        /// As whom, and where.
        target: String,
    },
    /// Docker answers on the host.
    DockerAnswers,
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
            Self::SignedIn { target } => each(target, Line),
            Self::NotEncrypted | Self::AddressIsNumber | Self::Answered | Self::DockerAnswers => {}
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
