//! The command line from outside: exit code, standard output, standard error.

#![allow(clippy::unwrap_used, clippy::panic, reason = "this is how a test fails")]

#[cfg(all(unix, feature = "demo"))]
mod colors;
#[cfg(unix)]
mod files;
mod odd;
mod rotate;
#[cfg(all(target_os = "linux", feature = "demo"))]
mod served;
#[cfg(feature = "demo")]
mod unattended;

use testkit::said;
#[cfg(feature = "demo")]
use testkit::terminal;

use std::{
    fmt::Write as _,
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use insta::assert_snapshot;
use tempfile::TempDir;

/// A person's account with nothing in it, and no terminal.
struct Account {
    home: TempDir,
}

impl Account {
    fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    fn config(&self) -> std::path::PathBuf {
        self.home.path().join(".config/immich-sso")
    }

    fn with_profile(self, name: &str, text: &str) -> Self {
        fs::create_dir_all(self.config()).unwrap();
        fs::write(self.config().join(format!("{name}.toml")), text).unwrap();
        self
    }

    fn run(&self, arguments: &[&str]) -> String {
        self.run_with(arguments, "", &[])
    }

    /// Runs the program and tells what a person would see of it.
    fn run_with(&self, arguments: &[&str], input: &str, variables: &[(&str, &str)]) -> String {
        let mut child = Command::new(env!("CARGO_BIN_EXE_immich-sso"))
            .args(arguments)
            .env_clear()
            .env("HOME", self.home.path())
            .env("PATH", "/usr/bin:/bin")
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that does not read it may be gone already.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        let mut text = format!("exit code: {}\n", output.status.code().unwrap_or(-1));
        for (name, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
            writeln!(text, "----- {name} -----").unwrap();
            text += &String::from_utf8_lossy(bytes);
        }
        self.same_everywhere(&text)
    }

    fn same_everywhere(&self, text: &str) -> String {
        let home = self.home.path().to_str().unwrap();
        text.replace(home, "[HOME]").replace(version(), "[VERSION]")
    }
}

/// The version as the program tells it, with or without a commit.
fn version() -> &'static str {
    env!("IMMICH_SSO_VERSION")
}

#[cfg(feature = "demo")]
#[test]
fn help_is_short_with_h() {
    assert_snapshot!(Account::new().run(&["-h"]));
}

#[cfg(feature = "demo")]
#[test]
fn help_is_long_with_help_and_tells_the_exit_codes() {
    assert_snapshot!(Account::new().run(&["--help"]));
}

#[cfg(feature = "demo")]
#[test]
fn every_command_has_help() {
    let account = Account::new();
    let told: String = [
        &["setup", "--help"][..],
        &["status", "--help"],
        &["plan", "--help"],
        &["apply", "--help"],
        &["undo", "--help"],
        &["rotate", "--help"],
        &["secret", "--help"],
        &["secret", "set", "--help"],
        &["profile", "--help"],
        &["demo", "--help"],
    ]
    .iter()
    .map(|arguments| {
        let help = account.run(arguments);
        let own = help.split(&*said("Global options:")).next().unwrap_or_default();
        format!("$ immich-sso {}\n{own}\n", arguments.join(" "))
    })
    .collect();
    assert_snapshot!(told);
}

#[test]
fn the_version_is_that_of_the_package() {
    let told = Account::new().run(&["--version"]);
    assert_eq!(
        told,
        "exit code: 0\n----- stdout -----\nimmich-sso [VERSION]\n----- stderr -----\n"
    );
    assert!(version().starts_with(env!("CARGO_PKG_VERSION")));
}

#[test]
fn an_unknown_command_is_a_mistake_and_the_nearest_one_is_named() {
    assert_snapshot!(Account::new().run(&["statsu"]));
}

#[test]
fn commands_that_are_not_there_are_not_offered() {
    let account = Account::new();
    for command in ["doctor", "export"] {
        assert!(account.run(&[command]).starts_with("exit code: 2\n"), "{command}");
        assert!(!account.run(&["--help"]).contains(command), "{command}");
    }
}

/// As `cargo build --no-default-features` makes it.
#[cfg(not(feature = "demo"))]
#[test]
fn program_without_the_lab_offers_no_demo() {
    let account = Account::new();
    assert!(account.run(&["demo"]).starts_with("exit code: 2\n"));
    for arguments in [&["--help"][..], &["setup"], &["completions", "bash"], &["man"]] {
        assert!(!account.run(arguments).contains("demo"), "{arguments:?}");
    }
    assert!(account.run(&["status", "--help"]).starts_with("exit code: 0\n"));
}

#[test]
fn plain_may_stand_before_the_commands_that_have_it_only() {
    assert_snapshot!(Account::new().run(&["--plain", "status"]));
}

#[test]
fn a_profile_name_that_would_leave_the_folder_is_refused() {
    assert_snapshot!(Account::new().run(&["status", "--profile", "../other"]));
}

#[test]
fn status_without_a_profile_says_how_to_make_one() {
    assert_snapshot!(Account::new().run(&["status"]));
}

#[test]
fn status_of_a_profile_that_is_not_there_names_those_that_are() {
    let account = Account::new().with_profile("home", "").with_profile("parents", "");
    assert_snapshot!(account.run(&["status", "--profile", "hmoe"]));
}

#[test]
fn an_unknown_key_in_the_profile_is_refused_with_its_line_and_the_nearest_key() {
    let account = Account::new().with_profile(
        "default",
        "[authentik]\nurl = \"https://auth.example.com\"\nap_url = \"\"\n",
    );
    assert_snapshot!(account.run(&["status"]));
}

