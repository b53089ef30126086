//! The names of the secrets of a site.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::site::{Fault, FaultKind, System, UniformFailure};

/// One secret of a site. Passwords have no label: they are never kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Label {
    /// The OAuth client secret that authentik and Immich share.
    ClientSecret,
    /// The client secret that a rotation is about to bring in.
    ClientSecretPending,
    /// The client secret that was in use before the current one.
    ClientSecretPrevious,
    /// The client secret before the previous one.
    ClientSecretOlder,
    /// The client secret that Immich alone had before: another one than
    /// authentik's.
    ImmichClientSecretPrevious,
    /// The API token for authentik.
    AuthentikToken,
    /// The API key for Immich.
    ImmichApiKey,
    /// The API token for authentik that was in use before the current one.
    AuthentikTokenPrevious,
    /// The API key for Immich that was in use before the current one.
    ImmichApiKeyPrevious,
    /// Old values of fields in which a secret stands, for undo: the journal
    /// refers to them.
    UndoValues,
    /// How far the journal had come: no secret, but kept where a restored state
    /// folder does not reach.
    JournalAnchor,
}

/// The client secret that a system is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivenSecret {
    /// The one that is kept under that label.
    Kept(Label),
    /// None: the one that it has is taken off.
    Nothing,
}

impl Label {
    /// All that are secrets, in the order in which they are listed.
    pub const ALL: [Self; 10] = [
        Self::ClientSecret,
        Self::ClientSecretPending,
        Self::ClientSecretPrevious,
        Self::ClientSecretOlder,
        Self::ImmichClientSecretPrevious,
        Self::AuthentikToken,
        Self::ImmichApiKey,
        Self::AuthentikTokenPrevious,
        Self::ImmichApiKeyPrevious,
        Self::UndoValues,
    ];

    /// The name in stores and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClientSecret => "client-secret",
            Self::ClientSecretPending => "client-secret-pending",
            Self::ClientSecretPrevious => "client-secret-previous",
            Self::ClientSecretOlder => "client-secret-older",
            Self::ImmichClientSecretPrevious => "immich-client-secret-previous",
            Self::AuthentikToken => "authentik-token",
            Self::ImmichApiKey => "immich-api-key",
            Self::AuthentikTokenPrevious => "authentik-token-previous",
            Self::ImmichApiKeyPrevious => "immich-api-key-previous",
            Self::UndoValues => "undo-values",
            Self::JournalAnchor => "journal-anchor",
        }
    }

    /// Whether it is one secret, and not several values that hold some.
    #[must_use]
    pub const fn is_one_secret(self) -> bool {
        !matches!(self, Self::UndoValues)
    }

    /// What it is, as a noun phrase with its article.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::ClientSecret => word!("the OAuth client secret that authentik and Immich share"),
            Self::ClientSecretPending => word!("the client secret that a rotation is bringing in"),
            Self::ClientSecretPrevious => word!("the client secret before the current one"),
            Self::ClientSecretOlder => word!("the client secret before the previous one"),
            Self::ImmichClientSecretPrevious => {
                word!("the other client secret that Immich had before")
            }
            Self::AuthentikToken => word!("the API token for authentik"),
            Self::ImmichApiKey => word!("the API key for Immich"),
            Self::AuthentikTokenPrevious => {
                word!("the API token for authentik before the current one")
            }
            Self::ImmichApiKeyPrevious => word!("the API key for Immich before the current one"),
            Self::UndoValues => word!("old values that hold a secret, for undo"),
            Self::JournalAnchor => word!("how far the journal had come at the last run"),
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Label {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        Self::ALL
            .into_iter()
            .find(|label| label.name() == text)
            .ok_or_else(|| Fault::of(&UnknownLabel, say!("find `{text}`", text)))
    }
}

/// No secret has that label.
#[derive(Debug, thiserror::Error)]
#[error("{}", say!("no secret has that label"))]
struct UnknownLabel;

impl UniformFailure for UnknownLabel {
    const SYSTEM: System = System::SecretStore;
    const KIND: FaultKind = FaultKind::NotFound;

    fn hint(&self) -> String {
        let names: Vec<_> = Label::ALL.into_iter().map(Label::name).collect();
        say!("Use one of {names}.", names = names.join(", "))
    }
}
