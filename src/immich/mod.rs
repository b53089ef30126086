//! Immich: its client, what its versions differ in, and the routes by which
//! its OAuth settings are written.

mod answers;
mod client;
mod dialect;
pub mod route;
mod settings;
mod sign_in;

pub use client::{Access, Client, Features, Seen, User};
pub use dialect::needed_permissions;
pub use route::{Check, Release, Route, RouteKind};
pub use settings::{Absent, Fields, SettingsChange, Stored, Wish, wanted_fields};
pub use sign_in::{MadeKey, OwnKey};
