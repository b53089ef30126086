//! The requests that change API keys in Immich: each is built here and nowhere
//! else, as a value that is shown before it is sent, and sent as it was shown.

use reqwest::Method;

use super::{
    Client,
    dialect::{API_KEYS, KEY_SECRETS},
};
use crate::{
    net::{Answer, Fills, Json, Request},
    site::{Fault, System},
};

/// A request that changes something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    what: &'static str,
    method: Method,
    paths: [String; 2],
    body: Option<Json>,
}

/// What makes a key that may do something more where this release knows what
/// that is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyCalls {
    pub(super) make: Call,
    /// Makes it without, where the release refuses the first.
    pub(super) without: Option<Call>,
    /// What it then may not do.
    optional: Vec<String>,
}

impl Call {
    /// Makes an API key. No permissions: one of a release whose keys have none.
    #[must_use]
    pub fn make_key<'a>(name: &str, permissions: impl IntoIterator<Item = &'a String>) -> Self {
        let permissions: Vec<Json> =
            permissions.into_iter().map(|name| name.as_str().into()).collect();
        let mut body = Json::Object(Vec::new()).with("name", name);
        if !permissions.is_empty() {
            body = body.with("permissions", Json::List(permissions));
        }
        Self {
            what: word!("make an API key in Immich"),
            method: Method::POST,
            paths: API_KEYS.map(str::to_owned),
            body: Some(body),
        }
    }

    /// Deletes an API key of whoever signed in.
    #[must_use]
    pub fn delete_key(id: &str) -> Self {
        Self {
            what: word!("delete an API key in Immich"),
            method: Method::DELETE,
            paths: API_KEYS.map(|path| format!("{path}/{id}")),
            body: None,
        }
    }

    /// What it is for, as an imperative.
    pub(super) const fn what(&self) -> &'static str {
        self.what
    }

    /// `POST` and the like.
    #[must_use]
    pub fn method(&self) -> &str {
        self.method.as_str()
    }

    /// The path, and that of releases that do not know the first.
    #[must_use]
    pub const fn paths(&self) -> &[String; 2] {
        &self.paths
    }

    /// The body.
    #[must_use]
    pub const fn sends(&self) -> Option<&Json> {
        self.body.as_ref()
    }
}

impl KeyCalls {
    /// Makes a key with these permissions and, where they are known, the
    /// optional ones.
    #[must_use]
    pub fn new(name: &str, permissions: &[String], optional: &[String]) -> Self {
        Self {
            make: Call::make_key(name, permissions.iter().chain(optional)),
            without: (!optional.is_empty()).then(|| Call::make_key(name, permissions)),
            optional: optional.to_vec(),
        }
    }

    /// The request.
    #[must_use]
    pub const fn first(&self) -> &Call {
        &self.make
    }

    /// What the key is made without where the release refuses it.
    #[must_use]
    pub fn optional(&self) -> &[String] {
        &self.optional
    }
}

impl Client {
    /// Sends a request, and returns what comes back, a refusal too.
    ///
    /// # Errors
    /// When nothing comes back.
    pub(super) async fn ask(&self, call: &Call) -> Result<Answer, Fault> {
        let body = call.body.as_ref().map(|body| body.fill(&Fills::default())).transpose();
        let body = body.map_err(|lack| lack.fault(System::Immich, call.what))?;
        let request = |path: &str| {
            let request = Request::new(call.method.clone(), path).brings(KEY_SECRETS);
            match &body {
                Some(body) => request.json(body.clone()),
                None => request,
            }
        };
        Ok(self.first_answer(call.what, &call.paths, request).await?.1)
    }
}
