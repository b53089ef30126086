//! The network: one HTTP client and one SSH session, both with deadlines.

mod failure;
mod http;
mod ssh;
mod ssh_access;
mod tls;

pub use http::{Answer, Auth, Body, Http, Request, Trust};
pub use ssh::{Output, Remote, Ssh};
pub use ssh_access::SshAccess;
