//! The log file, where one is asked for.

use std::{
    fs::File,
    io::{self, Write},
    path::Path,
    sync::{Mutex, OnceLock},
};

use tracing_subscriber::EnvFilter;

use crate::{
    secret::Known,
    site::{Fault, FaultKind, System, UniformFailure, files, harmless},
};

/// Sends what the program and its libraries trace to a file that only its
/// owner can read. Appends: a second run must not take the first one's away.
///
/// # Errors
/// When the file cannot be opened.
pub fn to_file(path: &Path) -> Result<(), Fault> {
    let cannot = |error: LogError| {
        Fault::of(&error, say!("open the log file {path}", path = path.display()))
    };
    let file = files::open_to_append(path).map_err(|error| cannot(LogError::NotOpened(error)))?;
    tracing_subscriber::fmt()
        .with_ansi(false)
        // They would be written over what is on the screen.
        .log_internal_errors(false)
        // Libraries at `debug` and below print what goes over the wire.
        .with_env_filter(EnvFilter::new("warn,immich_sso=debug"))
        .with_writer(Mutex::new(Searched(file)))
        .try_init()
        .map_err(|error| cannot(LogError::NotTaken(error)))
}

/// The log file. What is traced comes in whole events; each becomes one line in
/// which no secret of a run stands.
struct Searched(File);

/// Why a line could not be written, the first time.
static CUT: OnceLock<String> = OnceLock::new();

/// What is wrong with the log file, where lines are missing in it.
pub(super) fn trouble() -> Option<Fault> {
    let why = CUT.get()?;
    Some(Fault::of(&LogError::Cut(why.clone()), say!("write all of the log file")))
}

/// What is wrong with the log file.
#[derive(Debug, thiserror::Error)]
enum LogError {
    /// It cannot be opened.
    #[error("{0}")]
    NotOpened(#[source] io::Error),
    /// Something else takes what is traced.
    #[error("{0}")]
    NotTaken(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Lines are missing in it, for the reason that is given.
    #[error("{0}")]
    Cut(String),
}

impl UniformFailure for LogError {
    const SYSTEM: System = System::Workstation;
    const KIND: FaultKind = FaultKind::Refused;

    fn hint(&self) -> String {
        match self {
            Self::NotOpened(_) | Self::NotTaken(_) => {
                say!("Give `--log` a file in a folder that you may write to.")
            }
            Self::Cut(_) => say!("Give `--log` a file where there is room."),
        }
    }
}

impl Write for Searched {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = Known::log_line(text.trim_end_matches('\n'));
        let written = self.0.write_all(format!("{}\n", harmless::line(&line)).as_bytes());
        if let Err(error) = written {
            CUT.get_or_init(|| error.to_string());
        }
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
