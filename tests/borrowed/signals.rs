//! Signals from outside, on a real terminal under a real shell.

use std::{
    borrow::Cow,
    thread,
    time::{Duration, Instant},
};

use testkit::said;
use vt100::{MouseProtocolMode, Screen};

use super::{Home, PASSPHRASE, PROGRAM, program_below, send, terminal::Terminal};

/// Those that end a program, and their numbers on Linux.
const ENDS: [(&str, u32); 18] = [
    ("HUP", 1),
    ("INT", 2),
    ("QUIT", 3),
    ("USR1", 10),
    ("USR2", 12),
    ("ALRM", 14),
    ("TERM", 15),
    ("XCPU", 24),
    ("VTALRM", 26),
    ("PROF", 27),
    ("TRAP", 5),
    ("ABRT", 6),
    ("STKFLT", 16),
    ("IO", 29),
    ("PWR", 30),
    ("SYS", 31),
    ("34", 34),
    ("64", 64),
];

/// What holds the terminal, and what it then shows.
struct Scene {
    arguments: &'static [&'static str],
    passphrase: bool,
    shows: Shown,
}

/// What a terminal shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// Words of the program's.
    Says(&'static str),
    /// A value.
    Value(&'static str),
}

impl Shown {
    fn text(self) -> Cow<'static, str> {
        match self {
            Self::Says(words) => said(words),
            Self::Value(value) => value.into(),
        }
    }
}

const FULL_SCREEN: Scene =
    Scene { arguments: &[], passphrase: false, shows: Shown::Says("Choose a passphrase") };
const PLAIN: Scene = Scene {
    arguments: &["--plain", "setup"],
    passphrase: false,
    shows: Shown::Says("Ctrl-C: leave"),
};
const PROMPT: Scene =
    Scene { arguments: &["secret", "list"], passphrase: false, shows: Shown::Says("Passphrase") };
const SHOWN: Scene = Scene {
    arguments: &["secret", "show", "client-secret"],
    passphrase: true,
    shows: Shown::Value("hunter2hunter2"),
};

/// The end of what a menu shows.
const MENU_DRAWN: Shown = Shown::Says("Ctrl-C: leave]");

/// Runs a scene under a shell that tells how the terminal is before and after,
/// and what the program ended with.
fn begin(home: &Home, scene: &Scene) -> Terminal {
    let line = format!(
        "echo \"modes=$(stty -g)\"; {PROGRAM} {}; echo \"ended=$?\"; echo \"modes=$(stty -g)\"; \
         echo all-given-back",
        scene.arguments.join(" ")
    );
    let mut terminal = home.run("sh", &["-c", &line]);
    if scene.passphrase {
        terminal.wait_written(&said("Passphrase"));
        terminal.press(&format!("{PASSPHRASE}\r"));
    }
    terminal.wait_for(&scene.shows.text());
    // A menu hides the cursor while it is drawn.
    let until = Instant::now() + Duration::from_mins(1);
    while scene.shows == MENU_DRAWN && terminal.look(Screen::hide_cursor) {
        assert!(Instant::now() < until, "no menu on:\n{}", terminal.screen());
        thread::sleep(Duration::from_millis(20));
    }
    terminal
}

fn is_usual(screen: &Screen) -> bool {
    !screen.alternate_screen()
        && !screen.hide_cursor()
        && !screen.bracketed_paste()
        && screen.mouse_protocol_mode() == MouseProtocolMode::None
}

fn ends_well_by_each_signal(home: &Home, scene: &Scene) {
    ends_well_by(home, scene, &ENDS);
}

fn ends_well_by(home: &Home, scene: &Scene, signals: &[(&str, u32)]) {
    for (signal, number) in signals {
        let terminal = begin(home, scene);
        send(program_below(terminal.pid()), signal);
        terminal.wait_written("all-given-back");
        assert!(terminal.look(is_usual), "{signal} leaves:\n{}", terminal.screen());
        assert!(!terminal.screen().contains("hunter2"), "{}", terminal.screen());
        let (_, written) = terminal.finish();
        assert!(written.contains(&format!("ended={}", 128 + number)), "{signal}: {written}");
        let modes: Vec<&str> = written
            .split("modes=")
            .skip(1)
            .map(|rest| rest.split_whitespace().next().unwrap())
            .collect();
        assert_eq!(modes.len(), 2, "{written}");
        assert_eq!(modes[0], modes[1], "{signal} leaves the modes changed");
    }
}

#[test]
fn full_screen_gives_the_terminal_back_at_each_signal() {
    ends_well_by_each_signal(&Home::new(), &FULL_SCREEN);
}

#[test]
fn plain_face_gives_the_terminal_back_at_each_signal() {
    ends_well_by_each_signal(&Home::new(), &PLAIN);
}

