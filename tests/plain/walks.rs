//! The plain face in a real terminal, on the script.

use portable_pty::CommandBuilder;
use tempfile::TempDir;

use immich_sso::{
    site::System,
    text,
    wizard::{AccessTopic, LoginTopic, OnPick, RunTopic, StepId, StepTopic},
};
use testkit::{said, said_with};

use crate::{question, terminal::Terminal, verified};

const UP: &str = "\x1b[A";
const DOWN: &str = "\x1b[B";
const ENTER: &str = "\r";
const ESCAPE: &str = "\x1b";
const CTRL_C: &str = "\x03";

/// A face on a script, and the folder in which a file lets the login show.
struct Face {
    terminal: Terminal,
    folder: TempDir,
}

impl Face {
    fn start(term: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
        command.args(["face_on_a_script", "--exact", "--ignored", "--nocapture"]);
        command.env("TERM", term);
        command.env("LC_ALL", "C.UTF-8");
        command.env("SCRIPT_LOGIN", folder.path().join("login"));
        command.env_remove("NO_COLOR");
        let terminal = Terminal::start(command);
        terminal.wait_for(&question(AccessTopic::Address(System::Immich)));
        Self { terminal, folder }
    }

    fn press(&mut self, keys: &str) {
        self.terminal.press(keys);
    }

    fn see(&self, text: &str) {
        self.terminal.wait_for(text);
    }

    fn log_in(&self) {
        std::fs::write(self.folder.path().join("login"), "").unwrap();
    }

    /// What the script was sent, as the child tells it at its end.
    fn sent(&mut self) -> String {
        assert!(self.terminal.ended_well(), "{}", self.terminal.screen());
        self.see("sent [");
        let screen = self.terminal.screen();
        // A terminal that is still raw would not go back to the first column.
        assert!(screen.lines().any(|line| line.starts_with("sent [")), "{screen}");
        let screen = screen.replace('\n', "");
        let start = screen.find("sent [").unwrap();
        screen[start..].split("test face_on").next().unwrap().trim_end().to_owned()
    }
}

#[test]
fn menus_walk_to_a_verified_login() {
    let mut face = Face::start("xterm-256color");
    // An example is no default: it does not stand where the answer does.
    face.see(&said_with("for example {}; ", &[&"https://photos.example.com"]));
    face.press(ENTER);
    face.see(&said("it is empty"));
    face.press("https://photos.example.com\r");
    face.see(&question(AccessTopic::PasteToken));
    face.press("hunter2\r");
    face.see(&question(StepTopic::Apply(StepId::Provider)));
    face.see(&said("Show the exact requests"));
    face.press(ENTER);
    face.see("POST https://auth.example.com/api/v3/providers/oauth2/");
    face.press(&format!("{DOWN}{DOWN}{UP}{ENTER}"));
    face.see(&said("verified: authentik accepts the client secret that is kept here"));
    face.see(&question(LoginTopic::LogIn { stand_in: false }));
    face.log_in();
    face.see(&format!("{} alice{}", said("verified:"), said(" logged in")));
    face.see(&verified());
    let sent = face.sent();
    assert!(sent.contains("Perform"), "{sent}");
    assert!(!face.terminal.written().contains("hunter2"));
}

#[test]
fn an_enter_that_was_typed_ahead_performs_nothing() {
    for term in ["xterm-256color", "dumb"] {
        let mut face = Face::start(term);
        face.press("https://photos.example.com\rhunter2\r\r\r\r");
        face.see(&question(StepTopic::Apply(StepId::Provider)));
        let offers = if term == "dumb" {
            format!("show{}", said(": the exact requests"))
        } else {
            said("Look again: read").into_owned()
        };
        face.see(&offers);
        face.press(CTRL_C);
        let sent = face.sent();
        assert!(sent.contains("Quit") && !sent.contains("Perform"), "{sent}");
        // It is not taken for an answer at all.
        assert!(!face.terminal.written().contains("POST http"), "{}", face.terminal.screen());
    }
}

#[test]
fn secret_in_several_lines_is_not_taken_and_no_line_of_it_is_shown() {
    for term in ["xterm-256color", "dumb"] {
        let mut face = Face::start(term);
        face.press("https://photos.example.com\r");
        face.see(&question(AccessTopic::PasteToken));
        face.press("hunter2\rhunter3\nhunter4\r");
        face.see(&said("it came in several lines"));
        face.press("hunter5\r");
        face.see(&question(StepTopic::Apply(StepId::Provider)));
        face.press(CTRL_C);
        face.sent();
        assert!(!face.terminal.written().contains("hunter"), "{}", face.terminal.screen());
    }
}

