//! The journal: what was begun and how it ended, one line each, never changed
//! afterwards.
//!
//! Every line is on the disk before the effect that it announces begins, and
//! carries a checksum over itself and the line before it. So after a power cut
//! there is at most one torn line, at the end, and its effect had not begun;
//! everything else that does not fit is somebody's doing, and refused. That no
//! line is missing at the end says the [`Anchor`].

mod anchor;
mod anchors;
mod failure;
mod lines;

use std::{
    fs::File,
    io::{self, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use anchor::Anchor;
pub use anchors::Anchors;
pub use failure::Cut;
pub(in crate::wizard) use failure::JournalFailure;
use failure::Tried;
use lines::{Content, write_line};

use super::json_texts;
use crate::{
    secret::Known,
    site::{
        Clock, Fault, System,
        files::{self, Readers},
    },
};

/// More than any journal holds.
const LONGEST: usize = 256 << 20;

/// The number of a line, from 1.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Default,
)]
#[serde(transparent)]
pub struct Seq(pub u64);

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number.
    pub seq: Seq,
    /// When it was written.
    pub at: Timestamp,
    /// What it says.
    #[serde(flatten)]
    pub record: Record,
}

/// What a line says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "entry")]
pub enum Record {
    /// An effect is about to be performed.
    Begin {
        /// Names the run, the same for all effects of one.
        run: String,
        /// For the effects of a set-up.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        set_up: Option<SetUp>,
        /// The effect.
        effect: EffectRecord,
    },
    /// It ended.
    End {
        /// The line that began it.
        of: Seq,
        /// How.
        outcome: Outcome,
    },
    /// A set-up came to its end: no later run continues it.
    Finish {
        /// The run.
        run: String,
    },
    /// Lines are missing before this one, and the operator went on without
    /// them.
    Cut {
        /// How many there were.
        found: u64,
        /// How many were written.
        written: u64,
    },
}

impl Record {
    /// Does something with every text that somebody else may have written.
    fn each_text(&mut self, each: &mut dyn FnMut(&mut String)) {
        match self {
            Self::Begin { run: _, set_up: _, effect } => {
                each(&mut effect.what);
                json_texts::each_text(&mut effect.body, each);
            }
            Self::End { of: _, outcome: Outcome::Done { evidence } } => {
                json_texts::each_text(evidence, each);
            }
            Self::End {
                of: _,
                outcome: Outcome::Failed { fault } | Outcome::Unknown { fault },
            } => {
                each(&mut fault.tried);
                each(&mut fault.answer);
                each(&mut fault.remedy);
            }
            Self::Finish { .. } | Self::Cut { .. } => {}
        }
    }
}

/// What the effects of a set-up say of their run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetUp {
    /// The run that was cut short, and that this one continues.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resumes: Option<String>,
}

/// An effect as the journal keeps it. It holds no secret: fingerprints only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EffectRecord {
    /// Where it acts.
    pub system: System,
    /// What it does, as an imperative.
    pub what: String,
    /// The line of the effect that it takes back, if it does that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<Seq>,
    /// The fingerprint of the client secret that it keeps or sends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// All that is needed to recognise it, finish it or take it back.
    pub body: Value,
}

/// How an effect ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "how")]
pub enum Outcome {
    /// It was performed.
    Done {
        /// What is known since, such as the key of what was made.
        evidence: Value,
    },
    /// It was not performed.
    Failed {
        /// Why not.
        fault: Fault,
    },
    /// Whether it was performed is not known.
    Unknown {
        /// What came in between.
        fault: Fault,
    },
}

/// The journal of one profile, open for writing. The run's lock guards it: two
/// of them on one file refuse each other's lines.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    entries: Vec<Entry>,
    /// Up to where the file is good.
    length: u64,
    /// Whether something torn may follow.
    torn: bool,
    /// The checksums of the lines.
    sums: Vec<String>,
    clock: Clock,
    known: Known,
}

impl Journal {
    /// Opens the journal at `path`, made if it is not there. A torn last line
    /// is left where it is until something is written. One without an anchor
    /// gets one.
    ///
    /// # Errors
    /// When it cannot be read, or holds what this release did not write, or
    /// lacks lines of which its anchor knows; it is not changed then.
    pub fn open(path: &Path) -> Result<(Self, Vec<Entry>), Fault> {
        // Read before the journal: whoever writes meanwhile writes it last.
        let anchor = Anchor::read(path)?;
        let (journal, entries) = Self::load(path)?;
        if let Some(anchor) = &anchor {
            anchor.holds(&journal.sums).map_err(|cut| cut.fault(path))?;
        }
        if journal.anchor() != anchor {
            journal.write_anchor()?;
        }
        Ok((journal, entries))
    }

    /// Opens a journal that lacks lines, and notes the gap in it.
    ///
    /// # Errors
    /// As [`Journal::open`], the lines that are missing aside.
    pub fn open_cut(path: &Path, cut: Cut) -> Result<(Self, Vec<Entry>), Fault> {
        let (mut journal, _) = Self::load(path)?;
        journal.note_cut(cut)?;
        let entries = journal.entries.clone();
        Ok((journal, entries))
    }

