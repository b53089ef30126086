//! Profiles that hold a secret where none belongs or whose values lead
//! elsewhere, and runs beside another one: nothing is sent, nothing is repeated,
//! nothing is written.

use std::{
    fs,
    net::{Ipv4Addr, TcpListener},
    process::{Command, Stdio},
};

use portable_pty::CommandBuilder;
use testkit::said;

use crate::{driver::files, table, terminal::Terminal};

const PROGRAM: &str = env!("CARGO_BIN_EXE_immich-sso");

/// What must not be repeated.
const SECRET: &str = "hush-hush-0123";

/// Texts that stand for one, a line each.
const PROFILES: [&str; 13] = [
    "[host]\ndatabase = \"postgresql://immich:hush-hush-0123@db.example.com/immich\"\n",
    "[host]\ndatabase = \"host=db.example.com password=hush-hush-0123\"\n",
    "[host]\ndatabase = \"immich?password=hush-hush-0123\"\n",
    "[host]\nssh = \"root:hush-hush-0123@nas\"\n",
    "[host]\nkey_file = \"hush-hush-0123\\u001b[8m\"\n",
    "[immich]\nurl = \"https://user:hush-hush-0123@photos.example.com\"\n",
    "[authentik]\napi_url = \"https://hush-hush-0123@auth.example.com\"\n",
    "[authentik]\ntoken = \"hush-hush-0123\"\n",
    "[application]\nlaunch_url = \"javascript:hush-hush-0123\"\n",
    "secrets = \"hush-hush-0123\"\n",
    "secrets = [\"hush-hush-0123\"]\n",
    "[settings]\nsigning_algorithm = \"hush-hush-0123\"\n",
    "[immich\nurl = \"hush-hush-0123\"\n",
];

const COMMANDS: [&[&str]; 3] = [&["status"], &["plan", "--json"], &["profile", "list"]];

/// A home with that profile.
pub fn home(profile: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join(".config/immich-sso");
    fs::create_dir_all(&config).unwrap();
    fs::write(config.join("default.toml"), profile).unwrap();
    home
}

/// What is wrong with what a command makes of a profile.
fn repeated(profile: &str, arguments: &[&str]) -> Option<String> {
    let home = home(profile);
    let mut command = Command::new(PROGRAM);
    command.args(arguments).stdin(Stdio::null()).env_clear().env("HOME", home.path());
    let output = command.output().unwrap();
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told);
    let lists = arguments[0] == "profile";
    let what = if told.contains(SECRET) {
        "it is repeated"
    } else if output.status.success() != lists {
        "it is taken"
    } else if told.contains('\u{1b}') || told.contains("panicked") {
        "it does something"
    } else if !told.contains(&*said(if lists { "cannot be read" } else { "hint:" })) {
        "nothing is said"
    } else {
        return None;
    };
    Some(format!("{profile:?}, {arguments:?}: {what}: {told}"))
}

#[test]
fn profiles_with_secrets_are_refused_without_repeating_them() {
    let tries = || PROFILES.iter().flat_map(|profile| COMMANDS.map(|command| (profile, command)));
    let broken: Vec<_> =
        tries().filter_map(|(profile, command)| repeated(profile, command)).collect();
    table::row("A profile holds a secret, or leads elsewhere", tries().count(), &broken);
}

/// What begins a run that changes something.
const RUNS: [&[&str]; 6] = [
    &["setup"],
    &["setup", "--plain"],
    &["rotate", "--plain"],
    &["rotate", "immich-api-key", "--plain"],
    &["undo", "--plain"],
    &["access", "remove", "--plain"],
];

/// What is wrong with a run that begins beside another one.
fn beside_another(arguments: &[&str]) -> Option<String> {
    let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    server.set_nonblocking(true).unwrap();
    let at = server.local_addr().unwrap();
    let home =
        home(&format!("[authentik]\nurl = \"http://{at}\"\n[immich]\nurl = \"http://{at}\"\n"));
    let state = home.path().join(".local/state/immich-sso");
    fs::create_dir_all(&state).unwrap();
    let lock = fs::File::create(state.join("default.lock")).unwrap();
    lock.lock().unwrap();
    let before = files(&state);
    let mut command = CommandBuilder::new(PROGRAM);
    command.args(arguments);
    command.env_clear();
    command.env("HOME", home.path());
    command.env("PATH", "/usr/bin:/bin");
    command.env("TERM", "xterm-256color");
    let mut terminal = Terminal::start_sized(command, 40, 120);
    terminal.wait_for(&said("another run is at work"));
    // The full-screen face stays until it is read.
    terminal.press("q");
    let (status, written) = terminal.finish();
    let what = if status == 0 {
        "it ends well"
    } else if server.accept().is_ok() {
        "it asks a server"
    } else if files(&state) != before {
        "it writes beside the other"
    } else {
        return None;
    };
    Some(format!("{arguments:?}: {what}: {written}"))
}

#[test]
fn runs_beside_another_one_end_before_they_begin() {
    let broken: Vec<_> = RUNS.into_iter().filter_map(beside_another).collect();
    table::row("Another run is at work", RUNS.len(), &broken);
}
