//! Why a request got no answer.

use super::{doubt::Doubt, toward::WayError};
use crate::site::FaultKind;

/// Why a request got no answer. `place` is a host with its port, `said` what the
/// operating system or a library says.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoAnswer {
    #[error("{}", say!("it answers without TLS"))]
    WithoutTls { instead: String },
    #[error("{}", say!("it answers with TLS only: {said}", said = .said))]
    OnlyTls { said: String, instead: String },
    /// `said` is what the library says where nothing was heard.
    #[error("{}", say!("what listens at {place} does not speak HTTP: {said}", place = .place, said = .said))]
    NotHttp { place: String, said: String },
    #[error("{}", say!("what listens at {place} does not speak HTTP, it says: {words}", place = .place, words = .words))]
    SpeaksOtherwise { place: String, words: String },
    #[error("{}", say!("connection refused: no proxy listens at {proxy}", proxy = .proxy))]
    NoProxyListens { proxy: String },
    #[error("{}", say!("the proxy {proxy} makes no connection: {said}", proxy = .proxy, said = .said))]
    NotByProxy { proxy: String, said: String },
    #[error("{}", say!("the proxy {proxy} makes no connection in time", proxy = .proxy))]
    SilentProxy { proxy: String },
    #[error("{}", say!("the server ended the TLS handshake: {alert}", alert = .alert))]
    HandshakeEnded { alert: String, host: String },
    #[error("{}", say!("the TLS handshake failed: {said}", said = .said))]
    Handshake { said: String },
    #[error("{said}")]
    OddCertificate { said: String },
    #[error("{}", say!("the certificate is not trusted: {why}", why = .why))]
    WeakKey { why: Doubt },
    #[error("{}", say!("the certificate is not trusted: {why}", why = .why))]
    Untrusted { why: Doubt, fingerprint: String },
    /// Not to be accepted with one key press: this is what somebody in between
    /// would look like.
    #[error("{}", say!("the certificate is not the pinned one: SHA-256 {fingerprint}, pinned is {pin}", fingerprint = .fingerprint, pin = .pin))]
    NotThePinned { fingerprint: String, pin: String },
    #[error("{}", say!("connection refused: nothing listens at {place}", place = .place))]
    NobodyListens { place: String },
    #[error("{}", say!("no route to {host}: {said}", host = .host, said = .said))]
    NoRoute { host: String, said: String },
    #[error("{}", say!("{place} closed the connection at once", place = .place))]
    ClosedAtOnce { place: String },
    #[error("{said}")]
    NotConnected { said: String, place: String },
    #[error("{}", say!("no name server answers for {host}: {said}", host = .host, said = .said))]
    NoNameServer { host: String, said: String },
    #[error("{}", say!("the name {host} is not found: {said}", host = .host, said = .said))]
    NoSuchName { host: String, said: String },
    #[error("{}", say!("{place} does not answer", place = .place))]
    Silent { place: String },
    #[error("{}", say!("no answer within {seconds} seconds", seconds = .seconds))]
    Late { seconds: f32 },
    #[error("{}", say!("the answer is larger than {megabytes} MB", megabytes = .megabytes))]
    TooLong { megabytes: usize },
    #[error("{}", packed(*.coding))]
    Compressed { coding: Option<&'static str> },
    #[error("{}", say!("the connection broke: {how}", how = .0))]
    Lost(Break),
}

impl NoAnswer {
    /// What to do about a certificate that is not trusted.
    fn certificate_hint(&self) -> String {
        match self {
            Self::WeakKey { .. } => say!(
                "Give the server a certificate with an RSA key of 2048 bits or more, or with an \
                 ECDSA key."
            ),
            Self::NotThePinned { .. } => say!(
                "Compare the first fingerprint with the certificate on the server. If it was \
                 renewed, remove `pinned_certificate` from the profile and look again; if not, \
                 somebody is in between."
            ),
            Self::Untrusted { .. } => say!(
                "Name the file with your certificate authority, or compare the fingerprint on the \
                 server and trust exactly this certificate."
            ),
            _ => String::new(),
        }
    }
}

fn packed(coding: Option<&str>) -> String {
    let coding = coding.unwrap_or(word!("something unknown"));
    say!("the answer is compressed with {coding}, which was not asked for", coding)
}

