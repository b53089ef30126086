//! The Immich client and its route through the API: against the lab, and every
//! request held against the published contract of every release.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod contracts;
mod lab;
mod stub;
mod verbatim;

use testkit::{contract, routes};
