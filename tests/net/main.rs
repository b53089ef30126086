//! The HTTP client against servers that are not what they should be.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod server;
mod tls;
mod trouble;
