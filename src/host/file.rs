//! Files on the host: read to the byte, and written so that whoever reads them
//! meanwhile sees the old text or the new one, never half of one.

mod seen;
mod warning;

pub use seen::FileSeen;
pub use warning::{FileWarning, Maker};

use std::time::Duration;

use shell_words::quote;

use super::{
    Command, ConfigFile, DEADLINE, Host,
    command::WAITS,
    frame::{Ended, MissingProgram, missing_program},
    prepared::moved,
};
use crate::{
    net::{Fills, Hole, Spelling, Template},
    secret::{Foreign, Secret},
    site::{DockerAccess, Failure, Fault, FaultKind, System},
};

/// What is added to the name of a file for the one copy of its text from
/// before our change.
const KEPT: &str = ".immich-sso-kept";

/// Prints what a file is, and its text.
const LOOK: &str = include_str!("file/look.sh");

/// Puts another text into the place of a file. What it may be told to keep is
/// the old text, beside the file and closed to others.
const REPLACE: &str = include_str!("file/replace.sh");

/// Deletes our copies of a file, and prints their names.
const FORGET: &str = include_str!("file/forget.sh");

/// A text that is to take the place of a file's.
#[derive(Clone, Copy, Debug)]
pub struct FileWrite<'a> {
    /// The new text.
    pub text: &'a Secret,
    /// [`FileSeen::sum`] of the text that it is made from: another one there by
    /// then is somebody else's change.
    pub sum: &'a str,
    /// What it does with the old text.
    pub keep: Keep,
    /// Whether there is no such copy yet, or one of somebody else's text.
    pub keeps_old: bool,
}

/// What a write does with the old text of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// It becomes the copy that is kept, unless there is a good one already.
    Once,
    /// It is gone.
    Never,
}

impl FileWrite<'_> {
    /// What goes into the holes of the command.
    pub(super) fn fills(&self, file: &ConfigFile) -> Fills {
        let kept = if self.keeps_old { KEPT } else { "" };
        let how = if file.is_mounted_itself { "within" } else { "move" };
        Fills::default()
            .with(Hole::ConfigFile, file.path.as_str())
            .with(Hole::CopyName, kept)
            .with(Hole::Checksum, self.sum)
            .with(Hole::Length, self.text.expose().len())
            .with(Hole::MoveOrWithin, how)
    }
}

/// Where the old text of a file is kept.
#[must_use]
pub fn kept_beside(path: &str) -> String {
    format!("{path}{KEPT}")
}

/// The same of a file whose path is not known yet.
#[must_use]
pub fn copy_name() -> Template {
    joined![(Hole::ConfigFile, Spelling::Plain), KEPT]
}

impl Host {
    /// A file as it is now. Its text may hold secrets.
    ///
    /// # Errors
    /// When it is not there, may not be read, is no file or none of text, or
    /// when what came is not exactly what is in it.
    pub async fn look_at_file(&self, file: &ConfigFile) -> Result<FileSeen, Fault> {
        let tried = say!("read {path} on the host", path = file.path);
        let command = self.script(LOOK, &[word(&file.path), word(&file.mounted)], DEADLINE);
        let ended = self.begin(&tried, &command, &Fills::default()).await?.finish(None).await?;
        self::ended(&tried, &ended)?;
        FileSeen::read(file, &ended.stdout).map_err(|error| Fault::of(&error, tried))
    }

