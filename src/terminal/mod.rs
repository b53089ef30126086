//! The terminal that this program borrows. Whoever changes it says here how it
//! is given back, so that one place can do that: at a signal, at a panic, when
//! the program is stopped, and when it goes on.

#[cfg(unix)]
mod hang_up;
mod hold;
mod kind;
#[cfg(unix)]
mod signals;
#[cfg(not(unix))]
#[path = "no_signals.rs"]
mod signals;
mod typed_ahead;

pub use hold::{Hold, RawMode, give_back, suspend, take_back};
pub use kind::{is_dumb, shows_unicode, spelled};
pub use signals::{Listener, end_as_asked, end_by, let_writes_fail, stop};
pub use typed_ahead::{Forgotten, SEVERAL_LINES, ends_line, forget_typed, leaves};

/// What Ctrl-C sends.
const INTERRUPT: i32 = 2;

/// What the system wants of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// To end, by that signal.
    End(i32),
    /// To stop until it is told to go on.
    Stop,
    /// It goes on after somebody stopped it without a word.
    GoOn,
}

impl Word {
    /// Whether somebody pressed Ctrl-C, or did as if.
    #[must_use]
    pub const fn is_interrupt(self) -> bool {
        matches!(self, Self::End(INTERRUPT))
    }
}

/// Empties the screen line by line, without moving anything: `ED 2` makes many
/// terminals push what they show into what can be scrolled back to. The same
/// goes for `ED 0` in the first column.
pub const ERASE_IN_PLACE: &str = "\x1b[1;1H\x1b[2K\x1b[1;2H\x1b[J\x1b[1;1H";
