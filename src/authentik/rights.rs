//! The permissions of authentik's that this program needs.

use std::fmt;

use reqwest::Method;

use super::path;

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
