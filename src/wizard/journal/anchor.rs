//! The anchor of a journal: how many lines it has, and the checksum of the
//! last. The checksums of the lines say that none is missing between two
//! others; the anchor says that none is missing at the end.
//!
//! It is written after the line that it names: one that is behind is a crash
//! between the two, and nothing is lost. One that is ahead names lines that are
//! gone, as after a restored backup.

use std::{
    io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::failure::{Cut, JournalFailure, Tried};
use crate::site::{
    Fault,
    files::{self, Readers},
};

/// The format of an anchor.
const VERSION: u32 = 1;
/// More than any anchor holds.
const LONGEST: usize = 4096;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    v: u32,
    /// How many lines there are.
    pub lines: u64,
    /// The checksum of the last.
    sum: String,
}

/// The version of any anchor.
#[derive(Deserialize)]
struct Version {
    v: u32,
}

impl Anchor {
    /// The anchor of a journal whose lines have these checksums. `None`: it has
    /// no lines.
    pub(super) fn of(sums: &[String]) -> Option<Self> {
        let sum = sums.last()?.clone();
        Some(Self { v: VERSION, lines: sums.len() as u64, sum })
    }

    /// Compares it with a journal whose lines have these checksums.
    ///
    /// # Errors
    /// What the journal lacks.
    pub(super) fn holds(&self, sums: &[String]) -> Result<(), Cut> {
        let last =
            usize::try_from(self.lines).ok().and_then(|lines| sums.get(lines.checked_sub(1)?));
        if last == Some(&self.sum) {
            Ok(())
        } else {
            Err(Cut { found: sums.len() as u64, written: self.lines })
        }
    }

    /// Where the anchor of the journal at `path` is.
    pub(super) fn path(journal: &Path) -> PathBuf {
        journal.with_extension("anchor")
    }

    /// The anchor of the journal at `path`, if it has one.
    ///
    /// # Errors
    /// When there is one that cannot be read.
    pub(super) fn read(journal: &Path) -> Result<Option<Self>, Fault> {
        let path = Self::path(journal);
        match files::read_text(&path, LONGEST, Readers::OnlyUs) {
            Ok(text) => Self::parse(&text).map(Some).ok_or_else(|| {
                let failure = match serde_json::from_str(&text) {
                    Ok(Version { v }) if v != VERSION => {
                        JournalFailure::AnchorOfOtherFormat { path, found: v, known: VERSION }
                    }
                    _ => JournalFailure::AnchorUnreadable(path),
                };
                failure.at(journal, Tried::Read)
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(JournalFailure::Unreadable(error).at(&path, Tried::Read)),
        }
    }

    /// An anchor from its text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str::<Self>(text).ok().filter(|anchor| anchor.v == VERSION)
    }

    /// Its text.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn text(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    /// Keeps it beside the journal at `path`, on the disk when this returns.
    pub(super) fn write(&self, journal: &Path) -> Result<(), Fault> {
        let path = Self::path(journal);
        let fault = |failure: JournalFailure| failure.at(&path, Tried::Write);
        let text = self.text().map_err(|error| fault(JournalFailure::AnchorNoJson(error)))?;
        files::replace(&path, text.as_bytes())
            .map_err(|error| fault(JournalFailure::Unwritable(error)))
    }
}
