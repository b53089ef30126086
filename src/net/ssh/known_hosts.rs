//! Known host keys, as OpenSSH reads them: its files and our own, line by line
//! and in bytes. See <https://man.openbsd.org/sshd#SSH_KNOWN_HOSTS_FILE_FORMAT>
//! and `hostfile.c` of OpenSSH.

use std::{
    io,
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::hmac;
use russh::keys::{Algorithm, HashAlg, PublicKey};

use crate::site::{Failure, Fault, FaultKind, NamedFile, SshTarget, System, files};

/// Where OpenSSH looks for all users of a machine.
const GLOBAL: [&str; 2] = ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"];
/// Where it looks for one, in the home folder.
const USERS: [&str; 2] = [".ssh/known_hosts", ".ssh/known_hosts2"];
/// Longer than any of these files.
const LONGEST: usize = 16 << 20;
/// OpenSSH passes over longer patterns.
const LONGEST_PATTERN: usize = 1023;
/// How the name of a host begins that is hashed.
const HASHED: &[u8] = b"|1|";

/// Why a host's key is not taken.
#[derive(Debug, thiserror::Error)]
enum HostKeyError {
    #[error("{0}")]
    Unreadable(io::Error),
    #[error("{}", say!("{print} is marked as revoked in known_hosts", print = .print))]
    Revoked { print: String },
    #[error("{}", say!("it shows {print}, and {known} is known", print = .print, known = .known))]
    Changed { print: String, known: String, host: String, own: PathBuf },
    #[error("{}", say!("it shows {print}, and no key is known", print = .print))]
    Unknown { print: String },
    #[error("{0}")]
    NotRemembered(String),
}

impl Failure for HostKeyError {
    fn system(&self) -> System {
        System::Host
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::Unreadable(_) | Self::NotRemembered(_) => FaultKind::Refused,
            Self::Revoked { .. } | Self::Changed { .. } => FaultKind::HostKeyChanged,
            Self::Unknown { print } => FaultKind::Untrusted { fingerprint: Some(print.clone()) },
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Unreadable(_) => say!("Make it a file that you can read, or move it away."),
            Self::Revoked { .. } => say!(
                "Somebody said that this key must not be trusted any more. Ask who runs the host."
            ),
            Self::Changed { host, own, .. } => say!(
                "Either the host was set up anew or somebody is in between. Compare on the host \
                 itself (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub); if it is right, forget \
                 the old key: ssh-keygen -R '{host}' (and in {own}).",
                host,
                own = own.display()
            ),
            Self::Unknown { .. } => {
                say!("Compare it on the host: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub.")
            }
            Self::NotRemembered(_) => String::new(),
        }
    }
}

/// What is known of one host.
#[derive(Debug)]
pub(super) struct KnownHosts {
    target: SshTarget,
    keys: Vec<PublicKey>,
    /// The keys of the host at the usual port. OpenSSH takes them at another
    /// port too, where nothing is known of that one.
    at_usual_port: Vec<PublicKey>,
    /// Kept as bytes: what is revoked counts whether or not it is understood.
    revoked: Vec<Vec<u8>>,
    /// Where a key that the operator accepts is written.
    own: PathBuf,
}

impl KnownHosts {
    /// Reads the files of OpenSSH and our own. A line that is not understood is
    /// passed over, as OpenSSH does: it may be of a kind that only a newer
    /// release knows.
    ///
    /// # Errors
    /// When a file is there and cannot be read: a key that it revokes would
    /// pass, and one that changed would look new.
    pub(super) fn read(target: &SshTarget, own: &Path) -> Result<Self, Fault> {
        let home = etcetera::home_dir().ok();
        let users = home.iter().flat_map(|home| USERS.map(|file| home.join(file)));
        let mut known = Self {
            target: target.clone(),
            keys: Vec::new(),
            at_usual_port: Vec::new(),
            revoked: Vec::new(),
            own: own.to_owned(),
        };
        for path in GLOBAL.iter().map(PathBuf::from).chain(users) {
            known.learn_from(
                &path,
                NamedFile::read(&path, LONGEST).map(|file| file.bytes.to_vec()),
            )?;
        }
        known.learn_from(own, files::read(own, LONGEST, files::Readers::Anyone))?;
        Ok(known)
    }

