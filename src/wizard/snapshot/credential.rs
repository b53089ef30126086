//! What is kept: the client secret, and the table of credentials.

use jiff::Timestamp;

use super::TokenView;
use crate::{
    secret::{Label, StorePlace},
    site::{
        Fault,
        harmless::{
            Each,
            Shape::{Line, Lines},
        },
    },
    wizard::{SecretAge, SwitchView},
};

/// The client secret that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretView {
    /// Its fingerprint.
    pub fingerprint: String,
    /// How old it is, if the journal knows.
    pub age: Option<SecretAge>,
    /// The fingerprint of the one that a rotation is bringing in.
    pub pending: Option<String>,
}

/// One line of the table of credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// Which; [`crate::text::credential`] names it.
    pub id: CredentialId,
    /// Its value; [`crate::text::credential_value`] says it.
    pub value: CredentialValue,
}

/// What a line of that table is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialId {
    /// The client id.
    ClientId,
    /// The client secret: where it is revealed, it stands here.
    ClientSecret,
    /// The client secret before it.
    PreviousSecret,
    /// The issuer.
    Issuer,
    /// The scopes.
    Scopes,
    /// Where secrets are kept.
    Store,
    /// For how long logins could fail.
    Outage,
    /// The wizard's own token for authentik.
    AuthentikToken,
    /// A secret that was renewed.
    Renewed(Label),
}

/// The value of a line of that table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialValue {
    /// A text as it is set, such as an id or an address.
    Text(String),
    /// A secret that is kept.
    Secret {
        /// Its fingerprint.
        fingerprint: String,
        /// How old it is, and when that was looked at, where that is told.
        age: Option<(SecretAge, Timestamp)>,
    },
    /// A secret that authentik does not accept any more.
    RefusedSecret {
        /// Its fingerprint.
        fingerprint: String,
    },
    /// No secret is kept.
    NoneKept,
    /// Whether a secret is kept cannot be read.
    Unread(Fault),
    /// Where secrets are kept.
    Store(StorePlace),
    /// What a switch cost.
    Outage(SwitchView),
    /// A token, and when it ends.
    Token {
        /// The token.
        token: TokenView,
        /// When it was looked at.
        at: Timestamp,
    },
}

impl CredentialValue {
    /// Does something with every text that came from outside.
    pub(super) fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::Text(text)
            | Self::Secret { fingerprint: text, age: _ }
            | Self::RefusedSecret { fingerprint: text } => each(text, Lines),
            Self::Unread(Fault { system: _, kind: _, tried, answer, remedy }) => {
                for text in [tried, answer, remedy] {
                    each(text, Line);
                }
            }
            Self::Store(place) => place.each_text(each),
            Self::Token { token, at: _ } => token.each_text(each),
            Self::NoneKept | Self::Outage(_) => {}
        }
    }
}

impl SecretView {
    /// Does something with every text that came from outside.
    pub(super) fn each_text(&mut self, each: Each<'_>) {
        let Self { fingerprint, age: _, pending } = self;
        each(fingerprint, Line);
        if let Some(text) = pending {
            each(text, Line);
        }
    }
}