#[test]
fn escape_goes_one_question_back_where_that_leads_anywhere() {
    let mut face = Face::start("xterm-256color");
    face.press("https://photos.example.com\r");
    face.see(&question(AccessTopic::PasteToken));
    face.press(ESCAPE);
    face.see(&question(StepTopic::Apply(StepId::Provider)));
    face.press(CTRL_C);
    let sent = face.sent();
    assert!(sent.contains("Answer(PromptId(2), Back)") && sent.contains("Quit"), "{sent}");
}

#[test]
fn control_c_leaves_at_every_kind_of_question_and_gives_the_terminal_back() {
    for keys in ["", "https://photos.example.com\r", "https://photos.example.com\rhunter2\r"] {
        let mut face = Face::start("xterm-256color");
        face.press(keys);
        face.see(&match keys.matches('\r').count() {
            0 => question(AccessTopic::Address(System::Immich)),
            1 => question(AccessTopic::PasteToken),
            _ => said("Show the exact requests").into_owned(),
        });
        face.press(CTRL_C);
        face.see(&said("Left."));
        let sent = face.sent();
        assert!(sent.ends_with("Quit]"), "{sent}");
    }
}

#[test]
fn a_dumb_terminal_gets_lines_and_not_one_control_sequence() {
    let mut face = Face::start("dumb");
    face.see(&said_with("for example {}", &[&"https://photos.example.com"]));
    face.press("photosX\x7f\r");
    face.see(&said("what you type is not shown"));
    face.press("hunter2\r");
    face.see(&format!("yes{}", said(": do exactly this")));
    face.press("perhaps\r");
    face.see(&said_with("type one of the words {}", &[&"yes, skip, show, again, leave"]));
    face.press("show\r");
    face.see("POST https://auth.example.com/api/v3/providers/oauth2/");
    face.press("yes\r");
    face.see(&question(LoginTopic::LogIn { stand_in: false }));
    face.log_in();
    face.see(&said("a login was verified"));
    let sent = face.sent();
    assert!(sent.contains("Text(\"photos\")"), "{sent}");
    let written = face.terminal.written();
    assert!(!written.contains('\x1b'), "{written:?}");
    assert!(!written.contains("hunter2"));
}

#[test]
fn on_a_dumb_terminal_a_choice_is_taken_by_number_and_a_question_can_be_gone_back_from() {
    let mut face = Face::start("dumb");
    face.press("photos\r");
    face.see(&question(AccessTopic::PasteToken));
    face.press("<\r");
    face.see(&question(StepTopic::Apply(StepId::Provider)));
    face.press("yes\r");
    face.see(&format!("1. {}: ", text::option(&OnPick::WithoutLogin.into()).text));
    face.see(&said("(Enter takes"));
    face.press("2\r");
    face.see(&said_with("type a number from 1 to {}", &[&1]));
    face.press("1\r");
    let sent = face.sent();
    assert!(sent.contains("Answer(PromptId(2), Back)"), "{sent}");
    assert!(sent.ends_with("Answer(PromptId(4), Choice(S))]"), "{sent}");
}

#[test]
fn a_signal_to_end_is_a_way_to_leave() {
    let mut face = Face::start("xterm-256color");
    // The question is drawn to its end.
    face.see(&said("Ctrl-C: leave]"));
    let pid = face.terminal.pid();
    let killed = std::process::Command::new("kill").arg(pid.to_string()).status().unwrap();
    assert!(killed.success());
    let sent = face.sent();
    assert!(sent.ends_with("[Quit]"), "{sent}");
    let screen = face.terminal.screen();
    assert!(!screen.contains(&*said("Ctrl-C: leave")), "{screen}");
}

