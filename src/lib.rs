//! A terminal wizard that puts Immich behind authentik.

pub mod authentik;
pub mod cli;
pub mod host;
pub mod immich;
pub mod lab;
pub mod net;
pub mod oidc;
pub mod plain;
pub mod report;
pub mod secret;
pub mod site;
pub mod terminal;
pub mod tui;
pub mod wizard;
