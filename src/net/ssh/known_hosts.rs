//! Known host keys, in the format of OpenSSH: the user's file and our own.
//! See <https://man.openbsd.org/sshd#SSH_KNOWN_HOSTS_FILE_FORMAT>.

use std::{
    fs,
    path::{Path, PathBuf},
};

use ring::hmac;
use russh::keys::{
    Algorithm, HashAlg, PublicKey,
    ssh_key::known_hosts::{Entry, HostPatterns, Marker},
};

use super::fault;
use crate::site::{Fault, FaultKind, SshTarget, files};

/// What is known of one host.
#[derive(Debug)]
pub(super) struct KnownHosts {
    target: SshTarget,
    keys: Vec<PublicKey>,
    revoked: Vec<PublicKey>,
    /// Where a key that the operator accepts is written.
    own: PathBuf,
}

impl KnownHosts {
    /// Reads both files. A line that cannot be read is passed over, as OpenSSH
    /// does: it may be of a kind that only a newer release knows.
    pub(super) fn read(target: &SshTarget, own: &Path) -> Self {
        let users = etcetera::home_dir().ok().map(|home| home.join(".ssh/known_hosts"));
        let mut known = Self {
            target: target.clone(),
            keys: Vec::new(),
            revoked: Vec::new(),
            own: own.to_owned(),
        };
        for path in users.iter().chain([&known.own.clone()]) {
            let text = fs::read_to_string(path).unwrap_or_default();
            for entry in text.lines().filter_map(read) {
                if matches(&name(target), entry.host_patterns()) {
                    match entry.marker() {
                        None => known.keys.push(entry.public_key().clone()),
                        Some(Marker::Revoked) => known.revoked.push(entry.public_key().clone()),
                        // Certificates of hosts are not asked for.
                        Some(Marker::CertAuthority) => {}
                    }
                }
            }
        }
        known
    }

    /// The key types to ask for first: those that are known. A server that is
    /// asked for another type would show a key that nobody can compare.
    pub(super) fn preferred(&self, all: &[Algorithm]) -> Vec<Algorithm> {
        let is_known = |algorithm: &Algorithm| {
            self.keys.iter().any(|key| family(&key.algorithm()) == family(algorithm))
        };
        let (known, others): (Vec<Algorithm>, Vec<Algorithm>) =
            all.iter().cloned().partition(is_known);
        known.into_iter().chain(others).collect()
    }

    /// Whether to go on with a host that shows this key. `accepted` is the
    /// fingerprint that the operator compared and accepted.
    pub(super) fn judge(&self, shown: &PublicKey, accepted: Option<&str>) -> Result<(), Fault> {
        let print = fingerprint(shown);
        let tried = format!("check the host key of {}", self.target);
        if self.revoked.iter().any(|key| key.key_data() == shown.key_data()) {
            return Err(fault(FaultKind::HostKeyChanged, tried)
                .answered(format!("{print} is marked as revoked in known_hosts"))
                .remedy("Somebody said that this key must not be trusted any more. Ask who runs the host."));
        }
        if self.keys.iter().any(|key| key.key_data() == shown.key_data()) {
            return Ok(());
        }
        // A known key of any type that is not this one means another host, or
        // somebody in between.
        if let Some(known) = self.keys.first() {
            return Err(fault(FaultKind::HostKeyChanged, tried)
                .answered(format!("it shows {print}, and {} is known", fingerprint(known)))
                .remedy(format!(
                    "Either the host was set up anew or somebody is in between. Compare on the \
                     host itself (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub); if it is \
                     right, forget the old key: ssh-keygen -R '{}' (and in {}).",
                    name(&self.target),
                    self.own.display()
                )));
        }
        if accepted == Some(print.as_str()) {
            return self.learn(shown);
        }
        Err(fault(FaultKind::Untrusted { fingerprint: Some(print.clone()) }, tried)
            .answered(format!("it shows {print}, and no key is known"))
            .remedy("Compare it on the host: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub."))
    }

    fn learn(&self, key: &PublicKey) -> Result<(), Fault> {
        let failed = |error: String| {
            fault(FaultKind::Refused, format!("remember the host key in {}", self.own.display()))
                .answered(error)
        };
        let line = key.to_openssh().map_err(|error| failed(error.to_string()))?;
        let mut words = line.split(' ');
        let (kind, base64) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let mut text = fs::read_to_string(&self.own).unwrap_or_default();
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(&format!("{} {kind} {base64}\n", name(&self.target)));
        if let Some(folder) = self.own.parent() {
            files::make_private_folder(folder).map_err(|error| failed(error.to_string()))?;
        }
        files::replace(&self.own, text.as_bytes()).map_err(|error| failed(error.to_string()))
    }
}

/// The fingerprint as `ssh-keygen -l` prints it.
pub(super) fn fingerprint(key: &PublicKey) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}

