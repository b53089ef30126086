//! Wanted beside live, and what would change, as text and as JSON: changes
//! nothing, needs no terminal.

mod json;
mod text;

pub use json::{plan_json, status_json};
pub use text::{Applying, plan_text, status_text};

use crate::{
    site::Reading,
    wizard::{FieldState, Header, Remembered, Snapshot, StepId, StepState, StepView},
};

/// What is reported on: a site as it was seen, step by step.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// Whose site it is, and how its systems are.
    pub header: &'a Header,
    /// What is remembered of earlier runs.
    pub remembered: &'a Remembered,
    /// The steps, each with its fields and its plan.
    pub steps: &'a [StepView],
}

impl<'a> From<&'a Snapshot> for Report<'a> {
    fn from(snapshot: &'a Snapshot) -> Self {
        Self { header: &snapshot.header, remembered: &snapshot.remembered, steps: &snapshot.steps }
    }
}

/// How live stands to what is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Live is as wanted.
    Same,
    /// It is not.
    Differs,
    /// It could not be looked at, or not at all of it.
    Failed,
}

impl Report<'_> {
    /// How the whole site stands: as its worst step.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.told().map(step_standing).max().unwrap_or(Standing::Same)
    }

    /// The same as a terminal may show it.
    fn harmless(&self) -> Snapshot {
        let snapshot = Snapshot {
            header: self.header.clone(),
            remembered: self.remembered.clone(),
            steps: self.steps.to_vec(),
            ..Snapshot::default()
        };
        snapshot.harmless()
    }

    /// The steps that have something to say. Access is told by the systems.
    fn told(&self) -> impl Iterator<Item = &StepView> {
        self.steps.iter().filter(|step| {
            let looked_at = !step.fields.is_empty() || step.plan.is_some();
            !step.blockers.is_empty() || (looked_at && step.id != StepId::Access)
        })
    }
}

/// How one step stands.
#[must_use]
pub fn step_standing(step: &StepView) -> Standing {
    let unseen = |state: FieldState| state == FieldState::Unknown;
    let failed = !step.blockers.is_empty()
        || step.state == StepState::Failed
        || step
            .fields
            .iter()
            .any(|field| unseen(field.state) || matches!(field.live, Reading::Failed { .. }));
    let changes = step.plan.as_ref().is_some_and(|plan| !plan.effects.is_empty());
    let differs = changes
        || step
            .fields
            .iter()
            .any(|field| matches!(field.state, FieldState::New | FieldState::Differs));
    match (failed, differs) {
        (true, _) => Standing::Failed,
        (false, true) => Standing::Differs,
        (false, false) => Standing::Same,
    }
}
