//! What Immich's answers mean. The error bodies of 2.x and 3.x differ; both are
//! read.

use serde_json::Value;

use crate::{
    net::Answer,
    site::{Fault, FaultKind, System},
};

/// A fault of Immich's.
pub(super) fn fault(kind: FaultKind, tried: impl Into<String>) -> Fault {
    Fault::new(System::Immich, kind, tried)
}

/// Immich's own words out of an error body: a text, a list of them, or from 3.x
/// on a list of objects with a path and a message.
pub(super) fn own_words(answer: &Answer) -> String {
    let Some(body) = answer.shown_json() else {
        let kind = answer.shown_header("content-type");
        let kind = kind.map_or("no content type".into(), String::from);
        let location = answer.shown_header("location");
        let leads = location.map(|to| format!(", leads to {to}")).unwrap_or_default();
        return format!("{} ({kind}, no answer of Immich's{leads})", answer.status);
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

/// The fault that an answer other than success stands for.
pub(super) fn refusal(tried: &str, answer: &Answer) -> Fault {
    let words = own_words(answer);
    let ours = answer.json().is_some_and(|body| body.get("message").is_some());
    let (kind, remedy) = match answer.status.as_u16() {
        401 => (
            FaultKind::NotSignedIn,
            "The API key is not accepted (any more). Paste a new one, or sign in once and let the \
             wizard make it.",
        ),
        403 if !ours => (
            FaultKind::Refused,
            "Something in front of Immich refused this, such as a web application firewall or a \
             login proxy. Give Immich's own address as the API address.",
        ),
        403 => (
            FaultKind::NotAllowed,
            "The key needs the permission that is named, and its owner must be an administrator.",
        ),
        404 => (FaultKind::NotFound, "This Immich release does not know the path."),
        300..=399 => (
            FaultKind::Refused,
            "Something in front of Immich leads elsewhere. If that is the same address with https, \
             give that one; if it is a login page, let /api through: the mobile app needs that too.",
        ),
        400 => (FaultKind::Refused, ""),
        502..=504 => (
            FaultKind::Unreachable,
            "The proxy answers and Immich behind it does not: is its container running?",
        ),
        500.. => (FaultKind::Crashed, "Immich's log says why."),
        _ => (FaultKind::Unexpected, ""),
    };
    let correlation =
        answer.shown_header("x-correlation-id").or_else(|| answer.shown_header("x-immich-cid"));
    let said = match correlation {
        Some(id) if answer.status.is_server_error() => {
            format!("{}: {words} (correlation id {id})", answer.status.as_u16())
        }
        _ => format!("{}: {words}", answer.status.as_u16()),
    };
    fault(kind, tried).answered(said).remedy(remedy)
}

/// What went wrong when Immich was asked to begin a login. Its words tell what
/// its own process met on the way to authentik.
pub(super) fn authorize_refusal(answer: &Answer) -> Fault {
    let refused = refusal("begin a login at Immich", answer);
    let words = own_words(answer);
    let said = |part: &str| words.contains(part);
    let (kind, remedy) = if said("OAuth is not enabled") {
        (FaultKind::Refused, "Walk the settings step: login with OAuth is off.")
    } else if said("does not match the expected issuer") {
        (
            FaultKind::Refused,
            "The issuer that Immich has is not the one that authentik advertises, byte by byte, \
             the slash at the end included. Walk the settings step again.",
        )
    } else if said("only requests to HTTPS are allowed") {
        (
            FaultKind::Refused,
            "Immich 3 refuses an issuer without TLS. Put authentik behind https, or allow insecure \
             requests in the settings step.",
        )
    } else if said("unexpected HTTP response status code") {
        (
            FaultKind::Refused,
            "Immich reaches a server, but it has no discovery document there: a wrong slug, a \
             provider without an application, or something in front of authentik that blocks it.",
        )
    } else if said("Invalid URL") {
        (FaultKind::Refused, "The issuer in Immich is no URL. Walk the settings step again.")
    } else if said("fetch failed") || said("AggregateError") {
        (
            FaultKind::Unreachable,
            "Immich's own container cannot reach authentik at the issuer's address: name \
             resolution inside Docker, a firewall, or a router that does not lead back in. Try \
             `docker exec immich_server curl` with the issuer.",
        )
    } else if said("self-signed certificate") || said("unable to verify") {
        (
            FaultKind::Untrusted { fingerprint: None },
            "Immich does not trust authentik's certificate: mount your authority's certificate into \
             the container and name it in NODE_EXTRA_CA_CERTS.",
        )
    } else {
        return refused;
    };
    Fault { kind, ..refused }.remedy(remedy)
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
