//! What the releases that the lab plays differ in.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::Value;

use crate::Version;

/// One release.
#[derive(Debug)]
pub(super) struct Edition {
    /// Its version.
    pub(super) version: Version,
    /// All settings with their defaults.
    pub(super) defaults: Value,
    /// The settings are at `/api/admin/config` alone.
    pub(super) has_only_admin_config: bool,
    /// The permissions that a key may have.
    pub(super) permissions: Vec<String>,
}

/// The permissions by the first release that has them.
const PERMISSIONS: &str = include_str!("../../assets/immich/permissions.json");

/// The defaults by the first release that has them.
const DEFAULTS: [((u32, u32), &str); 5] = [
    ((3, 2), include_str!("../../assets/immich/3.2.json")),
    ((3, 0), include_str!("../../assets/immich/3.0.json")),
    ((1, 136), include_str!("../../assets/immich/2.7.json")),
    ((1, 106), include_str!("../../assets/immich/1.106.json")),
    ((0, 0), include_str!("../../assets/immich/1.105.json")),
];

/// The permission to list anybody's sessions.
pub(super) const LISTS_SESSIONS: &str = "adminSession.read";

/// What the settings of OAuth gained between two of these defaults: since
/// when, and with which default.
const OAUTH: [((u32, u32), &str, Initial); 3] = [
    ((1, 109), "profileSigningAlgorithm", Initial::Text("none")),
    ((1, 133), "tokenEndpointAuthMethod", Initial::Text("client_secret_post")),
    ((1, 133), "timeout", Initial::Number(30_000)),
];

/// A default as it can stand in a table.
#[derive(Clone, Copy)]
enum Initial {
    Text(&'static str),
    Number(u32),
}

impl From<Initial> for Value {
    fn from(initial: Initial) -> Self {
        match initial {
            Initial::Text(text) => text.into(),
            Initial::Number(number) => number.into(),
        }
    }
}

impl Edition {
    /// The edition of a version: the newest that is not newer.
    pub(super) fn of(version: Version) -> Result<Self, String> {
        let text = DEFAULTS
            .iter()
            .find(|((major, minor), _)| version.at_least(*major, *minor, 0))
            .map_or("{}", |(_, text)| text);
        let mut defaults: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        for ((major, minor), key, value) in OAUTH {
            let lacks_it = defaults["oauth"].get(key).is_none();
            if lacks_it && version.at_least(major, minor, 0) {
                defaults["oauth"][key] = value.into();
            }
        }
        let lists: BTreeMap<String, Vec<String>> =
            serde_json::from_str(PERMISSIONS).map_err(|error| error.to_string())?;
        let fits = |name: &str| name.parse().is_ok_and(|first: Version| version >= first);
        let newest = lists
            .into_iter()
            .filter(|(name, _)| fits(name))
            .max_by_key(|(name, _)| name.parse::<Version>().ok());
        let mut permissions = newest.map(|(_, list)| list).unwrap_or_default();
        // Between two of the lists.
        let lists_sessions = LISTS_SESSIONS.to_owned();
        if version.at_least(2, 3, 1) && !permissions.contains(&lists_sessions) {
            permissions.push(lists_sessions);
        }
        Ok(Self { version, defaults, has_only_admin_config: false, permissions })
    }

    /// Whether this is that release or a later one.
    pub(super) fn since(&self, major: u32, minor: u32, patch: u32) -> bool {
        self.version.at_least(major, minor, patch)
    }

    /// Public facts are below `/api/server`, not below `/api/server-info`.
    pub(super) fn has_server_paths(&self) -> bool {
        self.since(1, 107, 0)
    }

    /// Public facts are below `/api/server-info`.
    pub(super) fn has_server_info_paths(&self) -> bool {
        !self.since(1, 118, 0)
    }

    /// API keys are at `/api/api-keys`, users at `/api/admin/users`.
    pub(super) fn has_plural_paths(&self) -> bool {
        self.since(1, 106, 0)
    }

    /// API keys have permissions.
    pub(super) fn has_permissions(&self) -> bool {
        self.since(1, 113, 0)
    }

    /// The name of the permission to `read` or to `create` users.
    pub(super) fn users_permission(&self, what: &str) -> String {
        let users = if self.since(1, 137, 0) { "adminUser" } else { "admin.user" };
        format!("{users}.{what}")
    }

    /// Errors tell the id of their request.
    pub(super) fn tells_correlation(&self) -> bool {
        self.since(1, 106, 0)
    }

    /// A boolean that is missing is told twice.
    pub(super) fn is_strict_about_booleans(&self) -> bool {
        self.since(1, 136, 0)
    }

    /// A client without a secret may be used, protected by PKCE.
    pub(super) fn has_public_clients(&self) -> bool {
        self.since(1, 132, 0)
    }

    /// A quota of nothing is one; before, it meant none.
    pub(super) fn knows_empty_quotas(&self) -> bool {
        self.has_public_clients()
    }

    /// A claim of the provider's may make administrators.
    pub(super) fn has_roles(&self) -> bool {
        self.since(1, 136, 0)
    }

    /// The claim is looked at in each login, and may be a list.
    pub(super) fn takes_role_at_each_login(&self) -> bool {
        self.since(3, 1, 0)
    }

    /// The end of a session at the provider is told which session it is.
    pub(super) fn sends_token_at_logout(&self) -> bool {
        self.since(3, 1, 0)
    }

    /// The provider can end sessions: back-channel logout.
    pub(super) fn has_backchannel(&self) -> bool {
        self.since(3, 0, 0)
    }

    /// An administrator can list anybody's sessions.
    pub(super) fn lists_sessions(&self) -> bool {
        self.since(2, 3, 1)
    }

    /// A key can be asked what it may do.
    pub(super) fn tells_keys(&self) -> bool {
        self.since(1, 137, 0)
    }

    /// Settings are at `/api/admin/config` too.
    pub(super) fn has_admin_config(&self) -> bool {
        self.since(3, 2, 0)
    }

    /// Error bodies are short, validation errors are objects, causes of a
    /// failed login are not told.
    pub(super) fn is_terse(&self) -> bool {
        self.since(3, 0, 0)
    }

    /// Settings are read at the start and kept in memory.
    pub(super) fn caches(&self) -> bool {
        !self.since(1, 106, 3)
    }

    /// With what a user's link is answered.
    pub(super) fn link_status(&self) -> StatusCode {
        if self.since(1, 133, 0) { StatusCode::OK } else { StatusCode::CREATED }
    }

    /// With what the end of a link is answered.
    pub(super) fn unlink_status(&self) -> StatusCode {
        if self.since(1, 118, 0) { StatusCode::OK } else { StatusCode::CREATED }
    }

    /// Logins are protected by PKCE where the provider offers it.
    pub(super) fn has_pkce(&self) -> bool {
        self.since(1, 132, 0)
    }

    /// Issuers without TLS are refused unless that is allowed.
    pub(super) fn refuses_http(&self) -> bool {
        self.since(3, 0, 0)
    }

    /// E-mail addresses are compared in lower case.
    pub(super) fn folds_email(&self) -> bool {
        self.since(3, 0, 0)
    }
}
