//! Tests against real parts. Each says in a line what it misses where a part
//! is not installed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[cfg(target_os = "linux")]
mod accounts;
#[cfg(target_os = "linux")]
mod files;
#[cfg(target_os = "linux")]
mod host;
#[cfg(target_os = "linux")]
mod key_files;
#[cfg(target_os = "linux")]
mod keyring;
mod known_hosts;
mod prepared;
#[cfg(target_os = "linux")]
mod proxies;
#[cfg(target_os = "linux")]
mod site;
#[cfg(target_os = "linux")]
mod ssh;
#[cfg(target_os = "linux")]
mod whole;

#[cfg(target_os = "linux")]
use testkit::{driver, support};
