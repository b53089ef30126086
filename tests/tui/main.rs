//! The full-screen face: what it draws, what keys do, how it leaves.

#![allow(clippy::unwrap_used, clippy::panic, reason = "this is how a test fails")]

mod anything;
mod decisions;
mod fields;
mod hands;
mod keys;
mod odd_terminals;
mod on_the_lab;
mod scrolling;
mod secrets;
mod sequences;
mod views;
mod walks;
mod whole;

use testkit::{driver, scenes, terminal};
