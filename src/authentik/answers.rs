//! What authentik's refusals mean. Its status codes mislead: see each case.

use reqwest::StatusCode;
use serde_json::Value;

use crate::{
    net::Answer,
    site::{Fault, FaultKind, System},
};

/// Where tokens are made by hand.
pub(super) const TOKEN_MENU: &str = "In authentik: Admin interface, Directory, Tokens and App \
     passwords, Create, with the intent API Token. Or sign in with user name and password.";

/// A fault of authentik's.
pub(super) fn fault(kind: FaultKind, tried: impl Into<String>) -> Fault {
    Fault::new(System::Authentik, kind, tried)
}

/// An answer of the right status whose body makes no sense.
pub(super) fn nonsense(tried: &str, answer: &Answer, why: impl Into<String>) -> Fault {
    fault(FaultKind::Unexpected, tried)
        .answered(format!("{} with a body that cannot be read: {}", answer.status, why.into()))
        .remedy(format!(
            "If a proxy stands before authentik, see whether it changes the answer.{}",
            trace(answer)
        ))
}

/// Whether authentik says that it is still starting. Some releases say so with
/// status 200.
pub(super) fn is_starting(answer: &Answer) -> bool {
    matches!(answer.status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::BAD_GATEWAY)
        || answer
            .json()
            .and_then(|body| Some(body.get("error")?.as_str()?.contains("starting")))
            .unwrap_or(false)
}

/// Whether the path itself is not there: authentik then answers with a page,
/// and with JSON when it is the object that is missing.
pub(super) fn is_path_missing(answer: &Answer) -> bool {
    answer.status == StatusCode::NOT_FOUND && !is_json(answer)
        || answer.status == StatusCode::METHOD_NOT_ALLOWED && answer.body().is_empty()
}

fn is_json(answer: &Answer) -> bool {
    answer.header("content-type").is_some_and(|kind| kind.contains("json"))
}

/// A request that got no answer: says what was tried in the words of whoever
/// tried it, and what to do where nobody has said so.
pub(super) fn unanswered(tried: &str, why: Fault) -> Fault {
    let remedy = match why.kind {
        _ if !why.remedy.is_empty() => why.remedy,
        FaultKind::Unreachable => {
            "Check authentik's address, and that this machine can reach it.".into()
        }
        FaultKind::Late => "Try again: authentik can be slow when it has just started.".into(),
        FaultKind::Lost => {
            "Look again before you repeat it: whether it was carried out is not known.".into()
        }
        _ => String::new(),
    };
    Fault { tried: tried.into(), remedy, ..why }
}

/// What an answer that is no success means.
pub(super) fn refusal(tried: &str, answer: &Answer) -> Fault {
    if is_starting(answer) {
        return fault(FaultKind::Late, tried)
            .answered(format!("{}: {}", answer.status, own_words(answer)))
            .remedy("authentik is starting, or its server process is down. Wait a minute and try again; then look at the log of its server container.");
    }
    match answer.status.as_u16() {
        401 | 403 => forbidden(tried, answer),
        404 if is_json(answer) => fault(FaultKind::NotFound, tried)
            .answered(own_words(answer))
            .remedy("It may have been deleted meanwhile. Look again."),
        404 => fault(FaultKind::NotFound, tried)
            .answered("404 with a page: this authentik has no such path")
            .remedy(format!(
                "Check the address, and that the release is 2023.10 or later.{}",
                trace(answer)
            )),
        // The page that authentik shows for its own crashes only knows GET, so
        // a crash on a POST is reported as a wrong method.
        405 if answer.body().is_empty() => fault(FaultKind::Crashed, tried)
            .answered("405 without a body: authentik crashed on the request, or has no such path")
            .remedy(format!("Look at the log of authentik's server container.{}", trace(answer))),
        429 => fault(FaultKind::Refused, tried)
            .answered("429: too many requests")
            .remedy("Wait a minute and try again."),
        400..=499 => fault(FaultKind::Refused, tried)
            .answered(own_words(answer))
            .remedy(format!("Correct what authentik names, then try again.{}", trace(answer))),
        300..=399 => {
            let target = answer.shown_header("location");
            let target = target.map_or("another address".into(), String::from);
            fault(FaultKind::WrongProduct, tried)
                .answered(format!("{}: it sends the request on to {target}", answer.status))
                .remedy("Give the address at which authentik itself answers, with the right scheme, and keep a forward-auth proxy away from it.")
        }
        500..=599 => fault(FaultKind::Crashed, tried)
            .answered(format!("{}: {}", answer.status, own_words(answer)))
            .remedy(format!("Look at the log of authentik's server container.{}", trace(answer))),
        _ => nonsense(tried, answer, "this status was not expected"),
    }
}

/// Everything about rights is status 403: no token, an expired one, and one
/// without the permission. Only the text tells them apart.
fn forbidden(tried: &str, answer: &Answer) -> Fault {
    match detail(answer) {
        Some(text) if text.contains("permission") => fault(FaultKind::NotAllowed, tried)
            .answered(answer.words(&text))
            .remedy("Give the token's user the missing permission, or use a token of an administrator."),
        Some(text) => fault(FaultKind::NotSignedIn, tried)
            .answered(answer.words(&text))
            .remedy(format!("Give a valid API token. An app password does not do, and a token made without an explicit expiry ends after half an hour. {TOKEN_MENU}")),
        None => fault(FaultKind::NotAllowed, tried)
            .answered(format!("{}: {}", answer.status, own_words(answer)))
            .remedy("This does not come from authentik's API. See whether a proxy or firewall before it guards the path /api/."),
    }
}

fn detail(answer: &Answer) -> Option<String> {
    Some(answer.json()?.get("detail")?.as_str()?.to_owned())
}

/// The server's own words, flattened to one line.
pub(super) fn own_words(answer: &Answer) -> String {
    if let Some(body) = answer.shown_json() {
        let mut said = Vec::new();
        flatten("", &body, &mut said);
        if !said.is_empty() {
            return said.join("; ");
        }
    }
    let text = answer.shown_text();
    if text.is_empty() { "no words".into() } else { text.into() }
}

/// Turns `{"redirect_uris": [{"matching_mode": ["bad"]}]}` into
/// `redirect_uris, entry 1, matching_mode: bad`.
fn flatten(place: &str, value: &Value, said: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                // These name no field: the words are about the whole.
                let here = match (key.as_str(), place) {
                    ("non_field_errors" | "detail" | "error" | "request_id", _) => place.to_owned(),
                    (_, "") => key.clone(),
                    _ => format!("{place}, {key}"),
                };
                if key != "request_id" && key != "code" {
                    flatten(&here, value, said);
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                if item.is_object() && items.len() > 1 {
                    flatten(&format!("{place}, entry {}", index + 1), item, said);
                } else {
                    flatten(place, item, said);
                }
            }
        }
        Value::String(text) if place.is_empty() => said.push(text.clone()),
        Value::String(text) => said.push(format!("{place}: {text}")),
        _ => {}
    }
}

/// The number under which authentik logged the request, for whoever reads its
/// log.
fn trace(answer: &Answer) -> String {
    answer
        .shown_header("x-authentik-id")
        .map(|id| format!(" The request is {id} in authentik's log."))
        .unwrap_or_default()
}
