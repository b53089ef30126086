//! The full-screen face: what it draws, what keys do, how it leaves.

#![allow(clippy::unwrap_used, clippy::panic, reason = "this is how a test fails")]

#[path = "tui/anything.rs"]
mod anything;
#[path = "tui/decisions.rs"]
mod decisions;
#[path = "wizard/driver.rs"]
#[allow(dead_code, clippy::expect_used, reason = "its other users take the rest")]
mod driver;
#[path = "tui/fields.rs"]
mod fields;
#[path = "tui/hands.rs"]
mod hands;
#[path = "tui/keys.rs"]
mod keys;
#[path = "tui/odd_terminals.rs"]
mod odd_terminals;
#[path = "tui/on_the_lab.rs"]
mod on_the_lab;
#[path = "tui/scenes.rs"]
mod scenes;
#[path = "tui/scrolling.rs"]
mod scrolling;
#[path = "tui/secrets.rs"]
mod secrets;
#[path = "tui/sequences.rs"]
mod sequences;
#[path = "common/terminal.rs"]
mod terminal;
#[path = "tui/views.rs"]
mod views;
#[path = "tui/walks.rs"]
mod walks;
#[path = "tui/whole.rs"]
mod whole;
