//! What is typed without a pause: the rest of a paste, or what was typed before
//! it was asked for.

use std::{io, time::Duration};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, poll, read};

/// After this long without a key nothing more belongs to it: a terminal hands on
/// a long paste piece by piece.
const PAUSE: Duration = Duration::from_millis(40);

/// Why a hidden line is not taken that came with more behind it.
pub const SEVERAL_LINES: &str =
    word!("it came in several lines, and a part of it would be used; paste it as one line");

/// What was among the keys that were forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Something else than line ends.
    pub text: bool,
    /// A key that leaves, such as Ctrl-C: nothing after it was read.
    pub leaves: bool,
}

/// Reads what is typed without a pause, and forgets it. The terminal must be
/// raw. Ends early once it is not to `go_on`.
///
/// # Errors
/// When the terminal is gone.
pub fn forget_typed(go_on: impl Fn() -> bool) -> io::Result<Forgotten> {
    let mut forgotten = Forgotten::default();
    while go_on() && poll(PAUSE)? {
        match read()? {
            Event::Key(key) if key.kind == KeyEventKind::Release => {}
            Event::Key(key) if leaves(key) => {
                return Ok(Forgotten { leaves: true, ..forgotten });
            }
            Event::Key(key) => forgotten.text |= !ends_line(key),
            Event::Paste(text) => forgotten.text |= !text.trim().is_empty(),
            _ => {}
        }
    }
    Ok(forgotten)
}

/// Whether a key ends a line. Terminals within editors send a line feed.
#[must_use]
pub fn ends_line(key: KeyEvent) -> bool {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    key.code == KeyCode::Enter || control && matches!(key.code, KeyCode::Char('j' | 'm'))
}

/// Whether a key leaves whatever is asked.
#[must_use]
pub fn leaves(key: KeyEvent) -> bool {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    control && matches!(key.code, KeyCode::Char('c' | 'd'))
}
