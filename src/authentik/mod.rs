//! authentik: a client that reads any release from 2023.10 on, and writes
//! what it is told to.
//!
//! Answers of 2025.10, 2026.5 and 2026.8 were recorded. 2024.6 is known from
//! its contract and code; not recorded. The others are known from their
//! contracts.
//!
//! Every answer that is not what was hoped for becomes a
//! [`Fault`](crate::site::Fault) with the server's own words and a remedy.
//! Unknown fields in a request body are ignored by the server without a word,
//! so whoever writes reads back and compares.

mod activity;
mod answers;
mod call;
mod client;
mod dialect;
mod escape;
mod look;
mod lookup;
mod objects;
pub mod path;
mod preflight;
mod provider;
mod rights;
mod sign_in;
mod token;
mod wire;

pub use activity::{AccessToken, LoginEvent, OpenCode};
pub use answers::Unreadable;
pub use call::{Call, When};
pub use client::Client;
pub use dialect::{Dialect, GRANT_TYPES};
pub use look::Seen;
pub use provider::{Application, Provider, RedirectUri, RedirectUris};
pub use rights::{MissingPermission, Permission};
pub use sign_in::SignIn;
pub use token::{
    AccessIds, AccessPart, AccountRow, GroupRow, KnownAccess, MadeNote, MadeToken, RoleRow,
    TokenCalls, TokenLife, TokenOwner, TokenPart, TokenPlan, TokenRow, TokenWish, spelled_time,
};
pub use wire::{Designation, Flow, KeyPair, Me, ScopeMapping, SetupUrls, User};
