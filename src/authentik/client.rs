//! The client.

use std::time::Duration;

use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    Me,
    answers::{Refusal, Unreadable, is_path_missing, is_starting, nonsense, unanswered},
    path,
    rights::needed_for,
    wire::Page,
};
use crate::{
    net::{Answer, Auth, Http, Request, unreadable},
    secret::{Foreign, Secret},
    site::{Failure, Fault, FaultKind, System},
};

/// The header that repeats the cookie `authentik_csrf`.
pub(super) const CSRF_HEADER: &str = "X-authentik-CSRF";

/// How many pages of a list are read at most.
const PAGES: u32 = 50;

/// How many rows of a list are read at most.
const ROWS: usize = 5000;

/// How long reading a whole list may take.
const LIST: Duration = Duration::from_secs(20);

/// What is wrong with a list.
#[derive(Debug, thiserror::Error)]
pub(super) enum ListError {
    #[error("{}", say!("the whole list took longer than {seconds} s", seconds = LIST.as_secs()))]
    Late,
    #[error("{}", say!("the list does not end after {read} rows", read = .read))]
    Endless { read: usize },
    #[error("{}", say!("the list ends after {read} of {count} rows", read = .read, count = .count))]
    CutOff { read: u32, count: f64 },
    #[error("{}", say!("a row that cannot be read: {why}", why = .0))]
    UnreadableRow(Foreign),
    #[error(transparent)]
    UnknownForm(#[from] Unreadable),
}

impl Failure for ListError {
    fn system(&self) -> System {
        System::Authentik
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::Late => FaultKind::Late,
            Self::Endless { .. }
            | Self::CutOff { .. }
            | Self::UnreadableRow(_)
            | Self::UnknownForm(_) => FaultKind::Unexpected,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Late => say!("Try again: authentik can be slow when it has just started."),
            Self::Endless { .. } => {
                say!("No site has that many. See in a browser what authentik lists there.")
            }
            Self::CutOff { .. } => say!("Look again: it may have changed meanwhile."),
            Self::UnreadableRow(_) | Self::UnknownForm(_) => {
                say!("This release answers in a form that this program does not know.")
            }
        }
    }
}

/// A client for one authentik. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    http: Http,
    who: Who,
}

/// Who asks.
#[derive(Clone, Debug)]
enum Who {
    /// Nobody: for what everybody may read.
    Nobody,
    /// The owner of an API token.
    Token(Secret),
    /// Whoever signed in.
    Session {
        /// The `Cookie` header.
        cookies: Secret,
        /// What a request that changes something must repeat of a cookie.
        csrf: Option<Secret>,
    },
}

impl Client {
    /// A client that asks as the owner of `token`, or as nobody.
    #[must_use]
    pub fn new(http: Http, token: Option<Secret>) -> Self {
        Self { http, who: token.map_or(Who::Nobody, Who::Token) }
    }

    pub(super) const fn with_session(http: Http, cookies: Secret, csrf: Option<Secret>) -> Self {
        Self { http, who: Who::Session { cookies, csrf } }
    }

    /// The HTTP client below.
    pub const fn http(&self) -> &Http {
        &self.http
    }

    /// Whether it asks in the session of whoever signed in.
    pub const fn is_session(&self) -> bool {
        matches!(self.who, Who::Session { .. })
    }

    /// Whether there is anybody to ask as.
    pub const fn is_somebody(&self) -> bool {
        !matches!(self.who, Who::Nobody)
    }

    /// Sends a request in the name of whoever asks, and returns the answer
    /// whatever its status.
    pub(super) async fn send(&self, tried: &str, request: Request) -> Result<Answer, Fault> {
        let secrets = path::secrets_of(&request.path);
        let request = request.brings(secrets);
        let request = match &self.who {
            Who::Nobody => request,
            Who::Token(token) => request.auth(Auth::Bearer(token.clone())),
            Who::Session { cookies, csrf } => {
                // Django wants to see where a request with a session comes
                // from when it came by TLS.
                let request = request
                    .auth(Auth::Cookies(cookies.clone()))
                    .header("Referer", self.http.base().as_str());
                match csrf {
                    Some(csrf) => request.header(CSRF_HEADER, csrf.expose()),
                    None => request,
                }
            }
        };
        let changes = !request.reads();
        self.http.send(request).await.map_err(|why| unanswered(tried, changes, why))
    }

