//! The journal: what was begun and how it ended, one line each, never changed
//! afterwards.
//!
//! Every line is on the disk before the effect that it announces begins, and
//! carries a checksum over itself and the line before it. So after a power cut
//! there is at most one torn line, at the end, and its effect had not begun;
//! everything else that does not fit is somebody's doing, and refused.

use std::{
    fmt,
    fs::File,
    io::{self, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::undo_values;
use crate::{
    secret::Known,
    site::{
        Clock, Fault, FaultKind, System,
        files::{self, Readers},
    },
};

/// The format of the lines.
const VERSION: u32 = 1;
/// More than any journal holds.
const LONGEST: usize = 256 << 20;
/// How every line of ours begins.
const BEGINNING: &[u8] = b"{\"v\":1,\"seq\":";
/// What comes between a line's content and its checksum.
const SUM: &str = ",\"sum\":\"";
/// Hexadecimal digits of a checksum.
const SUM_DIGITS: usize = 16;

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
}

impl Record {
    /// Does something with every text that somebody else may have written.
    fn each_text(&mut self, each: &mut dyn FnMut(&mut String)) {
        match self {
            Self::Begin { run: _, effect } => {
                each(&mut effect.what);
                undo_values::each_text(&mut effect.body, each);
            }
            Self::End { of: _, outcome: Outcome::Done { evidence } } => {
                undo_values::each_text(evidence, each);
            }
            Self::End {
                of: _,
                outcome: Outcome::Failed { fault } | Outcome::Unknown { fault },
            } => {
                each(&mut fault.tried);
                each(&mut fault.answer);
                each(&mut fault.remedy);
            }
        }
    }
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

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done { .. } => f.write_str("done"),
            Self::Failed { fault } => write!(f, "failed: {}", fault.answer),
            Self::Unknown { fault } => write!(f, "not known: {}", fault.answer),
        }
    }
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
    last_sum: String,
    clock: Clock,
    known: Known,
}

