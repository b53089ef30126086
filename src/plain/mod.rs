//! The plain face: the walk as questions and answers, and the demo that plays
//! the operator itself. For dumb terminals, screen readers and pipes.

mod ask;
mod autopilot;
mod ink;
mod interruption;
mod lines;
mod narrator;
mod quiet;
mod walk;

pub use autopilot::{Script, autopilot};
pub use ink::Ink;
pub use lines::{Lines, live_text, outcome_word, state_word};
pub use narrator::Narrator;
pub use walk::{PlainOptions, run};
