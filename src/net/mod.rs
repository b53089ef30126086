//! The network: one HTTP client and one SSH session, both with deadlines.

mod answer;
mod carried;
mod http;
mod request;
mod ssh;
mod ssh_access;
mod tls;
mod trouble;
mod way;

pub use answer::{Answer, unreadable};
pub(crate) use http::has_user;
pub use http::{Http, MAX_BODY, Trust};
pub use request::{Auth, Body, Request};
pub use ssh::{Heard, Output, Remote, Running, Ssh};
pub use ssh_access::SshAccess;
pub use way::{Stage, Way};