#[cfg(feature = "demo")]
#[test]
fn set_up_without_a_terminal_says_what_needs_none() {
    assert_snapshot!(Account::new().run(&["setup"]));
}

#[test]
fn profiles_are_listed_shown_and_removed() {
    let account =
        Account::new().with_profile("home", "[immich]\nurl = \"https://photos.example.com\"\n");
    let mut told = account.run(&["profile", "list"]);
    for arguments in [
        &["profile", "show", "--profile", "home"][..],
        &["profile", "show"],
        &["profile", "remove", "--profile", "home"],
        &["profile", "list"],
    ] {
        writeln!(told, "\n$ immich-sso {}\n{}", arguments.join(" "), account.run(arguments))
            .unwrap();
    }
    assert_snapshot!(told);
}

#[test]
fn an_edit_that_makes_no_sense_does_not_reach_the_profile() {
    let text = "[immich]\nurl = \"https://photos.example.com\"\n";
    let account = Account::new().with_profile("default", text);
    let editor = script(account.home.path(), "sed -i s/url/urll/ \"$1\"\n");
    let told = account.run_with(&["profile", "edit"], "", &[("EDITOR", &editor)]);
    assert!(told.starts_with("exit code: 1\n"), "{told}");
    assert!(told.contains("urll"), "{told}");
    assert_eq!(fs::read_to_string(account.config().join("default.toml")).unwrap(), text);
}

#[test]
fn an_edit_that_makes_sense_does() {
    let account =
        Account::new().with_profile("default", "[immich]\nurl = \"https://photos.example.com\"\n");
    let editor = script(account.home.path(), "sed -i s/photos/pictures/ \"$1\"\n");
    let told = account.run_with(&["profile", "edit"], "", &[("VISUAL", &editor)]);
    assert!(told.starts_with("exit code: 0\n"), "{told}");
    let after = fs::read_to_string(account.config().join("default.toml")).unwrap();
    assert!(after.contains("https://pictures.example.com"), "{after}");
}

/// An editor that does one thing.
fn script(folder: &Path, text: &str) -> String {
    let path = folder.join("editor");
    fs::write(&path, text).unwrap();
    format!("sh {}", path.display())
}

#[test]
fn without_a_keyring_the_secrets_are_not_listed_and_the_way_out_is_named() {
    let account = Account::new().with_profile("default", "");
    let told = account.run(&["secret", "list"]);
    assert!(told.starts_with("exit code: 1\n"), "{told}");
    assert!(told.contains(&*said("error:")) && told.contains(&*said("hint:")), "{told}");
}

#[test]
fn a_secret_with_a_line_break_is_refused_before_the_store_is_asked_to_keep_it() {
    let account = Account::new().with_profile("default", "");
    let told = account.run_with(&["secret", "set", "client-secret"], "one\ntwo\n", &[]);
    assert!(told.starts_with("exit code: 1\n") && !told.contains("two"), "{told}");
}

#[test]
fn a_label_that_no_secret_has_is_refused_and_the_labels_are_named() {
    assert_snapshot!(Account::new().run(&["secret", "show", "password"]));
}

#[test]
fn every_shell_gets_a_completion_script() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = Account::new().run(&["completions", shell]);
        assert!(script.starts_with("exit code: 0\n") && script.contains("immich-sso"), "{shell}");
        assert!(script.contains("secret"), "{shell}");
    }
}

#[test]
fn bash_takes_its_completion_script() {
    let account = Account::new();
    let script = account.run(&["completions", "bash"]);
    let body = script.split("----- stdout -----\n").nth(1).unwrap();
    let body = body.split("----- stderr -----").next().unwrap();
    let test = format!("{body}\ncomplete -p immich-sso");
    let output = Command::new("bash").args(["-c", &test]).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && told.contains("immich-sso"), "{output:?}");
}

#[test]
fn the_manual_page_has_all_its_parts() {
    let page = Account::new().run(&["man"]);
    let command = format!("{} SECRET SHOW", said("COMMAND"));
    let status = format!(".SH \"{}\"", said("EXIT STATUS"));
    for part in [".TH immich-sso 1", ".SH SYNOPSIS", &command, &status] {
        assert!(page.contains(part), "{part} is missing");
    }
    // Where `man` is installed it reads the page without a complaint.
    let roff = page.split("----- stdout -----\n").nth(1).unwrap();
    let roff = roff.split("----- stderr -----").next().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("immich-sso.1");
    fs::write(&file, roff).unwrap();
    match Command::new("man").arg("--warnings").arg("-l").arg(&file).env("MANWIDTH", "80").output()
    {
        Ok(output) => {
            assert!(output.status.success(), "{output:?}");
            assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        }
        Err(_) => println!("`man` is not installed: the page is not rendered"),
    }
}

#[test]
fn colour_comes_when_asked_for_and_not_by_itself() {
    let account = Account::new();
    assert!(!account.run(&["status"]).contains('\u{1b}'));
    assert!(
        account
            .run(&["status", "--color", "always"])
            .contains(&format!("\u{1b}[1;31m{}", said("error:")))
    );
    assert!(account.run(&["nonsense", "--color=always"]).contains('\u{1b}'));
}

#[cfg(unix)]
#[test]
fn the_log_file_is_private_and_a_log_that_cannot_be_opened_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let account = Account::new();
    let log = account.home.path().join("log");
    account.run(&["profile", "list", "--log", log.to_str().unwrap()]);
    assert_eq!(fs::metadata(&log).unwrap().permissions().mode() & 0o777, 0o600);
    let told = account.run(&["profile", "list", "--log", "/nowhere/log"]);
    assert!(told.starts_with("exit code: 1\n") && told.contains("/nowhere/log"), "{told}");
}