    /// The copy that is kept of a file's text from before our change.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn look_at_kept(&self, seen: &FileSeen) -> Result<Option<FileSeen>, Fault> {
        let path = kept_beside(&seen.target);
        let file = ConfigFile { path, ..seen.file.clone() };
        match self.look_at_file(&file).await {
            // A link in the place of our copy is nobody's text.
            Ok(copy) => Ok((copy.target == file.path).then_some(copy)),
            Err(fault) if fault.kind == FaultKind::NotFound => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// Puts another text into the place of a file. Owner, group, rights and a
    /// symbolic link to it stay. It is one move, unless the file itself is
    /// mounted into the container, which would go on with the old one, or its
    /// owner cannot be kept: there the new text is written over the old one in
    /// one go, and what is left behind it is cut off.
    ///
    /// # Errors
    /// When it cannot be written; the old file is then untouched.
    /// [`FaultKind::Moved`] when it is not what was read.
    pub async fn replace_file(
        &self,
        file: &ConfigFile,
        write: &FileWrite<'_>,
    ) -> Result<(), Fault> {
        let tried = say!("replace {path} on the host", path = file.path);
        let command = self.replace_command(write.keep, false);
        let ended = self.begin(&tried, &command, &write.fills(file)).await?;
        self::ended(&tried, &ended.finish(Some(write.text)).await?)
    }

    /// Deletes the copies that this program keeps of a file; the names of those
    /// that were there.
    ///
    /// # Errors
    /// When they cannot be deleted.
    pub async fn forget_copies(&self, file: &ConfigFile) -> Result<Vec<String>, Fault> {
        let tried = say!("delete the copies of {path} on the host", path = file.path);
        self.names(&tried, &self.forget_copies_command(), file).await
    }

    /// The names of the copies that [`Host::forget_copies`] would delete.
    ///
    /// # Errors
    /// When they cannot be looked for.
    pub async fn look_for_copies(&self, file: &ConfigFile) -> Result<Vec<String>, Fault> {
        let tried = say!("look for copies of {path} on the host", path = file.path);
        let command = self.script(FORGET, &[hole(Hole::ConfigFile), word("look")], DEADLINE);
        self.names(&tried, &command, file).await
    }

    async fn names(
        &self,
        tried: &str,
        command: &Command,
        file: &ConfigFile,
    ) -> Result<Vec<String>, Fault> {
        let fills = Fills::default().with(Hole::ConfigFile, file.path.as_str());
        let ended = self.begin(tried, command, &fills).await?.finish(None).await?;
        self::ended(tried, &ended)?;
        Ok(String::from_utf8_lossy(&ended.stdout).lines().map(str::to_owned).collect())
    }

    /// The command that replaces a file, at once or at a word.
    #[must_use]
    pub fn replace_command(&self, keep: Keep, at_a_word: bool) -> Command {
        let copy = match keep {
            Keep::Once => hole(Hole::CopyName),
            Keep::Never => word(""),
        };
        let waits = word(if at_a_word { "yes" } else { "no" });
        let file = hole(Hole::ConfigFile);
        let (sum, length) = (hole(Hole::Checksum), hole(Hole::Length));
        let arguments = [file, copy, sum, length, hole(Hole::MoveOrWithin), waits];
        self.script(REPLACE, &arguments, if at_a_word { WAITS } else { DEADLINE })
    }

    /// The command that [`Host::forget_copies`] sends.
    #[must_use]
    pub fn forget_copies_command(&self) -> Command {
        self.script(FORGET, &[hole(Hole::ConfigFile)], DEADLINE)
    }

    /// A script of ours with its arguments. Files of a stack that only root may
    /// manage are root's, too.
    fn script(&self, script: &str, arguments: &[Template], deadline: Duration) -> Command {
        let sudo = match self.docker {
            DockerAccess::Direct => "",
            DockerAccess::Sudo => "sudo -n ",
        };
        let mut line = Template::from(format!("{sudo}sh -c {} sh", quote(script.trim_end())));
        for argument in arguments {
            line.push(" ");
            line.push(argument);
        }
        Command::new(line, deadline)
    }
}

/// An argument.
fn word(text: &str) -> Template {
    quote(text).into_owned().into()
}

/// An argument that is not known yet.
fn hole(hole: Hole) -> Template {
    (hole, Spelling::Word).into()
}

/// How a script ended, as a fault where it is one.
pub(super) fn ended(tried: &str, ended: &Ended) -> Result<(), Fault> {
    let error = match ended.status {
        0 => return Ok(()),
        3 => FileError::PutBack,
        4 => FileError::FolderInTheWay,
        5 => FileError::Incomplete,
        6 => FileError::NotWritable,
        7 => FileError::TooLong,
        8 => FileError::NoFile,
        9 => return Err(moved(tried)),
        status => {
            if let Some(program) = missing_program(status, &ended.stderr) {
                return Err(Fault::of(&MissingProgram(program), tried));
            }
            let (words, cause) = (ended.stderr.end(), Cause::of(&ended.stderr));
            FileError::Refused { status, words, cause }
        }
    };
    Err(Fault::of(&error, tried))
}

/// Why a file is not written.
#[derive(Debug, thiserror::Error)]
enum FileError {
    #[error("{}", say!("writing into the file failed, and the old text was put back"))]
    PutBack,
    #[error("{}", say!("a folder is in the place of the copy that is kept of it"))]
    FolderInTheWay,
    #[error("{}", say!("not all of the new text arrived"))]
    Incomplete,
    #[error("{}", say!("it cannot be written"))]
    NotWritable,
    #[error("{}", say!("it is longer than 4 MB, which no config file of Immich is"))]
    TooLong,
    #[error("{}", say!("it is not a regular file, but a folder, a pipe or a device"))]
    NoFile,
    #[error("{}", say!("exit status {status}: {words}", status = .status, words = .words))]
    Refused { status: u32, words: Foreign, cause: Cause },
}

/// Why the host refused something with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    /// sudo asks for a password.
    SudoAsks,
    /// The user may not do it.
    NotAllowed,
    /// The file system is read-only.
    ReadOnly,
    /// The file is not there.
    NoFile,
    /// The disk is full.
    NoRoom,
    /// Something else.
    Unknown,
}

