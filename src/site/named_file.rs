//! A file that the operator named: a key, a certificate authority, a plan. It
//! may be anything, and be anywhere.

use std::{
    fs::OpenOptions,
    io,
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::Duration,
};

use zeroize::Zeroizing;

use super::{file_error::FileError, files};

/// How long reading one may take: it may be on a disk of the network.
const DEADLINE: Duration = Duration::from_secs(5);

/// What such a file holds.
#[derive(Debug)]
pub struct NamedFile {
    /// All of it; may be secret.
    pub bytes: Zeroizing<Vec<u8>>,
    /// Its mode, where it is ours: what others may do with it.
    pub mode: Option<u32>,
}

impl NamedFile {
    /// Reads a regular file of at most that many bytes.
    ///
    /// # Errors
    /// When it cannot be read, is something else than a file (a named pipe, a
    /// device), is longer, or takes too long.
    pub fn read(path: &Path, most: usize) -> io::Result<Self> {
        let (done, read) = mpsc::channel();
        let path: PathBuf = path.to_owned();
        // What hangs in the kernel cannot be called back: it is left behind.
        thread::Builder::new().name("file".into()).spawn(move || {
            // Nobody waits any more if this fails.
            let _ = done.send(read_now(&path, most));
        })?;
        read.recv_timeout(DEADLINE).unwrap_or_else(|_| Err(FileError::Late(DEADLINE).into()))
    }

    /// The file as text.
    ///
    /// # Errors
    /// When it is no UTF-8.
    pub fn text(&self) -> io::Result<&str> {
        std::str::from_utf8(&self.bytes).map_err(|_| FileError::NoText.into())
    }
}

fn read_now(path: &Path, most: usize) -> io::Result<NamedFile> {
    let mut file = files::open_regular(path, OpenOptions::new().read(true))?;
    let metadata = file.metadata()?;
    let bytes = files::read_bounded(&mut file, &metadata, most)?;
    #[cfg(unix)]
    let mode = {
        use std::os::unix::fs::MetadataExt;
        let ours = metadata.uid() == rustix::process::geteuid().as_raw();
        ours.then(|| metadata.mode() & 0o7777)
    };
    #[cfg(not(unix))]
    let mode = None;
    Ok(NamedFile { bytes, mode })
}
