//! The key that signs tokens.

use std::convert::Infallible;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use data_encoding::HEXLOWER;
use ring::{digest, hmac, signature};
use rsa::{
    RsaPrivateKey,
    pkcs8::EncodePrivateKey,
    rand_core::{TryCryptoRng, TryRng},
    traits::PublicKeyParts,
};
use serde_json::{Value, json};

use super::state::State;

/// The bits of the key: enough for RS256, and made in a moment.
const BITS: usize = 2048;

/// An RSA key, and the two numbers that the world may know.
#[derive(Debug)]
pub(super) struct SigningKey {
    pair: signature::RsaKeyPair,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

impl SigningKey {
    fn generate() -> Option<Self> {
        let key = RsaPrivateKey::new(&mut OsRandom, BITS).ok()?;
        let document = key.to_pkcs8_der().ok()?;
        let pair = signature::RsaKeyPair::from_pkcs8(document.as_bytes()).ok()?;
        let bare = |bytes: &[u8]| bytes.iter().copied().skip_while(|b| *b == 0).collect();
        let modulus: Vec<u8> = bare(&key.n().to_be_bytes());
        let exponent: Vec<u8> = bare(&key.e().to_be_bytes());
        Some(Self { pair, modulus, exponent })
    }

    /// Its name: 86 characters from 2026.5 on, 32 hexadecimal digits before.
    fn id(&self, long: bool) -> String {
        if long {
            URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA512, &self.modulus))
        } else {
            let hash = digest::digest(&digest::SHA256, &self.modulus);
            super::chance::hex_of(&hash.as_ref()[..16])
        }
    }

    /// A fingerprint as authentik shows those of certificates.
    fn fingerprint(&self, algorithm: &'static digest::Algorithm) -> String {
        let hash = digest::digest(algorithm, &self.modulus);
        let pairs: Vec<String> =
            hash.as_ref().iter().map(|byte| HEXLOWER.encode(&[*byte])).collect();
        pairs.join(":")
    }
}

impl State {
    /// The key, made when it is first needed: that takes a moment.
    fn signing_key(&self) -> Option<&SigningKey> {
        self.key.get_or_init(SigningKey::generate).as_ref()
    }

    fn key_if(&self, signed: bool) -> Option<&SigningKey> {
        if signed { self.signing_key() } else { None }
    }

    /// The set of keys that a provider publishes. One without a signing key
    /// publishes nothing, not even an empty list.
    pub fn jwks(&self, signed: bool) -> Value {
        let Some(key) = self.key_if(signed) else { return json!({}) };
        json!({"keys": [{
            "alg": "RS256",
            "kid": key.id(self.at(2026, 5)),
            "kty": "RSA",
            "use": "sig",
            "n": URL_SAFE_NO_PAD.encode(&key.modulus),
            "e": URL_SAFE_NO_PAD.encode(&key.exponent),
        }]})
    }

    /// The fingerprints of the key, SHA-256 and SHA-1.
    pub fn fingerprints(&self) -> (String, String) {
        self.signing_key().map_or_else(Default::default, |key| {
            (key.fingerprint(&digest::SHA256), key.fingerprint(&digest::SHA1_FOR_LEGACY_USE_ONLY))
        })
    }

    /// A token with these claims: RS256, or HS256 with the client secret
    /// where the provider has no signing key.
    pub fn sign(&self, claims: &Value, signed: bool, secret: &str) -> String {
        let key = self.key_if(signed);
        let header = key.map_or_else(
            || json!({"alg": "HS256", "typ": "JWT"}),
            |key| json!({"alg": "RS256", "kid": key.id(self.at(2026, 5)), "typ": "JWT"}),
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
            |key| {
                let mut out = vec![0; key.pair.public().modulus_len()];
                let random = ring::rand::SystemRandom::new();
                let done =
                    key.pair.sign(&signature::RSA_PKCS1_SHA256, &random, text.as_bytes(), &mut out);
                if done.is_ok() { out } else { Vec::new() }
            },
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
