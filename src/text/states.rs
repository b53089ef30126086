//! How far things are, in a word or two.

use crate::{
    site::System,
    wizard::{FieldState, Lamp, StepId, StepState},
};

/// How two sides of a field compare.
#[must_use]
pub const fn field_state(state: FieldState) -> &'static str {
    match state {
        FieldState::Unknown => word!("unknown"),
        FieldState::Same => word!("same"),
        FieldState::New => word!("new"),
        FieldState::Differs => word!("differs"),
        FieldState::Kept => word!("kept"),
    }
}

/// What becomes of a field.
#[must_use]
pub const fn field_change(state: FieldState) -> &'static str {
    match state {
        FieldState::Unknown => "?",
        FieldState::Same => word!("same"),
        FieldState::New => word!("add"),
        FieldState::Differs => word!("change"),
        FieldState::Kept => word!("keep"),
    }
}

/// How a step came out.
#[must_use]
pub const fn outcome(state: StepState) -> &'static str {
    match state {
        StepState::ToDo => word!("to do"),
        StepState::Differs => word!("differs"),
        StepState::Done => word!("done"),
        StepState::Skipped => word!("left as it is"),
        StepState::NotNeeded => word!("not needed here"),
        StepState::Failed => word!("failed"),
    }
}

/// How far a step is, where there is little room. `was_done`: it was done once;
/// `here`: it is the one that is walked.
#[must_use]
pub const fn step_state(state: StepState, was_done: bool, here: bool) -> &'static str {
    match state {
        StepState::ToDo if here => word!("here"),
        StepState::ToDo => word!("to do"),
        StepState::Differs if was_done => word!("differs again"),
        StepState::Differs => word!("differs"),
        StepState::Done => word!("done"),
        StepState::Skipped => word!("skipped"),
        StepState::NotNeeded => word!("not needed"),
        StepState::Failed => word!("failed"),
    }
}

/// A step's name where there is little room.
#[must_use]
pub const fn short_title(step: StepId) -> &'static str {
    match step {
        StepId::Settings => word!("Settings"),
        other => other.title(),
    }
}

/// Whether a system can be worked with.
#[must_use]
pub const fn lamp(lamp: Lamp) -> &'static str {
    match lamp {
        Lamp::Off => word!("not looked at yet"),
        Lamp::Looking => word!("being looked at"),
        Lamp::Good => word!("ready"),
        Lamp::Warning => word!("answers, but something is not right"),
        Lamp::Bad => word!("cannot be worked with"),
    }
}

/// A system's name where there is little room.
#[must_use]
pub const fn short_name(system: System) -> &'static str {
    match system {
        System::Host => word!("host"),
        other => other.name(),
    }
}
