//! The whole program in a terminal: the wizard on the built-in lab.

use portable_pty::CommandBuilder;
use rustix::process::{Pid, Signal, kill_process};

use immich_sso::{
    text,
    wizard::{LoginPick, Pick, RunTopic, Topic},
};
use testkit::{said, said_with};

use super::terminal::Terminal;

/// The demo, on a terminal of that size.
pub fn demo(rows: u16, columns: u16) -> Terminal {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_immich-sso"));
    command.arg("demo");
    environment(&mut command);
    Terminal::start_sized(command, rows, columns)
}

/// A terminal that can do much, and no desktop.
pub fn environment(command: &mut CommandBuilder) {
    command.env("LC_ALL", "C.UTF-8");
    command.env("TERM", "xterm-256color");
    for name in ["NO_COLOR", "COLORTERM", "DISPLAY", "WAYLAND_DISPLAY"] {
        command.env_remove(name);
    }
}

/// Where the card says it is.
pub fn step(place: usize, all: usize) -> String {
    said_with("step {} of {}", &[&place, &all])
}

/// What stands at the key that performs.
pub fn asks() -> String {
    format!("y{}", said(" do exactly this"))
}

/// The option that lets the lab's person log in.
pub fn let_alice() -> String {
    option(LoginPick::LetPersonLogIn { name: "alice".into() })
}

/// What an option says.
pub fn option(pick: impl Into<Pick>) -> String {
    text::option(&pick.into()).text
}

/// What a question asks.
pub fn question(topic: impl Into<Topic>) -> String {
    text::question(&topic.into())
}

/// The question at the end of all steps, when all are as wanted.
pub fn all_walked() -> String {
    question(RunTopic::AllWalked { not_as_wanted: Vec::new() })
}

/// Leaves by Ctrl-C, which is asked for twice where it might have been meant for
/// work that was over just then.
pub fn leave(terminal: &mut Terminal) {
    const CTRL_C: &str = "\x03";
    terminal.press(CTRL_C);
    let over = terminal.ends_or_shows(&said("That was over already"));
    if !over {
        terminal.press(CTRL_C);
    }
    assert!(terminal.ended_well());
}

pub fn gave_the_terminal_back(terminal: &Terminal) {
    terminal.wait_written("\u{1b}[?1049l");
    assert!(terminal.shows_cursor());
    let written = terminal.written();
    for mode in ["2004", "1000", "1006"] {
        let (on, off) = (format!("\u{1b}[?{mode}h"), format!("\u{1b}[?{mode}l"));
        assert!(written.rfind(&off) > written.rfind(&on), "mode {mode} stays on");
    }
}

#[test]
fn the_lab_is_set_up_and_a_login_seen_by_keys_alone() {
    let mut terminal = demo(40, 120);
    for place in 1..=3 {
        terminal.wait_for(&step(place, 5));
        terminal.wait_for(&asks());
        terminal.press("y");
    }
    terminal.wait_for(&let_alice());
    terminal.press("p");
    terminal.wait_for(&said("What was set up"));
    terminal.press("f");
    terminal.wait_for(&said("Press any key"));
    terminal.press(" ");
    assert!(terminal.ended_well());
    gave_the_terminal_back(&terminal);
}

#[test]
fn a_resize_is_followed_and_q_leaves() {
    let mut terminal = demo(24, 80);
    terminal.wait_for(&asks());
    terminal.resize(10, 40);
    terminal.wait_for(&said("too small"));
    terminal.resize(40, 120);
    terminal.wait_for(&asks());
    terminal.press("q");
    assert!(terminal.ended_well());
    gave_the_terminal_back(&terminal);
}

#[test]
fn a_signal_to_end_gives_the_terminal_back() {
    for signal in [Signal::TERM, Signal::HUP] {
        let mut terminal = demo(24, 80);
        terminal.wait_for(&asks());
        let pid = i32::try_from(terminal.pid()).unwrap();
        kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
        assert!(!terminal.ended_well(), "it ends as the signal ends a program");
        gave_the_terminal_back(&terminal);
    }
}
