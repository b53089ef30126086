//! `immich-sso secret` and `immich-sso profile` as an operator meets them.

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use portable_pty::CommandBuilder;
use testkit::{said, said_around_backticks};

use crate::terminal::Terminal;

const PROGRAM: &str = env!("CARGO_BIN_EXE_immich-sso");
const PASSPHRASE: &str = "correct horse battery";

/// Emptied in place, then back from the other screen.
const HIDDEN: &str = "\x1b[1;1H\x1b[2K\x1b[1;2H\x1b[J\x1b[1;1H\x1b[?1049l";

struct Home(tempfile::TempDir);

/// An account whose site keeps its secrets in an encrypted file.
fn home() -> Home {
    let home = Home(tempfile::tempdir().unwrap());
    home.write_profile("secrets = \"file\" # no keyring here\n");
    home
}

impl Home {
    fn profile(&self) -> std::path::PathBuf {
        self.0.path().join("config/immich-sso/default.toml")
    }

    fn write_profile(&self, text: &str) {
        fs::create_dir_all(self.profile().parent().unwrap()).unwrap();
        fs::write(self.profile(), text).unwrap();
    }

    fn environment(&self) -> Vec<(&'static str, std::ffi::OsString)> {
        let below = |name: &str| self.0.path().join(name).into_os_string();
        vec![
            ("PATH", std::env::var_os("PATH").unwrap()),
            ("HOME", below("")),
            ("XDG_CONFIG_HOME", below("config")),
            ("XDG_DATA_HOME", below("data")),
            ("XDG_STATE_HOME", below("state")),
            // Never the keyring of whoever runs the tests.
            ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus".into()),
            ("TERM", "xterm".into()),
            ("NO_COLOR", "1".into()),
        ]
    }

    fn in_terminal(&self, arguments: &[&str]) -> Terminal {
        self.run_in_terminal(PROGRAM, arguments)
    }

    fn run_in_terminal(&self, program: &str, arguments: &[&str]) -> Terminal {
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env_clear();
        for (name, value) in self.environment() {
            command.env(name, value);
        }
        Terminal::start_sized(command, 24, 200)
    }

    fn with_passphrase(&self, arguments: &[&str]) -> Terminal {
        let mut terminal = self.in_terminal(arguments);
        terminal.wait_written(&said("Passphrase"));
        terminal.press(&format!("{PASSPHRASE}\r"));
        terminal
    }

