//! The whole walk in a real terminal, by keys alone and by mouse: set up, edit,
//! refuse, cancel, undo, resize, quit.

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
        let keys = lines.get(usize::from(rows) - 1)?.contains("quit");
        (rule && keys).then_some(())
    });
    terminal.settle();
}

#[test]
fn set_up_edit_refuse_cancel_undo_resize_and_quit_by_keys_alone() {
    let mut terminal = whole::demo(40, 120);
    terminal.wait_for("y do exactly this");

    // Edit: checked as it is typed, refused, corrected, planned anew.
    terminal.press("e");
    terminal.wait_gone("y do exactly this");
    terminal.press(ENTER);
    terminal.wait_for("looks right");
    terminal.press(CTRL_U);
    terminal.wait_for("not yet: it is empty");
    terminal.press(ENTER);
    terminal.wait_gone("not yet");
    terminal.press("immich by keys\r");
    terminal.wait_for("Create the provider `immich by keys`");
    // Cancel an edit: nothing changes.
    terminal.press("e\r");
    terminal.wait_for("looks right");
    terminal.press("zzz");
    escape(&mut terminal, "looks right");
    escape(&mut terminal, "back to the question");
    terminal.wait_for("Create the provider `immich by keys`");

    // Refuse the first step, go back to it, and agree.
    terminal.wait_for("y do exactly this");
    terminal.press("s");
    terminal.wait_for("step 2 of 5");
    terminal.press("1");
    terminal.wait_for("step 1 of 5");
    for step in ["step 1 of 5", "step 2 of 5", "step 3 of 5"] {
        terminal.wait_for(step);
        // In the middle of it the window changes its size.
        resize(&terminal, 24, 80);
        terminal.wait_for("y do exactly this");
        resize(&terminal, 40, 120);
        terminal.wait_for("y do exactly this");
        terminal.press("y");
    }
    terminal.wait_for("Let alice log in");
    terminal.press("p");
    terminal.wait_for("What was set up");

    // What works is on the map.
    terminal.press("m");
    terminal.wait_for("this machine stands in for it");
    terminal.press("G");
    terminal.wait_for("alice");
    escape(&mut terminal, "Seen from Immich to authentik");

    // Undo from the journal: each change is asked about, and one is left.
    terminal.press("J");
    terminal.wait_for("takes this run back");
    terminal.press("u");
    terminal.wait_gone("takes this run back");
    let mut asked = String::new();
    loop {
        let seen = terminal.wait_until("the next question", |screen| {
            let question = screen.lines().find(|line| line.contains('?') && !line.contains("help"));
            let ready = screen.contains("y do exactly this");
            let over = screen.contains("Walk the steps again");
            let new = question.is_some_and(|line| line != asked) && ready;
            (over || new).then(|| question.unwrap_or_default().to_owned())
        });
        if terminal.screen().contains("Walk the steps again") {
            break;
        }
        asked = seen;
        terminal.press("y");
    }
    terminal.wait_for("Taken back");
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
    terminal.wait_for("y do exactly this");
    // The wheel scrolls, the footer's words are buttons, so is the rail.
    click(&mut terminal, "Enter in full");
    terminal.wait_for("Provider: exactly");
    terminal.press("\x1b[<65;40;20M");
    terminal.wait_for("4 to");
    click(&mut terminal, "close");
    terminal.wait_gone("Provider: exactly");
    // A field is changed where it is clicked.
    click(&mut terminal, "client id ");
    terminal.wait_for("looks right");
    click(&mut terminal, "leave it as it was");
    terminal.wait_gone("looks right");
    click(&mut terminal, "back to the question");
    for step in ["step 1 of 5", "step 2 of 5", "step 3 of 5"] {
        terminal.wait_for(step);
        terminal.wait_for("y do exactly this");
        click(&mut terminal, "do exactly this");
    }
    terminal.wait_for("Let alice log in");
    click(&mut terminal, "Let alice log in");
    terminal.wait_for("What was set up");
    // A step of the rail is visited.
    click(&mut terminal, "2 Application");
    terminal.wait_for("Verify anew");
    click(&mut terminal, "Go on");
    terminal.wait_for("What was set up");
    click(&mut terminal, "quit");
    assert!(terminal.ended_well());
    gave_the_terminal_back(&terminal);
}
