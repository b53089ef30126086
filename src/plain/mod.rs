//! The plain face: the walk as questions and answers, and the demo that plays
//! the operator itself. For dumb terminals, screen readers and pipes.

mod ask;
mod autopilot;
mod broken;
mod fault;
mod ink;
mod interruption;
mod lines;
mod narrator;
mod quiet;
mod walk;

pub use autopilot::{Script, autopilot};
pub use fault::{engine_is_gone, left_at_work};
pub use ink::Ink;
pub use lines::{Lines, Pictures};
pub use narrator::Narrator;
pub use walk::{PlainOptions, run};
