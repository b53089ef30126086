//! The one type that holds a secret.

use std::fmt;

use data_encoding::HEXLOWER;
use ring::digest;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Length in characters of a generated client secret: what authentik itself
/// generates, and half of what its column holds.
pub const CLIENT_SECRET_LENGTH: usize = 128;

/// The characters of a generated secret. Letters and digits only: authentik
/// releases differ in whether they URL-decode Basic credentials, and anything
/// else invites a shell, a `.env` file or a form to mangle it.
const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// What every secret looks like when it is printed.
const DOTS: &str = "••••••••";

/// A secret text: a client secret, a token, a password, a passphrase.
///
/// It is wiped from memory when dropped, prints as dots, compares in constant
/// time, and has no `Serialize`: the only way to its text is [`Secret::expose`],
/// so that every place where a secret leaves the program can be searched for.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps `text`.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// A fresh client secret of [`CLIENT_SECRET_LENGTH`] characters out of
    /// `A-Z a-z 0-9`, each equally likely, from the operating system's random
    /// source.
    ///
    /// # Errors
    /// When the operating system has no random source to offer.
    pub fn generate() -> Result<Self, getrandom::Error> {
        // 62 does not divide 256: bytes past the last whole multiple are
        // thrown away, or the first letters would come up more often.
        const LIMIT: u8 = 248;
        const { assert!(LIMIT as usize == 256 / ALPHABET.len() * ALPHABET.len()) };
        let mut text = Zeroizing::new(String::with_capacity(CLIENT_SECRET_LENGTH));
        let mut pool = Zeroizing::new([0_u8; CLIENT_SECRET_LENGTH]);
        while text.len() < CLIENT_SECRET_LENGTH {
            getrandom::fill(pool.as_mut_slice())?;
            let wanted = CLIENT_SECRET_LENGTH - text.len();
            text.extend(
                pool.iter()
                    .filter(|byte| **byte < LIMIT)
                    .take(wanted)
                    .map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()])),
            );
        }
        Ok(Self(text))
    }

    /// The text itself. Call it where the secret goes out (a request, a store,
    /// the operator's screen on demand) and nowhere else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A short name for the secret that tells two of them apart and does not
    /// give either away.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(self)
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        // Digests of equal length, so that neither the time nor the length of
        // the comparison says anything about the texts.
        let [a, b] = [self, other].map(|s| digest::digest(&digest::SHA256, s.0.as_bytes()));
        let differing = a.as_ref().iter().zip(b.as_ref()).fold(0_u8, |seen, (x, y)| seen | (x ^ y));
        std::hint::black_box(differing) == 0
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(DOTS)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(DOTS)
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

/// Eight hexadecimal digits that name a secret: the start of a SHA-256 over a
/// fixed prefix and the secret. Enough to see whether two places hold the same
/// one; what is shown, planned and journalled in place of a secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    fn of(secret: &Secret) -> Self {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(b"immich-sso fingerprint v1\0");
        context.update(secret.0.as_bytes());
        let hash = context.finish();
        Self(HEXLOWER.encode(&hash.as_ref()[..4]))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_secret_has_the_length_and_the_characters_that_are_promised() {
        let secret = Secret::generate().unwrap();
        assert_eq!(secret.expose().len(), CLIENT_SECRET_LENGTH);
        assert!(secret.expose().bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert_ne!(secret, Secret::generate().unwrap());
    }

    #[test]
    fn a_secret_prints_as_dots_however_it_is_printed() {
        let secret = Secret::new("hunter2");
        let printed = format!("{secret} {secret:?} {:?} {:#?}", Some(&secret), vec![&secret]);
        assert!(!printed.contains("hunter2"));
        assert!(printed.contains(DOTS));
    }

    #[test]
    fn fingerprints_tell_secrets_apart_without_giving_them_away() {
        let [one, two] = ["one", "two"].map(|text| Secret::new(text).fingerprint());
        assert_ne!(one, two);
        assert_eq!(one, Secret::new("one").fingerprint());
        assert_eq!(one.to_string().len(), 8);
    }
}
