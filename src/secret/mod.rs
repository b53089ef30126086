//! Secrets: the one type that holds them, and the stores that keep them.

mod value;

pub use value::{CLIENT_SECRET_LENGTH, Fingerprint, Secret};
