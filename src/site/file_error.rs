//! Why a file is not used, besides what the system says.

use std::{io, path::PathBuf, time::Duration};

/// Why a file is not used. `path` is its path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum FileError {
    #[error("{}", say!("it is not UTF-8 text"))]
    NoText,
    #[error("{}", say!("it is longer than {most} bytes", most = .most))]
    TooLong { most: usize },
    #[error("{}", say!("it could not be read within {seconds} s", seconds = .0.as_secs()))]
    Late(Duration),
    /// It would be written where somebody else chose.
    #[error(
        "{}",
        say!(
            "it is a symbolic link, and would be written through: remove it (rm '{file}')",
            file = .path.display()
        )
    )]
    WrittenThrough { path: PathBuf },
    #[error("{}", say!("it is a symbolic link: name the file that it leads to"))]
    Link,
    #[error(
        "{}",
        say!(
            "it is a symbolic link that leads to nothing: remove it (rm '{file}')",
            file = .path.display()
        )
    )]
    LinkToNothing { path: PathBuf },
    #[error("{}", say!("it is {kind} and no file", kind = .0.name()))]
    NoFile(Kind),
    #[cfg(unix)]
    #[error(
        "{}",
        say!(
            "{path} belongs to user {owner} and not to you (user {us}), so what is in it cannot \
             be trusted",
            path = .path.display(),
            owner = .owner,
            us = .us
        )
    )]
    OfAnother { path: PathBuf, owner: u32, us: u32 },
    #[cfg(unix)]
    #[error(
        "{}",
        say!(
            "others can change {path} (mode {mode}), so what is in it cannot be trusted: check \
             it, then run chmod go-w '{path}'",
            path = .path.display(),
            mode = format!("{:04o}", .mode & 0o7777)
        )
    )]
    OpenToOthers { path: PathBuf, mode: u32 },
}

/// What stands where a file is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Folder,
    #[cfg(unix)]
    NamedPipe,
    #[cfg(unix)]
    Socket,
    #[cfg(unix)]
    Device,
    Other,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Folder => word!("a folder"),
            #[cfg(unix)]
            Self::NamedPipe => word!("a named pipe"),
            #[cfg(unix)]
            Self::Socket => word!("a socket"),
            #[cfg(unix)]
            Self::Device => word!("a device"),
            Self::Other => word!("something else"),
        }
    }
}

impl From<FileError> for io::Error {
    fn from(error: FileError) -> Self {
        let kind = match error {
            FileError::NoText => io::ErrorKind::InvalidData,
            FileError::Late(_) => io::ErrorKind::TimedOut,
            _ => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}
