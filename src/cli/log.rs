//! The log file, where one is asked for.

use std::{path::Path, sync::Mutex};

use tracing_subscriber::EnvFilter;

use crate::site::{Fault, FaultKind, System, files};

/// Sends what the program and its libraries trace to a file that only its
/// owner can read. Appends: a second run must not take the first one's away.
pub(super) fn to_file(path: &Path) -> Result<(), Fault> {
    let cannot = |answer: String| {
        Fault::new(
            System::Workstation,
            FaultKind::Refused,
            format!("open the log file {}", path.display()),
        )
        .answered(answer)
        .remedy("Give `--log` a file in a folder that you may write to.")
    };
    let file = files::open_to_append(path).map_err(|error| cannot(error.to_string()))?;
    tracing_subscriber::fmt()
        .with_ansi(false)
        // Libraries at `debug` and below print what goes over the wire.
        .with_env_filter(EnvFilter::new("warn,immich_sso=debug"))
        .with_writer(Mutex::new(file))
        .try_init()
        .map_err(|error| cannot(error.to_string()))
}