/// How a connection broke. `code` is what HTTP/2 ended the request with.
#[derive(Debug, thiserror::Error)]
pub(super) enum Break {
    #[error("{}", say!("the server gave no sign of life"))]
    NoSignOfLife,
    /// In the words of the operating system or a library.
    #[error("{0}")]
    Said(String),
    #[error("{}", say!("the server broke the rules of HTTP/2 ({code})", code = .code))]
    AgainstTheRules { code: String },
    #[error("{}", say!("the server closed it before it answered (HTTP/2 GOAWAY)"))]
    GoneBeforeAnswer,
    #[error("{}", say!("the server did not take the request ({code})", code = .code))]
    NotTaken { code: String },
    #[error("{}", say!("too many requests for the server ({code})", code = .code))]
    TooManyRequests { code: String },
    #[error("{}", say!("the server takes this request over HTTP/1.1 only ({code})", code = .code))]
    OnlyHttp1 { code: String },
    #[error("{}", say!("the server closed it ({code})", code = .code))]
    Closed { code: String },
    #[error("{}", say!("the server gave the request up ({code})", code = .code))]
    GivenUp { code: String },
}

impl WayError for NoAnswer {
    fn kind(&self) -> FaultKind {
        match self {
            Self::WithoutTls { .. }
            | Self::OnlyTls { .. }
            | Self::NotHttp { .. }
            | Self::SpeaksOtherwise { .. } => FaultKind::WrongProduct,
            Self::OddCertificate { .. } | Self::WeakKey { .. } | Self::NotThePinned { .. } => {
                FaultKind::Untrusted { fingerprint: None }
            }
            Self::Untrusted { fingerprint, .. } => {
                FaultKind::Untrusted { fingerprint: Some(fingerprint.clone()) }
            }
            Self::NoProxyListens { .. }
            | Self::NotByProxy { .. }
            | Self::SilentProxy { .. }
            | Self::HandshakeEnded { .. }
            | Self::Handshake { .. }
            | Self::NobodyListens { .. }
            | Self::NoRoute { .. }
            | Self::ClosedAtOnce { .. }
            | Self::NotConnected { .. }
            | Self::NoNameServer { .. }
            | Self::NoSuchName { .. }
            | Self::Silent { .. } => FaultKind::Unreachable,
            Self::Late { .. } => FaultKind::Late,
            Self::TooLong { .. } | Self::Compressed { .. } => FaultKind::Unexpected,
            Self::Lost(_) => FaultKind::Lost,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::WithoutTls { instead } => {
                say!("Use {instead}, or the port that speaks TLS.", instead)
            }
            Self::OnlyTls { instead, .. } => say!("Use {instead}.", instead),
            Self::NotHttp { .. } | Self::SpeaksOtherwise { .. } => {
                say!("Check the port: another service listens there.")
            }
            Self::NoProxyListens { .. } | Self::NotByProxy { .. } | Self::SilentProxy { .. } => {
                say!("Check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY, or name the server in NO_PROXY.")
            }
            Self::HandshakeEnded { host, .. } => say!(
                "Check that the server or the proxy before it has a certificate for {host}.",
                host
            ),
            Self::Handshake { .. } => {
                say!("Check the server's TLS settings: it must speak TLS 1.2 or 1.3.")
            }
            Self::OddCertificate { .. } | Self::Late { .. } | Self::Lost(_) => String::new(),
            Self::WeakKey { .. } | Self::NotThePinned { .. } | Self::Untrusted { .. } => {
                self.certificate_hint()
            }
            Self::NobodyListens { .. } => say!("Check the port, and that the server is running."),
            Self::NoRoute { .. } => say!("Check this machine's network; is a VPN needed?"),
            Self::ClosedAtOnce { .. } => {
                say!("Check the scheme and the port; a proxy with nothing behind it does this too.")
            }
            Self::NotConnected { place, .. } => {
                say!(
                    "Check that this machine reaches {place}, and HTTPS_PROXY if it is set.",
                    place
                )
            }
            Self::NoNameServer { .. } => {
                say!("Check this machine's network and its name servers.")
            }
            Self::NoSuchName { .. } => say!(
                "Check the spelling, and that this machine's name server knows it; names of a home \
                 network are often known only there."
            ),
            Self::Silent { .. } => {
                say!("Check the address and the firewall between here and there; is a VPN needed?")
            }
            Self::TooLong { .. } => {
                say!("Open the address in a browser and see what answers there.")
            }
            Self::Compressed { .. } => {
                say!("Let the proxy before the server compress only for clients that ask for it.")
            }
        }
    }
}
