//! What the releases that the lab plays differ in.

use serde_json::Value;

use crate::site::Version;

/// One release.
#[derive(Debug)]
pub(super) struct Edition {
    /// Its version.
    pub(super) version: Version,
    /// All settings with their defaults.
    pub(super) defaults: Value,
}

/// The defaults by the first release that has them.
const DEFAULTS: [((u32, u32), &str); 5] = [
    ((3, 2), include_str!("../../../assets/lab/immich/3.2.json")),
    ((3, 0), include_str!("../../../assets/lab/immich/3.0.json")),
    ((2, 0), include_str!("../../../assets/lab/immich/2.7.json")),
    ((1, 106), include_str!("../../../assets/lab/immich/1.106.json")),
    ((0, 0), include_str!("../../../assets/lab/immich/1.105.json")),
];

impl Edition {
    /// The edition of a version: the newest that is not newer.
    pub(super) fn of(version: Version) -> Result<Self, String> {
        let text = DEFAULTS
            .iter()
            .find(|((major, minor), _)| version.at_least(*major, *minor, 0))
            .map_or("{}", |(_, text)| text);
        let defaults = serde_json::from_str(text).map_err(|error| error.to_string())?;
        Ok(Self { version, defaults })
    }

    fn since(&self, major: u32, minor: u32, patch: u32) -> bool {
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

    /// The name of the permission to list users.
    pub(super) fn users_permission(&self) -> &'static str {
        if self.since(1, 137, 0) { "adminUser.read" } else { "admin.user.read" }
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
