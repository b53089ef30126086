//! A terminal wizard that puts Immich behind authentik.

pub mod cli;
pub mod net;
pub mod plain;
pub mod secret;
pub mod site;
pub mod wizard;
