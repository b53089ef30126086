//! What answers mean that are no OAuth answers.

use serde_json::Value;

use crate::{
    net::Answer,
    site::{Fault, FaultKind, System},
};

pub(super) fn fault(kind: FaultKind, tried: &str) -> Fault {
    Fault::new(System::Authentik, kind, tried)
}

pub(super) fn read_json(tried: &str, answer: &Answer) -> Result<Value, Fault> {
    answer.json().ok_or_else(|| {
        fault(FaultKind::WrongProduct, tried)
            .answered(format!("{} with a body that is not JSON", answer.status))
            .remedy("Something else than authentik answers at this address. Check it in a browser.")
    })
}

/// A request that got no answer.
pub(super) fn unanswered(tried: &str, why: Fault) -> Fault {
    let remedy = if why.remedy.is_empty() {
        "Check that this machine reaches authentik's address.".into()
    } else {
        why.remedy
    };
    Fault { tried: tried.into(), remedy, ..why }
}

/// An answer that is none of those that the endpoint gives by itself.
pub(super) fn refusal(tried: &str, answer: &Answer) -> Fault {
    let status = answer.status;
    match status.as_u16() {
        502 | 503 => fault(FaultKind::Late, tried)
            .answered(format!("{status}: authentik is starting or down"))
            .remedy("Wait a minute and try again; then look at the log of its server container."),
        300..=399 => fault(FaultKind::WrongProduct, tried)
            .answered(format!(
                "{status}: it sends the request on to {}",
                answer.shown_header("location").map_or("another address".into(), String::from)
            ))
            .remedy("Give the address at which authentik itself answers, with the right scheme."),
        401 | 403 => fault(FaultKind::WrongProduct, tried)
            .answered(status.to_string())
            .remedy("A proxy or firewall before authentik guards this path. Immich cannot pass it either: let /application/o/ through."),
        404 => fault(FaultKind::NotFound, tried)
            .answered(status.to_string())
            .remedy("Check authentik's address, and that a proxy before it lets /application/o/ through."),
        421 => fault(FaultKind::WrongProduct, tried)
            .answered(format!("{status}: what answers there does not serve this name"))
            .remedy("Let the proxy at authentik's API address serve authentik's public name, too."),
        500..=599 => fault(FaultKind::Crashed, tried)
            .answered(status.to_string())
            .remedy("Look at the log of authentik's server container."),
        _ => fault(FaultKind::Unexpected, tried)
            .answered(format!("{status}, which says nothing about it"))
            .remedy("Open the address in a browser and see what answers there."),
    }
}
