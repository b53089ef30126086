//! Why a request got no answer, in words that say what to do.

use std::{error::Error, io, time::Duration};

use reqwest::Method;
use rustls::{CertificateError, Error as TlsError, InvalidMessage};
use url::Url;

use super::{
    doubt::Doubt,
    no_answer::{Break, NoAnswer},
    peer::Opening,
    proxy::proxy_before,
    tls::Refused,
    toward::Toward,
};
use crate::{
    secret::Known,
    site::{Fault, System},
};

/// What is tried, as a phrase. The query stays out of it: it can hold secrets.
pub(super) fn phrase(method: &Method, url: &Url) -> String {
    let place = format!("{}{}", url.origin().ascii_serialization(), url.path());
    match *method {
        Method::GET | Method::HEAD => say!("read {place}", place),
        _ => say!("send {method} to {place}", method, place),
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
        let said = causes.last().map(ToString::to_string).unwrap_or_default();
        if is_no_http(&causes) {
            return self.fault(NoAnswer::NotHttp { place: self.place(), said });
        }
        if error.is_connect()
            && let Some(proxy) = proxy_before(self.url)
        {
            return self.of_proxy(proxy, error, &causes, said);
        }
        if causes.iter().any(|cause| cause.to_string() == "dns error") {
            return self.nameless(said);
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
            return self.lost(Break::NoSignOfLife);
        }
        if error.is_connect() {
            let kind = causes.iter().rev().find_map(|cause| cause.downcast_ref::<io::Error>());
            return self.of_connection(kind.map(io::Error::kind), said);
        }
        self.lost(Break::Said(said))
    }

    /// What the handshake of TLS ended with.
    pub(super) fn of_tls(&self, error: &TlsError) -> Fault {
        let said = error.to_string();
        self.fault(match error {
            TlsError::InvalidCertificate(CertificateError::Other(other)) => {
                match other.0.downcast_ref::<Refused>() {
                    Some(refused) => untrusted(refused),
                    None => NoAnswer::OddCertificate { said },
                }
            }
            TlsError::InvalidMessage(InvalidMessage::InvalidContentType) => {
                NoAnswer::WithoutTls { instead: self.with_scheme("http") }
            }
            TlsError::AlertReceived(alert) => {
                NoAnswer::HandshakeEnded { alert: format!("{alert:?}"), host: self.host().into() }
            }
            TlsError::InvalidCertificate(_) => NoAnswer::OddCertificate { said },
            _ => NoAnswer::Handshake { said },
        })
    }

    /// What a peer is whose answer is no HTTP, or no TLS, by what it said when
    /// it was asked once more. `None`: it does not answer with what was asked.
    pub(super) fn of_words(&self, heard: &Opening, known: &Known) -> Option<Fault> {
        let place = self.place();
        match (heard, self.url.scheme()) {
            (Opening::Nothing, _) | (Opening::Http, "http") | (Opening::Tls, "https") => None,
            (Opening::Http, _) => {
                Some(self.fault(NoAnswer::WithoutTls { instead: self.with_scheme("http") }))
            }
            (Opening::Tls, _) => Some(self.speaks_tls(word!("it began with a TLS record"))),
            (Opening::Words(words), _) => {
                let words = known.words(words).to_string();
                Some(self.fault(NoAnswer::SpeaksOtherwise { place, words }))
            }
        }
    }

    /// What the proxy in between ended the connection with.
    fn of_proxy(
        &self,
        proxy: String,
        error: &reqwest::Error,
        causes: &[&(dyn Error + 'static)],
        said: String,
    ) -> Fault {
        let io = causes.iter().rev().find_map(|cause| cause.downcast_ref::<io::Error>());
        self.fault(match io.map(io::Error::kind) {
            Some(io::ErrorKind::ConnectionRefused) => NoAnswer::NoProxyListens { proxy },
            _ if error.is_timeout() => NoAnswer::SilentProxy { proxy },
            _ => NoAnswer::NotByProxy { proxy, said },
        })
    }

    /// What connecting ended with, where it was not the name and not TLS.
    pub(super) fn of_connection(&self, kind: Option<io::ErrorKind>, said: String) -> Fault {
        let place = self.place();
        self.fault(match kind {
            Some(io::ErrorKind::ConnectionRefused) => NoAnswer::NobodyListens { place },
            Some(io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable) => {
                NoAnswer::NoRoute { host: self.host().into(), said }
            }
            Some(io::ErrorKind::TimedOut) => NoAnswer::Silent { place },
            Some(
                io::ErrorKind::UnexpectedEof
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted,
            ) => NoAnswer::ClosedAtOnce { place },
            _ => NoAnswer::NotConnected { said, place },
        })
    }

    /// The name has no address.
    pub(super) fn nameless(&self, said: String) -> Fault {
        let host = self.host().to_owned();
        // The resolver of the operating system tells it in words alone.
        if said.contains("Temporary failure") || said.contains("try again") {
            return self.fault(NoAnswer::NoNameServer { host, said });
        }
        self.fault(NoAnswer::NoSuchName { host, said })
    }

    /// Nobody says whether the name has an address.
    pub(super) fn unresolved(&self) -> Fault {
        let said = say!("Temporary failure: no answer");
        self.fault(NoAnswer::NoNameServer { host: self.host().into(), said })
    }

    /// Nobody answers the connection.
    pub(super) fn silent(&self) -> Fault {
        self.fault(NoAnswer::Silent { place: self.place() })
    }

    /// A server of TLS was asked without it.
    pub(super) fn speaks_tls(&self, said: &str) -> Fault {
        let instead = self.with_scheme("https");
        self.fault(NoAnswer::OnlyTls { said: said.into(), instead })
    }

    /// The deadline passed.
    pub(super) fn late(&self, deadline: Duration) -> Fault {
        self.fault(NoAnswer::Late { seconds: deadline.as_secs_f32() })
    }

    /// More came than anybody wants to read.
    pub(super) fn flood(&self, limit: usize) -> Fault {
        self.fault(NoAnswer::TooLong { megabytes: limit >> 20 })
    }

    /// The body is compressed, which nobody asked for.
    pub(super) fn encoded(&self, coding: &str) -> Fault {
        let known = ["gzip", "x-gzip", "br", "zstd", "deflate"];
        let coding = known.into_iter().find(|name| *name == coding);
        self.fault(NoAnswer::Compressed { coding })
    }

    /// What HTTP/2 ended the request with. The text that a server can add is
    /// left out. Even where the server says that it did not begin, the request
    /// counts as sent: proxies say so for what is behind them.
    fn of_http2(&self, error: &h2::Error) -> Fault {
        let Some(reason) = error.reason() else {
            return self.lost(Break::Said(error.to_string()));
        };
        let code = format!("HTTP/2 {reason:?}");
        self.lost(match reason {
            _ if error.is_library() => Break::AgainstTheRules { code },
            h2::Reason::NO_ERROR if error.is_go_away() => Break::GoneBeforeAnswer,
            h2::Reason::REFUSED_STREAM => Break::NotTaken { code },
            h2::Reason::ENHANCE_YOUR_CALM => Break::TooManyRequests { code },
            h2::Reason::HTTP_1_1_REQUIRED => Break::OnlyHttp1 { code },
            _ if error.is_go_away() => Break::Closed { code },
            _ => Break::GivenUp { code },
        })
    }

    fn lost(&self, how: Break) -> Fault {
        self.fault(NoAnswer::Lost(how))
    }

    fn fault(&self, error: NoAnswer) -> Fault {
        Toward::fault(self.system, error, self.tried)
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

/// Whether the peer answered with what is no HTTP.
fn is_no_http(causes: &[&(dyn Error + 'static)]) -> bool {
    causes.iter().map(ToString::to_string).any(|said| {
        said.contains("HTTP version parsed") || said.contains("frame with invalid size")
    })
}

/// Whether the peer answered with what is no HTTP or, asked for TLS, no TLS.
pub(super) fn is_strange(error: &reqwest::Error) -> bool {
    let causes = chain(error);
    let tls = causes.iter().find_map(|cause| cause.downcast_ref::<TlsError>());
    is_no_http(&causes)
        || matches!(tls, Some(TlsError::InvalidMessage(InvalidMessage::InvalidContentType)))
}

/// What a certificate that was not accepted stands for.
fn untrusted(refused: &Refused) -> NoAnswer {
    let Refused { fingerprint, pinned, why } = refused;
    let (fingerprint, why) = (fingerprint.clone(), why.clone());
    match (&why, pinned) {
        (Doubt::WeakKey { .. }, _) => NoAnswer::WeakKey { why },
        (_, Some(pin)) => NoAnswer::NotThePinned { fingerprint, pin: pin.clone() },
        (_, None) => NoAnswer::Untrusted { why, fingerprint },
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