    /// What the journal at `path` lacks, by the anchor beside it.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub fn cut(path: &Path) -> Result<Option<Cut>, Fault> {
        match Anchor::read(path)? {
            Some(anchor) => Ok(anchor.holds(&Content::of(path)?.sums).err()),
            None => Ok(None),
        }
    }

    fn load(path: &Path) -> Result<(Self, Vec<Entry>), Fault> {
        let io = |error: io::Error| JournalFailure::Unreadable(error).at(path, Tried::Open);
        if let Some(folder) = path.parent() {
            files::make_private_folder(folder).map_err(io)?;
        }
        let file = files::open_private(path).map_err(io)?;
        if let Some(folder) = path.parent() {
            files::sync_folder(folder).map_err(io)?;
        }
        let bytes = files::read(path, LONGEST, Readers::OnlyUs).map_err(io)?;
        let Content { entries, length, sums } = Content::read(path, &bytes)?;
        let journal = Self {
            path: path.to_owned(),
            file,
            entries: entries.clone(),
            length: length as u64,
            torn: length < bytes.len(),
            sums,
            clock: Clock::default(),
            known: Known::default(),
        };
        Ok((journal, entries))
    }

    /// Lines get the time of that clock.
    #[must_use]
    pub fn by(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// No line holds one of these secrets.
    #[must_use]
    pub fn knowing(self, known: &Known) -> Self {
        Self { known: known.clone(), ..self }
    }

    /// What the journal at `path` says, without opening it for writing. One
    /// that is not there says nothing.
    ///
    /// # Errors
    /// As [`Journal::open`].
    pub fn read(path: &Path) -> Result<Vec<Entry>, Fault> {
        let anchor = Anchor::read(path)?;
        let content = Content::of(path)?;
        if let Some(anchor) = anchor {
            anchor.holds(&content.sums).map_err(|cut| cut.fault(path))?;
        }
        Ok(content.entries)
    }

    /// The anchor of what is written so far. `None`: nothing is.
    #[must_use]
    pub fn anchor(&self) -> Option<Anchor> {
        Anchor::of(&self.sums)
    }

    /// Every line, oldest first.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The effects that were begun and of which nobody wrote how they ended.
    pub fn unfinished(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| {
            matches!(entry.record, Record::Begin { .. })
                && !self
                    .entries
                    .iter()
                    .any(|other| matches!(other.record, Record::End { of, .. } if of == entry.seq))
        })
    }

    /// Writes that an effect is about to be performed. It is on the disk when
    /// this returns.
    ///
    /// # Errors
    /// When it could not be written: the effect must not be performed then.
    pub fn begin(&mut self, run: &str, effect: EffectRecord) -> Result<Seq, Fault> {
        let body = effect.body.clone();
        self.begin_as(run, None, effect, body)
    }

    /// The same for a run that may be a set-up, with what the file gets in the
    /// place of the effect's body.
    pub(super) fn begin_as(
        &mut self,
        run: &str,
        set_up: Option<SetUp>,
        effect: EffectRecord,
        on_file: Value,
    ) -> Result<Seq, Fault> {
        let body = effect.body.clone();
        let effect = EffectRecord { body: on_file, ..effect };
        let seq = self.append(Record::Begin { run: run.to_owned(), set_up, effect })?;
        if let Some(Entry { record: Record::Begin { effect, .. }, .. }) = self.entries.last_mut() {
            effect.body = body;
        }
        Ok(seq)
    }

    pub(super) fn entries_mut(&mut self) -> &mut [Entry] {
        &mut self.entries
    }

    /// Writes how the effect of line `of` ended. It is on the disk when this
    /// returns.
    ///
    /// # Errors
    /// When it could not be written: the next run will find the effect
    /// unfinished, and look.
    pub fn end(&mut self, of: Seq, outcome: Outcome) -> Result<Seq, Fault> {
        self.append(Record::End { of, outcome })
    }

    /// Writes that a set-up came to its end.
    ///
    /// # Errors
    /// When it could not be written.
    pub fn finish(&mut self, run: &str) -> Result<Seq, Fault> {
        self.append(Record::Finish { run: run.to_owned() })
    }

    /// Notes that lines are missing before this one.
    ///
    /// # Errors
    /// When it could not be written.
    pub fn note_cut(&mut self, cut: Cut) -> Result<Seq, Fault> {
        self.append(Record::Cut { found: cut.found, written: cut.written })
    }

    fn write_anchor(&self) -> Result<(), Fault> {
        self.anchor().map_or(Ok(()), |anchor| anchor.write(&self.path))
    }

    fn append(&mut self, mut record: Record) -> Result<Seq, Fault> {
        record.each_text(&mut |text| {
            self.known.blot(text);
        });
        let seq = Seq(self.entries.last().map_or(1, |last| last.seq.0 + 1));
        let entry = Entry { seq, at: self.clock.now(), record };
        let last_sum = self.sums.last().map_or("", String::as_str);
        let (line, sum) = write_line(&entry, last_sum)
            .map_err(|error| JournalFailure::NoJson(error).at(&self.path, Tried::Write))?;
        self.write(line.as_bytes())?;
        self.length += line.len() as u64;
        self.sums.push(sum);
        self.entries.push(entry);
        self.write_anchor()?;
        Ok(seq)
    }

    fn write(&mut self, line: &[u8]) -> Result<(), Fault> {
        self.put(line).map_err(|failure| failure.at(&self.path, Tried::Write))
    }

    fn put(&mut self, line: &[u8]) -> Result<(), JournalFailure> {
        let io = JournalFailure::Unwritable;
        if !files::is_at(&self.file, &self.path).map_err(io)? {
            return Err(JournalFailure::Replaced);
        }
        let there = self.file.metadata().map_err(io)?.len();
        if self.torn {
            self.file.set_len(self.length).map_err(io)?;
        } else if there != self.length {
            return Err(JournalFailure::ChangedByOthers);
        }
        self.torn = true;
        self.file
            .seek(SeekFrom::Start(self.length))
            .and_then(|_| self.file.write_all(line))
            .and_then(|()| self.file.sync_data())
            .map_err(io)?;
        self.torn = false;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