#[test]
fn menu_gives_the_terminal_back_at_a_signal() {
    let menu = Scene { arguments: &["--plain", "demo"], passphrase: false, shows: MENU_DRAWN };
    ends_well_by(&Home::new(), &menu, &[("INT", 2), ("USR1", 10), ("TERM", 15)]);
}

#[test]
fn hidden_prompt_gives_the_terminal_back_at_each_signal() {
    ends_well_by_each_signal(&Home::with_secret("hunter2hunter2"), &PROMPT);
}

#[test]
fn shown_secret_is_gone_after_each_signal() {
    ends_well_by_each_signal(&Home::with_secret("hunter2hunter2"), &SHOWN);
}

/// Stops a scene under a shell with job control, and lets it go on.
fn stops_and_goes_on(home: &Home, scene: &Scene, signal: &str) -> Terminal {
    let mut terminal = home.run("bash", &["--norc", "--noprofile", "-i"]);
    terminal.wait_for("ready>");
    terminal.press(&format!("{PROGRAM} {}\r", scene.arguments.join(" ")));
    if scene.passphrase {
        terminal.wait_written(&said("Passphrase"));
        terminal.press(&format!("{PASSPHRASE}\r"));
    }
    terminal.wait_for(&scene.shows.text());
    send(program_below(terminal.pid()), signal);
    terminal.wait_written("Stopped");
    if signal == "TSTP" {
        // bash has pastes in brackets itself.
        let given_back = |screen: &Screen| {
            !screen.alternate_screen()
                && !screen.hide_cursor()
                && screen.mouse_protocol_mode() == MouseProtocolMode::None
        };
        assert!(terminal.look(given_back), "{}", terminal.screen());
        assert!(!terminal.screen().contains("hunter2"), "{}", terminal.screen());
    }
    terminal.press("clear\r");
    terminal.wait_gone("Stopped");
    terminal.press("fg\r");
    terminal.wait_for(&scene.shows.text());
    terminal
}

#[test]
fn full_screen_stops_and_goes_on() {
    for signal in ["TSTP", "STOP"] {
        let mut terminal = stops_and_goes_on(&Home::new(), &FULL_SCREEN, signal);
        terminal.wait_alternate_screen(true);
        assert!(terminal.look(|s| s.mouse_protocol_mode() != MouseProtocolMode::None));
        // Keys arrive one by one and are not echoed.
        terminal.press("\x03");
        terminal.wait_alternate_screen(false);
        terminal
            .wait_until("the shell", |screen| screen.trim_end().ends_with("ready>").then_some(()));
        terminal.press("exit\r");
        terminal.finish();
    }
}

#[test]
fn hidden_prompt_stops_and_goes_on() {
    let home = Home::with_secret("hunter2hunter2");
    for signal in ["TSTP", "STOP"] {
        let mut terminal = stops_and_goes_on(&home, &PROMPT, signal);
        terminal.press(&format!("{PASSPHRASE}\r"));
        terminal.wait_for("client-secret");
        assert!(!terminal.written().contains(PASSPHRASE), "{}", terminal.written());
        terminal.press("exit\r");
        terminal.finish();
    }
}

#[test]
fn shown_secret_stops_and_goes_on() {
    let home = Home::with_secret("hunter2hunter2");
    let mut terminal = stops_and_goes_on(&home, &SHOWN, "TSTP");
    terminal.press(" ");
    terminal.wait_gone("hunter2");
    terminal.wait_alternate_screen(false);
    terminal.press("exit\r");
    terminal.finish();
}

#[test]
fn plain_face_stops_and_goes_on() {
    let scene = Scene { arguments: &["--plain", "setup"], ..PLAIN };
    let mut terminal = stops_again(&Home::new(), &scene);
    terminal.press("\x03");
    terminal
        .wait_until("the shell", |screen| screen.rsplit_once(&*said("Left."))?.1.find("ready>"));
    terminal.press("exit\r");
    terminal.finish();
}

/// A menu draws itself when a key is pressed.
fn stops_again(home: &Home, scene: &Scene) -> Terminal {
    let mut terminal = home.run("bash", &["--norc", "--noprofile", "-i"]);
    terminal.wait_for("ready>");
    terminal.press(&format!("{PROGRAM} {}\r", scene.arguments.join(" ")));
    terminal.wait_for(&scene.shows.text());
    send(program_below(terminal.pid()), "TSTP");
    terminal.wait_written("Stopped");
    assert!(!terminal.look(Screen::hide_cursor));
    terminal.press("fg\r");
    terminal.wait_until("the program goes on", |_| {
        let pid = program_below(terminal.pid());
        let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        (!state.rsplit_once(") ").unwrap().1.starts_with('T')).then_some(())
    });
    terminal
}
