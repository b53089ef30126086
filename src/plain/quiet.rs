//! No echo of what is typed while nothing is asked.

#[cfg(unix)]
use rustix::{
    stdio::stdin,
    termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr},
};

/// Keeps the terminal from showing keys by itself for as long as this lives:
/// somebody may paste a token before it is asked for. What is asked openly is
/// echoed by whoever asks.
#[derive(Debug)]
pub(super) struct Quiet {
    #[cfg(unix)]
    before: Option<Termios>,
}

impl Quiet {
    #[cfg(unix)]
    pub(super) fn begin() -> Self {
        // Where there is no terminal there is no echo.
        let before = tcgetattr(stdin()).ok();
        if let Some(mut quiet) = before.clone() {
            quiet.local_modes.remove(LocalModes::ECHO);
            // Else Ctrl-C takes away what was just told and not yet shown.
            quiet.local_modes.insert(LocalModes::NOFLSH);
            let _ = tcsetattr(stdin(), OptionalActions::Now, &quiet);
        }
        Self { before }
    }

    #[cfg(not(unix))]
    pub(super) fn begin() -> Self {
        Self {}
    }
}

#[cfg(unix)]
impl Drop for Quiet {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            let _ = tcsetattr(stdin(), OptionalActions::Now, before);
        }
    }
}
