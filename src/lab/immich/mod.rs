//! Immich, as far as this project meets it: its settings, its users and keys,
//! and its OAuth client, over real HTTP, in the behaviour of the release that
//! it is asked to play.

mod storage;

pub use storage::{SETTINGS_ROW, Storage, Tables, UserRow};
