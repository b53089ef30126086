//! Whom a client trusts.

use std::path::PathBuf;

/// Whom to trust beyond the system's certificate authorities.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// A PEM file with further certificate authorities.
    pub ca_file: Option<PathBuf>,
    /// The SHA-256 fingerprint of the one certificate that is accepted.
    pub pinned_certificate: Option<String>,
}