    fn learn_from(&mut self, path: &Path, read: io::Result<Vec<u8>>) -> Result<(), Fault> {
        let bytes = match read {
            Ok(bytes) => bytes,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                return Ok(());
            }
            Err(error) => {
                let tried = say!("read the known host keys in {file}", file = path.display());
                return Err(Fault::of(&HostKeyError::Unreadable(error), tried));
            }
        };
        let name = name(&self.target);
        let bare = self.target.host().to_ascii_lowercase();
        for line in bytes.split(|byte| *byte == b'\n').filter_map(Line::read) {
            let is_exact = matches(&name, line.hosts);
            if !is_exact && !matches(&bare, line.hosts) {
                continue;
            }
            match line.marker {
                Marker::None if is_exact => self.keys.extend(line.public_key()),
                Marker::None => self.at_usual_port.extend(line.public_key()),
                Marker::Revoked => self.revoked.extend(line.blob()),
                // Certificates of hosts are not asked for.
                Marker::CertAuthority => {}
            }
        }
        Ok(())
    }

    /// The key types to ask for first: those that are known. A server that is
    /// asked for another type would show a key that nobody can compare.
    pub(super) fn preferred(&self, all: &[Algorithm]) -> Vec<Algorithm> {
        let is_known = |algorithm: &Algorithm| {
            let known = if self.keys.is_empty() { &self.at_usual_port } else { &self.keys };
            known.iter().any(|key| family(&key.algorithm()) == family(algorithm))
        };
        let (known, others): (Vec<Algorithm>, Vec<Algorithm>) =
            all.iter().cloned().partition(is_known);
        known.into_iter().chain(others).collect()
    }

    /// Whether to go on with a host that shows this key. `accepted` is the
    /// fingerprint that the operator compared and accepted.
    pub(super) fn judge(&self, shown: &PublicKey, accepted: Option<&str>) -> Result<(), Fault> {
        let refused = |error: HostKeyError| {
            Fault::of(&error, say!("check the host key of {target}", target = self.target))
        };
        let print = fingerprint(shown);
        if shown.to_bytes().is_ok_and(|shown| self.revoked.contains(&shown)) {
            return Err(refused(HostKeyError::Revoked { print }));
        }
        if self.keys.iter().any(|key| key.key_data() == shown.key_data()) {
            return Ok(());
        }
        // A known key of any type that is not this one means another host, or
        // somebody in between.
        if let Some(known) = self.keys.first() {
            let (known, host) = (fingerprint(known), name(&self.target));
            let own = self.own.clone();
            return Err(refused(HostKeyError::Changed { print, known, host, own }));
        }
        if self.at_usual_port.iter().any(|key| key.key_data() == shown.key_data()) {
            return Ok(());
        }
        if accepted == Some(print.as_str()) {
            return self.learn(shown);
        }
        Err(refused(HostKeyError::Unknown { print }))
    }

    /// Remembers a key: one line more, and nothing else is touched.
    fn learn(&self, key: &PublicKey) -> Result<(), Fault> {
        let failed = |error: String| {
            let tried = say!("remember the host key in {file}", file = self.own.display());
            Fault::of(&HostKeyError::NotRemembered(error), tried)
        };
        let line = key.to_openssh().map_err(|error| failed(error.to_string()))?;
        let mut words = line.split(' ');
        let (kind, base64) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let line = format!("{} {kind} {base64}", name(&self.target));
        self.own
            .parent()
            .map_or(Ok(()), files::make_folder)
            .and_then(|()| files::append_line(&self.own, &line))
            .map_err(|error| failed(error.to_string()))
    }
}

/// The fingerprint as `ssh-keygen -l` prints it.
pub(super) fn fingerprint(key: &PublicKey) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}

/// What a line is marked as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Marker {
    None,
    Revoked,
    CertAuthority,
}

