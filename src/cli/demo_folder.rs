//! The folder of a demo, which ends with it. One that was killed leaves it behind for
//! the next.

use std::{
    env,
    fs::{self, File},
    io,
    path::Path,
};

use tempfile::TempDir;

use crate::site::files;

/// How the names of these folders begin.
const PREFIX: &str = "immich-sso-demo-";

/// The file in the folder that its demo holds locked. The system takes the lock back
/// when the process ends, however it ends.
const LOCK: &str = "lock";

/// A folder that is there for as long as this value.
#[derive(Debug)]
pub(super) struct DemoFolder {
    // Goes first, while nobody else can lock it.
    folder: TempDir,
    _lock: File,
}

impl DemoFolder {
    /// Makes one, and removes what demos left that were killed.
    pub(super) fn make() -> io::Result<Self> {
        let temporary = env::temp_dir();
        remove_left(&temporary);
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(temporary)?;
        // It gets its name once it is locked: until then it is nobody's to remove.
        let new = folder.path().join("lock.new");
        let lock = files::open_private(&new)?;
        lock.try_lock()?;
        fs::rename(&new, folder.path().join(LOCK))?;
        Ok(Self { folder, _lock: lock })
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Removes the folders of demos whose process is gone.
fn remove_left(temporary: &Path) {
    for entry in fs::read_dir(temporary).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(PREFIX)
            && let Some(_lock) = lock_of_the_dead(&entry.path())
            // Follows no symbolic link.
            && let Err(error) = fs::remove_dir_all(entry.path())
        {
            tracing::debug!(%error, folder = %entry.path().display(), "an old demo's folder stays");
        }
    }
}

/// The lock of a demo's folder, if it is this user's and nobody holds it.
#[cfg(unix)]
fn lock_of_the_dead(folder: &Path) -> Option<File> {
    use std::os::unix::fs::MetadataExt;

    let us = rustix::process::geteuid().as_raw();
    let is_ours = |metadata: &fs::Metadata| metadata.uid() == us;
    let found = folder.symlink_metadata().ok()?;
    let path = folder.join(LOCK);
    let named = path.symlink_metadata().ok()?;
    if !(found.is_dir() && is_ours(&found) && named.is_file() && is_ours(&named)) {
        return None;
    }
    let lock = files::open_private(&path).ok()?;
    lock.try_lock().ok()?;
    files::is_at(&lock, &path).ok()?.then_some(lock)
}

/// Who owns a folder is not known here.
#[cfg(not(unix))]
fn lock_of_the_dead(_: &Path) -> Option<File> {
    None
}