    /// The same, and everything but success is a fault.
    pub(super) async fn succeed(&self, tried: &str, request: Request) -> Result<Answer, Fault> {
        let (method, path) = (request.method.clone(), request.path.clone());
        let answer = self.send(tried, request).await?;
        success(tried, &method, &path, answer)
    }

    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        tried: &str,
        path: &str,
    ) -> Result<T, Fault> {
        let answer = self.succeed(tried, Request::get(path)).await?;
        answer.read().map_err(|why| nonsense(tried, &answer, Unreadable::Form(why)))
    }

    /// One object by its own path; `None` when authentik has no such object.
    pub(super) async fn find(
        &self,
        tried: &str,
        path: &str,
    ) -> Result<Option<(Value, Answer)>, Fault> {
        let answer = self.send(tried, Request::get(path)).await?;
        if answer.status.as_u16() == 404 && !is_path_missing(&answer) {
            return Ok(None);
        }
        let answer = success(tried, &Method::GET, path, answer)?;
        let body = answer.json().ok_or_else(|| nonsense(tried, &answer, Unreadable::NotJson))?;
        Ok(Some((body, answer)))
    }

    /// All rows of a list. `path` has a query already, or none is needed:
    /// `path` ends in `?` or `&`.
    ///
    /// # Errors
    /// [`FaultKind::Late`]: it took too long. [`FaultKind::Unexpected`]: the list
    /// does not end, or ends before its end. A part of a list is never taken for all of it.
    pub(super) async fn rows(&self, tried: &str, path: &str) -> Result<Vec<Value>, Fault> {
        let reading = tokio::time::timeout(LIST, self.all_pages(tried, path));
        reading.await.unwrap_or_else(|_| Err(Fault::of(&ListError::Late, tried)))
    }

    async fn all_pages(&self, tried: &str, path: &str) -> Result<Vec<Value>, Fault> {
        let mut rows = Vec::new();
        for number in 1..=PAGES {
            let page: Page = self.get(tried, &format!("{path}page={number}&page_size=100")).await?;
            rows.extend(page.results);
            if page.pagination.next <= f64::from(number) {
                return whole(tried, rows, page.pagination.count.as_f64());
            }
            if rows.len() > ROWS {
                break;
            }
        }
        Err(Fault::of(&ListError::Endless { read: rows.len() }, tried))
    }

    pub(super) async fn list<T: DeserializeOwned>(
        &self,
        tried: &str,
        path: &str,
    ) -> Result<Vec<T>, Fault> {
        let rows = self.rows(tried, path).await?;
        rows.into_iter()
            .map(|row| {
                serde_json::from_value(row).map_err(|error| {
                    let why = unreadable(&error, self.http.known());
                    Fault::of(&ListError::UnreadableRow(why), tried)
                })
            })
            .collect()
    }

    /// Ends the session of whoever signed in, as far as authentik lets it. A
    /// token is not touched.
    pub async fn sign_out(&self) {
        if matches!(self.who, Who::Session { .. }) {
            let path = "/api/v3/flows/executor/default-invalidation-flow/?query=";
            if let Err(fault) = self.send(word!("end the session"), Request::get(path)).await {
                tracing::debug!(%fault, "the session stays open");
            }
        }
    }

    /// Who the token belongs to: the check of a token.
    ///
    /// # Errors
    /// [`FaultKind::NotSignedIn`] when the token is not accepted.
    pub async fn me(&self) -> Result<Me, Fault> {
        #[derive(serde::Deserialize)]
        struct Answer {
            user: Me,
        }
        let answer: Answer = self.get(word!("read whom the token belongs to"), path::ME).await?;
        Ok(answer.user)
    }
}

/// The rows, if a list has no more than those.
fn whole(tried: &str, rows: Vec<Value>, count: Option<f64>) -> Result<Vec<Value>, Fault> {
    let read = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    match count {
        Some(count) if count > f64::from(read) => {
            Err(Fault::of(&ListError::CutOff { read, count }, tried))
        }
        _ => Ok(rows),
    }
}

/// The answer, if it is a success; else what it means. Where a permission is
/// lacking it is named.
fn success(tried: &str, method: &Method, path: &str, answer: Answer) -> Result<Answer, Fault> {
    if answer.status.is_success() && !is_starting(&answer) {
        return Ok(answer);
    }
    let mut refusal = Refusal::of(&answer);
    if let Some(permission) = needed_for(method, path)
        && answer.json().is_some()
    {
        refusal = refusal.needing(permission);
    }
    Err(Fault::of(&refusal, tried))
}

pub(super) fn read<T>(
    tried: &str,
    answer: &Answer,
    read: impl FnOnce(Value) -> Result<T, Unreadable>,
) -> Result<T, Fault> {
    answer
        .json()
        .ok_or(Unreadable::NotJson)
        .and_then(read)
        .map_err(|why| nonsense(tried, answer, why))
}
