//! What a run is started with.

use std::{fmt, sync::Arc};

use futures::future::BoxFuture;

use crate::{
    secret::Vault,
    site::{Folders, Profile, ProfileFile},
};

/// What a run is started with.
pub struct Setup {
    /// The profile's file.
    pub file: ProfileFile,
    /// The profile as it is on file; its defaults, when there is none yet.
    pub profile: Profile,
    /// Where the profile, the journal and the lock are.
    pub folders: Folders,
    /// The secret store, where it is given; else it is opened as the profile
    /// says, and the operator is asked when it cannot be.
    pub vault: Option<Vault>,
    /// Whether this is the built-in lab.
    pub lab: bool,
    /// Somebody who can log in without a browser: the lab's own person.
    pub stand_in: Option<StandIn>,
}

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup").field("name", &self.file.name()).finish_non_exhaustive()
    }
}

/// Somebody who can log in without a browser.
#[derive(Clone)]
pub struct StandIn {
    /// Who it is: "alice".
    pub name: String,
    /// Logs in at Immich by OAuth, as a browser would.
    pub log_in: Arc<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>,
}
