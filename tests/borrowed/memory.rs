//! Images of the memory: none is left behind, and nobody else looks into it.

use std::{fs, os::unix::fs::MetadataExt, process::Command};

use testkit::executable;
use testkit::said;

use super::{Home, PROGRAM, program_below};

#[test]
fn core_dumps_are_off_from_the_start() {
    let home = Home::new();
    let terminal = home.run("sh", &["-c", &format!("ulimit -c unlimited; {PROGRAM}; true")]);
    terminal.wait_for(&said("Choose a passphrase"));
    let pid = program_below(terminal.pid());
    let limits = fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    let values: Vec<&str> = core.split_whitespace().skip(4).take(2).collect();
    assert_eq!(values, ["0", "0"], "{core}");
}

/// What the kernel hides of a process belongs to root.
fn is_closed(pid: u32) -> bool {
    fs::metadata(format!("/proc/{pid}/mem")).unwrap().uid() == 0
}

fn may_change_users() -> bool {
    let may = rustix::process::geteuid().is_root();
    if !may {
        println!("left out: only the administrator can be somebody else");
    }
    may
}

/// The program as a user who is not the administrator. It is copied: that user
/// may not be able to reach the original.
fn as_nobody(home: &Home, arguments: &str) -> String {
    let program = home.0.path().join("immich-sso");
    executable::copy(PROGRAM, &program);
    let everything = home.0.path().display().to_string();
    let owned = Command::new("chown").args(["-R", "65534:65534", &everything]).status().unwrap();
    assert!(owned.success());
    format!(
        "setpriv --reuid=65534 --regid=65534 --clear-groups {} {arguments}; true",
        program.display()
    )
}

#[test]
fn memory_is_closed_to_others_of_the_same_user() {
    if !may_change_users() {
        return;
    }
    let home = Home::with_secret("hunter2hunter2");
    let terminal = home.run("sh", &["-c", &as_nobody(&home, "secret list")]);
    terminal.wait_for(&said("Passphrase"));
    assert!(is_closed(program_below(terminal.pid())));
}

#[test]
fn keyring_can_see_who_asks_it() {
    if !may_change_users() {
        return;
    }
    let home = Home::new();
    let profile = home.0.path().join("config/immich-sso/default.toml");
    fs::write(profile, "secrets = \"keyring\"\n").unwrap();
    // A bus that takes the connection and does not answer: the call is held up.
    let socket = home.0.path().join("bus");
    let bus = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let line = as_nobody(&home, "secret list");
    let line = format!("DBUS_SESSION_BUS_ADDRESS=unix:path={} {line}", socket.display());
    let terminal = home.run("sh", &["-c", &line]);
    let _connection = testkit::caller(&bus);
    assert!(!is_closed(program_below(terminal.pid())));
}
