//! Linux: the Secret Service over D-Bus, as GNOME Keyring, KDE Wallet and
//! `KeePassXC` offer it.
//! See <https://specifications.freedesktop.org/secret-service/latest/>.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use keyring_core::{Entry, Error, api::CredentialStoreApi};
use secret_service::{
    EncryptionType, Error as ServiceError,
    blocking::{Collection, Item, SecretService},
};
use zbus_secret_service_keyring_store::Store;

use crate::secret::{Call, Demand, Readiness};

use super::SERVICE;

/// The connection to the Secret Service, once there is one.
#[derive(Debug, Default)]
pub(super) struct Platform {
    store: Mutex<Option<Arc<Store>>>,
}

impl Platform {
    /// Whether the default collection can be written to, without asking
    /// anybody to unlock it.
    #[allow(clippy::unused_self, reason = "a part of what every platform offers")]
    pub(super) fn state(&self) -> Result<Readiness, Error> {
        let service = connect()?;
        match service.get_default_collection() {
            Ok(collection) if collection.is_locked().map_err(told)? => {
                Ok(Readiness::NeedsOperator(Demand::Unlock))
            }
            Ok(_) => Ok(Readiness::Ready),
            Err(ServiceError::NoResult) => Ok(Readiness::NeedsOperator(Demand::NewPassword)),
            Err(error) => Err(told(error)),
        }
    }

    /// Has the operator unlock what a call for that entry needs. Done here and
    /// not left to the store, which asks without telling: whoever waits gives
    /// a person more time than a machine.
    #[allow(clippy::unused_self, reason = "a part of what every platform offers")]
    pub(super) fn unlock(&self, user: &str, writes: bool, call: &Call) -> Result<(), Error> {
        let service = connect()?;
        match service.get_default_collection() {
            Ok(collection) => unlock_collection(&collection, call)?,
            Err(ServiceError::NoResult) if writes => create_default(&service, call)?,
            Err(ServiceError::NoResult) => {}
            Err(error) => return Err(told(error)),
        }
        // The entry may have been moved to another collection.
        let wanted = HashMap::from([("service", SERVICE), ("username", user)]);
        let found = service.search_items(wanted).map_err(told)?;
        if !found.locked.is_empty() {
            call.needs_operator(Demand::Unlock);
            let items: Vec<&Item<'_>> = found.locked.iter().collect();
            service.unlock_all(&items).map_err(told)?;
            call.goes_on();
        }
        Ok(())
    }

    /// The entry of that user, by a connection that is made anew when `fresh`.
    pub(super) fn entry(&self, user: &str, title: &str, fresh: bool) -> Result<Entry, Error> {
        let known = if fresh { None } else { self.known().clone() };
        let store = known.map_or_else(|| self.connect(), Ok)?;
        store.build(SERVICE, user, Some(&HashMap::from([("label", title)])))
    }

    fn connect(&self) -> Result<Arc<Store>, Error> {
        // Not under the lock: connecting may hang for ever.
        let store = Store::new()?;
        *self.known() = Some(Arc::clone(&store));
        Ok(store)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Option<Arc<Store>>> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A session that carries no secret, only states and prompts: so it need not
/// agree on a key first, which takes longer than all the rest.
fn connect() -> Result<SecretService<'static>, Error> {
    SecretService::connect(EncryptionType::Plain).map_err(told)
}

fn unlock_collection(collection: &Collection<'_>, call: &Call) -> Result<(), Error> {
    if collection.is_locked().map_err(told)? {
        call.needs_operator(Demand::Unlock);
        collection.unlock().map_err(told)?;
        call.goes_on();
    }
    Ok(())
}

/// A fresh account may have no collection at all; the service asks for its
/// password.
fn create_default(service: &SecretService<'_>, call: &Call) -> Result<(), Error> {
    call.needs_operator(Demand::NewPassword);
    service.create_collection("Default keyring", "default").map_err(told)?;
    call.goes_on();
    Ok(())
}

/// The same sorting as the keyring store does.
fn told(error: ServiceError) -> Error {
    match error {
        ServiceError::Locked | ServiceError::NoResult | ServiceError::Prompt => {
            Error::NoStorageAccess(Box::new(error))
        }
        other => Error::PlatformFailure(Box::new(other)),
    }
}
