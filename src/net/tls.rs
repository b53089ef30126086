//! Whom TLS trusts: the system's authorities and those of a file, or exactly
//! one certificate that the operator accepted.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use ring::digest;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring as provider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};
use rustls_platform_verifier::Verifier;

use super::Trust;
use crate::site::{Fault, FaultKind, System};

/// The certificate that was refused last, by its fingerprint.
pub(super) type Refused = Arc<Mutex<Option<String>>>;

/// How a connection is to be verified, and where a refused certificate is
/// noted.
pub(super) fn config(system: System, trust: &Trust) -> Result<(ClientConfig, Refused), Fault> {
    let provider = Arc::new(provider::default_provider());
    let refused = Refused::default();
    let guard = Guard {
        inner: match &trust.pinned_certificate {
            Some(pin) => Inner::Pinned(normal(pin)),
            None => Inner::Authorities(authorities(system, trust, &provider)?),
        },
        provider: Arc::clone(&provider),
        refused: Arc::clone(&refused),
    };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(system, &error))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(guard))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok((config, refused))
}

fn unusable(system: System, error: &impl fmt::Display) -> Fault {
    Fault::new(system, FaultKind::Unexpected, "prepare TLS").answered(error.to_string())
}

fn authorities(
    system: System,
    trust: &Trust,
    provider: &Arc<CryptoProvider>,
) -> Result<Verifier, Fault> {
    let mut own = Vec::new();
    if let Some(path) = &trust.ca_file {
        let fault = |answer: String| {
            Fault::new(
                system,
                FaultKind::NotFound,
                format!("read the certificate authorities in {}", path.display()),
            )
            .answered(answer)
            .remedy("Name a PEM file with the certificate of your authority.")
        };
        let read = CertificateDer::pem_file_iter(path).map_err(|error| fault(error.to_string()))?;
        for certificate in read {
            own.push(certificate.map_err(|error| fault(error.to_string()))?);
        }
        if own.is_empty() {
            return Err(fault("it holds no certificate".into()));
        }
    }
    Verifier::new_with_extra_roots(own, Arc::clone(provider))
        .map_err(|error| unusable(system, &error))
}

/// The fingerprint of a certificate, as `openssl x509 -fingerprint -sha256`
/// prints it.
pub(super) fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    let hash = digest::digest(&digest::SHA256, certificate);
    let pairs: Vec<String> = hash.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}

/// However somebody writes a fingerprint, its digits are what counts.
fn normal(fingerprint: &str) -> String {
    let digits: String = fingerprint.chars().filter(char::is_ascii_hexdigit).collect();
    let digits = digits.to_ascii_uppercase();
    let pairs: Vec<&str> =
        digits.as_bytes().chunks(2).filter_map(|two| std::str::from_utf8(two).ok()).collect();
    pairs.join(":")
}

#[derive(Debug)]
enum Inner {
    Authorities(Verifier),
    Pinned(String),
}

#[derive(Debug)]
struct Guard {
    inner: Inner,
    provider: Arc<CryptoProvider>,
    refused: Refused,
}

impl ServerCertVerifier for Guard {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verdict = match &self.inner {
            Inner::Authorities(verifier) => verifier.verify_server_cert(
                end_entity,
                intermediates,
                server_name,
                ocsp_response,
                now,
            ),
            // The operator compared it on the server: neither its issuer nor
            // its name nor its dates say more.
            Inner::Pinned(pin) if *pin == fingerprint(end_entity) => {
                Ok(ServerCertVerified::assertion())
            }
            Inner::Pinned(_) => {
                Err(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
            }
        };
        if verdict.is_err() {
            *self.refused.lock().unwrap_or_else(PoisonError::into_inner) =
                Some(fingerprint(end_entity));
        }
        verdict
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_the_same_however_it_is_written() {
        assert_eq!(normal("ab:cd:EF"), "AB:CD:EF");
        assert_eq!(normal("abcdef"), "AB:CD:EF");
    }
}
