//! The engine, driven through the interface that every face uses, against the
//! built-in lab: real HTTP, real OpenID Connect.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod access;
mod adoption;
mod again;
mod deadlines;
mod edits;
mod fields;
mod held_secret;
mod host;
mod identity;
#[cfg(target_os = "linux")]
mod kills;
mod lab_opening;
mod laws;
mod links;
mod login_link;
mod login_proof;
mod looking_again;
mod moves;
mod odd_words;
mod offers;
mod own_access;
mod plans;
mod restart;
mod rotation;
mod rotation_failures;
mod rotation_own;
mod secrets_of_others;
mod silence;
#[cfg(unix)]
mod silent_agent;
mod steps;
mod tail;
mod trust;
mod undo;
mod undo_chain;
mod upgrades;
mod waves;

use testkit::{driver, pki};
#[cfg(target_os = "linux")]
use testkit::{secret_file, terminal};
