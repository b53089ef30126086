//! Survival: every effect meets every fault, and the next run says where it
//! stood, and finishes or takes back.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod cases;
#[path = "../wizard/driver.rs"]
#[allow(dead_code, reason = "the wizard's tests use the rest of it")]
mod driver;
mod ends;
mod faults;
#[path = "../common/front.rs"]
mod front;
mod http2;
mod kills;
mod matrix;
mod operator;
#[path = "../net/pki.rs"]
#[allow(dead_code, reason = "the tests of the network use the rest of it")]
mod pki;
mod property;
mod real;
mod renewals;
mod rotations;
mod rows;
mod scenes;
#[path = "../common/secret_file.rs"]
mod secret_file;
mod store;
#[path = "../common/terminal.rs"]
mod terminal;
