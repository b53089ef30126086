//! What the operator sees when the program itself is wrong.

use std::{io, panic, process};

use crossterm::{
    cursor::Show,
    event::{DisableBracketedPaste, DisableMouseCapture},
    execute,
    terminal::{LeaveAlternateScreen, disable_raw_mode, is_raw_mode_enabled},
};

use super::EXIT_FAILED;

/// Replaces Rust's panic message. Gives the terminal back first, and tells the
/// place but not the text of the panic: a text may quote what was worked on.
///
/// Then the program ends, on whichever thread it happened and whether or not
/// this build could unwind: what is wrong in one task is not built upon by
/// another, and no image of the memory, secrets in it, is left behind as an
/// abort would leave it.
pub(super) fn install_hook() {
    panic::set_hook(Box::new(|info| {
        if is_raw_mode_enabled().unwrap_or(false) {
            let _ = disable_raw_mode();
            let _ = execute!(
                io::stdout(),
                DisableMouseCapture,
                DisableBracketedPaste,
                LeaveAlternateScreen,
                Show
            );
        }
        let place = info
            .location()
            .map_or_else(String::new, |at| format!(" at {}:{}", at.file(), at.line()));
        eprintln!(
            "error: immich-sso met a mistake of its own{place} and stopped\n\
             hint: What was confirmed and done is in the journal; start again to go on from there. \
             Please report this line and `immich-sso {}`.",
            env!("IMMICH_SSO_VERSION")
        );
        process::exit(i32::from(EXIT_FAILED));
    }));
}
