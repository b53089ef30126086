//! The keys that sign tokens.

use std::convert::Infallible;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use data_encoding::HEXLOWER;
use ring::{
    digest, hmac,
    rand::SystemRandom,
    signature::{self, KeyPair},
};
use rsa::{
    RsaPrivateKey,
    pkcs8::EncodePrivateKey,
    rand_core::{TryCryptoRng, TryRng},
    traits::PublicKeyParts,
};
use serde_json::{Value, json};

use super::state::{Row, State};

/// The bits of the key: enough for RS256, and made in a moment.
const BITS: usize = 2048;

/// The bytes of a coordinate on P-256.
const COORDINATE: usize = 32;

/// The algorithm of tokens that no key pair signs.
const WITHOUT_KEY: &str = "HS256";

/// A key pair, and what the world may know of it.
#[derive(Debug)]
pub(super) enum SigningKey {
    /// RSA: with modulus and exponent.
    Rsa { pair: signature::RsaKeyPair, modulus: Vec<u8>, exponent: Vec<u8> },
    /// On the curve P-256.
    Curve(signature::EcdsaKeyPair),
}

impl SigningKey {
    fn generate() -> Option<Self> {
        let key = RsaPrivateKey::new(&mut OsRandom, BITS).ok()?;
        let document = key.to_pkcs8_der().ok()?;
        let pair = signature::RsaKeyPair::from_pkcs8(document.as_bytes()).ok()?;
        let bare = |bytes: &[u8]| bytes.iter().copied().skip_while(|b| *b == 0).collect();
        let modulus: Vec<u8> = bare(&key.n().to_be_bytes());
        let exponent: Vec<u8> = bare(&key.e().to_be_bytes());
        Some(Self::Rsa { pair, modulus, exponent })
    }

    fn generate_on_curve() -> Option<Self> {
        let algorithm = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
        let random = SystemRandom::new();
        let document = signature::EcdsaKeyPair::generate_pkcs8(algorithm, &random).ok()?;
        let pair =
            signature::EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).ok()?;
        Some(Self::Curve(pair))
    }

    /// The type as the API spells it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Rsa { .. } => "rsa",
            Self::Curve(_) => "ec",
        }
    }

    const fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa { .. } => "RS256",
            Self::Curve(_) => "ES256",
        }
    }

    /// What only this key has.
    fn public(&self) -> &[u8] {
        match self {
            Self::Rsa { modulus, .. } => modulus,
            Self::Curve(pair) => pair.public_key().as_ref(),
        }
    }

    /// Its name: 86 characters from 2026.5 on, 32 hexadecimal digits before.
    fn id(&self, long: bool) -> String {
        if long {
            URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA512, self.public()))
        } else {
            let hash = digest::digest(&digest::SHA256, self.public());
            super::chance::hex_of(&hash.as_ref()[..16])
        }
    }

    /// A fingerprint as authentik shows those of certificates.
    fn fingerprint(&self, algorithm: &'static digest::Algorithm) -> String {
        let hash = digest::digest(algorithm, self.public());
        let pairs: Vec<String> =
            hash.as_ref().iter().map(|byte| HEXLOWER.encode(&[*byte])).collect();
        pairs.join(":")
    }

    /// Its fingerprints, SHA-256 and SHA-1.
    pub fn fingerprints(&self) -> (String, String) {
        let sha1 = self.fingerprint(&digest::SHA1_FOR_LEGACY_USE_ONLY);
        (self.fingerprint(&digest::SHA256), sha1)
    }

    /// What is published of it.
    fn jwk(&self, long: bool) -> Value {
        let mut jwk = json!({"alg": self.algorithm(), "kid": self.id(long), "use": "sig"});
        let own = match self {
            Self::Rsa { modulus, exponent, .. } => json!({
                "kty": "RSA",
                "n": URL_SAFE_NO_PAD.encode(modulus),
                "e": URL_SAFE_NO_PAD.encode(exponent),
            }),
            // 0x04, then both coordinates.
            Self::Curve(pair) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(COORDINATE);
                json!({
                    "kty": "EC",
                    "crv": "P-256",
                    "x": URL_SAFE_NO_PAD.encode(x),
                    "y": URL_SAFE_NO_PAD.encode(y),
                })
            }
        };
        if let (Some(jwk), Value::Object(own)) = (jwk.as_object_mut(), own) {
            jwk.extend(own);
        }
        jwk
    }

    fn sign(&self, text: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa { pair, .. } => {
                let mut out = vec![0; pair.public().modulus_len()];
                let done = pair.sign(&signature::RSA_PKCS1_SHA256, &random, text, &mut out);
                if done.is_ok() { out } else { Vec::new() }
            }
            Self::Curve(pair) => {
                pair.sign(&random, text).map(|made| made.as_ref().to_vec()).unwrap_or_default()
            }
        }
    }
}

/// A key pair that somebody added, beside the one of the installation.
#[derive(Debug)]
pub(super) struct AddedKey {
    pub pk: String,
    pub name: String,
    pub key: SigningKey,
}

impl AddedKey {
    /// One on the curve P-256.
    pub fn on_curve(name: &str) -> Option<Self> {
        let key = SigningKey::generate_on_curve()?;
        Some(Self { pk: super::chance::uuid(), name: name.to_owned(), key })
    }
}

impl State {
    /// The key of the installation, made when it is first needed: that takes a
    /// moment.
    pub fn signing_key(&self) -> Option<&SigningKey> {
        self.key.get_or_init(SigningKey::generate).as_ref()
    }

    /// Whether there is a key pair of that primary key.
    pub fn has_key_pair(&self, pk: &str) -> bool {
        self.key_pair == pk || self.added_keys.iter().any(|added| added.pk == pk)
    }

    /// The key that signs a provider's tokens.
    fn signer(&self, provider: &Row) -> Option<&SigningKey> {
        let pk = provider.get("signing_key")?.as_str()?;
        match self.added_keys.iter().find(|added| added.pk == pk) {
            Some(added) => Some(&added.key),
            None => self.signing_key(),
        }
    }

    /// How a provider's tokens are signed.
    pub fn algorithm(&self, provider: &Row) -> &'static str {
        self.signer(provider).map_or(WITHOUT_KEY, SigningKey::algorithm)
    }

    /// The set of keys that a provider publishes. One without a signing key
    /// publishes nothing, not even an empty list.
    pub fn jwks(&self, provider: &Row) -> Value {
        let key = self.signer(provider);
        key.map_or_else(|| json!({}), |key| json!({"keys": [key.jwk(self.at(2026, 5))]}))
    }

    /// A token with these claims, signed as a provider's are: with its key, or
    /// with HS256 and the secret where there is none.
    pub fn sign(&self, claims: &Value, provider: Option<&Row>, secret: &str) -> String {
        let key = provider.and_then(|provider| self.signer(provider));
        let header = key.map_or_else(
            || json!({"alg": WITHOUT_KEY, "typ": "JWT"}),
            |key| json!({"alg": key.algorithm(), "kid": key.id(self.at(2026, 5)), "typ": "JWT"}),
        );
        let text = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(claims.to_string())
        );
        let signature = key.map_or_else(
            || {
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
                hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
            },
            |key| key.sign(text.as_bytes()),
        );
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// The operating system's random source, as the RSA crate wants it.
struct OsRandom;

impl TryRng for OsRandom {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        // A machine without a random source does not come up; the lab then
        // has a key that everybody could guess, for data that is not real.
        let _ = getrandom::fill(out);
        Ok(())
    }
}

impl TryCryptoRng for OsRandom {}
