//! The engine, driven through the interface that every face uses, against the
//! built-in lab: real HTTP, real OpenID Connect.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod access;
mod again;
mod driver;
mod edits;
mod laws;
#[path = "../net/pki.rs"]
mod pki;
mod plans;
mod restart;
mod rotation;
mod steps;
mod trust;
mod undo;