/// One line, as far as it is needed.
#[derive(Debug)]
struct Line<'a> {
    marker: Marker,
    hosts: &'a [u8],
    kind: &'a [u8],
    base64: &'a [u8],
}

impl<'a> Line<'a> {
    /// Takes a line apart. `None`: it says nothing about a key.
    fn read(line: &'a [u8]) -> Option<Self> {
        // To OpenSSH a line ends at a zero, as every text in C.
        let line = line.split(|byte| *byte == 0).next()?;
        let (mut first, mut rest) = word(line)?;
        let mut marker = Marker::None;
        if first.starts_with(b"@") {
            marker = match first {
                b"@revoked" => Marker::Revoked,
                b"@cert-authority" => Marker::CertAuthority,
                _ => return None,
            };
            (first, rest) = word(rest)?;
        }
        if first.starts_with(b"#") {
            return None;
        }
        let (kind, rest) = word(rest)?;
        let (base64, _comment) = word(rest)?;
        Some(Self { marker, hosts: first, kind, base64 })
    }

    /// The key as it is sent.
    fn blob(&self) -> Option<Vec<u8>> {
        // A file from Windows has a carriage return at the end of each line.
        let base64: Vec<u8> =
            self.base64.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        STANDARD.decode(base64).ok()
    }

    fn public_key(&self) -> Option<PublicKey> {
        let key = PublicKey::from_bytes(&self.blob()?).ok()?;
        (key.algorithm().as_str().as_bytes() == self.kind).then_some(key)
    }
}

/// The first word and what follows it.
fn word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = text.iter().position(|byte| !is_blank(byte))?;
    let text = &text[start..];
    let end = text.iter().position(is_blank).unwrap_or(text.len());
    // A line end of Windows alone is no word.
    (text[..end] != *b"\r").then(|| text.split_at(end))
}

/// The name that a host has in the file: in small letters, as OpenSSH looks
/// for it and hashes it.
fn name(target: &SshTarget) -> String {
    let host = target.host().to_ascii_lowercase();
    match target.port() {
        22 => host,
        port => format!("[{host}]:{port}"),
    }
}

/// A signature of an RSA key may be made with several hashes; the key is one.
fn family(algorithm: &Algorithm) -> Algorithm {
    match algorithm {
        Algorithm::Rsa { .. } => Algorithm::Rsa { hash: None },
        other => other.clone(),
    }
}

/// Whether the first field of a line names that host.
fn matches(name: &str, hosts: &[u8]) -> bool {
    if let Some(hashed) = hosts.strip_prefix(HASHED) {
        return matches_hash(name, hashed).unwrap_or(false);
    }
    let mut matched = false;
    for pattern in hosts.split(|byte| *byte == b',') {
        let (is_negated, pattern) =
            pattern.strip_prefix(b"!").map_or((false, pattern), |rest| (true, rest));
        // Nothing after it counts either, and neither does the whole line.
        if pattern.len() > LONGEST_PATTERN {
            return false;
        }
        if wild(&pattern.to_ascii_lowercase(), name.as_bytes()) {
            if is_negated {
                return false;
            }
            matched = true;
        }
    }
    matched
}

/// `SALT|HASH`, both in base64: an HMAC of the name by SHA-1.
fn matches_hash(name: &str, hashed: &[u8]) -> Option<bool> {
    let mut parts = hashed.split(|byte| *byte == b'|');
    let salt = STANDARD.decode(parts.next()?).ok()?;
    let hash = STANDARD.decode(parts.next()?).ok()?;
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &salt);
    Some(parts.next().is_none() && hmac::verify(&key, name.as_bytes(), &hash).is_ok())
}

/// `*` stands for anything, `?` for one character. Never longer at it than the
/// product of both lengths.
fn wild(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n) = (0, 0);
    // The last `*`, and up to where it stands for the name.
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(byte) if *byte == b'?' || *byte == name[n] => {
                p += 1;
                n += 1;
            }
            _ => {
                let Some((at, upto)) = star else { return false };
                star = Some((at, upto + 1));
                p = at + 1;
                n = upto + 1;
            }
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests;
