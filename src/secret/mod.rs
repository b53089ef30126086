//! Secrets: the one type that holds them, and the stores that keep them.

mod age_file;
mod keyring;
mod label;
mod memory;
mod store;
mod value;
mod vault;

pub use age_file::AgeFile;
pub use keyring::Keyring;
pub use label::Label;
pub use memory::Memory;
pub use store::{Call, Readiness, Store};
pub use value::{CLIENT_SECRET_LENGTH, Fingerprint, Secret};
pub use vault::Vault;
