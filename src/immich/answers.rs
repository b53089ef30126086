//! What Immich's answers mean. The error bodies of 2.x and 3.x differ; both are
//! read.

use serde_json::Value;

use crate::{
    net::Answer,
    secret::Foreign,
    site::{Failure, Fault, FaultKind, System, UniformFailure},
};

/// An answer other than success, in Immich's own words where it has any.
#[derive(Debug, thiserror::Error)]
#[error("{}", said(*.status, .words, .request.as_ref()))]
pub(super) struct Refusal {
    status: u16,
    words: String,
    /// The number under which Immich logged the request, where that helps.
    request: Option<Foreign>,
    cause: Cause,
}

/// What an answer other than success stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    /// The API key or the session is not accepted.
    NotSignedIn,
    /// Something in front of Immich refused it.
    InFront,
    /// A permission is missing.
    NotAllowed,
    /// This release does not know the path.
    NoSuchPath,
    /// Something in front of Immich leads elsewhere.
    LeadsElsewhere,
    /// What was sent is refused.
    Refused,
    /// A proxy answers, and Immich behind it does not.
    ProxyAlone,
    /// Immich failed.
    Crashed,
    /// The status says nothing that is known.
    UnknownStatus,
    /// Login with OAuth is off.
    OAuthOff,
    /// The issuer is spelled otherwise than authentik spells it.
    OtherIssuer,
    /// The issuer is not encrypted.
    NoTls,
    /// A server answers at the issuer's address without a discovery document.
    NoDiscovery,
    /// The issuer is no URL.
    NoUrl,
    /// Immich does not reach authentik.
    OutOfReach,
    /// Immich does not trust authentik's certificate.
    Untrusted,
}

fn said(status: u16, words: &str, request: Option<&Foreign>) -> String {
    match request {
        Some(id) => say!("{status}: {words} (correlation id {id})", status, words, id),
        None => say!("{status}: {words}", status, words),
    }
}

impl Failure for Refusal {
    fn system(&self) -> System {
        System::Immich
    }

    fn kind(&self) -> FaultKind {
        match self.cause {
            Cause::NotSignedIn => FaultKind::NotSignedIn,
            Cause::NotAllowed => FaultKind::NotAllowed,
            Cause::NoSuchPath => FaultKind::NotFound,
            Cause::InFront
            | Cause::LeadsElsewhere
            | Cause::Refused
            | Cause::OAuthOff
            | Cause::OtherIssuer
            | Cause::NoTls
            | Cause::NoDiscovery
            | Cause::NoUrl => FaultKind::Refused,
            Cause::ProxyAlone | Cause::OutOfReach => FaultKind::Unreachable,
            Cause::Crashed => FaultKind::Crashed,
            Cause::UnknownStatus => FaultKind::Unexpected,
            Cause::Untrusted => FaultKind::Untrusted { fingerprint: None },
        }
    }

    fn hint(&self) -> String {
        match self.cause {
            Cause::NotSignedIn => say!(
                "The API key is not accepted (any more). Paste a new one, or sign in once and let \
                 the wizard make it."
            ),
            Cause::InFront => say!(
                "Something in front of Immich refused this, such as a web application firewall or \
                 a login proxy. Give Immich's own address as the API address."
            ),
            Cause::NotAllowed => say!(
                "The key needs the permission that is named, and its owner must be an \
                 administrator."
            ),
            Cause::NoSuchPath => say!("This Immich release does not know the path."),
            Cause::LeadsElsewhere => say!(
                "Something in front of Immich leads elsewhere. If that is the same address with \
                 https, give that one; if it is a login page, let /api through: the mobile app \
                 needs that too."
            ),
            Cause::Refused | Cause::UnknownStatus => String::new(),
            Cause::ProxyAlone => {
                say!("The proxy answers and Immich behind it does not: is its container running?")
            }
            Cause::Crashed => say!("Immich's log says why."),
            Cause::OAuthOff => say!("Walk the settings step: login with OAuth is off."),
            Cause::OtherIssuer => say!(
                "The issuer that Immich has is not the one that authentik advertises, byte by \
                 byte, the slash at the end included. Walk the settings step again."
            ),
            Cause::NoTls => say!(
                "Immich 3 refuses an issuer without TLS. Put authentik behind https, or allow \
                 insecure requests in the settings step."
            ),
            Cause::NoDiscovery => say!(
                "Immich reaches a server, but it has no discovery document there: a wrong slug, a \
                 provider without an application, or something in front of authentik that blocks \
                 it."
            ),
            Cause::NoUrl => {
                say!("The issuer in Immich is no URL. Walk the settings step again.")
            }
            Cause::OutOfReach => say!(
                "Immich's own container cannot reach authentik at the issuer's address: name \
                 resolution inside Docker, a firewall, or a router that does not lead back in. Try \
                 `docker exec immich_server curl` with the issuer."
            ),
            Cause::Untrusted => say!(
                "Immich does not trust authentik's certificate: mount your authority's certificate \
                 into the container and name it in NODE_EXTRA_CA_CERTS."
            ),
        }
    }
}

