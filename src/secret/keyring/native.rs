//! macOS, Windows and other systems: their own keyrings, which need no
//! unlocking by us.

use keyring_core::{Entry, Error};

use crate::secret::{Call, Readiness};

use super::SERVICE;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Platform {}

impl Platform {
    #[allow(clippy::unused_self, reason = "the Linux one has a connection")]
    pub(super) fn state(&self) -> Result<Readiness, Error> {
        match keyring::Entry::store_status() {
            Ok(()) => Ok(Readiness::Ready),
            Err(error) => Err(Error::PlatformFailure(error.to_string().into())),
        }
    }

    #[allow(clippy::unused_self, clippy::unnecessary_wraps, reason = "the Linux one can fail")]
    pub(super) fn unlock(&self, _: &str, _: bool, _: &Call) -> Result<(), Error> {
        Ok(())
    }

    pub(super) fn entry(&self, user: &str, _: &str, _: bool) -> Result<Entry, Error> {
        self.state()?;
        keyring::Entry::new(SERVICE, user).map(|entry| entry.inner)
    }
}
