//! Why no answer came back: the library's chain of causes in words that lead
//! somewhere.

use std::error::Error;

use super::Trust;
use crate::site::{Fault, FaultKind, System};

/// The fault that a failed call stands for. `refused` is the fingerprint of the
/// certificate that was not trusted, if that is what happened.
pub(super) fn explain(
    system: System,
    tried: &str,
    error: &reqwest::Error,
    trust: &Trust,
    refused: Option<String>,
) -> Fault {
    let causes = causes(error);
    let all = causes.join(": ");
    let last = causes.last().cloned().unwrap_or_default();
    let says = |part: &str| all.contains(part);
    let fault = |kind, answer: &str, remedy: &str| {
        Fault::new(system, kind, tried).answered(answer).remedy(remedy)
    };
    if let Some(shown) = refused {
        return untrusted(system, tried, trust, &shown, &last);
    }
    if says("InvalidContentType") || says("wrong version number") {
        return fault(
            FaultKind::Unreachable,
            "something answers there, and not in TLS",
            "Write http:// instead of https://, or give the port that speaks TLS.",
        );
    }
    if says("invalid HTTP version parsed") || says("invalid HTTP status") {
        return fault(
            FaultKind::Unreachable,
            "something answers there, and not in plain HTTP",
            "Write https:// instead of http://, or give another port.",
        );
    }
    if says("dns error") || says("failed to lookup address") {
        return fault(
            FaultKind::Unreachable,
            &format!("the name is not known: {last}"),
            "Check its spelling, and whether this machine's name server knows it.",
        );
    }
    if says("Connection refused") {
        return fault(
            FaultKind::Unreachable,
            "the machine is there, and nobody listens at this port",
            "Is the server running, and is it the right port?",
        );
    }
    if error.is_timeout() {
        return fault(
            FaultKind::Late,
            "no answer in time",
            "Is it very busy, or does something on the way drop the packets? Try again in a moment.",
        );
    }
    if error.is_connect() {
        return fault(
            FaultKind::Unreachable,
            &last,
            "Check the address, and the way to it from this machine.",
        );
    }
    fault(
        FaultKind::Lost,
        &last,
        "Look again: whether the request was carried out is read from what is there.",
    )
}

fn untrusted(system: System, tried: &str, trust: &Trust, shown: &str, why: &str) -> Fault {
    let make = |fingerprint| Fault::new(system, FaultKind::Untrusted { fingerprint }, tried);
    if let Some(pin) = &trust.pinned_certificate {
        // Another certificate than the accepted one is not to be accepted with
        // one key: it may be a new one, or somebody in between.
        return make(None)
            .answered(format!("it shows the certificate {shown}, and {pin} was accepted"))
            .remedy("If the server has a new certificate, compare it there, and take `pinned_certificate` out of the profile.");
    }
    make(Some(shown.to_owned()))
        .answered(format!("its certificate is not trusted: {why}"))
        .remedy("Name a file with your own authority's certificate, or compare this one on the server and accept exactly it.")
}

/// Each cause once, from the outermost to the innermost.
fn causes(error: &reqwest::Error) -> Vec<String> {
    let mut causes = vec![error.to_string()];
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if causes.last() != Some(&text) {
            causes.push(text);
        }
        source = cause.source();
    }
    causes
}
