//! What hands do in a real terminal: read, skip, type, paste, click, reveal,
//! and go to the shell for a while.

use immich_sso::{
    site::System,
    wizard::{AccessTopic, StepId, StepTopic},
};
use portable_pty::CommandBuilder;
use testkit::{said, said_with};

use super::{
    terminal::Terminal,
    whole::{self, gave_the_terminal_back},
};

const ENTER: &str = "\r";
const CTRL_U: &str = "\x15";
const PAGE_DOWN: &str = "\x1b[6~";

/// The demo, asking about the first change.
fn demo(rows: u16, columns: u16) -> Terminal {
    let terminal = whole::demo(rows, columns);
    terminal.wait_for(&whole::asks());
    terminal
}

/// Walks all changes, up to the login.
fn walk_to_the_login(terminal: &mut Terminal) {
    for step in 1..=3 {
        terminal.wait_for(&whole::step(step, 5));
        terminal.wait_for(&whole::asks());
        terminal.press("y");
    }
    terminal.wait_for(&whole::let_alice());
}

#[test]
fn the_secret_is_shown_on_demand_and_stays_nowhere() {
    let mut terminal = demo(40, 120);
    walk_to_the_login(&mut terminal);
    terminal.press("p");
    terminal.wait_for(&whole::all_walked());
    let before = terminal.written();
    terminal.press("v");
    let secret = terminal.wait_until("the secret", |screen| {
        let words = screen.split(|c: char| !c.is_ascii_alphanumeric());
        words.max_by_key(|word| word.len()).filter(|word| word.len() > 30).map(str::to_owned)
    });
    assert!(!before.contains(&secret));
    terminal.press("v");
    terminal.wait_gone(&secret);
    terminal.press("f");
    terminal.wait_for(&said("Press any key"));
    terminal.press(ENTER);
    assert!(terminal.ended_well());
    gave_the_terminal_back(&terminal);
    // What was set up stays to be read, the secret in it as dots.
    assert!(terminal.screen().contains(&*said("What was set up")), "{}", terminal.screen());
    assert!(!terminal.screen().contains(&secret));
}

#[test]
fn a_plan_is_read_in_full_and_skipped_and_nothing_was_done() {
    let mut terminal = demo(24, 80);
    terminal.press(ENTER);
    terminal.wait_for(&said_with("{} characters out of", &[&128]));
    terminal.press(PAGE_DOWN);
    terminal.press("\x1b");
    terminal.wait_gone(&said_with("{} characters out of", &[&128]));
    terminal.press("s");
    terminal.wait_for(&said("Application"));
    terminal.wait_gone(&whole::question(StepTopic::Apply(StepId::Provider)));
    // While something is looked at, Ctrl-C would stop that alone.
    terminal.wait_for(&whole::asks());
    assert!(!terminal.screen().contains(&*said("journal")), "{}", terminal.screen());
    whole::leave(&mut terminal);
    gave_the_terminal_back(&terminal);
}

#[test]
fn an_address_is_checked_as_it_is_typed_and_a_paste_goes_into_the_line() {
    let mut terminal = demo(30, 100);
    terminal.press("0");
    terminal.wait_for(&whole::question(AccessTopic::Address(System::Authentik)));
    terminal.press(CTRL_U);
    terminal.press("ht tp");
    terminal.wait_for(&said("there is a blank in it"));
    terminal.press(CTRL_U);
    terminal.press("\x1b[200~https://auth.example.com\n\x1b[201~");
    terminal.wait_for("› https://auth.example.com");
    terminal.wait_for(&said("looks right"));
    // The line break at the end of the paste is no Enter.
    assert!(terminal.screen().contains(&whole::question(AccessTopic::Address(System::Authentik))));
    // Letters are typed, not obeyed.
    terminal.press("/q?");
    terminal.wait_for("› https://auth.example.com/q?");
    whole::leave(&mut terminal);
    gave_the_terminal_back(&terminal);
}

#[test]
fn the_mouse_takes_an_option() {
    let mut terminal = demo(40, 120);
    walk_to_the_login(&mut terminal);
    let (row, column) = terminal.place_of(&whole::let_alice());
    terminal.press(&format!("\x1b[<0;{};{}M", column + 1, row + 1));
    terminal.press(&format!("\x1b[<0;{};{}m", column + 1, row + 1));
    terminal.wait_for(&whole::all_walked());
    terminal.press("q");
    assert!(terminal.ended_well());
    gave_the_terminal_back(&terminal);
}

#[test]
fn ctrl_z_goes_to_the_shell_and_fg_comes_back() {
    let mut shell = CommandBuilder::new("sh");
    shell.arg("-im");
    whole::environment(&mut shell);
    shell.env("PS1", "shell> ");
    shell.env_remove("ENV");
    let mut terminal = Terminal::start_sized(shell, 24, 80);
    terminal.wait_for("shell> ");
    terminal.press(&format!("'{}' demo\r", env!("CARGO_BIN_EXE_immich-sso")));
    terminal.wait_for(&whole::question(StepTopic::Apply(StepId::Provider)));
    terminal.press("\x1a");
    terminal.wait_alternate_screen(false);
    // The shell says that it stopped, and then waits for what comes next.
    terminal.wait_until("the shell", |screen| screen.rsplit_once("Stopped")?.1.find("shell> "));
    assert!(terminal.shows_cursor());
    terminal.press("fg\r");
    terminal.wait_alternate_screen(true);
    terminal.wait_for(&whole::question(StepTopic::Apply(StepId::Provider)));
    terminal.press("q");
    terminal.wait_alternate_screen(false);
    // What is typed before the shell has its terminal back is lost with it.
    terminal
        .wait_until("the shell again", |screen| screen.trim_end().ends_with("shell>").then_some(0));
    terminal.press("exit 0\r");
    assert!(terminal.ended_well());
}
