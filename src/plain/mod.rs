//! The plain face: the walk as questions and answers, and the demo that plays
//! the operator itself. For dumb terminals, screen readers and pipes.

mod ink;

pub use ink::Ink;