    fn piped(&self, arguments: &[&str], input: &str, more: &[(&str, &str)]) -> Output {
        let mut child = Command::new(PROGRAM)
            .args(arguments)
            .env_clear()
            .envs(self.environment())
            .envs(more.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// Makes the encrypted file, with a client secret in it.
    fn keep(&self, secret: &str) -> String {
        let mut terminal = self.in_terminal(&["secret", "set", "client-secret"]);
        terminal.wait_written(&said("A passphrase"));
        terminal.press(&format!("{PASSPHRASE}\r"));
        terminal.wait_written(&said("once more"));
        terminal.press(&format!("{PASSPHRASE}\r"));
        terminal.wait_written("client-secret");
        terminal.press(&format!("{secret}\r"));
        let (code, told) = terminal.finish();
        assert_eq!(code, 0, "{told}");
        told
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn anywhere_below(folder: &Path, text: &str) -> bool {
    fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return anywhere_below(&path, text);
        }
        let bytes = fs::read(&path).unwrap();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

#[test]
fn a_secret_is_typed_unseen_listed_by_fingerprint_shown_for_a_while_and_copied() {
    let home = home();
    let told = home.keep("hunter2hunter2");
    assert!(told.contains(&*said("read back, it is the same")), "{told}");
    assert!(!told.contains("hunter2") && !told.contains(PASSPHRASE), "{told}");
    assert!(!anywhere_below(home.0.path(), "hunter2"));

    let (code, told) = home.with_passphrase(&["secret", "list"]).finish();
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("client-secret  ") && !told.contains("hunter2"), "{told}");

    let mut terminal = home.with_passphrase(&["secret", "show", "client-secret"]);
    terminal.wait_written(&said("Any key hides it"));
    terminal.press("q");
    let (code, told) = terminal.finish();
    assert_eq!(code, 0, "{told}");
    let (_, after) = told.split_once("\x1b[?1049h").expect("the other screen");
    let (shown, left) = after.split_once(HIDDEN).expect("emptied and left");
    assert!(shown.contains("hunter2hunter2"), "{told}");
    assert!(!left.contains("hunter2"), "{told}");

    let (code, told) = home.with_passphrase(&["secret", "copy", "client-secret"]).finish();
    assert_eq!(code, 0, "{told}");
    let (_, copied) = told.split_once("\x1b]52;c;").expect("the clipboard sequence");
    let (copied, _) = copied.split_once("\x1b\\").expect("its end");
    assert_eq!(STANDARD.decode(copied).unwrap(), b"hunter2hunter2");

    let (code, told) = home.with_passphrase(&["secret", "forget", "client-secret"]).finish();
    assert_eq!(code, 0, "{told}");
    let (code, told) = home.with_passphrase(&["secret", "show", "client-secret"]).finish();
    assert_eq!(code, 1, "{told}");
    assert!(told.contains(&*said("secret list")), "{told}");
}

#[test]
fn a_client_secret_that_is_replaced_is_kept_as_the_previous_one() {
    let home = home();
    home.keep("hunter2");
    let mut terminal = home.with_passphrase(&["secret", "set", "client-secret"]);
    terminal.wait_written(&said("The value of"));
    terminal.press("hunter3\r");
    let (code, told) = terminal.finish();
    assert_eq!(code, 0, "{told}");
    let shown =
        home.with_passphrase(&["secret", "show", "--stdout", "client-secret-previous"]).finish();
    assert!(shown.1.contains("hunter2\r\n"), "{}", shown.1);
}

#[test]
fn a_secret_that_is_piped_in_leaves_the_keyboard_for_the_passphrase() {
    let home = home();
    home.keep("hunter2");
    let line = format!("printf hunter3 | {PROGRAM} secret set immich-api-key | cat");
    let mut terminal = home.run_in_terminal("sh", &["-c", &line]);
    terminal.wait_written(&said("Passphrase"));
    terminal.press(&format!("{PASSPHRASE}\r"));
    let (_, told) = terminal.finish();
    assert!(told.contains(&*said("read back, it is the same")), "{told}");
    assert!(!told.contains("hunter3 ") && !told.contains(PASSPHRASE), "{told}");
}

#[test]
fn a_secret_on_the_screen_goes_when_the_program_is_ended() {
    let home = home();
    home.keep("hunter2");
    let terminal = home.with_passphrase(&["secret", "show", "client-secret"]);
    terminal.wait_written(&said("Any key hides it"));
    let killed = Command::new("kill").arg(terminal.pid().to_string()).status().unwrap();
    assert!(killed.success());
    let (_, told) = terminal.finish();
    let (_, after) = told.split_once("hunter2").expect("it was shown");
    assert!(after.contains(HIDDEN), "{told}");
}

#[test]
fn a_wrong_passphrase_and_leaving_are_told_apart() {
    let home = home();
    home.keep("hunter2");
    let mut terminal = home.in_terminal(&["secret", "list"]);
    terminal.wait_written(&said("Passphrase"));
    terminal.press("wrong\r");
    let (code, told) = terminal.finish();
    assert_eq!(code, 1, "{told}");
    assert!(told.contains(&*said("the passphrase is wrong")), "{told}");
    let mut terminal = home.in_terminal(&["secret", "list"]);
    terminal.wait_written(&said("Passphrase"));
    terminal.press("\x03");
    let (code, told) = terminal.finish();
    assert_eq!(code, 1, "{told}");
    assert!(!told.contains(&*said("wrong")), "{told}");
}

#[test]
fn without_a_keyring_nothing_is_kept_in_clear_and_the_way_out_is_named() {
    let home = home();
    home.write_profile("");
    let output = home.piped(&["secret", "set", "client-secret"], "hunter2\n", &[]);
    assert_eq!(output.status.code(), Some(1));
    let told = text(&output.stderr);
    assert!(
        told.contains(&*said("D-Bus")) && told.contains(&*said("secrets = \"file\"")),
        "{told}"
    );
    assert!(!anywhere_below(home.0.path(), "hunter2"));
}

#[test]
fn an_unknown_label_is_answered_with_those_there_are() {
    let output = home().piped(&["secret", "show", "pasword"], "", &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("immich-api-key"), "{}", text(&output.stderr));
}

#[test]
fn profiles_are_listed_shown_and_removed() {
    let home = home();
    let profile = "[immich]\nurl = \"https://photos.example.com\" # mine\n";
    home.write_profile(profile);
    fs::write(home.profile().with_file_name("broken.toml"), "[imich]\n").unwrap();
    let output = home.piped(&["profile", "list"], "", &[]);
    insta::assert_snapshot!(text(&output.stdout), @r"
    broken   cannot be read: there is no key `imich` here
    default  https://photos.example.com behind (no address yet)
    ");
    assert_eq!(text(&home.piped(&["profile", "show"], "", &[]).stdout), profile);
    let output = home.piped(&["profile", "remove"], "", &[]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stderr).contains(&*said("keyring")), "{}", text(&output.stderr));
    let output = home.piped(&["profile", "show"], "", &[]);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn an_edit_is_taken_over_only_if_it_is_a_profile() {
    let home = home();
    home.write_profile("[application]\nslug = \"immich\"\n");
    let editor = |script: &str| {
        let path = home.0.path().join("editor");
        testkit::executable::script(&format!("#!/bin/sh\n{script}\n"), &path);
        format!("{} --wait", path.display())
    };
    let edit = |editor: &str| home.piped(&["profile", "edit"], "", &[("EDITOR", editor)]);

    let good = editor("[ \"$1\" = --wait ] && sed -i s/immich/photos/ \"$2\"");
    let output = edit(&good);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let edited = "[application]\nslug = \"photos\"\n";
    assert_eq!(fs::read_to_string(home.profile()).unwrap(), edited);

    let output = edit(&editor("sed -i s/slug/slugg/ \"$2\""));
    assert_eq!(output.status.code(), Some(1));
    let told = text(&output.stderr);
    assert!(
        told.contains(&*said("line 2, column 1"))
            && told.contains(&said_around_backticks("Write `slug`")),
        "{told}"
    );
    assert_eq!(fs::read_to_string(home.profile()).unwrap(), edited);
    let rejected = home.profile().with_file_name("default.toml.rejected");
    assert!(fs::read_to_string(rejected).unwrap().contains("slugg"));

    let output = edit(&editor("exit 3"));
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(fs::read_to_string(home.profile()).unwrap(), edited);
}
