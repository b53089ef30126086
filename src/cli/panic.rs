//! What the operator sees when the program itself is wrong.

use std::{
    panic::{self, PanicHookInfo},
    process,
};

use super::EXIT_FAILED;
use crate::terminal::give_back;

/// What the runtime and the standard library say where no thread can be started:
/// no mistake of the program's.
const NO_THREADS: [&str; 2] = ["OS can't spawn worker thread", "failed to spawn thread"];

/// Replaces Rust's panic message. Gives the terminal back first, and tells the
/// place but not the text of the panic: a text may quote what was worked on.
///
/// Then the program ends, on whichever thread it happened and whether or not
/// this build could unwind: what is wrong in one task is not built upon by
/// another, and no image of the memory, secrets in it, is left behind as an
/// abort would leave it.
pub(super) fn install_hook() {
    panic::set_hook(Box::new(|info| {
        give_back();
        let told = match info.payload_as_str() {
            Some(said) if NO_THREADS.iter().any(|known| said.starts_with(known)) => say!(
                "error: could not start another thread, and stopped\n\
                 hint: The limit of processes is reached (`ulimit -u`, or that of the container), \
                 or memory is short. What was confirmed and done is in the journal."
            ),
            _ => mistake(info),
        };
        eprintln!("{told}");
        process::exit(i32::from(EXIT_FAILED));
    }));
}

fn mistake(info: &PanicHookInfo<'_>) -> String {
    let place = info
        .location()
        .map(|at| say!(" at {file}:{line}", file = at.file(), line = at.line()))
        .unwrap_or_default();
    say!(
        "error: immich-sso met a mistake of its own{place} and stopped\n\
         hint: What was confirmed and done is in the journal; start again to go on from there. \
         Please report this line and `immich-sso {version}`.",
        place,
        version = env!("IMMICH_SSO_VERSION")
    )
}
