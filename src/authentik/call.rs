//! The requests that change something in authentik: each is built here and
//! nowhere else, as a value that is shown before it is sent, and sent as it was
//! shown.

use reqwest::Method;
use serde_json::{Map, Value};

use super::{Client, path};
use crate::{
    net::{Answer, Fills, Hole, Json, Request, Template, Unfilled},
    secret::{GivenSecret, Label},
    site::{Fault, FaultKind, System},
};

/// A request that changes something, or that reads a secret that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    what: String,
    method: Method,
    path: Template,
    body: Option<Json>,
    when: When,
}

/// When a request is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Always; where it fails, all fails.
    Always,
    /// Always; its failure does no harm.
    Harmless,
    /// Only if the token that was just made ends by itself.
    TokenEnds,
}

impl Call {
    /// `POST` to [`path::PROVIDERS`], with the current client secret.
    #[must_use]
    pub fn create_provider(fields: &Map<String, Value>) -> Self {
        let secret = Some(GivenSecret::Kept(Label::ClientSecret));
        let what = say!("create the provider{named}", named = named(fields));
        Self::new(what, Method::POST, path::PROVIDERS).body(with_secret(fields, secret))
    }

    /// `PATCH` to [`path::provider`]. Redirect URIs are replaced as a whole,
    /// and each entry must name its URL and matching mode: authentik saves a
    /// broken one and then fails to list any provider.
    #[must_use]
    pub fn change_provider(
        pk: i64,
        fields: &Map<String, Value>,
        secret: Option<GivenSecret>,
    ) -> Self {
        Self::new(say!("change the provider {pk}", pk), Method::PATCH, path::provider(pk))
            .body(with_secret(fields, secret))
    }

    /// `DELETE` to [`path::provider`].
    #[must_use]
    pub fn delete_provider(pk: i64) -> Self {
        Self::new(say!("delete the provider {pk}", pk), Method::DELETE, path::provider(pk))
    }

    /// `POST` to [`path::APPLICATIONS`]; `attach`: the client id of the
    /// provider that it gets.
    #[must_use]
    pub fn create_application(fields: &Map<String, Value>, attach: Option<&str>) -> Self {
        let what = say!("create the application{named}", named = named(fields));
        Self::new(what, Method::POST, path::APPLICATIONS).body(with_provider(fields, attach))
    }

    /// `PATCH` to [`path::application`]. A new slug changes the issuer.
    #[must_use]
    pub fn change_application(
        slug: &str,
        fields: &Map<String, Value>,
        attach: Option<&str>,
    ) -> Self {
        let what = say!("change the application `{slug}`", slug);
        Self::new(what, Method::PATCH, path::application(slug)).body(with_provider(fields, attach))
    }

    /// `DELETE` to [`path::application`]. Its provider stays.
    #[must_use]
    pub fn delete_application(slug: &str) -> Self {
        let what = say!("delete the application `{slug}`", slug);
        Self::new(what, Method::DELETE, path::application(slug))
    }

    /// `DELETE` to [`path::token`].
    #[must_use]
    pub fn delete_token(identifier: &str) -> Self {
        let what = say!("delete the token `{identifier}`", identifier);
        Self::new(what, Method::DELETE, path::token(identifier))
    }

    /// `DELETE` to [`path::user`].
    #[must_use]
    pub fn delete_account(pk: i64) -> Self {
        Self::new(say!("delete the service account"), Method::DELETE, path::user(pk))
    }

    /// `DELETE` to [`path::role`].
    #[must_use]
    pub fn delete_role(pk: &str) -> Self {
        Self::new(say!("delete the role"), Method::DELETE, path::role(pk))
    }

    /// `DELETE` to [`path::group`].
    #[must_use]
    pub fn delete_group(pk: &str) -> Self {
        Self::new(say!("delete the group"), Method::DELETE, path::group(pk))
    }

    /// `DELETE` to [`path::access_token`].
    #[must_use]
    pub fn revoke_access_token(pk: i64) -> Self {
        Self::new(say!("revoke an access token"), Method::DELETE, path::access_token(pk))
    }

    /// `DELETE` to [`path::refresh_token`].
    #[must_use]
    pub fn revoke_refresh_token(pk: i64) -> Self {
        Self::new(say!("revoke a refresh token"), Method::DELETE, path::refresh_token(pk))
    }

    /// `PATCH` to [`path::token`]: whether it ends by itself. This is the one
    /// request that changes a token: whoever changes one without naming its
    /// user becomes its user, so the user is always named.
    #[must_use]
    pub fn change_token(identifier: &str, expiring: bool) -> Self {
        let what = say!("change when the token `{name}` ends", name = identifier);
        let body = Json::Object(Vec::new()).with("user", Hole::TokenUser);
        Self::new(what, Method::PATCH, path::token(identifier))
            .body(body.with("expiring", expiring))
    }

    pub(super) fn new(what: String, method: Method, path: impl Into<Template>) -> Self {
        Self { what, method, path: path.into(), body: None, when: When::Always }
    }

    pub(super) fn body(mut self, body: Json) -> Self {
        self.body = Some(body);
        self
    }

    pub(super) const fn when(mut self, when: When) -> Self {
        self.when = when;
        self
    }

    /// What it is for, as an imperative.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }

    /// `POST` and the like.
    #[must_use]
    pub fn method(&self) -> &str {
        self.method.as_str()
    }

    /// The path.
    #[must_use]
    pub const fn path(&self) -> &Template {
        &self.path
    }

    /// The body.
    #[must_use]
    pub const fn sends(&self) -> Option<&Json> {
        self.body.as_ref()
    }

    /// When it is sent.
    #[must_use]
    pub const fn is_sent(&self) -> When {
        self.when
    }
}

impl Client {
    /// Sends a request, its holes filled.
    ///
    /// # Errors
    /// Everything but success; also a hole that nothing fills.
    pub async fn carry_out(&self, call: &Call, fills: &Fills) -> Result<Answer, Fault> {
        let lacks = |hole: Unfilled| hole.fault(System::Authentik, &call.what);
        let path = call.path.fill(fills).map_err(lacks)?;
        let mut request = Request::new(call.method.clone(), path.expose());
        if let Some(body) = &call.body {
            request = request.json(body.fill(fills).map_err(lacks)?);
        }
        self.succeed(&call.what, request).await
    }

    /// Revokes what authentik issued. What is gone is revoked.
    pub async fn revoke(&self, call: &Call) -> Result<(), Fault> {
        match self.carry_out(call, &Fills::default()).await {
            Err(fault) if fault.kind != FaultKind::NotFound => Err(fault),
            _ => Ok(()),
        }
    }
}

fn with_secret(fields: &Map<String, Value>, secret: Option<GivenSecret>) -> Json {
    match secret {
        Some(secret) => Json::of(fields).with("client_secret", secret),
        None => Json::of(fields),
    }
}

fn with_provider(fields: &Map<String, Value>, attach: Option<&str>) -> Json {
    match attach {
        Some(client_id) => {
            Json::of(fields).with("provider", Hole::Provider { client_id: client_id.to_owned() })
        }
        None => Json::of(fields),
    }
}

fn named(fields: &Map<String, Value>) -> String {
    let name = fields.get("name").and_then(Value::as_str);
    name.map(|name| say!(" `{name}`", name)).unwrap_or_default()
}
