//! How old a secret is.

use jiff::{SignedDuration, Timestamp};

/// The age of a client secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretAge {
    /// Since when it is known.
    pub since: Timestamp,
    /// Whether it was made then; else it was taken over from authentik, and is
    /// older than that.
    pub made_here: bool,
}

impl SecretAge {
    /// How old it is at least.
    #[must_use]
    pub fn at_least(&self, now: Timestamp) -> SignedDuration {
        now.duration_since(self.since)
    }
}
