//! The HTTP client against real servers on loopback: whom it believes, what it
//! says when something fails, and what it tries again.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod http2;
mod limits;
mod server;
mod server2;
#[cfg(target_os = "linux")]
mod traces;
mod trouble;
mod trust;
mod way;

use testkit::pki;

use immich_sso::{
    net::{Answer, Http, Request, Trust},
    site::{Fault, System},
};

/// A client that trusts as told.
fn client(address: &str, trust: &Trust) -> Http {
    Http::new(System::Immich, address.parse().unwrap(), trust).unwrap()
}

/// One GET with a client that trusts nobody but the system's authorities.
async fn get(address: &str) -> Result<Answer, Fault> {
    client(address, &Trust::default()).send(Request::get("/api/thing?token=hush")).await
}
