//! The wizard's own old token or key, while a new one takes its place.

use super::{Rotated, effect::RotationEffect};
use crate::secret::Secret;

/// The old credential, until it is deleted.
pub(super) struct Retiring {
    /// Its name where it was made; `None`: it could not be found out.
    pub(super) name: Option<String>,
    /// Its primary key there.
    pub(super) key: String,
    pub(super) secret: Secret,
    pub(super) ours: bool,
}

impl Retiring {
    /// What deletes it; `None`: this program did not make it.
    pub(super) fn deletion(&self, of: Rotated) -> Option<RotationEffect> {
        let (name, key) = (self.name.clone().filter(|_| self.ours)?, self.key.clone());
        Some(if of == Rotated::ImmichApiKey {
            RotationEffect::DeleteKey { id: key, name }
        } else {
            RotationEffect::DeleteToken { identifier: name, pk: Some(key) }
        })
    }
}
