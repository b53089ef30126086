//! A file on the host as it was read, and whether it can be written.

use std::collections::VecDeque;

use super::{FileWarning, Maker};
use crate::{
    host::ConfigFile,
    secret::Secret,
    site::{Failure, Fault, FaultKind, System, UniformFailure},
};

/// A file as it was read.
#[derive(Clone, Debug)]
pub struct FileSeen {
    /// Which file.
    pub file: ConfigFile,
    /// Its text; may be secret.
    pub text: Secret,
    /// The checksum of the text, as the host computes it.
    pub sum: String,
    /// The file itself: where a symbolic link leads, if it is one.
    pub target: String,
    /// What of the host is mounted, without symbolic links.
    mounted: String,
    /// Mode, owner and group, as `ls -n` prints them.
    owner: String,
    /// The user who reads it, and the groups of that user.
    reader: Vec<String>,
    is_writable: bool,
    has_room: bool,
}

impl FileSeen {
    /// Takes apart what the script printed: eight lines, and the text to the
    /// byte.
    pub(super) fn read(file: &ConfigFile, printed: &[u8]) -> Result<Self, ReadError> {
        let strange = || ReadError::SomethingElse;
        let mut rest = printed;
        let mut lines = VecDeque::new();
        for _ in 0..8 {
            let end = rest.iter().position(|byte| *byte == b'\n').ok_or_else(strange)?;
            let line = std::str::from_utf8(&rest[..end]).map_err(|_| strange())?;
            lines.push_back(line.trim().to_owned());
            rest = &rest[end + 1..];
        }
        let mut line = || lines.pop_front().unwrap_or_default();
        let length: usize = line().parse().map_err(|_| strange())?;
        if rest.len() != length {
            return Err(ReadError::OtherLength { came: rest.len(), length });
        }
        let text = std::str::from_utf8(rest).map_err(|_| ReadError::NoText)?;
        Ok(Self {
            file: file.clone(),
            text: Secret::new(text),
            target: line(),
            mounted: line(),
            sum: line(),
            owner: line(),
            reader: line().split(' ').map(str::to_owned).collect(),
            is_writable: line() == "yes",
            has_room: line() == "yes",
        })
    }

    /// Why it cannot be written, if it cannot.
    #[must_use]
    pub fn obstacle(&self) -> Option<Fault> {
        let tried = || say!("write {path} on the host", path = self.file.path);
        self.hindrance().map(|hindrance| Fault::of(&hindrance, tried()))
    }

    fn hindrance(&self) -> Option<Hindrance> {
        if let Some(by) = self.maker().filter(|_| !self.is_writable) {
            return Some(Hindrance::Made { by });
        }
        if !self.is_reached() {
            return Some(Hindrance::OutOfReach { target: self.target.clone() });
        }
        let is_root = self.reader.first().is_some_and(|user| user == "0");
        if !self.is_writable && is_root {
            return Some(Hindrance::ReadOnly);
        }
        if !self.is_writable {
            return Some(Hindrance::NotAllowed { owner: self.owner.clone() });
        }
        (!self.has_room).then_some(Hindrance::FolderClosed)
    }

    /// What to know before it is written.
    #[must_use]
    pub fn warnings(&self) -> Vec<FileWarning> {
        let link = self.target != self.file.path;
        let in_place = !self.file.is_mounted_itself && !self.can_be_replaced();
        let link = link.then(|| FileWarning::SymbolicLink { target: self.target.clone() });
        let in_place = in_place.then_some(FileWarning::WrittenInPlace);
        let made = self.maker().map(FileWarning::Made);
        made.into_iter().chain(link).chain(in_place).collect()
    }

    /// Whether a new file in its place would have the same owner and group.
    fn can_be_replaced(&self) -> bool {
        let mut facts = self.owner.split(' ').skip(1);
        let (links, owner, group) = (facts.next(), facts.next(), facts.next());
        let Some((reader, groups)) = self.reader.split_first() else { return false };
        let is_own = owner.is_some_and(|owner| owner == reader)
            && group.is_some_and(|group| groups.iter().any(|known| known == group));
        links == Some("1") && (reader == "0" || is_own)
    }

