//! Files that are traps, in the place of each file that the program reads or
//! writes: it ends soon, says which file it is about, and changes nothing
//! elsewhere.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::table;

/// How long a command may take before such a file.
const SOON: Duration = Duration::from_secs(20);
const PRECIOUS: &str = "all my notes\n";

/// What stands in the place of a file.
#[derive(Clone, Copy, Debug)]
enum Trap {
    Link,
    LinkToNothing,
    LinkToItself,
    Pipe,
    Zero,
    Folder,
    Huge,
    Binary,
    OpenToAll,
    OfAnother,
    Empty,
}

const TRAPS: [Trap; 11] = [
    Trap::Link,
    Trap::LinkToNothing,
    Trap::LinkToItself,
    Trap::Pipe,
    Trap::Zero,
    Trap::Folder,
    Trap::Huge,
    Trap::Binary,
    Trap::OpenToAll,
    Trap::OfAnother,
    Trap::Empty,
];

fn set(trap: Trap, path: &Path, elsewhere: &Path) {
    let mode = |mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let _ = fs::remove_file(path);
    match trap {
        Trap::Link => symlink(elsewhere.join("precious"), path).unwrap(),
        Trap::LinkToNothing => symlink(elsewhere.join("nothing"), path).unwrap(),
        Trap::LinkToItself => symlink(path, path).unwrap(),
        Trap::Pipe => assert!(Command::new("mkfifo").arg(path).status().unwrap().success()),
        Trap::Zero => symlink("/dev/zero", path).unwrap(),
        Trap::Folder => fs::create_dir(path).unwrap(),
        Trap::Huge => fs::File::create(path).unwrap().set_len(64 << 30).unwrap(),
        Trap::Binary => fs::write(path, [0xff, 0xfe, 0, 1, b'\n', 0x1b, b'[', b'8', b'm']).unwrap(),
        Trap::OpenToAll => {
            fs::write(path, "{}\n").unwrap();
            mode(0o666);
        }
        Trap::OfAnother => {
            fs::write(path, "{}\n").unwrap();
            // Only the administrator can; others try a file of their own.
            let _ = std::os::unix::fs::chown(path, Some(12_345), Some(12_345));
        }
        Trap::Empty => fs::write(path, "").unwrap(),
    }
}

/// A file of the program: where it is, and the commands that come by it.
struct Place {
    file: &'static str,
    commands: &'static [&'static [&'static str]],
}

const PLACES: [Place; 10] = [
    Place {
        file: ".config/immich-sso/default.toml",
        commands: &[&["status"], &["profile", "show"], &["profile", "list"], &["setup"]],
    },
    Place {
        file: ".local/state/immich-sso/default.journal",
        commands: &[&["status"], &["undo"], &["apply", "plan"], &["access", "remove"]],
    },
    Place {
        file: ".local/state/immich-sso/default.anchor",
        commands: &[&["status"], &["apply", "plan"]],
    },
    Place {
        file: ".local/state/immich-sso/default.lock",
        commands: &[&["apply", "plan"], &["undo"]],
    },
    Place {
        file: ".local/state/immich-sso/default.seen.json",
        commands: &[&["status"], &["plan"]],
    },
    Place {
        file: ".local/share/immich-sso/default.age",
        commands: &[&["status"], &["secret", "list"], &["secret", "set", "authentik-token"]],
    },
    Place {
        file: ".local/share/immich-sso/default.lock",
        commands: &[&["secret", "set", "authentik-token"]],
    },
    Place { file: "plan", commands: &[&["apply", "plan"]] },
    Place { file: "ca.pem", commands: &[&["status"], &["plan"]] },
    Place { file: "log", commands: &[&["status", "--log", "log"]] },
];

/// A home with a profile whose servers nobody runs.
fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let at = home.path();
    for folder in [".config", ".local/state", ".local/share"] {
        let folder = at.join(folder).join("immich-sso");
        fs::create_dir_all(&folder).unwrap();
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).unwrap();
    }
    let profile = format!(
        "secrets = \"file\"\n[authentik]\nurl = \"https://127.0.0.1:9\"\nca_file = \"{0}/ca.pem\"\n\
         [immich]\nurl = \"https://127.0.0.1:9\"\nca_file = \"{0}/ca.pem\"\n",
        at.display()
    );
    fs::write(at.join(".config/immich-sso/default.toml"), profile).unwrap();
    home
}

/// What went wrong with a command that came by a trap.
fn broken_by(trap: Trap, file: &str, arguments: &[&str]) -> Option<String> {
    let (home, elsewhere) = (home(), tempfile::tempdir().unwrap());
    fs::write(elsewhere.path().join("precious"), PRECIOUS).unwrap();
    set(trap, &home.path().join(file), elsewhere.path());
    let began = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_immich-sso"))
        .args(arguments)
        .current_dir(home.path())
        .env_clear()
        .env("HOME", home.path())
        .env("PATH", "/usr/bin:/bin")
        .env("IMMICH_SSO_PASSPHRASE", "correct horse battery staple")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while child.try_wait().unwrap().is_none() {
        if began.elapsed() > SOON {
            child.kill().unwrap();
            child.wait().unwrap();
            return Some("it does not end".into());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    let kept: Vec<PathBuf> =
        fs::read_dir(elsewhere.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    if kept.len() != 1 || fs::read_to_string(&kept[0]).unwrap() != PRECIOUS {
        return Some(format!("it wrote elsewhere: {kept:?}"));
    }
    match output.status.code() {
        None => Some(format!("a signal ended it: {said}")),
        Some(101) => Some(format!("it died: {said}")),
        Some(_) if said.contains("panicked") => Some(said),
        Some(_) if said.contains("\u{1b}[8m") => Some(format!("it prints what it read: {said:?}")),
        Some(_) if said.trim().is_empty() => Some("it says nothing".into()),
        Some(_) => None,
    }
}

#[test]
fn files_that_are_traps_catch_nobody() {
    let (mut tries, mut broken) = (0, Vec::new());
    for place in PLACES {
        for trap in TRAPS {
            for arguments in place.commands {
                tries += 1;
                if let Some(what) = broken_by(trap, place.file, arguments) {
                    broken.push(format!("{trap:?} at {}, {arguments:?}: {what}", place.file));
                }
            }
        }
    }
    table::row("A file is a link, a pipe, a device, or somebody else's", tries, &broken);
}
