//! What authentik's refusals mean. Its status codes mislead: see each case.

use reqwest::StatusCode;
use serde_json::Value;

use crate::{
    net::Answer,
    secret::Foreign,
    site::{Failure, Fault, FaultKind, System},
};

/// Where tokens are made by hand.
const TOKEN_MENU: &str = word!(
    "In authentik: Admin interface, Directory, Tokens and App passwords, Create, with the intent \
     API Token. Or sign in with user name and password."
);

/// Why an answer of the right status is of no use.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// No JSON at all.
    #[error("{}", say!("it is not JSON"))]
    NotJson,
    /// JSON of another form; not more of it than the search for secrets lets
    /// through.
    #[error("{0}")]
    Form(Foreign),
    /// A row of another form.
    #[error("{0}")]
    Row(#[source] serde_json::Error),
    /// A list was expected.
    #[error("{}", say!("it is no list"))]
    NoList,
    /// A token was expected.
    #[error("{}", say!("it is no token"))]
    NoToken,
    /// The version is not spelled as one.
    #[error("{}", say!("no version"))]
    NoVersion,
    /// The description of the API names no version.
    #[error("{}", say!("its description names no version"))]
    NoVersionInDescription,
    /// A field is missing.
    #[error("{}", say!("it has no `{field}`", field = .0))]
    NoField(&'static str),
    /// A provider was expected.
    #[error("{}", say!("the provider is not a JSON object"))]
    NoProvider,
    /// A field of the provider is missing.
    #[error("{}", say!("the provider has no `{field}`", field = .0))]
    ProviderLacks(&'static str),
    /// An application was expected.
    #[error("{}", say!("the application is not a JSON object"))]
    NoApplication,
    /// A field of the application is missing.
    #[error("{}", say!("the application has no `{field}`", field = .0))]
    ApplicationLacks(&'static str),
    /// The status says nothing that is known.
    #[error("{}", say!("this status was not expected"))]
    Status,
}

/// What an answer that is no success means, in authentik's own words where it
/// has any. `request` is the number under which authentik logged it.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("{}", say!("{status} with a body that cannot be read: {why}", status = .status, why = .why))]
    Unreadable {
        status: StatusCode,
        #[source]
        why: Unreadable,
        request: Option<Foreign>,
    },
    #[error("{}", say!("{status}: {said}", status = .status, said = .said))]
    Starting { status: StatusCode, said: String },
    #[error("{said}")]
    NoPermission { said: Foreign, needed: Option<String> },
    #[error("{0}")]
    NoToken(Foreign),
    /// Something before authentik's API says no.
    #[error("{}", say!("{status}: {said}", status = .status, said = .said))]
    Forbidden { status: StatusCode, said: String, needed: Option<String> },
    #[error("{0}")]
    Gone(String),
    #[error("{}", say!("404 with a page: this authentik has no such path"))]
    NoSuchPath { request: Option<Foreign> },
    #[error("{}", say!("405 without a body: authentik crashed on the request, or has no such path"))]
    NoBody { request: Option<Foreign> },
    #[error("{}", say!("429: too many requests"))]
    TooMany,
    #[error("{said}")]
    Refused { said: String, request: Option<Foreign> },
    #[error("{}", say!("{status}: it sends the request on to {target}", status = .status, target = .target))]
    Elsewhere { status: StatusCode, target: Foreign },
    #[error("{}", say!("{status}: it sends the request on to another address", status = .0))]
    SomewhereElse(StatusCode),
    #[error("{}", say!("{status}: {said}", status = .status, said = .said))]
    Crashed { status: StatusCode, said: String, request: Option<Foreign> },
}

impl Failure for Refusal {
    fn system(&self) -> System {
        System::Authentik
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::Unreadable { .. } => FaultKind::Unexpected,
            Self::Starting { .. } => FaultKind::Late,
            Self::NoPermission { .. } | Self::Forbidden { .. } => FaultKind::NotAllowed,
            Self::NoToken(_) => FaultKind::NotSignedIn,
            Self::Gone(_) | Self::NoSuchPath { .. } => FaultKind::NotFound,
            Self::NoBody { .. } | Self::Crashed { .. } => FaultKind::Crashed,
            Self::TooMany | Self::Refused { .. } => FaultKind::Refused,
            Self::Elsewhere { .. } | Self::SomewhereElse(_) => FaultKind::WrongProduct,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Unreadable { request, .. } => say!(
                "If a proxy stands before authentik, see whether it changes the answer.{request}",
                request = logged(request.as_ref())
            ),
            Self::Starting { .. } => say!(
                "authentik is starting, or its server process is down. Wait a minute and try again; then look at the log of its server container."
            ),
            Self::NoPermission { needed: Some(needed), .. }
            | Self::Forbidden { needed: Some(needed), .. } => say!(
                "Give a role of the token's user the permission {needed}, or use a token of an administrator.",
                needed
            ),
            Self::NoPermission { needed: None, .. } => say!(
                "Give the token's user the missing permission, or use a token of an administrator."
            ),
            Self::NoToken(_) => say!(
                "Give a valid API token. An app password does not do, and a token made without an explicit expiry ends after half an hour. {menu}",
                menu = TOKEN_MENU
            ),
            Self::Forbidden { needed: None, .. } => say!(
                "This does not come from authentik's API. See whether a proxy or firewall before it guards the path /api/."
            ),
            Self::Gone(_) => say!("It may have been deleted meanwhile. Look again."),
            Self::NoSuchPath { request } => say!(
                "Check the address, and that the release is 2023.10 or later.{request}",
                request = logged(request.as_ref())
            ),
            Self::TooMany => say!("Wait a minute and try again."),
            Self::Refused { request, .. } => say!(
                "Correct what authentik names, then try again.{request}",
                request = logged(request.as_ref())
            ),
            Self::Elsewhere { .. } | Self::SomewhereElse(_) => say!(
                "Give the address at which authentik itself answers, with the right scheme, and keep a forward-auth proxy away from it."
            ),
            Self::NoBody { request } | Self::Crashed { request, .. } => say!(
                "Look at the log of authentik's server container.{request}",
                request = logged(request.as_ref())
            ),
        }
    }
}

/// The number under which authentik logged the request, for whoever reads its
/// log.
fn logged(request: Option<&Foreign>) -> String {
    request.map(|id| say!(" The request is {id} in authentik's log.", id)).unwrap_or_default()
}

/// An answer of the right status whose body makes no sense.
pub(super) fn nonsense(tried: &str, answer: &Answer, why: Unreadable) -> Fault {
    Fault::of(&Refusal::Unreadable { status: answer.status, why, request: number(answer) }, tried)
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

/// A request that got no answer, in the words of the caller. `changes`: whether
/// it would have changed something there.
pub(super) fn unanswered(tried: &str, changes: bool, why: Fault) -> Fault {
    why.passed_on(tried, |kind| match kind {
        FaultKind::Unreachable => {
            say!("Check authentik's address, and that this machine can reach it.")
        }
        FaultKind::Late | FaultKind::Lost if changes => {
            say!("Look again before you repeat it: whether it was carried out is not known.")
        }
        FaultKind::Late => say!("Try again: authentik can be slow when it has just started."),
        FaultKind::Lost => say!("Try again: nothing was to be changed."),
        _ => String::new(),
    })
}

/// What an answer that is no success means.
pub(super) fn refusal(tried: &str, answer: &Answer) -> Fault {
    Fault::of(&Refusal::of(answer), tried)
}

impl Refusal {
    /// What an answer that is no success means.
    pub(super) fn of(answer: &Answer) -> Self {
        let status = answer.status;
        if is_starting(answer) {
            return Self::Starting { status, said: own_words(answer) };
        }
        match status.as_u16() {
            401 | 403 => Self::forbidden(answer),
            404 if is_json(answer) => Self::Gone(own_words(answer)),
            404 => Self::NoSuchPath { request: number(answer) },
            // The page that authentik shows for its own crashes only knows GET, so
            // a crash on a POST is reported as a wrong method.
            405 if answer.body().is_empty() => Self::NoBody { request: number(answer) },
            429 => Self::TooMany,
            400..=499 => Self::Refused { said: own_words(answer), request: number(answer) },
            300..=399 => match answer.shown_header("location") {
                Some(target) => Self::Elsewhere { status, target },
                None => Self::SomewhereElse(status),
            },
            500..=599 => Self::Crashed { status, said: own_words(answer), request: number(answer) },
            _ => Self::Unreadable { status, why: Unreadable::Status, request: number(answer) },
        }
    }

    /// Everything about rights is status 403: no token, an expired one, and one
    /// without the permission. Only the text tells them apart.
    fn forbidden(answer: &Answer) -> Self {
        match detail(answer) {
            Some(text) if text.contains("permission") => {
                Self::NoPermission { said: answer.words(&text), needed: None }
            }
            Some(text) => Self::NoToken(answer.words(&text)),
            None => {
                Self::Forbidden { status: answer.status, said: own_words(answer), needed: None }
            }
        }
    }

    /// The same, where the permission is known that the request needs.
    pub(super) fn needing(mut self, permission: String) -> Self {
        if let Self::NoPermission { needed, .. } | Self::Forbidden { needed, .. } = &mut self {
            *needed = Some(permission);
        }
        self
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
    answer.shown_text().map_or_else(|| say!("no words"), |text| text.to_string())
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
                    flatten(
                        &say!("{place}, entry {number}", place, number = index + 1),
                        item,
                        said,
                    );
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

/// The number under which authentik logged the request.
fn number(answer: &Answer) -> Option<Foreign> {
    answer.shown_header("x-authentik-id")
}
