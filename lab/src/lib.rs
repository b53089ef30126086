//! The homelab that is built in: authentik, Immich and the host of Immich on
//! loopback ports, for the demo and the tests. They talk real HTTP and real
//! OpenID Connect, and behave as the real servers were measured to, traps
//! included. They share nothing with the program but the wire.

pub mod authentik;
mod chance;
mod gate;
mod homelab;
pub mod host;
pub mod immich;
mod listener;
mod person;
mod secret;
mod version;
mod web;

pub use gate::Gate;
pub use homelab::{Homelab, HomelabOptions, Settings};
pub use person::{Lost, Person};
pub use secret::Secret;
pub use version::{NotAVersion, Version};
