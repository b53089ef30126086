//! The lab's Immich against what real servers were measured to answer.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "tests may fail loudly"
)]

mod contracts;
mod failures;
mod login;
mod newest;
mod recordings;
mod replay;
mod site;
mod storages;

use testkit::{contract, front, http, pki};
