//! What a face may ask of the engine: the whole vocabulary.

use crate::{secret::Secret, site::ProfileKey};

use super::{Key, PromptId, StepId};

/// One request of the operator, by way of a face.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Answers the prompt of that id. An answer to a prompt that is no longer
    /// there is ignored.
    Answer(PromptId, Answer),
    /// Reads live anew.
    Refresh,
    /// Goes to a step, to look at it or to walk it again.
    Visit(StepId),
    /// Changes a value of the profile, at its row in the table of the step on
    /// the card; what it changes is then planned and asked about like anything
    /// else.
    Edit {
        /// Which value.
        key: ProfileKey,
        /// What it becomes, as it was typed.
        value: String,
    },
    /// Takes back the last run that is not taken back yet, effect by effect,
    /// the newest first; each is shown and confirmed like any other change.
    Undo,
    /// Stops the work that is under way, where it can be stopped.
    Cancel,
    /// Shows the client secret in the summary for ten seconds.
    Reveal,
    /// Hides it again.
    Conceal,
    /// Ends the run. What is under way is finished or cancelled first.
    Quit,
}

/// An answer to a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To [`super::PromptKind::Text`]. Empty: the default, where there is one.
    Text(String),
    /// To [`super::PromptKind::Hidden`].
    Hidden(Secret),
    /// To [`super::PromptKind::Choice`]: the key of the option.
    Choice(Key),
    /// To [`super::PromptKind::Decide`]: about the plan of that digest and no
    /// other.
    Decide {
        /// [`super::PlanView::digest`] of the plan that was on the screen.
        plan: String,
        /// What the operator said.
        verdict: Verdict,
    },
    /// One question back, where there is one.
    Back,
}

/// What the operator says about a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Do exactly this.
    Perform,
    /// Leave this step as it is and go on.
    Skip,
}
