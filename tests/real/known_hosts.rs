//! Known host keys beside what OpenSSH itself makes of the same files.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
};

use immich_sso::{
    net::{Ssh, SshAccess},
    site::{Fault, FaultKind, SshTarget},
};
use testkit::said;

use crate::support::{left_out, must, sshd::Sshd};

/// What is made of a host's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Known,
    New,
    /// Changed or revoked: never to be accepted.
    Bad,
}

/// Another host's key.
const OTHER: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";

fn of_openssh(sshd: &Sshd, host: &str, file: &Path) -> Verdict {
    let output = Command::new("ssh")
        .args(["-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes"])
        .args(["-o", "GlobalKnownHostsFile=none", "-o", "UpdateHostKeys=no"])
        .args(["-o", "HostKeyAlgorithms=ssh-ed25519", "-o", "IdentitiesOnly=yes"])
        .arg("-o")
        .arg(format!("UserKnownHostsFile={}", file.display()))
        .arg("-i")
        .arg(sshd.folder.path().join("id_ed25519"))
        .args(["-p", &sshd.port.to_string()])
        .arg(format!("root@{host}"))
        .arg("true")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        Verdict::Known
    } else if told.contains("IDENTIFICATION HAS CHANGED") || told.contains("REVOKED HOST KEY") {
        Verdict::Bad
    } else {
        assert!(told.contains("key is known for"), "{told}");
        Verdict::New
    }
}

async fn of_ours(sshd: &Sshd, host: &str, file: &Path) -> Verdict {
    let target = SshTarget::parse(&format!("root@{host}:{}", sshd.port)).unwrap();
    let access = SshAccess {
        key_file: Some(sshd.folder.path().join("id_ed25519")),
        ..SshAccess::new(target, file.to_owned())
    };
    match Ssh::connect(&access).await {
        Ok(_) => Verdict::Known,
        Err(Fault { kind: FaultKind::Untrusted { .. }, .. }) => Verdict::New,
        Err(Fault { kind: FaultKind::HostKeyChanged, .. }) => Verdict::Bad,
        Err(other) => panic!("{other}"),
    }
}

fn host_key(sshd: &Sshd) -> String {
    let text = fs::read_to_string(sshd.folder.path().join("host_ed25519.pub")).unwrap();
    text.rsplit_once(' ').unwrap().0.to_owned()
}

fn hashed(line: &str, folder: &Path) -> String {
    let file = folder.join("hashed");
    fs::write(&file, format!("{line}\n")).unwrap();
    must(Command::new("ssh-keygen").arg("-H").arg("-f").arg(&file));
    fs::read_to_string(&file).unwrap().trim_end().to_owned()
}

