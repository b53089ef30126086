//! Files of this program: private, and replaced as a whole or not at all.

use std::{
    fs::{self, File, Metadata, OpenOptions},
    io::{self, Read, Write},
    path::Path,
};

use zeroize::Zeroizing;

use super::file_error::{FileError, Kind};

/// How the mode of a file of ours is handled when others may read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// It becomes ours alone: mode 0600.
    OnlyUs,
    /// It holds nothing that others must not read, and stays as it is.
    Anyone,
}

/// Makes a folder that nobody else may look into, with the folders above it.
/// One that is there already becomes private.
///
/// # Errors
/// When it cannot be made, belongs to somebody else, or others can change what
/// is in it.
pub fn make_private_folder(path: &Path) -> io::Result<()> {
    make_folder(path)?;
    owner::tighten(path, &fs::metadata(path)?, 0o700)
}

/// Makes a folder as [`make_private_folder`] does. One that is there already
/// may be open to readers: the operator may have named it.
///
/// # Errors
/// As [`make_private_folder`].
pub fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    owner::check(path, &fs::metadata(path)?)
}

/// Reads a file of ours.
///
/// # Errors
/// When it cannot be read, is no regular file, is longer than `most` bytes,
/// belongs to somebody else, or others can change it or the folder it is in.
pub fn read(path: &Path, most: usize, readers: Readers) -> io::Result<Vec<u8>> {
    let mut file = open_regular(path, OpenOptions::new().read(true))?;
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        owner::check(folder, &fs::metadata(folder)?)?;
    }
    let metadata = file.metadata()?;
    owner::check(path, &metadata)?;
    if readers == Readers::OnlyUs {
        owner::tighten(path, &metadata, 0o600)?;
    }
    read_bounded(&mut file, &metadata, most).map(|mut bytes| std::mem::take(&mut *bytes))
}

/// Reads a file of ours that is text.
///
/// # Errors
/// As [`read`], and when it is no text.
pub fn read_text(path: &Path, most: usize, readers: Readers) -> io::Result<String> {
    let bytes = read(path, most, readers)?;
    String::from_utf8(bytes).map_err(|_| io::Error::from(FileError::NoText))
}

/// Puts a file in place of the one at `path`: whoever reads sees the old or
/// the new one, after a power cut too, and nobody else may read either. A
/// symbolic link stays one.
///
/// # Errors
/// When it cannot be written, or `path` names something that is no regular
/// file; what was there is then untouched.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    match fs::symlink_metadata(&target) {
        Ok(metadata) => must_be_regular(&metadata)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    // Made with mode 0600 on Unix.
    let mut file = tempfile::Builder::new().prefix(".immich-sso-").tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(&target).map_err(|error| error.error)?;
    sync_folder(folder)
}

/// Appends one line to a file of ours, made if it is not there. Everything
/// else in it stays byte for byte, and so does its mode. A last line without
/// an end gets one.
///
/// # Errors
/// When it cannot be written, is no regular file, or is not ours alone to
/// change.
pub fn append_line(path: &Path, line: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    must_lead_somewhere(path)?;
    let mut file = open_regular(path, &mut options)?;
    let metadata = file.metadata()?;
    owner::check(path, &metadata)?;
    let mut text = String::with_capacity(line.len() + 2);
    if metadata.len() > 0 {
        let mut last = [0];
        io::Seek::seek(&mut file, io::SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            text.push('\n');
        }
    }
    text.push_str(line);
    text.push('\n');
    // In one piece, so that two programs do not write into each other's line.
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// Makes the folder's list of names last: a new name can get lost otherwise.
///
/// # Errors
/// When the disk fails.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    // Windows cannot open a folder as a file, and needs no such thing.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Opens a file to read and write, made if it is not there, for nobody else.
/// It is written in place, so it must not lead anywhere else.
///
/// # Errors
/// When it cannot be opened, is a symbolic link or no regular file, or is not
/// ours alone to change.
pub fn open_private(path: &Path) -> io::Result<File> {
    if fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink()) {
        return Err(FileError::WrittenThrough { path: path.to_owned() }.into());
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
        options.custom_flags(flags(rustix::fs::OFlags::NOFOLLOW));
    }
    let file = open_regular(path, &mut options)?;
    let metadata = file.metadata()?;
    owner::check(path, &metadata)?;
    owner::tighten(path, &metadata, 0o600)?;
    Ok(file)
}

/// Whether `path` still leads to the file that was opened: one that was removed
/// or replaced meanwhile takes what is written, and keeps it for nobody.
///
/// # Errors
/// When one of them cannot be looked at; a path that leads to nothing is none.
pub fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    #[cfg(unix)]
    let same = |named: Metadata| {
        use std::os::unix::fs::MetadataExt;
        let opened = file.metadata()?;
        Ok((named.dev(), named.ino()) == (opened.dev(), opened.ino()))
    };
    // Windows lets nobody remove a file that is open.
    #[cfg(not(unix))]
    let same = |_: Metadata| file.metadata().map(|_| true);
    match fs::metadata(path) {
        Ok(named) => same(named),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Opens a file that the operator named for text that is appended. Others may
/// not read a new one.
///
/// # Errors
/// When it cannot be opened, is a named pipe or a folder, or is a symbolic link
/// to a file or to nothing: whoever set that would choose which file of ours
/// gets the text.
pub fn open_to_append(path: &Path) -> io::Result<File> {
    must_lead_somewhere(path)?;
    let is_link = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
    if is_link && fs::metadata(path).is_ok_and(|metadata| metadata.is_file()) {
        return Err(FileError::Link.into());
    }
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
        options.mode(0o600);
        // A pipe that nobody reads would hold us up for ever.
        options.custom_flags(flags(rustix::fs::OFlags::empty()));
        if fs::metadata(path).is_ok_and(|metadata| metadata.file_type().is_fifo()) {
            return Err(FileError::NoFile(Kind::NamedPipe).into());
        }
    }
    options.open(path)
}

