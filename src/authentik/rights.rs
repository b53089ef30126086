//! Which permissions a token has, found out without changing anything.

use std::fmt;

use reqwest::Method;
use serde_json::Value;

use super::{Client, path};
use crate::{
    net::Request,
    site::{Fault, FaultKind},
};

/// What is tried when rights are looked at.
const PERMITS: &str = word!("see what the token permits");

/// A permission of authentik's that this program needs for something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Permission {
    /// To find the flows by their slugs.
    ViewFlow,
    /// To find the mappings of the scopes.
    ViewScopeMapping,
    /// To find the signing key.
    ViewKeyPair,
    /// To see the provider.
    ViewProvider,
    /// To make it.
    AddProvider,
    /// To change it.
    ChangeProvider,
    /// To see the application.
    ViewApplication,
    /// To make it.
    AddApplication,
    /// To change it.
    ChangeApplication,
    /// To see that somebody signed in.
    ViewEvent,
    /// To see which users there are.
    ViewUser,
}

/// The permissions, and one more.
const fn and<const N: usize, const M: usize>(
    some: [Permission; N],
    one: Permission,
) -> [Permission; M] {
    let mut all = [one; M];
    all.split_at_mut(N).0.copy_from_slice(&some);
    all
}

impl Permission {
    /// What a set-up needs.
    pub const SETUP: [Self; 9] = [
        Self::ViewFlow,
        Self::ViewScopeMapping,
        Self::ViewKeyPair,
        Self::ViewProvider,
        Self::AddProvider,
        Self::ChangeProvider,
        Self::ViewApplication,
        Self::AddApplication,
        Self::ChangeApplication,
    ];

    /// What a set-up and the test login need.
    pub const ALL: [Self; 10] = and(Self::SETUP, Self::ViewEvent);

    /// What a token is made with: a little more than is needed, so that Immich's
    /// accounts can be held against authentik's users.
    pub const TOKEN: [Self; 11] = and(Self::ALL, Self::ViewUser);

    /// The name in authentik: `app_label.codename`.
    #[must_use]
    pub const fn codename(self) -> &'static str {
        match self {
            Self::ViewFlow => "authentik_flows.view_flow",
            Self::ViewScopeMapping => "authentik_providers_oauth2.view_scopemapping",
            Self::ViewKeyPair => "authentik_crypto.view_certificatekeypair",
            Self::ViewProvider => "authentik_providers_oauth2.view_oauth2provider",
            Self::AddProvider => "authentik_providers_oauth2.add_oauth2provider",
            Self::ChangeProvider => "authentik_providers_oauth2.change_oauth2provider",
            Self::ViewApplication => "authentik_core.view_application",
            Self::AddApplication => "authentik_core.add_application",
            Self::ChangeApplication => "authentik_core.change_application",
            Self::ViewEvent => "authentik_events.view_event",
            Self::ViewUser => "authentik_core.view_user",
        }
    }

    /// What it is needed for.
    #[must_use]
    pub const fn purpose(self) -> &'static str {
        match self {
            Self::ViewFlow => word!("find the flows by their slugs"),
            Self::ViewScopeMapping => word!("find the mappings of the scopes"),
            Self::ViewKeyPair => word!("find the signing key"),
            Self::ViewProvider => word!("see the provider"),
            Self::AddProvider => word!("make the provider"),
            Self::ChangeProvider => word!("change the provider"),
            Self::ViewApplication => word!("see the application"),
            Self::AddApplication => word!("make the application"),
            Self::ChangeApplication => word!("change the application"),
            Self::ViewEvent => word!("see that somebody signed in"),
            Self::ViewUser => word!("see which users Immich's accounts are linked to"),
        }
    }
}

/// The permission that a call needs, where it is one that authentik checks.
pub(super) fn needed_for(method: &Method, path: &str) -> Option<String> {
    let objects = [
        ("/api/v3/flows/instances/", "authentik_flows", "flow"),
        ("/api/v3/propertymappings/", "authentik_providers_oauth2", "scopemapping"),
        ("/api/v3/crypto/certificatekeypairs/", "authentik_crypto", "certificatekeypair"),
        (path::PROVIDERS, "authentik_providers_oauth2", "oauth2provider"),
        (path::APPLICATIONS, "authentik_core", "application"),
        ("/api/v3/events/events/", "authentik_events", "event"),
        (path::ROLES, "authentik_rbac", "role"),
        (path::GROUPS, "authentik_core", "group"),
        (path::SERVICE_ACCOUNTS, "authentik_core", "user"),
        (path::USERS, "authentik_core", "user"),
        (path::TOKENS, "authentik_core", "token"),
    ];
    if path.starts_with(path::TOKENS) && path.ends_with("/view_key/") {
        return Some("authentik_core.view_token_key".into());
    }
    if path == path::SETTINGS {
        return Some("authentik_rbac.view_system_settings".into());
    }
    let (_, app, object) = objects.into_iter().find(|(prefix, ..)| path.starts_with(prefix))?;
    let verb = match *method {
        Method::GET => "view",
        Method::POST => "add",
        Method::PUT | Method::PATCH => "change",
        Method::DELETE => "delete",
        _ => return None,
    };
    Some(format!("{app}.{verb}_{object}"))
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.codename())
    }
}

/// A permission that the token lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingPermission {
    /// Which.
    pub permission: Permission,
}

impl fmt::Display for MissingPermission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (permission, purpose) = (self.permission, self.permission.purpose());
        f.write_str(&say!("{permission} (to {purpose})", permission, purpose))
    }
}

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

    /// The answer to `OPTIONS` lists the fields of each action that whoever
    /// asks may take, and leaves the others out.
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
