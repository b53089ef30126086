//! The lab's authentik, held against what real ones answered and declare.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod contracts;
mod difference;
mod login;
mod manifest;
mod names;
mod newest;
mod probes;
mod recordings;
mod traps;
mod walks;

use testkit::{contract, http, routes};
