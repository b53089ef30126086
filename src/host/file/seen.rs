//! A file on the host as it was read, and whether it can be written.

use std::collections::VecDeque;

use crate::{
    host::{ConfigFile, fault},
    secret::Secret,
    site::{Fault, FaultKind},
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
    pub(super) fn read(file: &ConfigFile, printed: &[u8]) -> Result<Self, String> {
        let strange = || "the host printed something else than the file".to_owned();
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
            return Err(format!(
                "{} bytes came of a file that has {length}: something prints between them",
                rest.len()
            ));
        }
        let text = std::str::from_utf8(rest).map_err(|_| "it is not UTF-8".to_owned())?;
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
        let path = &self.file.path;
        let refused = |kind, answer: String| {
            fault(kind, format!("write {path} on the host")).answered(answer)
        };
        if let Some(by) = self.maker().filter(|_| !self.is_writable) {
            let answer = format!("{by} makes this file and keeps it read-only");
            return Some(refused(FaultKind::NotAllowed, answer).remedy(
                "Set the fields that the settings step shows where the file is made, then look \
                 again.",
            ));
        }
        if !self.is_reached() {
            let answer = format!(
                "it is a symbolic link to {}, outside of what the container has mounted",
                self.target
            );
            return Some(refused(FaultKind::Refused, answer).remedy(
                "Immich cannot follow it from inside the container. Link within the mounted \
                 folder, or mount the file itself.",
            ));
        }
        let is_root = self.reader.first().is_some_and(|user| user == "0");
        if !self.is_writable && is_root {
            let answer = "even root cannot write it: it is on a read-only file system".into();
            return Some(refused(FaultKind::NotAllowed, answer).remedy(
                "Mount it writable on the host; the container's own mount may stay read-only.",
            ));
        }
        if !self.is_writable {
            let answer = format!("this user may not write it ({})", self.owner);
            return Some(refused(FaultKind::NotAllowed, answer).remedy(
                "Change the file's owner or rights, or let Docker and files be reached by sudo.",
            ));
        }
        if !self.has_room {
            let answer = "this user may not write its folder, where the new text is prepared";
            return Some(refused(FaultKind::NotAllowed, answer.into()).remedy(
                "Change the folder's owner or rights, or let Docker and files be reached by sudo.",
            ));
        }
        None
    }

    /// What to know before it is written.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if let Some(by) = self.maker() {
            warnings.push(format!(
                "The config file is made by a program ({by}), which will overwrite what is set \
                 here. Set the same fields there, too."
            ));
        }
        if self.target != self.file.path {
            warnings.push(format!(
                "The config file is a symbolic link. It stays, and the file behind it is written: {}",
                self.target
            ));
        }
        if !self.file.is_mounted_itself && !self.can_be_replaced() {
            warnings.push(
                "The config file belongs to another user or group, or has a second name. It is \
                 written in place, so that this stays."
                    .into(),
            );
        }
        warnings
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
    fn maker(&self) -> Option<String> {
        const PLACES: [(&str, &str); 3] = [
            ("/nix/store/", "Nix"),
            ("/run/secrets", "a manager of secrets"),
            ("/gnu/store/", "Guix"),
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
            return Some((*by).to_owned());
        }
        let comments = self.text.expose().lines().take(20).map(str::trim);
        let mut comments = comments.filter(|line| line.starts_with(['#', '/']));
        let says = comments.find_map(|line| {
            let line = line.to_lowercase();
            SAYS.iter().find(|says| line.contains(*says))
        });
        says.map(|says| format!("it says “{says}”"))
    }
}
