//! Rotation: a new client secret into the place of one that is in use, in four
//! stages (create, set, test, finish), each of which survives a kill.

mod age;
mod back;
mod back_error;
mod ending;
mod hold;
mod launch;
mod obstacle;
mod own;
mod perform;
mod probe;
mod revoke;
mod settle;
mod stages;
mod standing;
mod switch;
mod walk;

pub use age::{secret_age, token_age};

pub(super) use age::show as show_age;
pub(super) use ending::summary;
pub(super) use hold::note as hold_note;
pub(super) use obstacle::Obstacle;
pub(super) use own::{Retiring, renew, renew_key, retire, summary as own_summary};
pub(super) use perform::one;
pub(super) use revoke::revocation;
pub(super) use settle::{open, settle_open};
pub(super) use stages::begin as begin_look;
pub(super) use standing::{Phase, Standing};
pub(super) use switch::perform as switch;
pub(super) use walk::{Turn, interrupted, opening, test, test_unattended};

/// How long a look at what both sides hold may take.
const LOOKS_WITHIN: std::time::Duration = std::time::Duration::from_mins(1);
