//! Whom we believe to be who they say: TLS by the system's authorities, by a
//! further authority from a file, or by one pinned certificate.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use jiff::Timestamp;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error as TlsError, OtherError,
    SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};
use rustls_platform_verifier::Verifier;

use super::Trust;
use crate::site::{Fault, FaultKind, NamedFile, System};

/// Longer than all authorities of a system.
const LONGEST_CA_FILE: usize = 16 << 20;

/// Signatures by shorter RSA keys are not verified.
const SHORTEST_RSA: usize = 2048;

/// A certificate that was not accepted. It travels inside the error of the
/// handshake, so that the fault can name exactly the certificate that was seen.
#[derive(Debug)]
pub(super) struct Refused {
    /// The SHA-256 fingerprint of the certificate that was presented.
    pub(super) fingerprint: String,
    /// The fingerprint that was asked for, where one is pinned.
    pub(super) pinned: Option<String>,
    /// Why not, as a clause about the certificate.
    pub(super) why: String,
    /// Whether trusting it would not help: its key proves nothing.
    pub(super) is_weak: bool,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl std::error::Error for Refused {}

impl Refused {
    fn weak(fingerprint: String, why: String) -> Self {
        Self { fingerprint, pinned: None, why, is_weak: true }
    }
}

impl From<Refused> for TlsError {
    fn from(refused: Refused) -> Self {
        Self::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(refused))))
    }
}

/// The settings of TLS under these trust settings. The system's roots are read
/// with the first certificate that has to be judged, not here.
///
/// # Errors
/// When the file with further authorities cannot be read or holds none, or when
/// the pin is no SHA-256 fingerprint.
pub(super) fn config(system: System, trust: &Trust) -> Result<ClientConfig, Fault> {
    let provider = Arc::new(ring::default_provider());
    let belief = match (&trust.pinned_certificate, &trust.ca_file) {
        (Some(pin), _) => Belief::Pin(read_pin(system, pin)?),
        (None, Some(path)) => {
            Belief::Authorities { extra: read_authorities(system, path)?, judge: OnceLock::new() }
        }
        (None, None) => Belief::Authorities { extra: Vec::new(), judge: OnceLock::new() },
    };
    let verifier = Arc::new(Doorkeeper { belief, provider: provider.clone() });
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| {
            Fault::new(system, FaultKind::Unexpected, "prepare TLS").answered(error.to_string())
        })?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth())
}

/// The SHA-256 fingerprint of a certificate, as OpenSSL and browsers write it:
/// pairs of hex digits in capitals, with colons between them.
pub(super) fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    let digest = ::ring::digest::digest(&::ring::digest::SHA256, certificate);
    let pairs: Vec<_> = digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}

fn read_pin(system: System, text: &str) -> Result<String, Fault> {
    let digits: String =
        text.chars().filter(|c| !matches!(c, ':' | ' ')).map(|c| c.to_ascii_uppercase()).collect();
    if digits.len() != 64 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Fault::new(system, FaultKind::Refused, "read the pinned certificate")
            .answered(format!("`{text}` is no SHA-256 fingerprint"))
            .remedy(
                "Write 32 pairs of hex digits as `pinned_certificate` into the profile, or remove \
                 it.",
            ));
    }
    let pairs: Vec<_> = digits.as_bytes().chunks(2).map(String::from_utf8_lossy).collect();
    Ok(pairs.join(":"))
}

fn read_authorities(
    system: System,
    path: &std::path::Path,
) -> Result<Vec<CertificateDer<'static>>, Fault> {
    let refused = |kind, answer: String| {
        Fault::new(system, kind, format!("read the authorities in {}", path.display()))
            .answered(answer)
            .remedy("Name a PEM file: it has lines with BEGIN CERTIFICATE.")
    };
    let file = NamedFile::read(path, LONGEST_CA_FILE).map_err(|error| {
        let kind = match error.kind() {
            std::io::ErrorKind::NotFound => FaultKind::NotFound,
            std::io::ErrorKind::PermissionDenied => FaultKind::NotAllowed,
            std::io::ErrorKind::TimedOut => FaultKind::Late,
            _ => FaultKind::Unexpected,
        };
        refused(kind, error.to_string())
    })?;
    let found: Vec<_> = CertificateDer::pem_slice_iter(&file.bytes)
        .collect::<Result<_, _>>()
        .map_err(|error| refused(FaultKind::Refused, error.to_string()))?;
    if found.is_empty() {
        return Err(refused(FaultKind::Refused, "no certificate is in it".into()));
    }
    let mut roots = rustls::RootCertStore::empty();
    for certificate in &found {
        roots
            .add(certificate.clone())
            .map_err(|error| refused(FaultKind::Refused, error.to_string()))?;
    }
    Ok(found)
}

/// What a certificate is measured by.
#[derive(Debug)]
enum Belief {
    /// The system's authorities and further ones.
    Authorities {
        extra: Vec<CertificateDer<'static>>,
        /// Made with the first certificate: reading the system's roots takes
        /// longer than everything else at the start.
        judge: OnceLock<Result<Verifier, TlsError>>,
    },
    /// One certificate, whatever its chain, its names and its dates.
    Pin(String),
}

