//! Odd input and odd surroundings: what is said then, and with which exit code.

use std::{
    io,
    process::{Command, Output, Stdio},
};

use testkit::{said, said_with};

use super::Account;

/// How a command is refused that makes no sense.
#[cfg(feature = "demo")]
fn refusal(arguments: &[&str]) -> String {
    let told = Account::new().run(arguments);
    assert!(told.starts_with("exit code: 2\n"), "{told}");
    told
}

#[cfg(feature = "demo")]
#[test]
fn demo_refuses_a_release_that_it_does_not_play_and_names_those_that_it_does() {
    for (option, release, plays) in [
        ("--immich", "9.9", "1.105, 1.106, "),
        ("--immich", "1.104.9", "3.1, 3.2"),
        ("--authentik", "2026.9", "2023.10, 2024.2, "),
        ("--authentik", "2.7", "2026.5, 2026.8"),
    ] {
        for more in [&[][..], &["--serve"]] {
            let told = refusal(&[&["demo", option, release][..], more].concat());
            assert!(told.contains(&format!("'{release}'")) && told.contains(plays), "{told}");
        }
    }
    assert!(refusal(&["demo", "--immich", "new"]).contains(&*said("it is not a version")));
}

#[test]
fn character_of_an_address_that_nobody_sees_is_named_by_its_kind() {
    for (odd, name) in [("\\u001b", "a control character"), ("\\u202e", "an invisible character")] {
        let profile = format!("[immich]\nurl = \"https://photos{odd}.example.com\"\n");
        let told = Account::new().with_profile("default", &profile).run(&["status"]);
        assert!(told.starts_with("exit code: 1\n"), "{told}");
        assert!(told.contains(&said_with("there is {} in it", &[&said(name)])), "{told}");
    }
}

/// Commands that write to standard output, and need neither a profile nor a terminal.
const WRITES: &[&[&str]] = &[
    &["--help"],
    &["-h"],
    &["--version"],
    &["status", "--help"],
    &["completions", "bash"],
    &["man"],
    &["profile", "show"],
    #[cfg(feature = "demo")]
    &["demo"],
];

fn run_into(arguments: &[&str], out: impl Into<Stdio>) -> Output {
    let profile = "[immich]\nurl = \"https://photos.example.com\"\n";
    let account = Account::new().with_profile("default", profile);
    Command::new(env!("CARGO_BIN_EXE_immich-sso"))
        .args(arguments)
        .env("HOME", account.home.path())
        .env_remove("XDG_CONFIG_HOME")
        .stdin(Stdio::null())
        .stdout(out)
        .output()
        .unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_an_error() {
    for arguments in WRITES {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let output = run_into(arguments, full);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {told}");
        assert!(told.contains(&*said("write to standard output")), "{arguments:?}: {told}");
    }
}

#[test]
fn reader_that_went_away_is_no_error() {
    for arguments in WRITES {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let output = run_into(arguments, writer);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {told}");
        assert!(*arguments == ["profile", "show"] || told.is_empty(), "{arguments:?}: {told}");
    }
}

#[test]
fn secrets_without_a_profile_are_said_to_be_without_one_first() {
    let account = Account::new().with_profile("home", "");
    for what in [&["list"][..], &["show", "client-secret"], &["forget", "client-secret"]] {
        let told = account.run(&[&["secret"][..], what, &["--profile", "hmoe"]].concat());
        assert!(told.starts_with("exit code: 1\n"), "{told}");
        let first = told.split("----- stderr -----\n").nth(1).unwrap();
        assert!(first.starts_with(&said_with("There is no profile `{}`.", &[&"hmoe"])), "{told}");
        // That there is no keyring either is not what is wrong.
        assert!(told.contains("hmoe.toml") && told.contains("`home`"), "{told}");
        assert!(!told.contains(&*said("D-Bus")), "{told}");
    }
    let told = account.run_with(
        &["secret", "set", "client-secret", "--profile", "hmoe"],
        "hunter2\n",
        &[],
    );
    assert!(told.starts_with("exit code: 1\n") && told.contains("hmoe.toml"), "{told}");
    assert!(!told.contains(&*said("D-Bus")), "{told}");
}

/// A command that a text names works where the one did that named it.
#[test]
fn advice_repeats_which_site_was_meant() {
    let account = Account::new();
    let folder = account.home.path().join("my sites");
    std::fs::create_dir_all(&folder).unwrap();
    let folder = folder.display().to_string();
    let config = ["--config", folder.as_str()];
    let of = |command: &str| said_with("`{}`", &[&command]);
    for (command, site, advice) in [
        ("status", &[][..], "immich-sso".to_owned()),
        ("status", &config, "immich-sso --config '[HOME]/my sites'".to_owned()),
        ("undo", &config, "immich-sso --config '[HOME]/my sites'".to_owned()),
    ] {
        let told = account.run(&[&[command], site].concat());
        assert!(told.starts_with("exit code: 1\n"), "{told}");
        assert!(told.contains(&of(&advice)), "{advice}: {told}");
    }
    // Also where the profile is there.
    std::fs::write(
        account.home.path().join("my sites/home.toml"),
        "[immich]\nurl = \"https://photos.example.com\"\nsecret = 1\n",
    )
    .unwrap();
    let told = account.run(&["status", "--config", &folder, "--profile", "home"]);
    assert!(told.contains("`immich-sso --config '[HOME]/my sites' --profile home"), "{told}");
}

#[test]
fn secrets_that_a_removed_profile_left_are_looked_for() {
    let account = Account::new();
    let state = account.home.path().join(".local/state/immich-sso");
    std::fs::create_dir_all(&state).unwrap();
    std::fs::write(state.join("default.journal"), "").unwrap();
    let told = account.run(&["secret", "list"]);
    assert!(told.contains(&said_with("There is no profile `{}`.", &[&"default"])), "{told}");
    assert!(told.contains(&*said("D-Bus")), "{told}");
}

#[test]
fn encrypted_file_that_is_missing_is_named_with_what_to_do() {
    let account = Account::new().with_profile("default", "secrets = \"file\"\n");
    let plan = account.home.path().join("plan.json").display().to_string();
    for arguments in [
        &["status"][..],
        &["plan"],
        &["apply", "plan.json"],
        &["rotate", "--plan", &plan],
        &["secret", "list"],
        &["secret", "show", "client-secret", "--stdout"],
    ] {
        let told = account.run(arguments);
        assert!(told.starts_with("exit code: 1\n"), "{told}");
        let file = "/.local/share/immich-sso/default.age";
        assert!(told.contains(&format!("{file}: {}", said("the file is missing"))), "{told}");
        assert!(told.contains(&*said("Put the file back from a backup.")), "{told}");
        let command = said_with("`{}`", &[&"immich-sso --profile default"]);
        assert!(told.contains(&command), "{told}");
    }
}
