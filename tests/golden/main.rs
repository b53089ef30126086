//! What people read and what is stored, as it is today.
//!
//! `texts/` has a file for each scenario: every text that a person sees on the
//! built-in lab, in order, with placeholders for what differs from run to run.
//! Where a file and the program differ, a test fails; CONTRIBUTING.md says how
//! the files are renewed. `stored` holds what is written on disk to fixtures.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod compare;
mod normal;
mod people;
#[cfg(unix)]
mod program;
mod rebuilt;
mod renewed;
mod script;
mod setup;
mod stored;
mod texts;
mod undone;
mod view;
mod works;
