//! The terminal and the memory that the program borrows: given back at every
//! signal, and nothing secret left behind.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[cfg(target_os = "linux")]
mod memory;
#[cfg(target_os = "linux")]
mod scrollback;
#[cfg(target_os = "linux")]
mod signals;

use testkit::{said, terminal};

use std::{ffi::OsString, fs, process::Command};

use portable_pty::CommandBuilder;
use terminal::Terminal;

const PROGRAM: &str = env!("CARGO_BIN_EXE_immich-sso");
const PASSPHRASE: &str = "correct horse battery";

/// An account whose site keeps its secrets in an encrypted file.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        let folder = home.0.path().join("config/immich-sso");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("default.toml"), "secrets = \"file\"\n").unwrap();
        home
    }

    /// The same, with a client secret in the file.
    fn with_secret(secret: &str) -> Self {
        let home = Self::new();
        let mut terminal = home.run(PROGRAM, &["secret", "set", "client-secret"]);
        for (question, answer) in
            [("A passphrase", PASSPHRASE), ("once more", PASSPHRASE), ("The value", secret)]
        {
            terminal.wait_written(&said(question));
            terminal.press(&format!("{answer}\r"));
        }
        assert_eq!(terminal.finish().0, 0);
        home
    }

    fn environment(&self) -> Vec<(&'static str, OsString)> {
        let below = |name: &str| self.0.path().join(name).into_os_string();
        vec![
            ("PATH", std::env::var_os("PATH").unwrap()),
            ("HOME", below("")),
            ("XDG_CONFIG_HOME", below("config")),
            ("XDG_DATA_HOME", below("data")),
            ("XDG_STATE_HOME", below("state")),
            ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus".into()),
            ("TERM", "xterm-256color".into()),
            ("LC_ALL", "C.UTF-8".into()),
            ("PS1", "ready> ".into()),
        ]
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Terminal {
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env_clear();
        for (name, value) in self.environment() {
            command.env(name, value);
        }
        Terminal::start_sized(command, 24, 100)
    }
}

/// The program that runs below that process.
fn program_below(parent: u32) -> u32 {
    let list = Command::new("ps").args(["-e", "-o", "pid=,ppid=,comm="]).output().unwrap();
    let list = String::from_utf8(list.stdout).unwrap();
    let rows: Vec<Vec<&str>> = list.lines().map(|line| line.split_whitespace().collect()).collect();
    let child =
        rows.iter().find(|row| row[1] == parent.to_string() && row[2].starts_with("immich-sso"));
    child.unwrap_or_else(|| panic!("nothing runs below {parent}:\n{list}"))[0].parse().unwrap()
}

fn send(pid: u32, signal: &str) {
    let pid = pid.to_string();
    assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
}
