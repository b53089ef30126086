//! Terminals of all kinds and sizes: the program starts on each, ends when it
//! is told to, and leaves the terminal as it was.

use std::time::Duration;

use portable_pty::CommandBuilder;
use rustix::process::{Pid, Signal, kill_process};

use crate::{table, terminal::Terminal};

const KINDS: [Option<&str>; 12] = [
    Some("xterm-256color"),
    Some("xterm"),
    Some("linux"),
    Some("vt100"),
    Some("vt52"),
    Some("screen"),
    Some("tmux-256color"),
    Some("rxvt"),
    Some("dumb"),
    Some("no-such-terminal"),
    Some(""),
    None,
];
const SIZES: [(u16, u16); 8] =
    [(24, 80), (40, 120), (20, 60), (1, 1), (2, 200), (200, 2), (300, 500), (5, 20)];
const LANGUAGES: [&str; 3] = ["C", "C.UTF-8", "de_DE.ISO-8859-1"];

/// How it is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Key,
    Signal,
}

fn broken_by(kind: Option<&str>, size: (u16, u16), language: &str, end: End) -> Option<String> {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_immich-sso"));
    command.arg("demo");
    for name in ["NO_COLOR", "COLORTERM", "DISPLAY", "WAYLAND_DISPLAY", "TERM", "LANG"] {
        command.env_remove(name);
    }
    command.env("LC_ALL", language);
    if let Some(kind) = kind {
        command.env("TERM", kind);
    }
    let mut terminal = Terminal::start_sized(command, size.0, size.1);
    // Something of it, whatever there is room for.
    terminal.wait_for_anything();
    if end == End::Signal {
        let pid = Pid::from_raw(terminal.pid().cast_signed()).unwrap();
        kill_process(pid, Signal::TERM).unwrap();
    }
    // A key may stop the work that is under way first.
    for _ in 0..20 {
        if end == End::Key {
            terminal.press("\x03");
        }
        if terminal.ends_unread(Duration::from_millis(500)) {
            break;
        }
    }
    let (code, written) = terminal.finish();
    if code == 101 || written.contains("panicked") {
        return Some(format!("it died: {written}"));
    }
    for mode in ["1049", "2004", "1000", "1006"] {
        let (on, off) = (format!("\u{1b}[?{mode}h"), format!("\u{1b}[?{mode}l"));
        if written.contains(&on) && written.rfind(&off) < written.rfind(&on) {
            return Some(format!("mode {mode} stays on"));
        }
    }
    None
}

#[test]
fn terminals_of_all_kinds_are_given_back() {
    let (mut at, mut tries, mut broken) = (0, 0, Vec::new());
    for kind in KINDS {
        for size in SIZES {
            for language in LANGUAGES {
                for end in [End::Key, End::Signal] {
                    at += 1;
                    if !table::whole() && at % 13 != 0 {
                        continue;
                    }
                    tries += 1;
                    if let Some(what) = broken_by(kind, size, language, end) {
                        broken.push(format!("{kind:?}, {size:?}, {language}, {end:?}: {what}"));
                    }
                }
            }
        }
    }
    table::row("A terminal is of an odd kind or size", tries, &broken);
}