/// A link to nothing is refused: whoever set it chooses where a new file would
/// be made.
fn must_lead_somewhere(path: &Path) -> io::Result<()> {
    let is_link = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
    if is_link && fs::metadata(path).is_err() {
        return Err(FileError::LinkToNothing { path: path.to_owned() }.into());
    }
    Ok(())
}

/// Opens a file if it is a regular one, and never waits for anybody.
pub(super) fn open_regular(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    // Looked at first: opening a device can do something by itself.
    if let Ok(metadata) = fs::metadata(path) {
        must_be_regular(&metadata)?;
    }
    #[cfg(unix)]
    let file = {
        use std::os::unix::fs::OpenOptionsExt;
        let mut options = options.clone();
        if fs::symlink_metadata(path).is_ok_and(|metadata| !metadata.is_symlink()) {
            options.custom_flags(flags(rustix::fs::OFlags::NOFOLLOW));
        }
        options.open(path)?
    };
    #[cfg(not(unix))]
    let file = options.open(path)?;
    must_be_regular(&file.metadata()?)?;
    Ok(file)
}

/// The flags of every file that is opened here.
#[cfg(unix)]
fn flags(more: rustix::fs::OFlags) -> i32 {
    use rustix::fs::OFlags;
    (OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC | more).bits().cast_signed()
}

/// Reads all of a file, or nothing where it is longer than that.
pub(super) fn read_bounded(
    file: &mut File,
    metadata: &Metadata,
    most: usize,
) -> io::Result<Zeroizing<Vec<u8>>> {
    let too_long = || io::Error::from(FileError::TooLong { most });
    let length = usize::try_from(metadata.len()).map_err(|_| too_long())?;
    if length > most {
        return Err(too_long());
    }
    // As large as the file, so that it does not move and leave a copy.
    let mut bytes = Zeroizing::new(Vec::with_capacity(length + 1));
    file.take(most as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > most { Err(too_long()) } else { Ok(bytes) }
}

fn must_be_regular(metadata: &Metadata) -> io::Result<()> {
    if metadata.is_file() {
        return Ok(());
    }
    Err(FileError::NoFile(kind(metadata)).into())
}

fn kind(metadata: &Metadata) -> Kind {
    if metadata.is_dir() {
        return Kind::Folder;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        let file_type = metadata.file_type();
        if file_type.is_fifo() {
            return Kind::NamedPipe;
        }
        if file_type.is_socket() {
            return Kind::Socket;
        }
        if file_type.is_char_device() || file_type.is_block_device() {
            return Kind::Device;
        }
    }
    Kind::Other
}

/// Who may do what with a file or folder of ours.
#[cfg(unix)]
mod owner {
    use std::{
        fs::{self, Metadata, Permissions},
        io,
        os::unix::fs::{MetadataExt, PermissionsExt},
        path::Path,
    };

    use crate::site::file_error::FileError;

    /// Refuses what somebody else owns or can change.
    pub(super) fn check(path: &Path, metadata: &Metadata) -> io::Result<()> {
        let (us, owner) = (rustix::process::geteuid().as_raw(), metadata.uid());
        // The administrator can change everything anyhow.
        if owner != us && owner != 0 {
            return Err(FileError::OfAnother { path: path.to_owned(), owner, us }.into());
        }
        let mode = metadata.mode();
        // On many systems everybody has a group of his own, by the same number.
        let group_is_private = metadata.gid() == owner;
        // In a folder such as /tmp nobody can replace what is somebody else's.
        let sticky = metadata.is_dir() && mode & 0o1000 != 0;
        let by_others = mode & 0o002 != 0 || (mode & 0o020 != 0 && !group_is_private);
        if by_others && !sticky {
            return Err(FileError::OpenToOthers { path: path.to_owned(), mode }.into());
        }
        Ok(())
    }

    /// Takes away what others may do.
    pub(super) fn tighten(path: &Path, metadata: &Metadata, mode: u32) -> io::Result<()> {
        let now = metadata.mode() & 0o7777;
        let is_private = now | 0o700 == 0o700;
        if is_private || metadata.uid() != rustix::process::geteuid().as_raw() {
            return Ok(());
        }
        tracing::warn!(path = %path.display(), "others could read it (mode {now:04o})");
        fs::set_permissions(path, Permissions::from_mode(mode))
    }
}

#[cfg(not(unix))]
mod owner {
    use std::{fs::Metadata, io, path::Path};

    #[allow(clippy::unnecessary_wraps, reason = "the same face as on Unix")]
    pub(super) fn check(_: &Path, _: &Metadata) -> io::Result<()> {
        Ok(())
    }

    #[allow(clippy::unnecessary_wraps, reason = "the same face as on Unix")]
    pub(super) fn tighten(_: &Path, _: &Metadata, _: u32) -> io::Result<()> {
        Ok(())
    }
}