#[test]
fn a_token_that_is_pasted_before_it_is_asked_for_is_not_shown_and_the_echo_comes_back() {
    let mut face = Face::start("xterm-256color");
    face.press("slow\r");
    face.see("stopped 0 times");
    face.press("hunter2");
    face.press(CTRL_C);
    face.see("stopped 1 times");
    face.press(CTRL_C);
    face.see(&said("leaving when what is under way is over"));
    face.press(CTRL_C);
    face.sent();
    assert!(!face.terminal.written().contains("hunter2"), "{}", face.terminal.screen());

    let mut shell = CommandBuilder::new("sh");
    let program = std::env::current_exe().unwrap();
    shell.args(["-c", "\"$1\" face_on_a_script --exact --ignored --nocapture; stty -a", "sh"]);
    shell.arg(program);
    shell.env("TERM", "xterm-256color");
    let mut terminal = Terminal::start(shell);
    terminal.wait_for(&question(AccessTopic::Address(System::Immich)));
    terminal.press(CTRL_C);
    let (_, written) = terminal.finish();
    let modes = written.split("speed").nth(1).unwrap();
    assert!(modes.contains(" echo ") && modes.contains(" icanon "), "{modes}");
}

#[test]
fn control_c_at_work_stops_it_then_leaves_then_does_not_wait() {
    let mut face = Face::start("xterm-256color");
    face.press("slow\r");
    face.see(&format!("stopped 0 times{}", said_with(" logs in (up to {} s)", &[&60])));
    face.press(CTRL_C);
    face.see("stopped 1 times");
    face.press(CTRL_C);
    face.see(&said("leaving when what is under way is over"));
    face.press(CTRL_C);
    let sent = face.sent();
    assert!(sent.ends_with("Cancel, Quit]"), "{sent}");
    face.see(&said("you left before it was over"));
}

/// The steps of the demo that change something.
pub const CHANGES: [StepId; 3] = [StepId::Provider, StepId::Application, StepId::Settings];

/// The built-in homelab, in the program itself.
fn demo(arguments: &[&str], term: &str) -> Terminal {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_immich-sso"));
    command.arg("demo");
    command.args(arguments);
    command.env("TERM", term);
    command.env("LC_ALL", "C.UTF-8");
    Terminal::start_sized(command, 400, 120)
}

#[test]
fn the_demo_is_walked_in_menus_to_a_verified_login() {
    let mut terminal = demo(&["--plain"], "xterm-256color");
    for step in CHANGES {
        let (asks, first) = (question(StepTopic::Apply(step)), said("Show the exact requests"));
        terminal.wait_for(&format!("{asks} \n> {first}"));
        terminal.press(&format!("{DOWN}{ENTER}"));
    }
    terminal.wait_for(&question(LoginTopic::LogIn { stand_in: true }));
    terminal.press("1\r");
    terminal.wait_for(&question(RunTopic::AllWalked { not_as_wanted: Vec::new() }));
    terminal.press(ENTER);
    terminal.wait_for(&verified());
    assert!(terminal.ended_well());
}

#[test]
fn the_demo_is_walked_in_lines_to_a_verified_login() {
    let mut terminal = demo(&["--plain"], "dumb");
    for step in CHANGES {
        terminal.wait_for(&question(StepTopic::Apply(step)));
        terminal.press("yes\r");
    }
    terminal.wait_for(&question(LoginTopic::LogIn { stand_in: true }));
    terminal.press("1\r");
    terminal.wait_for(&question(RunTopic::AllWalked { not_as_wanted: Vec::new() }));
    terminal.press("\r");
    terminal.wait_for(&verified());
    assert!(terminal.ended_well());
    assert!(!terminal.written().contains('\x1b'), "{:?}", terminal.written());
}

#[test]
fn the_demo_says_that_it_is_the_lab_and_leaves_nothing_behind() {
    let home = tempfile::tempdir().unwrap();
    let temporary = tempfile::tempdir().unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_immich-sso"))
        .arg("demo")
        .env("HOME", home.path())
        .env("TMPDIR", temporary.path())
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    assert!(told.contains(&*said("This is the lab.")), "{told}");
    assert!(told.contains(&verified()), "{told}");
    for folder in [home.path(), temporary.path()] {
        let left: Vec<_> = std::fs::read_dir(folder).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

#[test]
fn the_demo_plays_several_releases_of_both_servers() {
    for (authentik, immich) in [("2025.10", "2.7"), ("2026.8", "3.2"), ("2026.5", "1.106")] {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_immich-sso"))
            .args(["demo", "--authentik", authentik, "--immich", immich])
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{authentik} and {immich}: {output:?}");
        assert!(told.contains(&said_with("authentik {}", &[&authentik])), "{told}");
        assert!(told.contains(&said_with("Immich {}", &[&immich])), "{told}");
    }
}
