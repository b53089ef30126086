//! The whole walk in a real terminal, by keys alone and by mouse: set up, edit,
//! refuse, cancel, undo, resize, quit.

use immich_sso::wizard::{Road, StepId};
use testkit::{said, said_with};

use super::{
    terminal::Terminal,
    whole::{self, gave_the_terminal_back},
};

const ENTER: &str = "\r";
const ESCAPE: &str = "\x1b";
const CTRL_U: &str = "\x15";

/// Presses Escape, and waits for what comes of it: the terminal has to see that
/// no other key follows.
fn escape(terminal: &mut Terminal, gone: &str) {
    terminal.press(ESCAPE);
    terminal.wait_gone(gone);
}

/// Makes the window another size, and waits until it is drawn from edge to edge:
/// a key that comes together with the signal is only seen with the next one.
fn resize(terminal: &Terminal, rows: u16, columns: u16) {
    terminal.resize(rows, columns);
    terminal.wait_until("a frame of that size", |screen| {
        let lines: Vec<&str> = screen.lines().collect();
        let rule = lines.get(1)?.chars().count() == usize::from(columns);
        let keys = lines.get(usize::from(rows) - 1)?.contains(&*said("quit"));
        (rule && keys).then_some(())
    });
    terminal.settle();
}

#[test]
fn set_up_edit_refuse_cancel_undo_resize_and_quit_by_keys_alone() {
    let mut terminal = whole::demo(40, 120);
    terminal.wait_for(&whole::asks());

    // Edit: checked as it is typed, refused, corrected, planned anew.
    terminal.press("e");
    terminal.wait_gone(&whole::asks());
    terminal.press(ENTER);
    terminal.wait_for(&said("looks right"));
    terminal.press(CTRL_U);
    terminal.wait_for(&said("not yet: it is empty"));
    terminal.press(ENTER);
    terminal.wait_gone(&said("not yet"));
    terminal.press("immich by keys\r");
    terminal.wait_for(&said_with("Create the provider `{}`", &[&"immich by keys"]));
    // Cancel an edit: nothing changes.
    terminal.press("e\r");
    terminal.wait_for(&said("looks right"));
    terminal.press("zzz");
    escape(&mut terminal, &said("looks right"));
    escape(&mut terminal, &said("back to the question"));
    terminal.wait_for(&said_with("Create the provider `{}`", &[&"immich by keys"]));

    // Refuse the first step, go back to it, and agree.
    terminal.wait_for(&whole::asks());
    terminal.press("s");
    terminal.wait_for(&whole::step(2, 5));
    terminal.press("1");
    terminal.wait_for(&whole::step(1, 5));
    for step in 1..=3 {
        terminal.wait_for(&whole::step(step, 5));
        // In the middle of it the window changes its size.
        resize(&terminal, 24, 80);
        terminal.wait_for(&whole::asks());
        resize(&terminal, 40, 120);
        terminal.wait_for(&whole::asks());
        terminal.press("y");
    }
    terminal.wait_for(&whole::let_alice());
    terminal.press("p");
    terminal.wait_for(&said("What was set up"));

    // What works is on the map.
    terminal.press("m");
    terminal.wait_for(&said("this machine stands in for it"));
    terminal.press("G");
    terminal.wait_for("alice");
    escape(&mut terminal, &said_with("Seen from {}", &[&Road::ImmichToAuthentik.title()]));

    // Undo from the journal: each change is asked about, and one is left.
    terminal.press("J");
    terminal.wait_for(&said("takes this run back"));
    terminal.press("u");
    terminal.wait_gone(&said("takes this run back"));
    let mut asked = String::new();
    loop {
        let seen = terminal.wait_until("the next question", |screen| {
            let question =
                screen.lines().find(|line| line.contains('?') && !line.contains(&*said("help")));
            let ready = screen.contains(&whole::asks());
            let over = screen.contains(&*said("Walk the steps again"));
            let new = question.is_some_and(|line| line != asked) && ready;
            (over || new).then(|| question.unwrap_or_default().to_owned())
        });
        if terminal.screen().contains(&*said("Walk the steps again")) {
            break;
        }
        asked = seen;
        terminal.press("y");
    }
    terminal.wait_for(&said("Taken back"));
    terminal.press("q");
    assert!(terminal.ended_well());
    gave_the_terminal_back(&terminal);
}

/// Clicks on a text on the screen.
fn click(terminal: &mut Terminal, text: &str) {
    let (row, column) = terminal.place_of(text);
    let at = format!("{};{}", column + 1, row + 1);
    terminal.press(&format!("\x1b[<0;{at}M\x1b[<0;{at}m"));
}

#[test]
fn the_lab_is_set_up_by_mouse_alone() {
    let mut terminal = whole::demo(40, 120);
    terminal.wait_for(&whole::asks());
    // The wheel scrolls, the footer's words are buttons, so is the rail.
    click(&mut terminal, &format!("Enter{}", said(" in full")));
    terminal.wait_for(&said("Provider: exactly"));
    terminal.press("\x1b[<65;40;20M");
    terminal.wait_for(&said_with("{} to", &[&4]));
    click(&mut terminal, &said("close"));
    terminal.wait_gone(&said("Provider: exactly"));
    // A field is changed where it is clicked.
    click(&mut terminal, &(said("client id") + " "));
    terminal.wait_for(&said("looks right"));
    click(&mut terminal, &said("leave it as it was"));
    terminal.wait_gone(&said("looks right"));
    click(&mut terminal, &said("back to the question"));
    for step in 1..=3 {
        terminal.wait_for(&whole::step(step, 5));
        terminal.wait_for(&whole::asks());
        click(&mut terminal, &said("do exactly this"));
    }
    terminal.wait_for(&whole::let_alice());
    click(&mut terminal, &whole::let_alice());
    terminal.wait_for(&said("What was set up"));
    // A step of the rail is visited.
    click(&mut terminal, &format!("2 {}", StepId::Application.title()));
    terminal.wait_for(&said("Verify anew"));
    click(&mut terminal, &said("Go on"));
    terminal.wait_for(&said("What was set up"));
    click(&mut terminal, &said("quit"));
    assert!(terminal.ended_well());
    gave_the_terminal_back(&terminal);
}
