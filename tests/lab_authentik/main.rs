//! The lab's authentik, held against what real ones answered and declare.

#[path = "../common/contract.rs"]
mod contract;
mod contracts;
mod http;
mod login;
mod probes;
mod recordings;
mod traps;