impl Journal {
    /// Opens the journal at `path`, made if it is not there. A torn last line
    /// is left where it is until something is written.
    ///
    /// # Errors
    /// When it cannot be read, or holds what this release did not write; it is
    /// not changed then.
    pub fn open(path: &Path) -> Result<(Self, Vec<Entry>), Fault> {
        let io =
            |error: io::Error| fault(path, FaultKind::Refused, "open").answered(error.to_string());
        if let Some(folder) = path.parent() {
            files::make_private_folder(folder).map_err(io)?;
        }
        let file = files::open_private(path).map_err(io)?;
        if let Some(folder) = path.parent() {
            files::sync_folder(folder).map_err(io)?;
        }
        let bytes = files::read(path, LONGEST, Readers::OnlyUs).map_err(io)?;
        let Content { entries, length, last_sum } = Content::read(path, &bytes)?;
        let journal = Self {
            path: path.to_owned(),
            file,
            entries: entries.clone(),
            length: length as u64,
            torn: length < bytes.len(),
            last_sum,
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
        match files::read(path, LONGEST, Readers::OnlyUs) {
            Ok(bytes) => Ok(Content::read(path, &bytes)?.entries),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(fault(path, FaultKind::Refused, "read").answered(error.to_string())),
        }
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
        self.begin_as(run, effect, body)
    }

    /// The same, with what the file gets in the place of the effect's body.
    pub(super) fn begin_as(
        &mut self,
        run: &str,
        effect: EffectRecord,
        on_file: Value,
    ) -> Result<Seq, Fault> {
        let body = effect.body.clone();
        let effect = EffectRecord { body: on_file, ..effect };
        let seq = self.append(Record::Begin { run: run.to_owned(), effect })?;
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

    fn append(&mut self, mut record: Record) -> Result<Seq, Fault> {
        record.each_text(&mut |text| {
            self.known.blot(text);
        });
        let seq = Seq(self.entries.last().map_or(1, |last| last.seq.0 + 1));
        let entry = Entry { seq, at: self.clock.now(), record };
        let (line, sum) = write_line(&entry, &self.last_sum).map_err(|error| {
            fault(&self.path, FaultKind::Unexpected, "write").answered(error.to_string())
        })?;
        self.write(line.as_bytes())?;
        self.length += line.len() as u64;
        self.last_sum = sum;
        self.entries.push(entry);
        Ok(seq)
    }

    fn write(&mut self, line: &[u8]) -> Result<(), Fault> {
        let io = |path: &Path, error: &io::Error| {
            fault(path, FaultKind::Refused, "write")
                .answered(error.to_string())
                .remedy("Make room on the disk of the state folder (XDG_STATE_HOME).")
        };
        let there = self.file.metadata().map_err(|error| io(&self.path, &error))?.len();
        if self.torn {
            self.file.set_len(self.length).map_err(|error| io(&self.path, &error))?;
        } else if there != self.length {
            return Err(fault(&self.path, FaultKind::Moved, "write")
                .answered("somebody else changed it meanwhile")
                .remedy("End every other run of immich-sso, then start again."));
        }
        self.torn = true;
        self.file
            .seek(SeekFrom::Start(self.length))
            .and_then(|_| self.file.write_all(line))
            .and_then(|()| self.file.sync_data())
            .map_err(|error| io(&self.path, &error))?;
        self.torn = false;
        Ok(())
    }
}

/// What a file holds.
struct Content {
    entries: Vec<Entry>,
    /// Up to where it is good.
    length: usize,
    last_sum: String,
}

impl Content {
    fn read(path: &Path, bytes: &[u8]) -> Result<Self, Fault> {
        let mut content = Self { entries: Vec::new(), length: 0, last_sum: String::new() };
        while content.length < bytes.len() {
            let rest = &bytes[content.length..];
            let end = rest.iter().position(|byte| *byte == b'\n');
            let last = end.is_none_or(|end| end + 1 == rest.len());
            let line = &rest[..end.unwrap_or(rest.len())];
            if last && is_torn(line, end.is_some()) {
                break;
            }
            let seq = content.entries.len() as u64 + 1;
            let (entry, sum) = read_line(line, &content.last_sum, seq).map_err(|why| {
                fault(path, FaultKind::Unexpected, "understand")
                    .answered(format!("line {seq}: {why}"))
                    .remedy(
                        "Nothing was changed in it. Use the release of immich-sso that wrote it, \
                         or move it away and keep it: without it, runs before this one cannot be \
                         taken back.",
                    )
            })?;
            content.entries.push(entry);
            content.last_sum = sum;
            content.length += line.len() + 1;
        }
        Ok(content)
    }
}

/// Whether the last line is one of ours that did not get to the disk as a
/// whole. A disk that lost its power may leave nothing but zeros in the place
/// of what was written last.
fn is_torn(line: &[u8], ended: bool) -> bool {
    let zeros = line.iter().position(|byte| *byte == 0);
    let head = &line[..zeros.unwrap_or(line.len())];
    let common = head.len().min(BEGINNING.len());
    head[..common] == BEGINNING[..common] && (zeros.is_some() || !ended)
}

#[derive(Serialize, Deserialize)]
struct Line {
    v: u32,
    #[serde(flatten)]
    entry: Entry,
}

fn write_line(entry: &Entry, last_sum: &str) -> Result<(String, String), serde_json::Error> {
    let mut text = serde_json::to_string(&Line { v: VERSION, entry: entry.clone() })?;
    // The closing brace comes back behind the checksum.
    text.pop();
    let sum = checksum(last_sum, &text);
    text.push_str(SUM);
    text.push_str(&sum);
    text.push_str("\"}\n");
    Ok((text, sum))
}

fn read_line(line: &[u8], last_sum: &str, seq: u64) -> Result<(Entry, String), String> {
    #[derive(Deserialize)]
    struct Version {
        v: u32,
    }
    let text = std::str::from_utf8(line).map_err(|_| "it is no text".to_owned())?;
    match serde_json::from_str(text) {
        Ok(Version { v: VERSION }) => {}
        Ok(Version { v }) => {
            return Err(format!("it has format {v}, this release knows {VERSION}"));
        }
        Err(_) => return Err("it is no line of a journal".into()),
    }
    let sum_at = text.len().saturating_sub(SUM.len() + SUM_DIGITS + 2);
    let sum = text
        .get(sum_at..)
        .and_then(|tail| tail.strip_prefix(SUM))
        .and_then(|tail| tail.strip_suffix("\"}"))
        .ok_or("it has no checksum")?;
    if sum != checksum(last_sum, &text[..sum_at]) {
        return Err("it, or a line before it, is not as it was written".into());
    }
    let line: Line = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if line.entry.seq.0 != seq {
        return Err(format!("it has the number {}", line.entry.seq.0));
    }
    Ok((line.entry, sum.to_owned()))
}

/// The start of a SHA-256 over the checksum of the line before and this line:
/// so that a line that was taken out is noticed too.
fn checksum(last: &str, text: &str) -> String {
    let mut context = Context::new(&SHA256);
    context.update(last.as_bytes());
    context.update(text.as_bytes());
    let hash = context.finish();
    let mut sum = String::with_capacity(SUM_DIGITS);
    for byte in &hash.as_ref()[..SUM_DIGITS / 2] {
        // Writing to a string cannot fail.
        let _ = fmt::Write::write_fmt(&mut sum, format_args!("{byte:02x}"));
    }
    sum
}

fn fault(path: &Path, kind: FaultKind, tried: &str) -> Fault {
    Fault::new(System::Workstation, kind, format!("{tried} the journal {}", path.display()))
}

#[cfg(test)]
mod tests;
