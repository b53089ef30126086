//! What authentik answers to an OpenID Connect client such as Immich: the
//! discovery document, and probes that prove a client id, a secret and a
//! redirect URI right without anybody signing in.

mod answers;
mod discovery;
mod probe;

pub use discovery::{Discovery, Route, discovery, discovery_path, has_rsa_key};
pub use probe::{RedirectVerdict, SecretVerdict, ask_secret, probe_redirect, probe_secret};
