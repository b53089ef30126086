//! What proves that something is so.

use crate::{
    site::{
        SigningAlgorithm,
        harmless::{Each, Shape::Lines},
    },
    wizard::fields::Holding,
};

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
    pub(in crate::wizard) fn each_text(&mut self, each: Each<'_>) {
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
