//! Rotation: a new client secret into the place of one that is in use, in four
//! stages (create, set, test, finish), each of which survives a kill.

mod age;
mod back;
mod back_error;
mod hold;
mod launch;
mod obstacle;
mod probe;
mod settle;
mod stages;
mod standing;
mod switch;

pub use age::{secret_age, token_age};

pub(super) use age::show as show_age;
pub(super) use back::lead as lead_back;
pub(super) use hold::note as hold_note;
pub(super) use obstacle::Obstacle;
pub(super) use settle::{open, settle, settle_open};
pub(super) use stages::{begin as begin_look, live};
pub(super) use standing::{Phase, Standing};
pub(super) use switch::perform;

/// How long a look at what both sides hold may take.
pub(super) const LOOKS_WITHIN: std::time::Duration = std::time::Duration::from_mins(1);