/// Judges certificates, and says of each that it refuses which one it was.
#[derive(Debug)]
struct Doorkeeper {
    belief: Belief,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Doorkeeper {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let seen = fingerprint(end_entity);
        let refusal = match &self.belief {
            Belief::Pin(pin) if *pin == seen => return Ok(ServerCertVerified::assertion()),
            Belief::Pin(pin) => Refused {
                why: "it is not the pinned certificate".into(),
                is_weak: false,
                pinned: Some(pin.clone()),
                fingerprint: seen,
            },
            Belief::Authorities { extra, judge } => {
                let judge = judge
                    .get_or_init(|| {
                        Verifier::new_with_extra_roots(extra.clone(), self.provider.clone())
                    })
                    .as_ref()
                    .map_err(Clone::clone)?;
                match judge.verify_server_cert(
                    end_entity,
                    intermediates,
                    server_name,
                    ocsp_response,
                    now,
                ) {
                    Ok(verified) => return Ok(verified),
                    Err(TlsError::InvalidCertificate(error)) => {
                        let mut chain =
                            std::iter::once(end_entity).chain(intermediates).chain(extra);
                        match chain.find_map(weak_key) {
                            Some(why) => Refused::weak(seen, why),
                            None => Refused {
                                why: in_words(&error),
                                pinned: None,
                                fingerprint: seen,
                                is_weak: false,
                            },
                        }
                    }
                    Err(other) => return Err(other),
                }
            }
        };
        Err(refusal.into())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
            .map_err(|error| unless_weak(cert, error))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
            .map_err(|error| unless_weak(cert, error))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// A signature by a key that is too short is not even looked at, and the error
/// says no more than that it is bad.
fn unless_weak(certificate: &CertificateDer<'_>, error: TlsError) -> TlsError {
    match weak_key(certificate) {
        Some(why) => Refused::weak(fingerprint(certificate), why).into(),
        None => error,
    }
}

/// Says so where the key of a certificate is RSA and too short.
fn weak_key(certificate: &CertificateDer<'_>) -> Option<String> {
    let bits = rsa_bits(certificate).filter(|bits| *bits < SHORTEST_RSA)?;
    Some(format!(
        "there is an RSA key with {bits} bits in its chain, and fewer than {SHORTEST_RSA} are too \
         few"
    ))
}

/// The length of a certificate's RSA key; `None` where it has another.
fn rsa_bits(certificate: &[u8]) -> Option<usize> {
    // The algorithm rsaEncryption without parameters, then the bit string that
    // holds the key: a sequence of modulus and exponent (RFC 3279, 2.3.1).
    const ALGORITHM: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00\x03";
    let at = certificate.windows(ALGORITHM.len()).position(|window| window == ALGORITHM)?;
    let (_, bit_string) = der_length(&certificate[at + ALGORITHM.len()..])?;
    let (_, sequence) = der_length(bit_string.strip_prefix(b"\x00\x30")?)?;
    let (length, modulus) = der_length(sequence.strip_prefix(b"\x02")?)?;
    let modulus = modulus.get(..length)?;
    let zeros = modulus.iter().take_while(|byte| **byte == 0).count();
    let unused = usize::try_from(modulus.get(zeros)?.leading_zeros()).ok()?;
    Some((length - zeros) * 8 - unused)
}

/// A length in DER, and what follows it.
fn der_length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    if first < 0x80 {
        return Some((first.into(), rest));
    }
    let digits = usize::from(first & 0x7f);
    if digits > 4 {
        return None;
    }
    let (length, rest) = rest.split_at_checked(digits)?;
    Some((length.iter().fold(0, |length, byte| (length << 8) | usize::from(*byte)), rest))
}

/// Why a certificate is not believed, for people.
fn in_words(error: &CertificateError) -> String {
    let day = |time: UnixTime| {
        i64::try_from(time.as_secs())
            .ok()
            .and_then(|seconds| Timestamp::from_second(seconds).ok())
            .map_or_else(|| "an unknown day".into(), |at| at.strftime("%Y-%m-%d").to_string())
    };
    match error {
        CertificateError::UnknownIssuer => {
            "it is signed by an authority that this machine does not know".into()
        }
        CertificateError::ExpiredContext { not_after, .. } => {
            format!("it expired on {}", day(*not_after))
        }
        CertificateError::Expired => "it has expired".into(),
        CertificateError::NotValidYetContext { not_before, .. } => {
            format!(
                "it is not valid before {}; is the clock of this machine right?",
                day(*not_before)
            )
        }
        CertificateError::NotValidForNameContext { expected, presented } => {
            let names =
                presented.iter().map(|name| readable_name(name)).collect::<Vec<_>>().join(", ");
            let names = if names.is_empty() { "no name at all".into() } else { names };
            format!("it is not for {} but for {names}", expected.to_str())
        }
        CertificateError::Revoked => "its authority has revoked it".into(),
        other => format!("it is not valid: {other}"),
    }
}

/// `DnsName("localhost")` is how the verifier spells a name.
fn readable_name(presented: &str) -> String {
    presented.split('"').nth(1).unwrap_or(presented).to_owned()
}
