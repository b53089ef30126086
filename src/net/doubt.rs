//! Why a certificate is not believed.

use jiff::Timestamp;
use rustls::{CertificateError, pki_types::UnixTime};

/// Signatures by shorter RSA keys are not verified.
pub(super) const SHORTEST_RSA: usize = 2048;

/// Why a certificate is not believed.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum Doubt {
    #[error("{}", say!("it is not the pinned certificate"))]
    NotThePinned,
    /// Trusting it would not help: its key proves nothing.
    #[error("{}", say!("there is an RSA key with {bits} bits in its chain, and fewer than {least} are too few", bits = .bits, least = SHORTEST_RSA))]
    WeakKey { bits: usize },
    #[error("{}", say!("it is signed by an authority that this machine does not know"))]
    UnknownAuthority,
    #[error("{}", say!("it expired on {day}", day = day(*.0)))]
    ExpiredOn(UnixTime),
    #[error("{}", say!("it has expired"))]
    Expired,
    #[error("{}", say!("it is not valid before {day}; is the clock of this machine right?", day = day(*.0)))]
    NotBefore(UnixTime),
    #[error("{}", say!("it is not for {expected} but for {names}", expected = .expected, names = names(.presented)))]
    OtherNames { expected: String, presented: Vec<String> },
    #[error("{}", say!("its authority has revoked it"))]
    Revoked,
    #[error("{}", say!("it is not valid: {said}", said = .0))]
    Invalid(String),
}

impl Doubt {
    /// Why the verifier does not believe a certificate.
    pub(super) fn of(error: &CertificateError) -> Self {
        match error {
            CertificateError::UnknownIssuer => Self::UnknownAuthority,
            CertificateError::ExpiredContext { not_after, .. } => Self::ExpiredOn(*not_after),
            CertificateError::Expired => Self::Expired,
            CertificateError::NotValidYetContext { not_before, .. } => Self::NotBefore(*not_before),
            CertificateError::NotValidForNameContext { expected, presented } => Self::OtherNames {
                expected: expected.to_str().into_owned(),
                presented: presented.clone(),
            },
            CertificateError::Revoked => Self::Revoked,
            other => Self::Invalid(other.to_string()),
        }
    }
}

fn day(time: UnixTime) -> String {
    i64::try_from(time.as_secs())
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .map_or_else(|| say!("an unknown day"), |at| at.strftime("%Y-%m-%d").to_string())
}

fn names(presented: &[String]) -> String {
    let names = presented.iter().map(|name| readable_name(name)).collect::<Vec<_>>().join(", ");
    if names.is_empty() { say!("no name at all") } else { names }
}

/// `DnsName("localhost")` is how the verifier spells a name.
fn readable_name(presented: &str) -> String {
    presented.split('"').nth(1).unwrap_or(presented).to_owned()
}
