//! Secrets: the one type that holds them, and the stores that keep them.

mod age_file;
mod foreign;
mod keyring;
mod known;
mod label;
mod memory;
mod memory_image;
mod spelling;
mod store;
mod value;
mod vault;

pub use age_file::AgeFile;
pub use foreign::Foreign;
pub use keyring::Keyring;
pub use known::{Known, names_secret};
pub use label::{GivenSecret, Label};
pub use memory::Memory;
pub use memory_image::close_memory;
pub use store::{Call, Demand, Readiness, Store, StorePlace};
pub use value::{CLIENT_SECRET_LENGTH, Fingerprint, Secret};
pub use vault::Vault;
