//! The throw-away store of the lab: it ends with the program.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::site::Fault;

use super::{Call, Label, Readiness, Secret, Store, StorePlace};

/// Keeps secrets in memory only.
#[derive(Debug, Default)]
pub struct Memory(Mutex<BTreeMap<Label, Secret>>);

impl Memory {
    fn kept(&self) -> MutexGuard<'_, BTreeMap<Label, Secret>> {
        // Nothing in here panics half way through a change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for Memory {
    fn place(&self) -> StorePlace {
        StorePlace::Memory
    }

    fn open(&self, _: &Call) -> Result<Readiness, Fault> {
        Ok(Readiness::Ready)
    }

    fn get(&self, label: Label, _: &Call) -> Result<Option<Secret>, Fault> {
        Ok(self.kept().get(&label).cloned())
    }

    fn set(&self, label: Label, secret: &Secret, _: &Call) -> Result<(), Fault> {
        self.kept().insert(label, secret.clone());
        Ok(())
    }

    fn forget(&self, label: Label, _: &Call) -> Result<bool, Fault> {
        Ok(self.kept().remove(&label).is_some())
    }
}
