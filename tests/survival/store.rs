//! A secret store of which a write can be made to find it locked.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use immich_sso::{
    secret::{Call, Label, Readiness, Secret, Store, StorePlace},
    site::{Fault, FaultKind, System},
};

/// See the module. Clones are the same store.
#[derive(Clone, Default)]
pub struct Lockable {
    kept: Arc<Mutex<BTreeMap<Label, Secret>>>,
    /// How many more writes go well; `None`: all of them.
    well: Arc<Mutex<Option<usize>>>,
}

impl Lockable {
    /// The nth write or removal from now on finds it locked, and only that.
    pub fn lock_at(&self, nth: usize) {
        *self.well.lock().unwrap() = Some(nth - 1);
    }

    fn locked(&self, tried: &str) -> Result<(), Fault> {
        let mut well = self.well.lock().unwrap();
        match *well {
            Some(0) => {
                *well = None;
                Err(Fault::new(System::SecretStore, FaultKind::Locked, tried.to_owned())
                    .answered("it is locked")
                    .remedy("Unlock it."))
            }
            Some(left) => {
                *well = Some(left - 1);
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl Store for Lockable {
    fn place(&self) -> StorePlace {
        StorePlace::Memory
    }

    fn open(&self, _: &Call) -> Result<Readiness, Fault> {
        Ok(Readiness::Ready)
    }

    fn get(&self, label: Label, _: &Call) -> Result<Option<Secret>, Fault> {
        Ok(self.kept.lock().unwrap().get(&label).cloned())
    }

    fn set(&self, label: Label, secret: &Secret, _: &Call) -> Result<(), Fault> {
        self.locked("keep a secret")?;
        self.kept.lock().unwrap().insert(label, secret.clone());
        Ok(())
    }

    fn forget(&self, label: Label, _: &Call) -> Result<bool, Fault> {
        self.locked("forget a secret")?;
        Ok(self.kept.lock().unwrap().remove(&label).is_some())
    }
}
