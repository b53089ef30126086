//! The lab's authentik, held against what real ones answered and declare.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../common/contract.rs"]
mod contract;
mod contracts;
mod difference;
mod http;
mod login;
mod manifest;
mod names;
mod probes;
mod recordings;
mod traps;
mod walks;
