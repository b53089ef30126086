//! What answers mean that are no OAuth answers.

use reqwest::StatusCode;
use serde_json::Value;

use crate::{
    net::Answer,
    secret::Foreign,
    site::{Failure, Fault, FaultKind, System},
};

/// An answer that is none of those that the endpoint gives by itself.
#[derive(Debug, thiserror::Error)]
pub(super) enum AnswerError {
    #[error("{}", say!("{status} with a body that is not JSON", status = .0))]
    NoJson(StatusCode),
    #[error("{}", say!("{status}: authentik is starting or down", status = .0))]
    Starting(StatusCode),
    #[error("{}", say!("{status}: it sends the request on to {target}", status = .status, target = .target))]
    Elsewhere { status: StatusCode, target: Foreign },
    #[error("{}", say!("{status}: it sends the request on to another address", status = .0))]
    SomewhereElse(StatusCode),
    #[error("{0}")]
    Guarded(StatusCode),
    #[error("{0}")]
    NotFound(StatusCode),
    #[error("{}", say!("{status}: what answers there does not serve this name", status = .0))]
    OtherName(StatusCode),
    #[error("{0}")]
    Crashed(StatusCode),
    #[error("{}", say!("{status}, which says nothing about it", status = .0))]
    Odd(StatusCode),
}

impl Failure for AnswerError {
    fn system(&self) -> System {
        System::Authentik
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::NoJson(_)
            | Self::Elsewhere { .. }
            | Self::SomewhereElse(_)
            | Self::Guarded(_)
            | Self::OtherName(_) => FaultKind::WrongProduct,
            Self::Starting(_) => FaultKind::Late,
            Self::NotFound(_) => FaultKind::NotFound,
            Self::Crashed(_) => FaultKind::Crashed,
            Self::Odd(_) => FaultKind::Unexpected,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::NoJson(_) => say!(
                "Something else than authentik answers at this address. Check it in a browser."
            ),
            Self::Starting(_) => {
                say!("Wait a minute and try again; then look at the log of its server container.")
            }
            Self::Elsewhere { .. } | Self::SomewhereElse(_) => {
                say!("Give the address at which authentik itself answers, with the right scheme.")
            }
            Self::Guarded(_) => say!(
                "A proxy or firewall before authentik guards this path. Immich cannot pass it either: let /application/o/ through."
            ),
            Self::NotFound(_) => say!(
                "Check authentik's address, and that a proxy before it lets /application/o/ through."
            ),
            Self::OtherName(_) => {
                say!("Let the proxy at authentik's API address serve authentik's public name, too.")
            }
            Self::Crashed(_) => say!("Look at the log of authentik's server container."),
            Self::Odd(_) => say!("Open the address in a browser and see what answers there."),
        }
    }
}

pub(super) fn read_json(tried: &str, answer: &Answer) -> Result<Value, Fault> {
    answer.json().ok_or_else(|| Fault::of(&AnswerError::NoJson(answer.status), tried))
}

/// A request that got no answer, in the words of the caller.
pub(super) fn unanswered(tried: &str, why: Fault) -> Fault {
    why.passed_on(tried, |_| say!("Check that this machine reaches authentik's address."))
}

/// What an answer means that is none of those that the endpoint gives by itself.
pub(super) fn refusal(tried: &str, answer: &Answer) -> Fault {
    let status = answer.status;
    let error = match status.as_u16() {
        502 | 503 => AnswerError::Starting(status),
        300..=399 => match answer.shown_header("location") {
            Some(target) => AnswerError::Elsewhere { status, target },
            None => AnswerError::SomewhereElse(status),
        },
        401 | 403 => AnswerError::Guarded(status),
        404 => AnswerError::NotFound(status),
        421 => AnswerError::OtherName(status),
        500..=599 => AnswerError::Crashed(status),
        _ => AnswerError::Odd(status),
    };
    Fault::of(&error, tried)
}
