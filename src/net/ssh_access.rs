//! What a session over SSH is opened with.

use std::path::PathBuf;

use crate::{secret::Secret, site::SshTarget};

/// What a session over SSH is opened with.
#[derive(Clone, Debug)]
pub struct SshAccess {
    /// Whom to log in as, where.
    pub target: SshTarget,
    /// A bastion to go through.
    pub jump: Option<SshTarget>,
    /// The private key file. `None`: the agent, then the usual files.
    pub key_file: Option<PathBuf>,
    /// The passphrase of the key file.
    pub passphrase: Option<Secret>,
    /// A password, where the host takes one.
    pub password: Option<Secret>,
    /// The fingerprint of a host key that the operator accepted on first sight;
    /// it is then written to `known_hosts`.
    pub accepted_fingerprint: Option<String>,
    /// Our own file of known hosts, beside the user's.
    pub known_hosts: PathBuf,
}

impl SshAccess {
    /// Access to `target` with whatever the agent and the usual key files give.
    #[must_use]
    pub const fn new(target: SshTarget, known_hosts: PathBuf) -> Self {
        Self {
            target,
            jump: None,
            key_file: None,
            passphrase: None,
            password: None,
            accepted_fingerprint: None,
            known_hosts,
        }
    }
}
