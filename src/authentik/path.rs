//! The paths of the API that this program calls, so that a plan can show a
//! request before it is made. authentik refuses a path without its trailing
//! slash.

use crate::net::{Hole, Spelling, Template, segment};

/// `GET`: the list, `POST`: a new one.
pub const PROVIDERS: &str = "/api/v3/providers/oauth2/";
/// `POST`: a new one. Never listed: the list is filtered by policies and its
/// cache ignores the filters.
pub const APPLICATIONS: &str = "/api/v3/core/applications/";
/// `GET`: the list, `POST`: a new one.
pub const TOKENS: &str = "/api/v3/core/tokens/";
/// `POST`: a new user that is no person.
pub const SERVICE_ACCOUNTS: &str = "/api/v3/core/users/service_account/";
/// `GET`: the list, `POST`: a new one.
pub const ROLES: &str = "/api/v3/rbac/roles/";
/// `GET`: the list, `POST`: a new one.
pub const GROUPS: &str = "/api/v3/core/groups/";
/// `GET`: the list.
pub const USERS: &str = "/api/v3/core/users/";
/// `GET`: who the token belongs to.
pub const ME: &str = "/api/v3/core/users/me/";

/// One provider.
#[must_use]
pub fn provider(pk: i64) -> String {
    format!("{PROVIDERS}{pk}/")
}

/// One application.
#[must_use]
pub fn application(slug: &str) -> String {
    format!("{APPLICATIONS}{}/", segment(slug))
}

/// One token.
#[must_use]
pub fn token(identifier: &str) -> String {
    format!("{TOKENS}{}/", segment(identifier))
}

/// `GET`: the list of the access tokens that providers issued.
pub const ACCESS_TOKENS: &str = "/api/v3/oauth2/access_tokens/";
/// `GET`: the list of the refresh tokens that providers issued.
pub const REFRESH_TOKENS: &str = "/api/v3/oauth2/refresh_tokens/";

/// One access token.
#[must_use]
pub fn access_token(pk: i64) -> String {
    format!("{ACCESS_TOKENS}{pk}/")
}

/// One refresh token.
#[must_use]
pub fn refresh_token(pk: i64) -> String {
    format!("{REFRESH_TOKENS}{pk}/")
}

/// `GET`, `PATCH`: the settings of the whole authentik.
pub const SETTINGS: &str = "/api/v3/admin/settings/";

/// Where the text of a token is read.
#[must_use]
pub fn token_key(identifier: &str) -> String {
    format!("{}view_key/", token(identifier))
}

/// One user.
#[must_use]
pub fn user(pk: i64) -> String {
    format!("{USERS}{pk}/")
}

/// One role.
#[must_use]
pub fn role(uuid: &str) -> String {
    format!("{ROLES}{}/", segment(uuid))
}

/// One group.
#[must_use]
pub fn group(uuid: &str) -> String {
    format!("{GROUPS}{}/", segment(uuid))
}

/// Where a role gets its permissions; `None`: the one that is made right before.
#[must_use]
pub fn role_permissions(uuid: Option<&str>) -> Template {
    let role = match uuid {
        Some(uuid) => segment(uuid).into(),
        None => Template::from((Hole::Role, Spelling::Segment)),
    };
    joined!["/api/v3/rbac/permissions/assigned_by_roles/", role, "/assign/"]
}

/// The fields of answers that hold a secret, by what their paths begin with.
/// Codes and tokens are listed with the provider that they belong to.
const SECRETS: [(&str, &[&str]); 4] = [
    (PROVIDERS, &["client_secret"]),
    ("/api/v3/oauth2/", &["client_secret"]),
    (SERVICE_ACCOUNTS, &["token"]),
    (TOKENS, &["key"]),
];

/// The fields of the answer at a path that hold a secret.
pub(super) fn secrets_of(path: &str) -> &'static [&'static str] {
    let found = SECRETS.iter().find(|(start, _)| path.starts_with(start));
    found.map_or(&[], |(_, fields)| fields)
}

/// A text as a value in a query.
pub(super) fn query(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_operator_typed_stays_inside_its_segment() {
        assert_eq!(application("immich"), "/api/v3/core/applications/immich/");
        assert_eq!(application("../a b?c"), "/api/v3/core/applications/..%2Fa%20b%3Fc/");
    }

    #[test]
    fn secrets_of_answers_are_named_where_they_come() {
        assert_eq!(secrets_of(&provider(7)), ["client_secret"]);
        assert_eq!(secrets_of(&token_key("immich-sso")), ["key"]);
        assert_eq!(secrets_of(SERVICE_ACCOUNTS), ["token"]);
        assert_eq!(secrets_of("/api/v3/oauth2/access_tokens/?provider=7&"), ["client_secret"]);
        assert!(secrets_of(USERS).is_empty());
        assert!(secrets_of(APPLICATIONS).is_empty());
    }
}
