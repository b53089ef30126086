//! How a fault is told at the end of a run: `error:` and `hint:`.

use std::io::{self, IsTerminal, Write};

use crate::{plain::Ink, site::Fault, terminal::spelled};

use super::Color;

/// Writes a fault to standard error: an `error:` line and, where there is
/// something to do about it, a `hint:` line.
pub fn complain(fault: &Fault, color: Color) {
    let ink = ink(color, io::stderr().is_terminal());
    // Nobody is left to tell when standard error is gone.
    let _ = io::stderr().lock().write_all(spelled(&ink.complaint(fault)).as_bytes());
}

/// What `--color`, `NO_COLOR` and the terminal agree on.
pub(super) fn ink(color: Color, terminal: bool) -> Ink {
    match color {
        Color::Always => Ink::Colour,
        Color::Never => Ink::Mono,
        Color::Auto => Ink::auto(terminal),
    }
}
