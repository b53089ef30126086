//! What Immich's releases differ in: the one place that knows versions.

use crate::site::Version;

/// Where the public facts about a server are: `/api/server/…` since 1.107.0.
pub(super) const SERVER: [&str; 2] = ["/api/server/", "/api/server-info/"];

/// Where API keys are: `/api/api-keys` since 1.106.0.
pub(super) const API_KEYS: [&str; 2] = ["/api/api-keys", "/api/api-key"];

/// Where the settings are. The first is deprecated since 3.2 and kept; the
/// second comes with 3.2.
pub(super) const SETTINGS: [&str; 2] = ["/api/system-config", "/api/admin/config"];

/// The fields of the settings that hold a secret: the client's, and that of the
/// mail server.
pub(super) const SETTINGS_SECRETS: &[&str] = &["clientSecret", "password"];

/// The field in which a new key comes.
pub(super) const KEY_SECRETS: &[&str] = &["secret"];

/// The field in which the token of a session comes.
pub(super) const SESSION_SECRETS: &[&str] = &["accessToken"];

/// Where all users are listed: `/api/admin/users` since 1.106.0.
pub(super) const USERS: [&str; 2] = ["/api/admin/users", "/api/user?isAll=true"];

/// The permissions that a key of this program needs at a server of this
/// version: exactly these, and [`optional_permissions`]. Empty where keys have no permissions.
#[must_use]
pub fn needed_permissions(version: &Version) -> Vec<&'static str> {
    // Keys have permissions since 1.113.0; before, they can do all that their
    // owner can.
    if !version.at_least(1, 113, 0) {
        return Vec::new();
    }
    let mut needed = vec!["systemConfig.read", "systemConfig.update"];
    if version.at_least(1, 137, 0) {
        needed.extend(["adminUser.read", "server.about"]);
    } else {
        needed.push("admin.user.read");
    }
    if version.at_least(3, 2, 0) {
        needed.extend(["adminConfig.read", "adminConfig.update"]);
    }
    needed
}

/// The permission to see whether a login opened a session. Named by releases
/// from 2.3.1 on; an earlier one refuses a key that asks for it.
pub const LISTS_SESSIONS: &str = "adminSession.read";

/// The permissions that a key of this program is better off with, and can do
/// without: a server that does not know one of their names refuses the key.
#[must_use]
pub fn optional_permissions(version: &Version) -> Vec<&'static str> {
    // Not in 2.0.1, there in 2.3.1; in between the server says.
    if version.at_least(2, 0, 2) { vec![LISTS_SESSIONS] } else { Vec::new() }
}

/// Whether settings in the database are rows of `system_config`, a JSON text
/// each: up to 1.105. Which table exists says nothing: both may.
pub(super) fn has_rows(version: &Version) -> bool {
    !version.at_least(1, 106, 0)
}

/// Whether settings that are written past its API are read at the start only:
/// before 1.106.3.
pub(crate) fn needs_restart(version: &Version) -> bool {
    !version.at_least(1, 106, 3)
}

/// Whether settings that its API writes are known to be in effect at once:
/// measured from 1.105.1 on.
pub(crate) fn api_is_measured(version: &Version) -> bool {
    version.at_least(1, 105, 1)
}

/// The table of users: `user` since 1.136.0, quoted, for it is a word of SQL.
pub(super) fn users_table(version: &Version) -> &'static str {
    if version.at_least(1, 136, 0) { "\"user\"" } else { "users" }
}

/// Whether e-mail addresses of a login are compared in lower case and without
/// blanks: from 3.0 on. Before, a capital makes another address.
#[must_use]
pub fn folds_email(version: &Version) -> bool {
    version.at_least(3, 0, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_are_named_as_the_release_names_them() {
        assert!(needed_permissions(&Version::new(1, 106, 4)).is_empty());
        assert!(needed_permissions(&Version::new(1, 118, 2)).contains(&"admin.user.read"));
        assert!(needed_permissions(&Version::new(2, 7, 5)).contains(&"adminUser.read"));
        assert!(needed_permissions(&Version::new(3, 2, 2)).contains(&"adminConfig.update"));
        assert!(optional_permissions(&Version::new(2, 0, 1)).is_empty());
        assert_eq!(optional_permissions(&Version::new(2, 3, 1)), [LISTS_SESSIONS]);
    }
}