fn read(line: &str) -> Option<Entry> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    // Any blanks may separate the fields.
    line.split_whitespace().collect::<Vec<_>>().join(" ").parse().ok()
}

/// The name that a host has in the file.
fn name(target: &SshTarget) -> String {
    match target.port() {
        22 => target.host().to_owned(),
        port => format!("[{}]:{port}", target.host()),
    }
}

/// A signature of an RSA key may be made with several hashes; the key is one.
fn family(algorithm: &Algorithm) -> Algorithm {
    match algorithm {
        Algorithm::Rsa { .. } => Algorithm::Rsa { hash: None },
        other => other.clone(),
    }
}

fn matches(name: &str, patterns: &HostPatterns) -> bool {
    match patterns {
        HostPatterns::HashedName { salt, hash } => {
            let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, salt);
            hmac::verify(&key, name.as_bytes(), hash).is_ok()
        }
        HostPatterns::Patterns(patterns) => {
            let (not, yes): (Vec<&String>, Vec<&String>) =
                patterns.iter().partition(|pattern| pattern.starts_with('!'));
            yes.iter().any(|pattern| wild(pattern, name))
                && !not.iter().any(|pattern| wild(&pattern[1..], name))
        }
    }
}

/// `*` stands for anything, `?` for one character.
fn wild(pattern: &str, name: &str) -> bool {
    let mut rest = pattern.chars();
    match rest.next() {
        None => name.is_empty(),
        Some('*') => {
            let rest = rest.as_str();
            (0..=name.len())
                .filter(|at| name.is_char_boundary(*at))
                .any(|at| wild(rest, &name[at..]))
        }
        Some('?') => {
            let mut name = name.chars();
            name.next().is_some() && wild(rest.as_str(), name.as_str())
        }
        Some(c) => {
            let mut name = name.chars();
            name.next().is_some_and(|n| n.eq_ignore_ascii_case(&c))
                && wild(rest.as_str(), name.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";
    const OTHER: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";

    fn known(text: &str, target: &str) -> (tempfile::TempDir, KnownHosts) {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("known_hosts");
        fs::write(&own, text).unwrap();
        let known = KnownHosts::read(&SshTarget::parse(target).unwrap(), &own);
        (folder, known)
    }

    fn key(text: &str) -> PublicKey {
        text.parse().unwrap()
    }

    #[test]
    fn names_ports_wildcards_tabs_and_broken_lines_are_read_as_openssh_does() {
        for (line, target, hit) in [
            (format!("nas.lan {ONE}"), "a@nas.lan", true),
            (format!("nas.lan {ONE}"), "a@nas.lan:2222", false),
            (format!("[nas.lan]:2222 {ONE}"), "a@nas.lan:2222", true),
            (format!("*.lan,!old.lan\t{ONE}"), "a@nas.lan", true),
            (format!("*.lan,!old.lan {ONE}"), "a@old.lan", false),
            (format!("garbage\nnas.lan ssh-ed25519 AAAA!!\nnas.lan {ONE}"), "a@nas.lan", true),
        ] {
            let (_folder, known) = known(&line, target);
            assert_eq!(known.keys.len(), usize::from(hit), "{line} for {target}");
        }
    }

    #[test]
    fn a_changed_key_is_never_offered_for_acceptance() {
        let (_folder, known) = known(&format!("nas.lan {ONE}"), "a@nas.lan");
        assert!(known.judge(&key(ONE), None).is_ok());
        let print = fingerprint(&key(OTHER));
        let fault = known.judge(&key(OTHER), Some(&print)).unwrap_err();
        assert_eq!(fault.kind, FaultKind::HostKeyChanged);
        assert!(fault.answer.contains(&print));
    }

    #[test]
    fn a_revoked_key_is_refused() {
        let (_folder, known) = known(&format!("@revoked * {ONE}"), "a@nas.lan");
        assert_eq!(known.judge(&key(ONE), None).unwrap_err().kind, FaultKind::HostKeyChanged);
    }

    #[test]
    fn an_unknown_key_is_accepted_by_its_fingerprint_and_remembered() {
        let (folder, known) = known("", "a@nas.lan:2222");
        let print = fingerprint(&key(ONE));
        let fault = known.judge(&key(ONE), None).unwrap_err();
        assert_eq!(fault.kind, FaultKind::Untrusted { fingerprint: Some(print.clone()) });
        assert!(known.judge(&key(ONE), Some("SHA256:other")).is_err());
        known.judge(&key(ONE), Some(&print)).unwrap();
        let target = SshTarget::parse("a@nas.lan:2222").unwrap();
        let again = KnownHosts::read(&target, &folder.path().join("known_hosts"));
        assert!(again.judge(&key(ONE), None).is_ok());
    }
}
