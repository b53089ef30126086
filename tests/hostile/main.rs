//! The hostile battery: servers, hosts, terminals and files that do what they
//! must not, and what the program makes of it. Each row of the table says how
//! many tries there are and how many held; the table is kept in
//! docs/security.md.
//!
//! A new row: its name into [`table::ROWS`], a module with a test that ends in
//! [`table::row`], and `IMMICH_SSO_RENEW_TABLES=1` once to write the table.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[cfg(unix)]
mod agents;
#[cfg(unix)]
mod applies;
mod echo;
mod echoes;
mod elsewhere;
mod enters;
mod faces;
mod harmless;
#[cfg(unix)]
mod hosts;
mod journals;
mod lie;
mod lies;
#[cfg(unix)]
mod odd_terminals;
#[cfg(unix)]
mod pastes;
#[cfg(unix)]
mod profiles;
mod proxy;
mod requests;
mod runs;
#[cfg(unix)]
mod surroundings;
mod table;
mod terminals;
mod times;
#[cfg(unix)]
mod traps;
mod unfinished;

use testkit::{contract, driver, routes};
#[cfg(unix)]
use testkit::{support, terminal};
