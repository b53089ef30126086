//! The program's own token: planned, shown, and only then made.
//!
//! A token permits what its user may do. For least rights it therefore needs
//! a user of its own, which only a superuser can make. Releases differ in
//! where permissions hang; a role on a group works on all of them.
//!
//! What is there already and is known by its primary key is used again: a
//! name alone says nothing about whose something is.

mod calls;
mod duration;
mod error;
mod made_note;
mod make;
mod plan;
mod rows;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Permission;
use crate::secret::Secret;

pub use calls::TokenCalls;
use error::TokenError;
pub use made_note::MadeNote;
pub use rows::{AccountRow, GroupRow, RoleRow, TokenRow};

/// When a token ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenLife {
    /// Not by itself: when somebody deletes it.
    Unlimited,
    /// When authentik ends it: `default_token_duration` after it was made,
    /// whatever is asked for.
    #[default]
    Limited,
    /// With the run that makes it, which deletes it; by authentik's clock at
    /// the latest.
    Run,
}

impl TokenLife {
    /// Whether authentik ends it by itself.
    #[must_use]
    pub const fn expires(self) -> bool {
        !matches!(self, Self::Unlimited)
    }
}

/// Which token to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenWish {
    /// A slug that says whose it is: `immich-sso-laptop`. Where somebody else
    /// has it, a number is added.
    pub identifier: String,
    /// When it ends.
    pub life: TokenLife,
    /// What it is to permit.
    pub permissions: Vec<Permission>,
    /// What is there already and is used again.
    pub known: KnownAccess,
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

/// What this program made before, by primary key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownAccess {
    /// The service account, with its name: numbers repeat when authentik is
    /// set up again.
    pub account: Option<(i64, String)>,
    /// The role, with its name.
    pub role: Option<(String, String)>,
    /// The group, with its name.
    pub group: Option<(String, String)>,
    /// Tokens that are deleted before the new one is made, by identifier:
    /// their names count as free.
    pub retired: Vec<String>,
}

/// Whose token it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "owner")]
pub enum TokenOwner {
    /// A service account.
    Account {
        /// Its user name.
        name: String,
        /// Its primary key; `None`: it is made right before.
        account: Option<i64>,
    },
    /// The user who asks.
    Caller {
        /// The user name.
        name: String,
    },
}

impl Default for TokenOwner {
    fn default() -> Self {
        Self::Caller { name: String::new() }
    }
}

impl TokenOwner {
    /// The user name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Account { name, .. } | Self::Caller { name } => name,
        }
    }
}

/// An object that a token needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "access")]
pub enum AccessPart {
    /// A user that is no person.
    MakeAccount {
        /// Its user name.
        name: String,
        /// Whether tokens of its own making end.
        expiring: bool,
    },
    /// A role with its permissions.
    MakeRole {
        /// Its name.
        name: String,
        /// Its primary key, where it is there already and gets permissions.
        known: Option<String>,
        /// What it permits.
        permissions: Vec<String>,
    },
    /// A group that gives the account the role.
    MakeGroup {
        /// Its name.
        name: String,
        /// Its primary key, where it is there already and is changed.
        known: Option<String>,
        /// The account; `None`: the one that is made right before.
        account: Option<i64>,
        /// The role; `None`: the one that is made right before.
        role: Option<String>,
        /// Members that it has already.
        users: Vec<i64>,
        /// Roles that it has already.
        roles: Vec<String>,
    },
}

/// The token itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenPart {
    /// Its identifier.
    pub identifier: String,
    /// Whose it is.
    #[serde(default)]
    pub owner: TokenOwner,
    /// When it ends.
    #[serde(default)]
    pub life: TokenLife,
}

/// What will be done to make the token: to be shown before it is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenPlan {
    /// What is made or changed for it, in this order.
    pub parts: Vec<AccessPart>,
    /// The token.
    pub token: TokenPart,
}

impl TokenPlan {
    /// The name that the token will have.
    #[must_use]
    pub fn identifier(&self) -> &str {
        &self.token.identifier
    }
}

/// What was made before, for the requests that name it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessIds {
    /// The account's primary key.
    pub account: Option<i64>,
    /// The role's primary key.
    pub role: Option<String>,
}

/// A token that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeToken {
    /// The token itself.
    pub token: Secret,
    /// How authentik has it.
    pub row: TokenRow,
    /// The user whose it is.
    pub username: String,
    /// What did not go as planned.
    pub notes: Vec<MadeNote>,
}

/// A time as people and requests spell it: to the second.
#[must_use]
pub fn spelled_time(at: Timestamp) -> String {
    Timestamp::from_second(at.as_second()).unwrap_or(at).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_is_named_after_the_program_and_the_machine() {
        assert_eq!(TokenWish::identifier_for("Laptop.local"), "immich-sso-laptop-local");
        assert_eq!(TokenWish::identifier_for("büro"), "immich-sso-b-ro");
        assert_eq!(TokenWish::identifier_for(""), "immich-sso");
    }
}
