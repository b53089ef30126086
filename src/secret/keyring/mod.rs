//! The keyring of the operating system: the Secret Service on Linux, the
//! Keychain on macOS, the Credential Manager on Windows.

mod fault;
#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod platform;
#[cfg(not(target_os = "linux"))]
#[path = "native.rs"]
mod platform;

use keyring_core::Error;

use crate::site::Fault;

use super::{Call, Label, Readiness, Secret, Store, StorePlace, memory_image::Visible};

use platform::Platform;

/// The service under which every entry is filed.
const SERVICE: &str = "immich-sso";

/// The keyring of the operating system, for the secrets of one site. An entry
/// has the service `immich-sso` and the user `PROFILE/LABEL`.
#[derive(Debug)]
pub struct Keyring {
    profile: String,
    platform: Platform,
}

impl Keyring {
    /// The keyring, for the site of that profile. Nothing is opened yet.
    #[must_use]
    pub fn new(profile: &str) -> Self {
        Self { profile: profile.to_owned(), platform: Platform::default() }
    }

    fn user(&self, label: Label) -> String {
        format!("{}/{label}", self.profile)
    }

    /// What a password manager shows for the entry.
    fn title(&self, label: Label) -> String {
        format!("immich-sso, site {}: {label}", self.profile)
    }

    /// Does something with an entry. A connection that broke since the last
    /// call is made anew, once: reading, writing and removing the same thing
    /// twice comes to the same.
    fn with_entry<T>(
        &self,
        tried: &str,
        label: Label,
        call: &Call,
        writes: bool,
        work: impl Fn(&keyring_core::Entry) -> Result<T, Error>,
    ) -> Result<T, Fault> {
        let _seen = Visible::begin();
        let told = |error: Error| fault::of(error, say!("{tried} `{label}`", tried, label));
        self.platform.unlock(&self.user(label), writes, call).map_err(told)?;
        let entry = |fresh| self.platform.entry(&self.user(label), &self.title(label), fresh);
        let first = entry(false).and_then(|entry| check(call).and_then(|()| work(&entry)));
        match first {
            Err(Error::PlatformFailure(_)) => {
                entry(true).and_then(|entry| check(call).and_then(|()| work(&entry))).map_err(told)
            }
            other => other.map_err(told),
        }
    }
}

/// A call that was held up until nobody waits for it any more does nothing.
fn check(call: &Call) -> Result<(), Error> {
    if call.is_abandoned() {
        return Err(Error::NoStorageAccess(say!("nobody waits for this call any more").into()));
    }
    Ok(())
}

impl Store for Keyring {
    fn place(&self) -> StorePlace {
        StorePlace::Keyring
    }

    fn open(&self, _: &Call) -> Result<Readiness, Fault> {
        let _seen = Visible::begin();
        self.platform.state().map_err(|error| fault::of(error, say!("open the keyring")))
    }

    fn unlock(&self, call: &Call) -> Result<(), Fault> {
        let _seen = Visible::begin();
        self.platform
            .unlock(&self.user(Label::ClientSecret), true, call)
            .map_err(|error| fault::of(error, say!("unlock the keyring")))
    }

    fn get(&self, label: Label, call: &Call) -> Result<Option<Secret>, Fault> {
        self.with_entry(word!("read"), label, call, false, |entry| match entry.get_password() {
            Ok(text) => Ok(Some(Secret::new(text))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(error),
        })
    }

    fn set(&self, label: Label, secret: &Secret, call: &Call) -> Result<(), Fault> {
        self.with_entry(word!("keep"), label, call, true, |entry| {
            entry.set_password(secret.expose())
        })
    }

    fn forget(&self, label: Label, call: &Call) -> Result<bool, Fault> {
        self.with_entry(word!("forget"), label, call, true, |entry| {
            match entry.delete_credential() {
                Ok(()) => Ok(true),
                Err(Error::NoEntry) => Ok(false),
                Err(error) => Err(error),
            }
        })
    }
}
