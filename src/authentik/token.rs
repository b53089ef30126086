//! The program's own token: planned, shown, and only then made.

use jiff::Timestamp;
use serde_json::Value;

use super::{Client, Permission};
use crate::{secret::Secret, site::Fault};

/// What token is wished for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenWish {
    /// A slug that says whose it is: `immich-sso-laptop`. Taken already: a
    /// number is added.
    pub identifier: String,
    /// When it ends. `None`: when it is revoked.
    pub expires: Option<Timestamp>,
    /// What it is to permit.
    pub permissions: Vec<Permission>,
}

/// What will be done to make the token: to be shown before it is done.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenPlan {
    /// What it comes to, in sentences.
    pub lines: Vec<String>,
    /// The requests, in their order.
    pub calls: Vec<PlannedCall>,
    identifier: String,
}

/// One request of a plan. `{role}`, `{user}` and the like stand for what
/// earlier answers will bring.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedCall {
    /// What it is for, as an imperative.
    pub what: String,
    /// `POST` and the like.
    pub method: String,
    /// The path.
    pub path: String,
    /// The body.
    pub body: Option<Value>,
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
    /// What did not go as planned, in sentences.
    pub notes: Vec<String>,
}

impl Client {
    /// Plans a token with least rights: for a superuser a role with exactly
    /// the permissions and a service account of its own, for anybody else a
    /// token of the user's, which permits what the user may do.
    pub async fn plan_token(&self, wish: &TokenWish) -> Result<TokenPlan, Fault> {
        let _ = wish;
        todo!("next commit")
    }

    /// Makes the token that was planned.
    pub async fn make_token(&self, plan: &TokenPlan) -> Result<MadeToken, Fault> {
        let _ = &plan.identifier;
        todo!("next commit")
    }
}
