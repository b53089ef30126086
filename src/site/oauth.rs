//! Choices of OAuth that both servers must agree on.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How ID tokens are signed: what authentik can do with its key pairs, and
/// without one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum SigningAlgorithm {
    /// With an RSA key.
    #[default]
    Rs256,
    /// With a key on the curve P-256.
    Es256,
    /// With a key on the curve P-384.
    Es384,
    /// With a key on the curve P-521.
    Es512,
    /// With the client secret: the provider has no signing key then.
    Hs256,
}

impl SigningAlgorithm {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Rs256, Self::Es256, Self::Es384, Self::Es512, Self::Hs256];

    /// How tokens, Immich and the profile spell it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
            Self::Hs256 => "HS256",
        }
    }

    /// The one of that name, whatever its capitals.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name().eq_ignore_ascii_case(text))
    }

    /// The type of the key pair that signs so, as authentik spells it. `None`:
    /// no key pair does.
    #[must_use]
    pub const fn key_type(self) -> Option<&'static str> {
        match self {
            Self::Rs256 => Some("rsa"),
            Self::Es256 | Self::Es384 | Self::Es512 => Some("ec"),
            Self::Hs256 => None,
        }
    }
}

impl fmt::Display for SigningAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How a client tells the token endpoint its secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenAuthMethod {
    /// In the form that it sends.
    #[default]
    ClientSecretPost,
    /// In a header: `Authorization: Basic …`.
    ClientSecretBasic,
}

impl TokenAuthMethod {
    /// Both.
    pub const ALL: [Self; 2] = [Self::ClientSecretPost, Self::ClientSecretBasic];

    /// How OAuth, Immich and the profile spell it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClientSecretPost => "client_secret_post",
            Self::ClientSecretBasic => "client_secret_basic",
        }
    }

    /// The one of that name, whatever its capitals.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name().eq_ignore_ascii_case(text))
    }
}

impl fmt::Display for TokenAuthMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
