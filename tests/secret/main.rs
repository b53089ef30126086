//! The secret stores behind their common face, the encrypted file with the
//! standard `age` tool, and the commands on secrets in a real terminal.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod age_file;
#[cfg(unix)]
mod commands;
mod vault;

#[cfg(unix)]
use testkit::terminal;
