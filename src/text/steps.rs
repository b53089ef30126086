//! Steps.

use crate::wizard::StepId;

/// The name of a step.
pub(super) const fn title(step: StepId) -> &'static str {
    step.title()
}

/// The names of steps, one after the other.
pub(super) fn titles(steps: &[StepId]) -> String {
    let titles: Vec<&str> = steps.iter().map(|step| title(*step)).collect();
    titles.join(", ")
}
