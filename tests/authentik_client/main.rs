//! The authentik client and the OpenID Connect probes, against recorded
//! answers of real servers.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends at the first thing that is not as it should be"
)]

mod contracts;
mod elsewhere;
mod lab;
mod lists;
mod probes;
mod recordings;
mod refusals;
mod replay;
mod sign_in;
mod token;
mod wire;
mod writes;

use testkit::{contract, routes};
