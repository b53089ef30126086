//! What goes wrong with a journal.

use std::{
    io,
    path::{Path, PathBuf},
};

use thiserror::Error;

use crate::site::{Failure, Fault, FaultKind, System};

/// What went wrong.
#[derive(Debug, Error)]
pub(in crate::wizard) enum JournalFailure {
    /// The file cannot be opened or read.
    #[error("{0}")]
    Unreadable(#[source] io::Error),
    /// The file cannot be written.
    #[error("{0}")]
    Unwritable(#[source] io::Error),
    /// A line cannot be written as JSON.
    #[error("{0}")]
    NoJson(#[source] serde_json::Error),
    /// An anchor cannot be written as JSON.
    #[error("{0}")]
    AnchorNoJson(#[source] serde_json::Error),
    /// The file is gone, or another one is in its place.
    #[error("{}", say!("somebody removed or replaced it meanwhile"))]
    Replaced,
    /// The file is longer or shorter than it was left.
    #[error("{}", say!("somebody else changed it meanwhile"))]
    ChangedByOthers,
    /// A line is not one of this release's.
    #[error("{}", say!("line {seq}: {why}", seq, why))]
    Line {
        /// Its number.
        seq: u64,
        /// What is wrong with it.
        #[source]
        why: LineFailure,
    },
    /// The last lines are missing, or the journal is another one.
    #[error("{}", cut(.0))]
    Cut(Cut),
    /// The anchor has another format.
    #[error(
        "{}",
        say!(
            "its anchor {path} has format {found}, this release knows {known}",
            path = .path.display(),
            found,
            known
        )
    )]
    AnchorOfOtherFormat {
        /// Where the anchor is.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The format that this release writes.
        known: u32,
    },
    /// The anchor cannot be understood.
    #[error("{}", say!("its anchor {path} is not as it was written", path = .0.display()))]
    AnchorUnreadable(PathBuf),
}

fn cut(cut: &Cut) -> String {
    let Cut { found, written } = cut;
    match cut.lost() {
        Some(lost) => say!(
            "its end is missing: it has {found} of the {written} lines that were written, {lost} \
             less. A restored backup looks like this",
            found,
            written,
            lost
        ),
        None => say!(
            "it is not the one that was written last: its line {written} is another one. A \
             restored backup looks like this",
            written
        ),
    }
}

impl Failure for JournalFailure {
    fn system(&self) -> System {
        System::Workstation
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::Unreadable(_) | Self::Unwritable(_) | Self::AnchorNoJson(_) => FaultKind::Refused,
            Self::NoJson(_)
            | Self::Line { .. }
            | Self::AnchorOfOtherFormat { .. }
            | Self::AnchorUnreadable(_) => FaultKind::Unexpected,
            Self::Replaced | Self::ChangedByOthers => FaultKind::Moved,
            Self::Cut(_) => FaultKind::NotKept,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Unreadable(_) | Self::NoJson(_) => String::new(),
            Self::Unwritable(_) | Self::AnchorNoJson(_) => {
                say!("Make room on the disk of the state folder (XDG_STATE_HOME).")
            }
            Self::Replaced => {
                say!("Put it back where it was, then start again: it says what was done.")
            }
            Self::ChangedByOthers => say!("End every other run of immich-sso, then start again."),
            Self::Line { .. } => say!(
                "Nothing was changed in it. Use the release of immich-sso that wrote it, or move \
                 it away and keep it: without it, runs before this one cannot be taken back."
            ),
            Self::Cut(_) => say!(
                "Put the newer journal back. Or start `{us}`: it offers to go on without the \
                 missing lines; what they say it can then neither finish nor undo.",
                us = crate::say::us()
            ),
            Self::AnchorOfOtherFormat { .. } | Self::AnchorUnreadable(_) => say!(
                "If the journal itself is complete, delete that file: the next start makes it \
                 again."
            ),
        }
    }
}

/// What was tried with a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tried {
    /// To open it.
    Open,
    /// To read it.
    Read,
    /// To write it.
    Write,
    /// To understand what it says.
    Understand,
}

impl JournalFailure {
    /// The fault of the journal at `path`.
    pub(super) fn at(&self, path: &Path, tried: Tried) -> Fault {
        let path = path.display();
        let tried = match tried {
            Tried::Open => say!("open the journal {path}", path),
            Tried::Read => say!("read the journal {path}", path),
            Tried::Write => say!("write the journal {path}", path),
            Tried::Understand => say!("understand the journal {path}", path),
        };
        Fault::of(self, tried)
    }
}

/// What is wrong with a line.
#[derive(Debug, Error)]
pub(in crate::wizard) enum LineFailure {
    /// It is no UTF-8.
    #[error("{}", say!("it is no text"))]
    NoText,
    /// It is of another format.
    #[error("{}", say!("it has format {found}, this release knows {known}", found, known))]
    OtherFormat {
        /// Its format.
        found: u32,
        /// The format that this release writes.
        known: u32,
    },
    /// It has no format.
    #[error("{}", say!("it is no line of a journal"))]
    NoLine,
    /// It has no checksum.
    #[error("{}", say!("it has no checksum"))]
    NoChecksum,
    /// Its checksum is another one.
    #[error("{}", say!("it, or a line before it, is not as it was written"))]
    Altered,
    /// It says what this release does not know.
    #[error("{0}")]
    Unknown(#[source] serde_json::Error),
    /// It has the number of another line.
    #[error("{}", say!("it has the number {number}", number = .0))]
    OtherNumber(u64),
}

/// A journal that lacks lines of which the anchor knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// How many lines there are.
    pub found: u64,
    /// How many were written.
    pub written: u64,
}

impl Cut {
    /// How many lines are missing; `None`: the journal is another one.
    #[must_use]
    pub const fn lost(self) -> Option<u64> {
        match self.written.checked_sub(self.found) {
            None | Some(0) => None,
            lost => lost,
        }
    }

    /// What to tell of it.
    #[must_use]
    pub fn fault(self, path: &Path) -> Fault {
        JournalFailure::Cut(self).at(path, Tried::Read)
    }
}
