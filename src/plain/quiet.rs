//! No echo of what is typed while nothing is asked.

#[cfg(unix)]
use rustix::{
    stdio::stdin,
    termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr},
};
#[cfg(unix)]
use zeroize::Zeroizing;

#[cfg(unix)]
use crate::terminal::Hold;

/// Keeps the terminal from showing keys by itself for as long as this lives:
/// somebody may paste a token before it is asked for. What is asked openly is
/// echoed by whoever asks.
#[derive(Debug)]
pub(super) struct Quiet {
    #[cfg(unix)]
    before: Option<(Termios, Hold)>,
}

/// What a menu leaves behind when it is cut short: a hidden cursor, and pastes
/// in brackets.
#[cfg(unix)]
const AFTER_MENUS: &str = "\x1b[?2004l\x1b[?25h";

impl Quiet {
    pub(super) fn begin() -> Self {
        #[cfg(unix)]
        return Self::with("", |modes| {
            modes.remove(LocalModes::ECHO);
            // Else Ctrl-C takes away what was just told and not yet shown.
            modes.insert(LocalModes::NOFLSH);
        });
        #[cfg(not(unix))]
        Self {}
    }

    /// Also leaves Ctrl-C the key that it is: between two menus of one question
    /// it waits for the second one, instead of ending the run under it.
    pub(super) fn without_signals() -> Self {
        #[cfg(unix)]
        return Self::with(AFTER_MENUS, |modes| modes.remove(LocalModes::ISIG));
        #[cfg(not(unix))]
        Self {}
    }

    #[cfg(unix)]
    fn with(leave: &str, change: impl FnOnce(&mut LocalModes)) -> Self {
        // Where there is no terminal there is nothing to change.
        let before = tcgetattr(stdin()).ok().and_then(|before| {
            let mut now = before.clone();
            change(&mut now.local_modes);
            let hold = Hold::take(Zeroizing::default(), leave.into(), || {
                Ok(tcsetattr(stdin(), OptionalActions::Now, &now)?)
            });
            hold.ok().map(|hold| (before, hold))
        });
        Self { before }
    }
}

#[cfg(unix)]
impl Drop for Quiet {
    fn drop(&mut self) {
        if let Some((before, hold)) = self.before.take() {
            let _ = hold.release(|| Ok(tcsetattr(stdin(), OptionalActions::Now, &before)?));
        }
    }
}
