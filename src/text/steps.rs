//! Steps.

use crate::wizard::StepId;

/// The names of steps, one after the other.
pub(super) fn titles(steps: &[StepId]) -> String {
    let titles: Vec<&str> = steps.iter().map(|step| step.title()).collect();
    titles.join(", ")
}
