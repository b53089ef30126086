//! The lines of the journal: how they are written, and read again.

use std::{io, path::Path};

use data_encoding::HEXLOWER;
use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};

use super::{
    Entry, LONGEST,
    failure::{JournalFailure, LineFailure, Tried},
};
use crate::site::{
    Fault,
    files::{self, Readers},
};

/// The format of the lines.
const VERSION: u32 = 1;
/// How every line of ours begins.
const BEGINNING: &[u8] = b"{\"v\":1,\"seq\":";
/// What comes between a line's content and its checksum.
const SUM: &str = ",\"sum\":\"";
/// Hexadecimal digits of a checksum.
const SUM_DIGITS: usize = 16;

/// What a file holds.
pub(super) struct Content {
    pub(super) entries: Vec<Entry>,
    /// Up to where it is good.
    pub(super) length: usize,
    /// The checksums of the lines.
    pub(super) sums: Vec<String>,
}

impl Content {
    /// What is in the file at `path`; nothing, where there is none.
    pub(super) fn of(path: &Path) -> Result<Self, Fault> {
        match files::read(path, LONGEST, Readers::OnlyUs) {
            Ok(bytes) => Self::read(path, &bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::read(path, &[]),
            Err(error) => Err(JournalFailure::Unreadable(error).at(path, Tried::Read)),
        }
    }

    pub(super) fn read(path: &Path, bytes: &[u8]) -> Result<Self, Fault> {
        let mut content = Self { entries: Vec::new(), length: 0, sums: Vec::new() };
        while content.length < bytes.len() {
            let rest = &bytes[content.length..];
            let end = rest.iter().position(|byte| *byte == b'\n');
            let last = end.is_none_or(|end| end + 1 == rest.len());
            let line = &rest[..end.unwrap_or(rest.len())];
            if last && is_torn(line, end.is_some()) {
                break;
            }
            let seq = content.entries.len() as u64 + 1;
            let last_sum = content.sums.last().map_or("", String::as_str);
            let (entry, sum) = read_line(line, last_sum, seq)
                .map_err(|why| JournalFailure::Line { seq, why }.at(path, Tried::Understand))?;
            content.entries.push(entry);
            content.sums.push(sum);
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

pub(super) fn write_line(
    entry: &Entry,
    last_sum: &str,
) -> Result<(String, String), serde_json::Error> {
    let mut text = serde_json::to_string(&Line { v: VERSION, entry: entry.clone() })?;
    // The closing brace comes back behind the checksum.
    text.pop();
    let sum = checksum(last_sum, &text);
    text.push_str(SUM);
    text.push_str(&sum);
    text.push_str("\"}\n");
    Ok((text, sum))
}

fn read_line(line: &[u8], last_sum: &str, seq: u64) -> Result<(Entry, String), LineFailure> {
    #[derive(Deserialize)]
    struct Version {
        v: u32,
    }
    let text = std::str::from_utf8(line).map_err(|_| LineFailure::NoText)?;
    match serde_json::from_str(text) {
        Ok(Version { v: VERSION }) => {}
        Ok(Version { v }) => return Err(LineFailure::OtherFormat { found: v, known: VERSION }),
        Err(_) => return Err(LineFailure::NoLine),
    }
    let sum_at = text.len().saturating_sub(SUM.len() + SUM_DIGITS + 2);
    let sum = text
        .get(sum_at..)
        .and_then(|tail| tail.strip_prefix(SUM))
        .and_then(|tail| tail.strip_suffix("\"}"))
        .ok_or(LineFailure::NoChecksum)?;
    if sum != checksum(last_sum, &text[..sum_at]) {
        return Err(LineFailure::Altered);
    }
    let line: Line = serde_json::from_str(text).map_err(LineFailure::Unknown)?;
    if line.entry.seq.0 != seq {
        return Err(LineFailure::OtherNumber(line.entry.seq.0));
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
    HEXLOWER.encode(&hash.as_ref()[..SUM_DIGITS / 2])
}
