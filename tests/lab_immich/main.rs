//! The lab's Immich against what real servers were measured to answer.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "tests may fail loudly"
)]

mod recordings;
mod replay;
