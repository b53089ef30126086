//! The kinds of things to know: one enum a topic.

mod access;
mod links;
mod next;
mod opening;
mod rotation;

pub use access::{AccessNote, HostNeed, KeyNote, TokenNote};
pub use links::{LinkNote, LinkedAccount};
pub use next::NextNote;
pub use opening::{HandMade, OpeningNote};
pub use rotation::{RenewalNote, RevocationNote, RotationNote};
