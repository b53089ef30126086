//! Immich: its client, what its versions differ in, and the routes by which
//! its OAuth settings are written.

mod accounts;
mod answers;
mod call;
mod client;
mod dialect;
mod login_link;
pub mod route;
mod sessions;
mod settings;
mod sign_in;
mod sql;

pub use crate::site::RouteKind;
pub use accounts::{Accounts, Relink};
pub use call::{Call, KeyCalls};
pub use client::{Access, Client, Features, Seen, User};
pub use dialect::{LISTS_SESSIONS, folds_email, needed_permissions, optional_permissions};
pub(crate) use dialect::{api_is_measured, needs_restart};
pub use login_link::LoginLink;
pub use route::{CarriedOut, Check, Release, Route, RouteReason, Sends, is_json};
pub use settings::{Absent, Fields, Place, SettingsChange, Stored};
pub use sign_in::{MadeKey, OwnKey};
