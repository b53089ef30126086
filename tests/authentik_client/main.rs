//! The authentik client and the OpenID Connect probes, against recorded
//! answers of real servers.

mod probes;
mod recordings;
mod refusals;
mod replay;
mod sign_in;
mod wire;
