//! A terminal wizard that puts Immich behind authentik.

pub mod net;
pub mod secret;
pub mod site;
pub mod wizard;