impl Cause {
    fn of(stderr: &Foreign) -> Self {
        let said = |part: &str| stderr.mentions(part);
        if said("a password is required") || said("a terminal is required") {
            Self::SudoAsks
        } else if said("ermission denied") || said("not permitted") {
            Self::NotAllowed
        } else if said("Read-only file system") {
            Self::ReadOnly
        } else if said("No such file") || said("nonexistent") {
            Self::NoFile
        } else if said("No space left") {
            Self::NoRoom
        } else {
            Self::Unknown
        }
    }
}

impl Failure for FileError {
    fn system(&self) -> System {
        System::Host
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::NotWritable
            | Self::Refused {
                cause: Cause::SudoAsks | Cause::NotAllowed | Cause::ReadOnly, ..
            } => FaultKind::NotAllowed,
            Self::Refused { cause: Cause::NoFile, .. } => FaultKind::NotFound,
            Self::PutBack
            | Self::FolderInTheWay
            | Self::Incomplete
            | Self::TooLong
            | Self::NoFile
            | Self::Refused { cause: Cause::NoRoom | Cause::Unknown, .. } => FaultKind::Refused,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::PutBack | Self::TooLong => String::new(),
            Self::FolderInTheWay => say!("Move that folder away. The file is untouched."),
            Self::Incomplete | Self::Refused { cause: Cause::Unknown, .. } => {
                say!("The old file is untouched.")
            }
            Self::NotWritable => say!("Is it write-protected, or on a read-only file system?"),
            Self::NoFile => {
                say!("Does IMMICH_CONFIG_FILE lead to the right place on the host?")
            }
            Self::Refused { cause: Cause::SudoAsks, .. } => {
                say!("sudo must work without a password for sh (NOPASSWD).")
            }
            Self::Refused { cause: Cause::NotAllowed, .. } => say!(
                "The user on the host may not do this: change the file's owner or rights, or let Docker and files be reached by sudo."
            ),
            Self::Refused { cause: Cause::ReadOnly, .. } => {
                say!("It is on a read-only file system.")
            }
            Self::Refused { cause: Cause::NoFile, .. } => {
                say!("Is the file mounted from where the profile says?")
            }
            Self::Refused { cause: Cause::NoRoom, .. } => {
                say!("Make room on the host's disk. The old file is untouched.")
            }
        }
    }
}
