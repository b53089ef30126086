//! What a check found.

use crate::{site::Fault, wizard::Evidence};

/// What a check found of the fact that it looks at, or of one of several.
pub(in crate::wizard) struct Finding {
    /// Of several, which; else empty.
    pub(in crate::wizard) of: String,
    /// The evidence, or why it does not hold.
    pub(in crate::wizard) outcome: Result<Evidence, Fault>,
    /// Whether it lights its place on the map.
    pub(in crate::wizard) lights: bool,
}

impl Finding {
    /// What was found of the one fact.
    pub(super) const fn new(outcome: Result<Evidence, Fault>) -> Self {
        Self { of: String::new(), outcome, lights: true }
    }

    /// What was found of one of several.
    pub(super) const fn of(of: String, outcome: Result<Evidence, Fault>) -> Self {
        Self { of, outcome, lights: true }
    }

    /// The same, where it proves too little to light its place on the map.
    pub(super) const fn dark(mut self) -> Self {
        self.lights = false;
        self
    }
}
