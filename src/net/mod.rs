//! The network: one HTTP client and one SSH session, both with deadlines.

mod http;
mod ssh;
mod ssh_access;

pub use http::{Answer, Auth, Body, Http, Request, Trust};
pub use ssh::{Output, Remote, Ssh};
pub use ssh_access::SshAccess;
