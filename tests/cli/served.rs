//! The lab that is served: what ends it, and what it leaves behind.

use std::{
    io::{BufReader, Read},
    net::TcpStream,
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use serde::Deserialize as _;
use serde_json::Value;
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_immich-sso");

/// Ends the process whatever becomes of the test.
struct Served(Child);

impl Served {
    /// Serves a lab below `folder`, started by the rest of a command line.
    fn by(starter: &[&str], folder: &Path) -> (Self, ChildStdout) {
        let mut command = Command::new(starter[0]);
        command.args(&starter[1..]).args([PROGRAM, "demo", "--serve"]);
        command.env("TMPDIR", folder).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let output = process.stdout.take().unwrap();
        (Self(process), output)
    }

    /// Whether one of the process's masks has that signal.
    fn has(&self, mask: &str, signal: u32) -> bool {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap();
        let mask = status.lines().find_map(|line| line.strip_prefix(mask)).unwrap();
        u64::from_str_radix(mask.trim(), 16).unwrap() >> (signal - 1) & 1 == 1
    }

    fn send(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.0.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }
}

/// Numbers of signals.
const HANG_UP: u32 = 1;
const INTERRUPT: u32 = 2;

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Tests may run under `nohup` themselves: the child begins as usual.
const AS_USUAL: [&str; 2] = ["env", "--default-signal=HUP"];

fn entries(folder: &Path) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

#[test]
fn a_served_lab_cleans_up_from_its_first_byte_on() {
    for signal in ["-TERM", "-HUP", "-INT"] {
        for _ in 0..3 {
            let folder = TempDir::new().unwrap();
            let (mut served, mut output) = Served::by(&AS_USUAL, folder.path());
            output.read_exact(&mut [0]).unwrap();
            assert!(entries(folder.path()) > 0);
            served.send(signal);
            assert!(served.0.wait().unwrap().success(), "{signal}");
            assert_eq!(entries(folder.path()), 0, "{signal}");
        }
    }
}

/// What is in a folder.
fn names(folder: &Path) -> Vec<std::ffi::OsString> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect()
}

#[test]
fn folder_of_a_killed_demo_goes_with_the_next_and_no_other() {
    let (folder, elsewhere) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let serve = || {
        let (served, mut output) = Served::by(&AS_USUAL, folder.path());
        output.read_exact(&mut [0]).unwrap();
        (served, output)
    };
    let (mut killed, _output) = serve();
    let left = names(folder.path());
    let (living, _living_output) = serve();
    killed.send("-KILL");
    killed.0.wait().unwrap();
    assert_eq!(left.len(), 1);
    let others: Vec<_> = names(folder.path()).into_iter().filter(|name| *name != left[0]).collect();

    // What looks like one: a link to one, one without a lock, one whose lock is a link, one
    // of somebody else, and a file.
    let path = |name: &str| folder.path().join(format!("immich-sso-demo-{name}"));
    let precious = elsewhere.path().join("precious");
    let make = |folder: &Path| {
        std::fs::create_dir(folder).unwrap();
        std::fs::write(folder.join("notes"), "mine").unwrap();
    };
    make(&precious);
    std::fs::write(precious.join("lock"), "").unwrap();
    std::os::unix::fs::symlink(&precious, path("link")).unwrap();
    make(&path("unlocked"));
    make(&path("linked"));
    std::os::unix::fs::symlink(precious.join("lock"), path("linked").join("lock")).unwrap();
    std::fs::write(path("file"), "mine").unwrap();
    let mut kept = vec!["link", "unlocked", "linked", "file"];
    make(&path("foreign"));
    std::fs::write(path("foreign").join("lock"), "").unwrap();
    // Only root can give something away.
    if std::os::unix::fs::chown(path("foreign"), Some(65_534), None).is_ok() {
        kept.push("foreign");
    }
    // A link in what goes is not followed.
    std::os::unix::fs::symlink(&precious, folder.path().join(&left[0]).join("away")).unwrap();

    let (next, _next_output) = serve();
    let now = names(folder.path());
    assert!(!now.contains(&left[0]), "{now:?}");
    for other in &others {
        assert!(now.contains(other), "{other:?} of a demo that lives: {now:?}");
    }
    for name in kept {
        assert!(path(name).symlink_metadata().is_ok(), "{name}");
    }
    assert_eq!(std::fs::read_to_string(precious.join("notes")).unwrap(), "mine");
    drop((next, living));
}

#[test]
fn a_served_lab_outlives_its_terminal_under_nohup() {
    let folder = TempDir::new().unwrap();
    let ignoring = ["sh", "-c", "trap '' HUP; exec \"$@\"", "nohup"];
    let (mut served, output) = Served::by(&ignoring, folder.path());
    let mut reader = serde_json::Deserializer::from_reader(BufReader::new(output));
    let description = Value::deserialize(&mut reader).unwrap();
    // Once it listens for INT it listens for all that it ever will.
    let until = Instant::now() + Duration::from_mins(1);
    while !served.has("SigCgt:", INTERRUPT) {
        assert!(Instant::now() < until, "it listens for nothing");
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(served.has("SigIgn:", HANG_UP) && !served.has("SigCgt:", HANG_UP));
    served.send("-HUP");
    let url = description["authentik"]["url"].as_str().unwrap();
    TcpStream::connect(url.trim_start_matches("http://")).unwrap();
    served.send("-TERM");
    assert!(served.0.wait().unwrap().success());
    assert_eq!(entries(folder.path()), 0);
}

/// The runner with a nextest that says what it is called with.
#[test]
fn the_runner_shows_the_failures_of_all_binaries() {
    let folder = TempDir::new().unwrap();
    let (tests, tools) = (folder.path().join("tests"), folder.path().join("target/ci-tools/bin"));
    std::fs::create_dir(&tests).unwrap();
    std::fs::create_dir_all(&tools).unwrap();
    let runner = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/run");
    std::fs::copy(runner, tests.join("run")).unwrap();
    testkit::executable::script("#!/bin/sh\necho \"$@\"; exit 100\n", &tools.join("cargo-nextest"));
    let mut run = Command::new("bash");
    run.arg(tests.join("run")).args(["--test", "cli"]).env("PATH", "/usr/bin:/bin");
    let said = run.output().unwrap();
    let called = "nextest run --workspace --locked --no-fail-fast --test cli\n";
    assert_eq!(String::from_utf8_lossy(&said.stdout), called);
    assert_eq!(said.status.code(), Some(100), "its failure is the runner's");
}