impl Refusal {
    fn of(answer: &Answer) -> Self {
        let ours = answer.json().is_some_and(|body| body.get("message").is_some());
        let cause = match answer.status.as_u16() {
            401 => Cause::NotSignedIn,
            403 if !ours => Cause::InFront,
            403 => Cause::NotAllowed,
            404 => Cause::NoSuchPath,
            300..=399 => Cause::LeadsElsewhere,
            400 => Cause::Refused,
            502..=504 => Cause::ProxyAlone,
            500.. => Cause::Crashed,
            _ => Cause::UnknownStatus,
        };
        let request = if answer.status.is_server_error() {
            let first = answer.shown_header("x-correlation-id");
            first.or_else(|| answer.shown_header("x-immich-cid"))
        } else {
            None
        };
        Self { status: answer.status.as_u16(), words: own_words(answer), request, cause }
    }

    /// The answer to a login that was to begin. Its words tell what Immich's own
    /// process met on the way to authentik.
    fn of_login(answer: &Answer) -> Self {
        let refused = Self::of(answer);
        let said = |part: &str| refused.words.contains(part);
        let cause = if said("OAuth is not enabled") {
            Cause::OAuthOff
        } else if said("does not match the expected issuer") {
            Cause::OtherIssuer
        } else if said("only requests to HTTPS are allowed") {
            Cause::NoTls
        } else if said("unexpected HTTP response status code") {
            Cause::NoDiscovery
        } else if said("Invalid URL") {
            Cause::NoUrl
        } else if said("fetch failed") || said("AggregateError") {
            Cause::OutOfReach
        } else if said("self-signed certificate") || said("unable to verify") {
            Cause::Untrusted
        } else {
            refused.cause
        };
        Self { cause, ..refused }
    }
}

/// An answer of success that is not what it should be.
#[derive(Debug, thiserror::Error)]
pub(super) enum AnswerError {
    /// No path was asked at all.
    #[error("")]
    NoPath,
    #[error("{}", say!("an answer that cannot be read: {why}", why = .0))]
    Unreadable(Foreign),
    #[error("{}", say!("the answer holds no `{field}`", field = .0))]
    Lacks(&'static str),
    #[error("{}", say!("the answer holds no key"))]
    NoKey,
    #[error("{}", say!("the answer is no list"))]
    NoList,
    #[error("{}", say!("the id of a user holds characters that no id has"))]
    OddId,
}

impl UniformFailure for AnswerError {
    const SYSTEM: System = System::Immich;
    const KIND: FaultKind = FaultKind::Unexpected;

    fn hint(&self) -> String {
        match self {
            Self::Unreadable(_) => {
                say!("Is it Immich that answers there, and not something in front of it?")
            }
            Self::NoPath | Self::Lacks(_) | Self::NoKey | Self::NoList | Self::OddId => {
                String::new()
            }
        }
    }
}

/// Immich's own words out of an error body: a text, a list of them, or from 3.x
/// on a list of objects with a path and a message.
pub(super) fn own_words(answer: &Answer) -> String {
    let Some(body) = answer.shown_json() else {
        return of_another(answer);
    };
    let mut words = match body.get("message") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(texts)) => {
            texts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("; ")
        }
        _ => String::new(),
    };
    for error in body.get("errors").and_then(Value::as_array).into_iter().flatten() {
        let path: Vec<String> = error
            .get("path")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(|part| part.as_str().map_or_else(|| part.to_string(), str::to_owned))
            .collect();
        let message = error.get("message").and_then(Value::as_str).unwrap_or_default();
        words = format!("{words}; {}: {message}", path.join("."));
    }
    if words.is_empty() { answer.status.to_string() } else { words }
}

/// What an answer shows that is none of Immich's.
fn of_another(answer: &Answer) -> String {
    let status = answer.status;
    match (answer.shown_header("content-type"), answer.shown_header("location")) {
        (Some(kind), Some(to)) => {
            say!("{status} ({kind}, no answer of Immich's, leads to {to})", status, kind, to)
        }
        (Some(kind), None) => say!("{status} ({kind}, no answer of Immich's)", status, kind),
        (None, Some(to)) => {
            say!("{status} (no content type, no answer of Immich's, leads to {to})", status, to)
        }
        (None, None) => say!("{status} (no content type, no answer of Immich's)", status),
    }
}

/// The fault that an answer other than success stands for.
pub(super) fn refusal(tried: &str, answer: &Answer) -> Fault {
    Fault::of(&Refusal::of(answer), tried)
}

/// What went wrong when Immich was asked to begin a login.
pub(super) fn authorize_refusal(answer: &Answer) -> Fault {
    Fault::of(&Refusal::of_login(answer), word!("begin a login at Immich"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        let status = reqwest::StatusCode::from_u16(status).unwrap();
        Answer::new(status, reqwest::header::HeaderMap::new(), body.as_bytes().to_vec())
    }

    #[test]
    fn the_error_bodies_of_all_releases_are_read() {
        let old = answer(400, r#"{"message":["a must be b","c"],"error":"Bad Request"}"#);
        assert_eq!(own_words(&old), "a must be b; c");
        let new = answer(
            400,
            r#"{"message":"Validation failed","errors":[{"path":["oauth","roleClaim"],"message":"Required"}]}"#,
        );
        assert_eq!(own_words(&new), "Validation failed; oauth.roleClaim: Required");
    }

    #[test]
    fn a_403_that_is_not_immichs_own_points_at_what_is_in_front_of_it() {
        assert_eq!(refusal("x", &answer(403, "<html>")).kind, FaultKind::Refused);
        let own = r#"{"message":"Missing required permission: systemConfig.update"}"#;
        assert_eq!(refusal("x", &answer(403, own)).kind, FaultKind::NotAllowed);
    }
}
