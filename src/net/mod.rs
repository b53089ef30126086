//! The network: one HTTP client and one SSH session, both with deadlines.

#[macro_use]
mod template;

mod again;
mod answer;
mod basic;
mod carried;
mod doubt;
mod http;
mod json;
mod no_answer;
mod peer;
mod proxy;
mod request;
mod ssh;
mod ssh_access;
mod target;
mod tls;
mod toward;
mod trouble;
mod trust;
mod way;

pub use answer::{Answer, ShownText, unreadable};
pub use http::{Http, MAX_BODY};
pub use json::Json;
pub use request::{Auth, Body, Request};
pub use ssh::{AgentSilence, Heard, Output, Remote, Running, SessionBreak, Ssh};
pub use ssh_access::SshAccess;
pub(crate) use target::has_user;
pub use template::{Fills, Hole, Piece, Spelling, Template, Unfilled, segment};
pub use trust::Trust;
pub use way::{Stage, Way};