#[tokio::test]
async fn known_hosts_are_read_as_openssh_reads_them() {
    if left_out() {
        return;
    }
    let sshd = Sshd::start("");
    let (key, port) = (host_key(&sshd), sshd.port);
    let (kind, base64) = key.split_once(' ').unwrap();
    let here = format!("[127.0.0.1]:{port}");
    let hash = hashed(&format!("{here} {key}"), sshd.folder.path());
    let name = format!("[localhost]:{port}");
    let name_hash = hashed(&format!("{name} {key}"), sshd.folder.path());
    let long = "x".repeat(1100);
    let rows: Vec<(&str, Vec<u8>)> = vec![
        ("127.0.0.1", format!("{here} {key}\n").into()),
        ("127.0.0.1", format!("{here} {OTHER}\n").into()),
        ("127.0.0.1", format!("{here} {OTHER}\n{here} {key}\n").into()),
        // Bytes that are no UTF-8: elsewhere, in a comment, in a name.
        ("127.0.0.1", [b"\xff\xfe\n".as_slice(), here.as_bytes(), b" ", key.as_bytes()].concat()),
        ("127.0.0.1", [here.as_bytes(), b" ", OTHER.as_bytes(), b" J\xfcrgen\n"].concat()),
        ("127.0.0.1", [here.as_bytes(), b",\xff ", key.as_bytes(), b"\n"].concat()),
        ("127.0.0.1", [b"@revoked * ", key.as_bytes(), b" \xe9\n"].concat()),
        ("127.0.0.1", [b"\xff\n@revoked * ".as_slice(), key.as_bytes()].concat()),
        // Markers.
        ("127.0.0.1", format!("{here} {key}\n@revoked {here} {key}\n").into()),
        ("127.0.0.1", format!("{here} {key}\n@revoked nas.lan {key}\n").into()),
        ("127.0.0.1", format!("@unknown {here} {key}\n").into()),
        ("127.0.0.1", format!("@cert-authority {here} {key}\n").into()),
        ("127.0.0.1", format!("@revoked @revoked {here} {key}\n").into()),
        // Names.
        ("LocalHost", format!("{name} {key}\n").into()),
        ("LocalHost", format!("[LOCALHOST]:{port} {key}\n").into()),
        ("LOCALHOST", format!("{name_hash}\n").into()),
        ("127.0.0.1", format!("{hash}\n").into()),
        ("127.0.0.1", format!("|1|AAAA|{}\n{hash}\n", &hash[4..]).into()),
        ("127.0.0.1", format!("[127.*]:{port} {key}\n").into()),
        ("127.0.0.1", format!("[127.0.?.1]:*,!{here} {key}\n").into()),
        ("127.0.0.1", format!("!{here},* {key}\n").into()),
        ("127.0.0.1", format!("!{here},!127.0.0.1,* {key}\n").into()),
        ("127.0.0.1", format!("127.0.0.1 {key}\n").into()),
        ("127.0.0.1", format!("127.0.0.1 {OTHER}\n").into()),
        ("127.0.0.1", format!("127.0.0.1 {key}\n{here} {OTHER}\n").into()),
        ("127.0.0.1", format!("{here},{long} {key}\n").into()),
        // Blanks, line ends, comments, and lines that say nothing.
        ("127.0.0.1", format!("  \t{here}\t \t{kind}  {base64}\tcomment\n").into()),
        ("127.0.0.1", format!("{here} {key}\r\n").into()),
        ("127.0.0.1", format!("{here} {key} x\r\n# {here} {OTHER}\r\n").into()),
        ("127.0.0.1", format!("# {here} {key}\n").into()),
        ("127.0.0.1", format!("{here}\n{here} {kind}\n{here} {kind} !!\n{here} {key}").into()),
        ("127.0.0.1", format!("{here} ssh-rsa {base64}\n").into()),
        ("127.0.0.1", format!("{here} {key}\0more\n").into()),
        ("127.0.0.1", format!("\0{here} {OTHER}\n{here} {key}\n").into()),
        ("127.0.0.1", Vec::new()),
    ];
    let file = sshd.folder.path().join("known");
    for (host, text) in rows {
        fs::write(&file, &text).unwrap();
        let (theirs, ours) = (of_openssh(&sshd, host, &file), of_ours(&sshd, host, &file).await);
        assert_eq!(theirs, ours, "{host}: {:?}", String::from_utf8_lossy(&text));
    }
    // Here OpenSSH overlooks the marker; what somebody revoked stays revoked.
    fs::write(&file, format!("@revoked\t{here} {key}\n{here} {key}\n")).unwrap();
    assert_eq!(of_ours(&sshd, "127.0.0.1", &file).await, Verdict::Bad);
}

#[tokio::test]
async fn accepting_a_host_key_adds_one_line_and_touches_no_other() {
    if left_out() {
        return;
    }
    let sshd = Sshd::start("");
    let line = format!("[127.0.0.1]:{} {}\n", sshd.port, host_key(&sshd));
    for (before, between) in [
        (b"nas.lan ssh-ed25519 AAAA \xff\r\n@revoked * what".as_slice(), "\n"),
        (b"\xfe\n\n\n".as_slice(), ""),
        (b"".as_slice(), ""),
    ] {
        fs::write(sshd.known_hosts(), before).unwrap();
        fs::set_permissions(sshd.known_hosts(), fs::Permissions::from_mode(0o644)).unwrap();
        Ssh::connect(&sshd.access()).await.unwrap();
        let after = fs::read(sshd.known_hosts()).unwrap();
        let expected = [before, between.as_bytes(), line.as_bytes()].concat();
        assert_eq!(String::from_utf8_lossy(&after), String::from_utf8_lossy(&expected));
        assert_eq!(after, expected);
        let mode = fs::metadata(sshd.known_hosts()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o644);
        // OpenSSH takes it, too.
        assert_eq!(of_openssh(&sshd, "127.0.0.1", &sshd.known_hosts()), Verdict::Known);
    }
}

#[tokio::test]
async fn known_hosts_that_cannot_be_read_end_the_try() {
    if left_out() {
        return;
    }
    let sshd = Sshd::start("");
    let pipe = sshd.folder.path().join("pipe");
    must(Command::new("mkfifo").arg(&pipe));
    let open = sshd.folder.path().join("open");
    fs::write(&open, "").unwrap();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o666)).unwrap();
    for (path, what) in [
        (pipe.as_path(), "named pipe"),
        (Path::new("/dev/zero"), "a device"),
        (sshd.folder.path(), "a folder"),
        (open.as_path(), "chmod go-w"),
    ] {
        let access = SshAccess { known_hosts: path.to_owned(), ..sshd.access() };
        let fault = Ssh::connect(&access).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Refused, "{fault}");
        assert!(fault.answer.contains(&*said(what)), "{fault}");
    }
}
