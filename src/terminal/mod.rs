//! The terminal that this program borrows. Whoever changes it says here how it
//! is given back, so that one place can do that: at a signal, at a panic, when
//! the program is stopped, and when it goes on.

mod hold;
#[cfg(unix)]
mod signals;

pub use hold::{Hold, RawMode, give_back};
#[cfg(unix)]
pub use hold::{suspend, take_back};
#[cfg(unix)]
pub use signals::{Listener, Word, die_by, end_as_asked, end_by, stop};

/// Empties the screen line by line, without moving anything: `ED 2` makes many
/// terminals push what they show into what can be scrolled back to. The same
/// goes for `ED 0` in the first column.
pub const ERASE_IN_PLACE: &str = "\x1b[1;1H\x1b[2K\x1b[1;2H\x1b[J\x1b[1;1H";
