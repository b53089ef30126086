//! Which permissions a token has, found out without changing anything.

use reqwest::Method;
use serde_json::Value;

use super::{Client, MissingPermission, Permission, path};
use crate::{
    net::Request,
    site::{Fault, FaultKind},
};

/// What is tried when rights are looked at.
const PERMITS: &str = word!("see what the token permits");

impl Client {
    /// Finds out which of `needs` the token lacks. Only reads: the right to
    /// add or change is taken from what an `OPTIONS` request offers. A right
    /// that cannot be found out counts as there; the call that needs it will
    /// tell.
    ///
    /// # Errors
    /// When the token is not accepted at all, or authentik does not answer.
    pub async fn preflight(&self, needs: &[Permission]) -> Result<Vec<MissingPermission>, Fault> {
        if self.me().await?.is_superuser {
            return Ok(Vec::new());
        }
        let mut missing = Vec::new();
        for need in needs {
            if self.lacks(*need).await? {
                missing.push(MissingPermission { permission: *need });
            }
        }
        Ok(missing)
    }

    async fn lacks(&self, need: Permission) -> Result<bool, Fault> {
        match need {
            Permission::ViewFlow => self.is_refused("/api/v3/flows/instances/?page_size=1").await,
            Permission::ViewScopeMapping => {
                let path = "/api/v3/propertymappings/provider/scope/?page_size=1";
                self.is_refused(path).await
            }
            Permission::ViewKeyPair => {
                self.is_refused("/api/v3/crypto/certificatekeypairs/?page_size=1").await
            }
            Permission::ViewProvider => {
                self.is_refused(&format!("{}?page_size=1", path::PROVIDERS)).await
            }
            // The list answers 200 to everybody; one application does not.
            Permission::ViewApplication => self.is_refused(&path::application("immich")).await,
            Permission::ViewEvent => self.is_refused("/api/v3/events/events/?page_size=1").await,
            Permission::ViewUser => self.is_refused(&format!("{}?page_size=1", path::USERS)).await,
            Permission::AddProvider => self.is_not_offered(path::PROVIDERS, "POST").await,
            Permission::AddApplication => self.is_not_offered(path::APPLICATIONS, "POST").await,
            Permission::ChangeProvider => match self.any_provider().await? {
                Some((pk, _)) => self.is_not_offered(&path::provider(pk), "PUT").await,
                None => Ok(false),
            },
            Permission::ChangeApplication => match self.any_provider().await? {
                Some((_, Some(slug))) => {
                    self.is_not_offered(&path::application(&slug), "PUT").await
                }
                _ => Ok(false),
            },
        }
    }

    async fn is_refused(&self, path: &str) -> Result<bool, Fault> {
        match self.succeed(PERMITS, Request::get(path)).await {
            Err(fault) if fault.kind == FaultKind::NotAllowed => Ok(true),
            Err(fault) if fault.kind == FaultKind::NotFound => Ok(false),
            Err(fault) => Err(fault),
            Ok(_) => Ok(false),
        }
    }

    /// The answer to `OPTIONS` lists the fields of each action that the caller
    /// may take, and leaves the others out.
    async fn is_not_offered(&self, path: &str, action: &str) -> Result<bool, Fault> {
        let request = Request::new(Method::OPTIONS, path);
        let answer = self.send(PERMITS, request).await?;
        let Some(body) = answer.json().filter(|_| answer.status.is_success()) else {
            return Ok(false);
        };
        // Something else may answer OPTIONS, such as a proxy for CORS.
        if body.get("renders").is_none() {
            return Ok(false);
        }
        let offered = body.get("actions").is_some_and(|actions| actions.get(action).is_some());
        Ok(!offered)
    }

    async fn any_provider(&self) -> Result<Option<(i64, Option<String>)>, Fault> {
        let path = format!("{}?page_size=1", path::PROVIDERS);
        let Ok(answer) = self.succeed(PERMITS, Request::get(path)).await else {
            return Ok(None);
        };
        Ok(answer.json().and_then(|body| {
            let row = body.get("results")?.get(0)?.clone();
            let slug = row.get("assigned_application_slug").and_then(Value::as_str);
            Some((row.get("pk")?.as_i64()?, slug.map(str::to_owned)))
        }))
    }
}
