//! The program's own token: planned, shown, and only then made.
//!
//! A token permits what its user may do. For least rights it therefore needs
//! a user of its own, which only a superuser can make. Releases differ in
//! where permissions hang; a role on a group works on all of them.

mod make;
mod plan;

use jiff::Timestamp;
use reqwest::Method;
use serde_json::Value;

use super::Permission;
use crate::secret::Secret;

/// What token is wished for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenWish {
    /// A slug that says whose it is: `immich-sso-laptop`. Taken already: a
    /// number is added.
    pub identifier: String,
    /// When it ends. `None`: when it is revoked. authentik decides by itself
    /// how long an API token lasts when it ends at all
    /// (`default_token_duration`, 30 minutes unless an administrator changed
    /// it): [`MadeToken::expires`] says what came of it.
    pub expires: Option<Timestamp>,
    /// What it is to permit.
    pub permissions: Vec<Permission>,
}

impl TokenWish {
    /// The name for a token of this program on the machine `host`.
    #[must_use]
    pub fn identifier_for(host: &str) -> String {
        let mut slug = String::from("immich-sso");
        for word in host.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty())
        {
            slug.push('-');
            slug.push_str(&word.to_ascii_lowercase());
        }
        slug.truncate(60);
        slug
    }
}

/// What will be done to make the token: to be shown before it is done.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenPlan {
    /// What it comes to, in sentences.
    pub lines: Vec<String>,
    /// The requests, in their order.
    pub calls: Vec<PlannedCall>,
    /// The requests that are sent instead when one of `calls` is refused; what
    /// was made until then is deleted first.
    pub fallback: Vec<PlannedCall>,
    identifier: String,
    username: String,
    wanted_expiry: Option<Timestamp>,
}

impl TokenPlan {
    /// The name that the token will have.
    #[must_use]
    pub fn identifier(&self) -> &str {
        &self.identifier
    }
}

/// One request of a plan. `{role}` and `{user}` stand for what the answers to
/// earlier ones bring.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedCall {
    /// What it is for, as an imperative.
    pub what: String,
    /// `POST` and the like.
    pub method: Method,
    /// The path.
    pub path: String,
    /// The body.
    pub body: Option<Value>,
    gives: Gives,
}

/// What the answer to a call is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gives {
    User,
    Role,
    Group,
    Token,
    Key,
    /// Nothing, and its failure does no harm.
    Nothing,
    /// Nothing, but it must work.
    Permissions,
}

/// A token that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeToken {
    /// The token itself.
    pub token: Secret,
    /// Its name in authentik.
    pub identifier: String,
    /// The user whose it is.
    pub username: String,
    /// When it ends, by authentik's own word; `None`: when it is revoked.
    pub expires: Option<Timestamp>,
    /// What was made for it: a `DELETE` to each of these paths, in this order,
    /// takes it all back.
    pub made: Vec<String>,
    /// What did not go as planned, in sentences.
    pub notes: Vec<String>,
}

/// A time as people and requests spell it: to the second.
fn spelled(at: Timestamp) -> String {
    Timestamp::from_second(at.as_second()).unwrap_or(at).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_named_after_the_program_and_the_machine() {
        assert_eq!(TokenWish::identifier_for("Laptop.local"), "immich-sso-laptop-local");
        assert_eq!(TokenWish::identifier_for("büro"), "immich-sso-b-ro");
        assert_eq!(TokenWish::identifier_for(""), "immich-sso");
    }
}
