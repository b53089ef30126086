//! The lab's Immich against what real servers were measured to answer.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "tests may fail loudly"
)]

#[path = "../common/contract.rs"]
mod contract;
mod contracts;
mod failures;
#[allow(dead_code, reason = "the tests of authentik use more of it")]
#[path = "../lab_authentik/http.rs"]
mod http;
mod login;
mod recordings;
mod replay;
mod site;
mod storages;
