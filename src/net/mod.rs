//! The network: one HTTP client and one SSH session, both with deadlines.

mod http;

pub use http::{Answer, Auth, Body, Http, Request, Trust};