    /// Whether the container finds the same file where a link leads.
    fn is_reached(&self) -> bool {
        let is_below = |folder: &str| {
            let rest = self.target.strip_prefix(folder.trim_end_matches('/'));
            rest.is_some_and(|rest| rest.starts_with('/'))
        };
        self.target == self.file.path
            || self.file.is_mounted_itself
            || is_below(&self.mounted)
            || self.file.same_inside.iter().any(|folder| is_below(folder))
    }

    /// The program that makes the file, where its place or its first lines say
    /// so.
    fn maker(&self) -> Option<Maker> {
        const PLACES: [(&str, Maker); 3] = [
            ("/nix/store/", Maker::Nix),
            ("/run/secrets", Maker::SecretManager),
            ("/gnu/store/", Maker::Guix),
        ];
        const SAYS: [&str; 6] = [
            "ansible managed",
            "do not edit",
            "don't edit",
            "generated by",
            "managed by",
            "automatically generated",
        ];
        let place = PLACES.iter().find(|(place, _)| self.target.starts_with(place));
        if let Some((_, by)) = place {
            return Some(*by);
        }
        let comments = self.text.expose().lines().take(20).map(str::trim);
        let mut comments = comments.filter(|line| line.starts_with(['#', '/']));
        let says = comments.find_map(|line| {
            let line = line.to_lowercase();
            SAYS.iter().find(|says| line.contains(**says))
        });
        says.copied().map(Maker::Says)
    }
}

/// Why what came is not the file.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    #[error("{}", say!("the host printed something else than the file"))]
    SomethingElse,
    #[error("{}", say!("{came} bytes came of a file that has {length}: something prints between them", came = .came, length = .length))]
    OtherLength { came: usize, length: usize },
    #[error("{}", say!("it is not UTF-8"))]
    NoText,
}

impl UniformFailure for ReadError {
    const SYSTEM: System = System::Host;
    const KIND: FaultKind = FaultKind::Unexpected;

    fn hint(&self) -> String {
        say!("Nothing is written from what cannot be read exactly. Look again.")
    }
}

/// What keeps a file from being written.
#[derive(Debug, thiserror::Error)]
enum Hindrance {
    #[error("{}", say!("{by} makes this file and keeps it read-only", by = .by))]
    Made { by: Maker },
    #[error("{}", say!("it is a symbolic link to {target}, outside of what the container has mounted", target = .target))]
    OutOfReach { target: String },
    #[error("{}", say!("even root cannot write it: it is on a read-only file system"))]
    ReadOnly,
    #[error("{}", say!("this user may not write it ({owner})", owner = .owner))]
    NotAllowed { owner: String },
    #[error("{}", say!("this user may not write its folder, where the new text is prepared"))]
    FolderClosed,
}

impl Failure for Hindrance {
    fn system(&self) -> System {
        System::Host
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::OutOfReach { .. } => FaultKind::Refused,
            Self::Made { .. } | Self::ReadOnly | Self::NotAllowed { .. } | Self::FolderClosed => {
                FaultKind::NotAllowed
            }
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Made { .. } => say!(
                "Set the fields that the settings step shows where the file is made, then look \
                 again."
            ),
            Self::OutOfReach { .. } => say!(
                "Immich cannot follow it from inside the container. Link within the mounted \
                 folder, or mount the file itself."
            ),
            Self::ReadOnly => {
                say!("Mount it writable on the host; the container's own mount may stay read-only.")
            }
            Self::NotAllowed { .. } => say!(
                "Change the file's owner or rights, or let Docker and files be reached by sudo."
            ),
            Self::FolderClosed => say!(
                "Change the folder's owner or rights, or let Docker and files be reached by sudo."
            ),
        }
    }
}
