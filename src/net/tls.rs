//! Whom we believe to be who they say: TLS by the system's authorities, by a
//! further authority from a file, or by one pinned certificate.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error as TlsError, OtherError,
    SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};
use rustls_platform_verifier::Verifier;

use super::{
    Trust,
    doubt::{Doubt, SHORTEST_RSA},
    toward::{Toward, WayError},
};
use crate::site::{Fault, FaultKind, NamedFile, System};

/// Longer than all authorities of a system.
const LONGEST_CA_FILE: usize = 16 << 20;

/// A certificate that was not accepted. It travels inside the error of the
/// handshake, so that the fault can name exactly the certificate that was seen.
#[derive(Debug)]
pub(super) struct Refused {
    /// The SHA-256 fingerprint of the certificate that was presented.
    pub(super) fingerprint: String,
    /// The fingerprint that was asked for, where one is pinned.
    pub(super) pinned: Option<String>,
    /// Why not.
    pub(super) why: Doubt,
}

/// Why TLS cannot be prepared under the trust settings.
#[derive(Debug, thiserror::Error)]
enum TrustError {
    #[error("{0}")]
    Tls(TlsError),
    #[error("{}", say!("`{text}` is no SHA-256 fingerprint", text = .0))]
    NoFingerprint(String),
    #[error("{0}")]
    File(std::io::Error),
    #[error("{0}")]
    Pem(rustls::pki_types::pem::Error),
    #[error("{}", say!("no certificate is in it"))]
    NoCertificate,
    #[error("{0}")]
    Certificate(TlsError),
}

impl WayError for TrustError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Tls(_) => FaultKind::Unexpected,
            Self::File(error) => match error.kind() {
                std::io::ErrorKind::NotFound => FaultKind::NotFound,
                std::io::ErrorKind::PermissionDenied => FaultKind::NotAllowed,
                std::io::ErrorKind::TimedOut => FaultKind::Late,
                _ => FaultKind::Unexpected,
            },
            Self::NoFingerprint(_) | Self::Pem(_) | Self::NoCertificate | Self::Certificate(_) => {
                FaultKind::Refused
            }
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Tls(_) => String::new(),
            Self::NoFingerprint(_) => say!(
                "Write 32 pairs of hex digits as `pinned_certificate` into the profile, or remove \
                 it."
            ),
            Self::File(_) | Self::Pem(_) | Self::NoCertificate | Self::Certificate(_) => {
                say!("Name a PEM file: it has lines with BEGIN CERTIFICATE.")
            }
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.why.fmt(f)
    }
}

impl std::error::Error for Refused {}

impl Refused {
    const fn unpinned(fingerprint: String, why: Doubt) -> Self {
        Self { fingerprint, pinned: None, why }
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
        .map_err(|error| Toward::fault(system, TrustError::Tls(error), word!("prepare TLS")))?
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
        let error = TrustError::NoFingerprint(text.to_owned());
        return Err(Toward::fault(system, error, word!("read the pinned certificate")));
    }
    let pairs: Vec<_> = digits.as_bytes().chunks(2).map(String::from_utf8_lossy).collect();
    Ok(pairs.join(":"))
}

fn read_authorities(
    system: System,
    path: &std::path::Path,
) -> Result<Vec<CertificateDer<'static>>, Fault> {
    authorities(path).map_err(|error| {
        let tried = say!("read the authorities in {file}", file = path.display());
        Toward::fault(system, error, tried)
    })
}

fn authorities(path: &std::path::Path) -> Result<Vec<CertificateDer<'static>>, TrustError> {
    let file = NamedFile::read(path, LONGEST_CA_FILE).map_err(TrustError::File)?;
    let found: Vec<_> = CertificateDer::pem_slice_iter(&file.bytes)
        .collect::<Result<_, _>>()
        .map_err(TrustError::Pem)?;
    if found.is_empty() {
        return Err(TrustError::NoCertificate);
    }
    let mut roots = rustls::RootCertStore::empty();
    for certificate in &found {
        roots.add(certificate.clone()).map_err(TrustError::Certificate)?;
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
            Belief::Pin(pin) => {
                Refused { why: Doubt::NotThePinned, pinned: Some(pin.clone()), fingerprint: seen }
            }
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
                        let weak = chain.find_map(weak_key);
                        Refused::unpinned(seen, weak.unwrap_or_else(|| Doubt::of(&error)))
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
        Some(why) => Refused::unpinned(fingerprint(certificate), why).into(),
        None => error,
    }
}

/// Says so where the key of a certificate is RSA and too short.
fn weak_key(certificate: &CertificateDer<'_>) -> Option<Doubt> {
    let bits = rsa_bits(certificate).filter(|bits| *bits < SHORTEST_RSA)?;
    Some(Doubt::WeakKey { bits })
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
