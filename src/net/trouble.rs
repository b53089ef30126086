//! Why a request got no answer, in words that say what to do.

use std::{error::Error, io, time::Duration};

use reqwest::Method;
use rustls::{CertificateError, Error as TlsError, InvalidMessage};
use url::Url;

use super::tls::Refused;
use crate::site::{Fault, FaultKind, System};

/// What is tried, as a phrase. The query stays out of it: it can hold secrets.
pub(super) fn phrase(method: &Method, url: &Url) -> String {
    let place = format!("{}{}", url.origin().ascii_serialization(), url.path());
    match *method {
        Method::GET | Method::HEAD => format!("read {place}"),
        _ => format!("send {method} to {place}"),
    }
}

/// One request that got no answer.
pub(super) struct Trouble<'a> {
    pub(super) system: System,
    pub(super) tried: &'a str,
    pub(super) url: &'a Url,
}

impl Trouble<'_> {
    /// What the client says went wrong.
    pub(super) fn of(&self, error: &reqwest::Error) -> Fault {
        let causes = chain(error);
        if let Some(tls) = causes.iter().find_map(|cause| cause.downcast_ref::<TlsError>()) {
            return self.of_tls(tls);
        }
        if let Some(parsed) = causes.iter().map(ToString::to_string).find(|said| {
            said.contains("HTTP version parsed") || said.contains("frame with invalid size")
        }) && self.url.scheme() == "http"
        {
            return self.speaks_tls(&parsed);
        }
        let said = causes.last().map(ToString::to_string).unwrap_or_default();
        if causes.iter().any(|cause| cause.to_string() == "dns error") {
            return self.nameless(&said);
        }
        if let Some(broken) = causes.iter().find_map(|cause| cause.downcast_ref::<h2::Error>())
            && !broken.is_io()
        {
            return self.of_http2(broken);
        }
        if error.is_connect() && error.is_timeout() {
            return self.silent();
        }
        // Deadlines are kept elsewhere: here the peer stopped taking what is
        // sent, or answering whether it is there.
        if error.is_timeout() {
            return self.lost("the server gave no sign of life");
        }
        if error.is_connect() {
            let kind = causes.iter().rev().find_map(|cause| cause.downcast_ref::<io::Error>());
            return self.of_connection(kind.map(io::Error::kind), said);
        }
        self.lost(&said)
    }

    /// What the handshake of TLS ended with.
    pub(super) fn of_tls(&self, error: &TlsError) -> Fault {
        match error {
            TlsError::InvalidCertificate(CertificateError::Other(other)) => {
                match other.0.downcast_ref::<Refused>() {
                    Some(refused) => self.untrusted(refused),
                    None => {
                        self.fault(FaultKind::Untrusted { fingerprint: None }, error.to_string())
                    }
                }
            }
            TlsError::InvalidMessage(InvalidMessage::InvalidContentType) => self
                .fault(FaultKind::WrongProduct, "it answers without TLS")
                .remedy(format!("Use {}, or the port that speaks TLS.", self.with_scheme("http"))),
            TlsError::AlertReceived(alert) => self
                .fault(
                    FaultKind::Unreachable,
                    format!("the server ended the TLS handshake: {alert:?}"),
                )
                .remedy(format!(
                    "Check that the server or the proxy before it has a certificate for {}.",
                    self.host()
                )),
            TlsError::InvalidCertificate(_) => {
                self.fault(FaultKind::Untrusted { fingerprint: None }, error.to_string())
            }
            other => self
                .fault(FaultKind::Unreachable, format!("the TLS handshake failed: {other}"))
                .remedy("Check the server's TLS settings: it must speak TLS 1.2 or 1.3."),
        }
    }

    fn untrusted(&self, refused: &Refused) -> Fault {
        let Refused { fingerprint, pinned, why, is_weak } = refused;
        if *is_weak {
            return self
                .fault(
                    FaultKind::Untrusted { fingerprint: None },
                    format!("the certificate is not trusted: {why}"),
                )
                .remedy(
                    "Give the server a certificate with an RSA key of 2048 bits or more, or with \
                     an ECDSA key.",
                );
        }
        match pinned {
            // Not to be accepted with one key press: this is what somebody in
            // between would look like.
            Some(pin) => self
                .fault(
                    FaultKind::Untrusted { fingerprint: None },
                    format!(
                        "the certificate is not the pinned one: SHA-256 {fingerprint}, pinned is \
                         {pin}"
                    ),
                )
                .remedy(
                    "Compare the first fingerprint with the certificate on the server. If it was \
                     renewed, remove `pinned_certificate` from the profile and look again; if not, \
                     somebody is in between.",
                ),
            None => self
                .fault(
                    FaultKind::Untrusted { fingerprint: Some(fingerprint.clone()) },
                    format!("the certificate is not trusted: {why}"),
                )
                .remedy(
                    "Name the file with your certificate authority, or compare the fingerprint on \
                     the server and trust exactly this certificate.",
                ),
        }
    }

    /// What connecting ended with, where it was not the name and not TLS.
    pub(super) fn of_connection(&self, kind: Option<io::ErrorKind>, said: String) -> Fault {
        let (answer, remedy) = match kind {
            Some(io::ErrorKind::ConnectionRefused) => (
                format!("connection refused: nothing listens at {}", self.place()),
                "Check the port, and that the server is running.".to_owned(),
            ),
            Some(io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable) => (
                format!("no route to {}: {said}", self.host()),
                "Check this machine's network; is a VPN needed?".to_owned(),
            ),
            Some(io::ErrorKind::TimedOut) => return self.silent(),
            Some(
                io::ErrorKind::UnexpectedEof
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted,
            ) => (
                format!("{} closed the connection at once", self.place()),
                "Check the scheme and the port; a proxy with nothing behind it does this too."
                    .to_owned(),
            ),
            _ => (
                said,
                format!(
                    "Check that this machine reaches {}, and HTTPS_PROXY if it is set.",
                    self.place()
                ),
            ),
        };
        self.fault(FaultKind::Unreachable, answer).remedy(remedy)
    }

    /// The name has no address.
    pub(super) fn nameless(&self, said: &str) -> Fault {
        let host = self.host();
        if said.contains("Temporary failure") || said.contains("try again") {
            return self
                .fault(FaultKind::Unreachable, format!("no name server answers for {host}: {said}"))
                .remedy("Check this machine's network and its name servers.");
        }
        self.fault(FaultKind::Unreachable, format!("the name {host} is not found: {said}")).remedy(
            "Check the spelling, and that this machine's name server knows it; names of a home \
             network are often known only there.",
        )
    }

    /// Nobody answers the connection.
    pub(super) fn silent(&self) -> Fault {
        self.fault(FaultKind::Unreachable, format!("{} does not answer", self.place()))
            .remedy("Check the address and the firewall between here and there; is a VPN needed?")
    }

    /// A server of TLS was asked without it.
    pub(super) fn speaks_tls(&self, said: &str) -> Fault {
        self.fault(FaultKind::WrongProduct, format!("it answers with TLS only: {said}"))
            .remedy(format!("Use {}.", self.with_scheme("https")))
    }

    /// The deadline passed.
    pub(super) fn late(&self, deadline: Duration) -> Fault {
        let seconds = deadline.as_secs_f32();
        self.fault(FaultKind::Late, format!("no answer within {seconds} seconds"))
    }

    /// More came than anybody wants to read.
    pub(super) fn flood(&self, limit: usize) -> Fault {
        self.fault(FaultKind::Unexpected, format!("the answer is larger than {} MB", limit >> 20))
            .remedy("Open the address in a browser and see what answers there.")
    }

    /// The body is compressed, which nobody asked for.
    pub(super) fn encoded(&self, coding: &str) -> Fault {
        let known = ["gzip", "x-gzip", "br", "zstd", "deflate"];
        let coding = known.into_iter().find(|name| *name == coding).unwrap_or("something unknown");
        self.fault(
            FaultKind::Unexpected,
            format!("the answer is compressed with {coding}, which was not asked for"),
        )
        .remedy("Let the proxy before the server compress only for clients that ask for it.")
    }

    /// What HTTP/2 ended the request with. The text that a server can add is
    /// left out. Even where the server says that it did not begin, the request
    /// counts as sent: proxies say so for what is behind them.
    fn of_http2(&self, error: &h2::Error) -> Fault {
        let Some(reason) = error.reason() else { return self.lost(&error.to_string()) };
        let name = format!("HTTP/2 {reason:?}");
        let said = match reason {
            _ if error.is_library() => format!("the server broke the rules of HTTP/2 ({name})"),
            h2::Reason::NO_ERROR if error.is_go_away() => {
                "the server closed it before it answered (HTTP/2 GOAWAY)".into()
            }
            h2::Reason::REFUSED_STREAM => format!("the server did not take the request ({name})"),
            h2::Reason::ENHANCE_YOUR_CALM => format!("too many requests for the server ({name})"),
            h2::Reason::HTTP_1_1_REQUIRED => {
                format!("the server takes this request over HTTP/1.1 only ({name})")
            }
            _ if error.is_go_away() => format!("the server closed it ({name})"),
            _ => format!("the server gave the request up ({name})"),
        };
        self.lost(&said)
    }

    fn lost(&self, said: &str) -> Fault {
        self.fault(FaultKind::Lost, format!("the connection broke: {said}"))
    }

    fn fault(&self, kind: FaultKind, answer: impl Into<String>) -> Fault {
        Fault::new(self.system, kind, self.tried).answered(answer)
    }

    fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    fn place(&self) -> String {
        format!("{}:{}", self.host(), self.url.port_or_known_default().unwrap_or_default())
    }

    fn with_scheme(&self, scheme: &str) -> String {
        match self.url.port() {
            Some(port) => format!("{scheme}://{}:{port}", self.host()),
            None => format!("{scheme}://{}", self.host()),
        }
    }
}

/// An error and all that caused it, outermost first. What an [`io::Error`]
/// wraps stands after it: `source` alone would step over it.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    let mut causes = vec![error];
    let mut last = error;
    // No real chain is that long: the bound is against one that goes in circles.
    while causes.len() < 32 {
        let inner = last
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
            .map(|inner| inner as &(dyn Error + 'static));
        match inner.or_else(|| last.source()) {
            Some(cause) => last = cause,
            None => break,
        }
        causes.push(last);
    }
    causes
}
