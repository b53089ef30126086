//! Private key files, against a real OpenSSH server.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use base64::prelude::*;
use immich_sso::{
    net::{Ssh, SshAccess},
    secret::Secret,
    site::FaultKind,
};
use testkit::said_with;

use crate::support::{
    left_out, must,
    sshd::{Sshd, make_key},
};

/// Writes a P-256 key whose number begins with that byte.
fn make_p256(path: &Path, first: u8, passphrase: &str) {
    let mut der = vec![0x30, 0x31, 0x02, 0x01, 0x01, 0x04, 0x20, first];
    der.extend([0x21; 31]);
    der.extend([0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]);
    let body = BASE64_STANDARD.encode(der);
    let text = format!("-----BEGIN EC PRIVATE KEY-----\n{body}\n-----END EC PRIVATE KEY-----\n");
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    // In the format of OpenSSH.
    must(Command::new("ssh-keygen").args(["-q", "-p", "-N", passphrase, "-f"]).arg(path));
    let public = must(Command::new("ssh-keygen").args(["-y", "-P", passphrase, "-f"]).arg(path));
    fs::write(path.with_extension("pub"), public.stdout).unwrap();
}

#[tokio::test]
async fn keys_that_only_openssh_reads_are_explained_and_taken_when_converted() {
    if left_out() {
        return;
    }
    let sshd = Sshd::start("");
    let path = sshd.folder.path().join("short");
    for passphrase in ["", "a passphrase"] {
        make_p256(&path, 0, passphrase);
        sshd.authorize(&path);
        let mut access = SshAccess { key_file: Some(path.clone()), ..sshd.access() };
        access.passphrase = (!passphrase.is_empty()).then(|| Secret::new(passphrase));
        let fault = Ssh::connect(&access).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::NotSignedIn, "{fault}");
        let convert = format!("ssh-keygen -p -m PKCS8 -f '{}'", path.display());
        let told = said_with("ssh-keygen -p -m PKCS8 -f '{}'", &[&path.display()]);
        assert!(fault.remedy.contains(&told), "{fault}");
        let answers = format!("{convert} -q -P '{passphrase}' -N '{passphrase}'");
        must(Command::new("sh").args(["-c", &answers]));
        Ssh::connect(&access).await.unwrap_or_else(|fault| panic!("{fault}"));
    }
    let mut access = SshAccess { key_file: Some(path.clone()), ..sshd.access() };
    for wrong in [None, Some("wrong")] {
        access.passphrase = wrong.map(Secret::new);
        let fault = Ssh::connect(&access).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::PassphraseNeeded, "{wrong:?}: {fault}");
    }
    // As OpenSSH wrote it before 2018, with a cipher that the library does not know.
    must(Command::new("ssh-keygen").args(["-q", "-p", "-m", "PEM"]).arg("-f").arg(&path).args([
        "-P",
        "a passphrase",
        "-N",
        "another one",
    ]));
    access.passphrase = Some(Secret::new("another one"));
    let fault = Ssh::connect(&access).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::NotSignedIn, "{fault}");
    assert!(fault.remedy.contains(&path.display().to_string()), "{fault}");
}

#[tokio::test]
async fn keys_are_taken_encrypted_ones_too() {
    if left_out() {
        return;
    }
    let sshd = Sshd::start("");
    for (kind, passphrase) in [("ed25519", "a passphrase"), ("rsa", ""), ("ecdsa", "")] {
        let path = sshd.folder.path().join(format!("more_{kind}"));
        match kind {
            "ecdsa" => make_p256(&path, 0x42, passphrase),
            _ => make_key(&path, kind, passphrase),
        }
        sshd.authorize(&path);
        let mut access = SshAccess { key_file: Some(path), ..sshd.access() };
        if !passphrase.is_empty() {
            let fault = Ssh::connect(&access).await.unwrap_err();
            assert_eq!(fault.kind, FaultKind::PassphraseNeeded, "{fault}");
            access.passphrase = Some(Secret::new("wrong"));
            let fault = Ssh::connect(&access).await.unwrap_err();
            assert_eq!(fault.kind, FaultKind::PassphraseNeeded, "{fault}");
            access.passphrase = Some(Secret::new(passphrase));
        }
        Ssh::connect(&access).await.unwrap_or_else(|fault| panic!("{kind}: {fault}"));
    }
}
