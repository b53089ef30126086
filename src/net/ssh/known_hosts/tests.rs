use std::fs;

use proptest::prelude::*;

use super::*;
use crate::mutated::mutated;

const ONE: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";
const OTHER: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";

fn known(text: &str, target: &str) -> (tempfile::TempDir, KnownHosts) {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("known_hosts");
    fs::write(&own, text).unwrap();
    let known = KnownHosts::read(&SshTarget::parse(target).unwrap(), &own).unwrap();
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
    let again = KnownHosts::read(&target, &folder.path().join("known_hosts")).unwrap();
    assert!(again.judge(&key(ONE), None).is_ok());
}

const LINES: [&str; 4] = [
    "nas.lan,*.lan,!old.lan ssh-ed25519 \
     AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ a comment\n",
    "|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= ssh-ed25519 \
     AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ\r\n",
    "# those of the rack\n@revoked * ssh-ed25519 \
     AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ\n\n",
    "@cert-authority *.lan ssh-rsa AAAAB3NzaC1yc2E=\n[nas.lan]:2222\tssh-ed25519\tAAAA!!\n",
];

proptest! {
    /// No file makes a key known that does not stand in it, and what is revoked
    /// stays so whatever follows it.
    #[test]
    fn mutated_files_let_nobody_in(bytes in mutated(&LINES), port in prop_oneof![Just(22), Just(2222)]) {
        let target = SshTarget::parse(&format!("a@nas.lan:{port}")).unwrap();
        let known = |bytes: Vec<u8>| {
            let mut known = KnownHosts {
                target: target.clone(),
                keys: Vec::new(),
                at_usual_port: Vec::new(),
                revoked: Vec::new(),
                own: PathBuf::from("/nonexistent/known_hosts"),
            };
            known.learn_from(Path::new("known_hosts"), Ok(bytes)).unwrap();
            known
        };
        prop_assert!(known(bytes.clone()).judge(&key(OTHER), None).is_err());
        let mut revoked = format!("@revoked * {ONE}\n").into_bytes();
        revoked.extend(bytes);
        let fault = known(revoked).judge(&key(ONE), Some(&fingerprint(&key(ONE)))).unwrap_err();
        prop_assert_eq!(fault.kind, FaultKind::HostKeyChanged);
    }
}
