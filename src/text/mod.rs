//! Everything that a person reads, as functions from types to text: one file a
//! topic. Faces call them; the engine knows no sentence, and nothing reads a text
//! back. Errors are the exception: they carry their text with them.

mod fields;
mod live;
mod login;
mod options;
mod proofs;
mod questions;
mod states;
mod steps;
mod summary;

pub use fields::{field, note, value};
pub use live::{live_subject, live_value};
pub use login::seen_login;
pub use options::{Label, option};
pub use proofs::{claim, evidence, sign};
pub use questions::question;
pub use states::{field_change, field_state, lamp, outcome, short_name, short_title, step_state};
pub use steps::about;
pub use summary::credential;
