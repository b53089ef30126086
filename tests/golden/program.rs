//! The program itself: a dialog in lines, the commands that need no operator,
//! and the help of every command.

use std::{
    fs,
    os::unix::fs::symlink,
    path::Path,
    process::{Command, Stdio},
};

use clap::CommandFactory as _;
use immich_sso::{
    cli::Cli,
    site::{ProfileFile, StoreKind},
};
use portable_pty::CommandBuilder;

use testkit::{
    driver::Site,
    secret_file::{self, PASSPHRASE},
    terminal::Terminal,
};

use crate::{
    compare::is_golden,
    normal::normal,
    people::{names, usual},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_immich-sso");

/// Wide enough that no question is broken, and high enough for all of it.
const ROWS: u16 = 900;
const COLUMNS: u16 = 100;

/// What was written on the terminal.
fn told(written: &str) -> String {
    written.replace("\r\n", "\n").lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// The same without what a face may or may not get to show, or in another
/// order: what is worked on, and how a step came out before its notes.
fn settled(written: &str) -> String {
    let told = told(written);
    let mut lines: Vec<&str> = Vec::new();
    // Where the outcome of a step stands, as long as only its notes follow.
    let mut outcome = None;
    let mut is_work = false;
    for line in told.lines() {
        // It may be broken, and goes on further right then.
        is_work = line.starts_with("  … ") || (is_work && line.starts_with("    "));
        if is_work {
            continue;
        }
        let is_note = line.starts_with("  note:") || line.starts_with("        ");
        let at = outcome.filter(|_| is_note).unwrap_or(lines.len());
        lines.insert(at, line);
        outcome = match outcome {
            _ if is_outcome(line) => Some(at),
            Some(at) if is_note => Some(at + 1),
            _ => None,
        };
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// Whether a line says how a step came out.
fn is_outcome(line: &str) -> bool {
    !line.starts_with(' ')
        && [": done", ": not needed here", ": left as it is"].iter().any(|end| line.contains(end))
}

#[test]
fn dialog_in_lines() {
    let mut command = CommandBuilder::new(PROGRAM);
    command.args(["demo", "--plain"]);
    command.env("TERM", "dumb");
    command.env("LC_ALL", "C.UTF-8");
    let mut terminal = Terminal::start_sized(command, ROWS, COLUMNS);
    for (question, answers) in [
        ("Change authentik's provider like this?", &["perhaps", "show", "yes"][..]),
        ("Change authentik's application like this?", &["yes"]),
        ("Write Immich's settings like this?", &["yes"]),
        ("Open the link and log in, or let the lab's person do it.", &["1"]),
        ("All steps are walked.", &["1"]),
    ] {
        for (times, answer) in answers.iter().enumerate() {
            // Each time it is put once more, at the end of all that is there.
            terminal.wait_until(question, |screen| {
                let put = screen.matches(question).count() > times;
                (put && screen.trim_end().ends_with(question)).then_some(())
            });
            terminal.press(&format!("{answer}\r"));
        }
    }
    let (code, written) = terminal.finish();
    let text = format!(
        "The plain face\n==============\n\n\
         `TERM=dumb immich-sso demo --plain`: a whole dialog in lines.\n\n\
         $ immich-sso demo --plain\n{}exit code: {code}\n",
        settled(&written)
    );
    is_golden("plain-face", &normal(&text, &[]));
}

/// The account of a person whose secrets are in an encrypted file.
struct Account<'a> {
    site: &'a Site,
    text: String,
}

impl<'a> Account<'a> {
    async fn of(site: &'a mut Site) -> Self {
        site.profile.secrets = StoreKind::File;
        // These commands cannot ask whether a host is known.
        site.profile.host.ssh = None;
        ProfileFile::new(&site.folders(), "test").unwrap().save(&site.profile).unwrap();
        secret_file::write(&site.vault, &site.folders().secrets("test")).await;
        let root = site.folder.path();
        for folder in ["config", "state", "data"] {
            let base = root.join("xdg").join(folder);
            fs::create_dir_all(&base).unwrap();
            fs::create_dir_all(root.join(folder)).unwrap();
            symlink(root.join(folder), base.join("immich-sso")).unwrap();
        }
        Self { site, text: String::new() }
    }

    /// Runs a command, and writes down what a person sees.
    fn run(&mut self, arguments: &[&str]) -> u32 {
        let root = self.site.folder.path();
        let mut command = CommandBuilder::new(PROGRAM);
        command.args(["--profile", "test"]);
        command.args(arguments);
        command.env_clear();
        command.env("HOME", root);
        command.env("TERM", "dumb");
        command.env("LC_ALL", "C.UTF-8");
        for (name, folder) in
            [("XDG_CONFIG_HOME", "config"), ("XDG_STATE_HOME", "state"), ("XDG_DATA_HOME", "data")]
        {
            command.env(name, root.join("xdg").join(folder));
        }
        let mut terminal = Terminal::start_sized(command, ROWS, COLUMNS);
        if !terminal.ends_or_shows("(not shown)") {
            terminal.press(&format!("{PASSPHRASE}\r"));
        }
        let (code, written) = terminal.finish();
        self.text += &format!(
            "\n\n$ immich-sso {}\n\n{}exit code: {code}\n",
            arguments.join(" "),
            told(&written)
        );
        code
    }
}

// The lab goes on while a command is waited for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_without_an_operator() {
    let mut site = Site::with(usual()).await;
    let mut account = Account::of(&mut site).await;
    let folder = account.site.folder.path().to_owned();
    let file = |name: &str| folder.join(name).display().to_string();
    let (plan, rotation, bad) = (file("plan.json"), file("rotation.json"), file("bad.json"));
    fs::write(&bad, "{}").unwrap();

    let missing = file("missing.json");
    for (code, arguments) in [
        (0, &["profile", "list"][..]),
        (0, &["profile", "show"]),
        (0, &["secret", "list"]),
        (3, &["status"]),
        (3, &["plan", "--out", &plan]),
        (1, &["apply", &missing]),
        (1, &["apply", &bad]),
        (0, &["apply", &plan]),
        (0, &["status"]),
        (0, &["plan"]),
        (1, &["apply", &plan]),
        (0, &["secret", "list"]),
        (0, &["rotate", "--if-older-than", "90d"]),
        (3, &["rotate", "--plan", &rotation]),
        (0, &["apply", &rotation]),
    ] {
        assert_eq!(account.run(arguments), code, "{arguments:?}: {}", account.text);
    }
    // Somebody changed something, and stopped a server.
    let mut config = account.site.lab.immich.settings().unwrap();
    config["oauth"]["buttonText"] = "Enter".into();
    account.site.put_settings(&config).await;
    for (code, arguments) in [(3, &["status"][..]), (3, &["plan"])] {
        assert_eq!(account.run(arguments), code, "{arguments:?}: {}", account.text);
    }
    let text = format!(
        "Commands without an operator\n============================\n\n\
         Secrets are in an encrypted file. First nothing is set up; then the plan is applied, the\n\
         client secret rotated, and Immich's button given another text by somebody else.\n{}",
        account.text
    );
    is_golden("unattended", &normal(&text, &names(&site)));
}

/// The commands of a command, by their names, in the order of the help.
fn commands(of: &clap::Command, above: &[String], all: &mut Vec<Vec<String>>) {
    all.push(above.to_vec());
    for command in of.get_subcommands() {
        commands(command, &[above, &[command.get_name().to_owned()]].concat(), all);
    }
}

#[test]
fn help_of_every_command() {
    let mut all = Vec::new();
    commands(&Cli::command(), &[], &mut all);
    assert!(all.len() > 15, "{all:?}");
    let home = tempfile::tempdir().unwrap();
    let mut text = "Help\n====\n".to_owned();
    for command in all {
        for help in ["-h", "--help"] {
            let told = help_of(home.path(), &command, help);
            // The options of all commands are told once.
            let own = match told.split_once("Global options:") {
                Some((own, _)) if !command.is_empty() => own.trim_end().to_owned(),
                _ => told.trim_end().to_owned(),
            };
            let name = [&["immich-sso".to_owned()], command.as_slice()].concat().join(" ");
            text += &format!("\n\n$ {name} {help}\n\n{own}\n");
        }
    }
    is_golden("help", &normal(&text, &[]));
}

fn help_of(home: &Path, command: &[String], help: &str) -> String {
    let output = Command::new(PROGRAM)
        .args(command)
        .arg(help)
        .env_clear()
        .env("HOME", home)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{command:?} {help}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}
