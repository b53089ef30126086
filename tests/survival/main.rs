//! Survival: every effect meets every fault, and the next run says where it
//! stood, and finishes or takes back.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod cases;
mod ends;
mod faults;
mod http2;
mod kills;
mod matrix;
mod operator;
mod property;
mod real;
mod renewals;
mod rotations;
mod rows;
mod scenes;
mod shown;
mod store;

use testkit::{driver, front, pki, secret_file, terminal};
