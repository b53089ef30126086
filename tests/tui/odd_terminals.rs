//! Terminals that are not as one would like: light ones, ones that vanish, ones
//! that take no output, and what they keep.

use std::{process::Command as Process, time::Duration};

use portable_pty::CommandBuilder;
use rustix::process::{Pid, Signal, kill_process};
use testkit::said;

use super::{
    terminal::Terminal,
    whole::{self, gave_the_terminal_back},
};

/// The demo on a terminal of 24 bits of colour.
fn colourful() -> Terminal {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_immich-sso"));
    command.arg("demo");
    whole::environment(&mut command);
    command.env("COLORTERM", "truecolor");
    Terminal::start_sized(command, 40, 120)
}

#[test]
fn the_ground_that_the_terminal_tells_is_followed_and_is_no_key() {
    let mut terminal = colourful();
    terminal.wait_for(&whole::asks());
    terminal.wait_written("\u{1b}]11;?\u{1b}\\");
    // What is notable on a light ground, and before that on any.
    let (light, any) = ("38;2;149;92;0", "38;2;160;105;11");
    assert!(terminal.written().contains(any) && !terminal.written().contains(light));
    terminal.press("\u{1b}]11;rgb:ffff/ffff/ffff\u{1b}\\");
    terminal.wait_written(light);
    // The digits in it would have been steps.
    assert!(terminal.screen().contains(&whole::step(1, 5)), "{}", terminal.screen());
    terminal.press("q");
    assert!(terminal.ended_well());
}

#[test]
fn the_login_link_is_a_link() {
    let mut terminal = colourful();
    for step in 1..=3 {
        terminal.wait_for(&whole::step(step, 5));
        terminal.wait_for(&whole::asks());
        terminal.press("y");
    }
    terminal.wait_for("autoLaunch=1");
    let written = terminal.written();
    let begin = written.find("\u{1b}]8;id=1;http://127.0.0.1:").unwrap();
    let end = written.rfind("\u{1b}]8;;\u{1b}\\").unwrap();
    assert!(begin < end);
    terminal.press("q");
    assert!(terminal.ended_well());
    gave_the_terminal_back(&terminal);
}

#[test]
fn a_terminal_that_vanishes_ends_the_run() {
    let mut terminal = whole::demo(24, 80);
    terminal.wait_for(&whole::asks());
    terminal.vanish();
    assert!(terminal.ends_unread(Duration::from_secs(30)), "it goes on without a terminal");
}

#[test]
fn output_that_blocks_holds_nothing_up() {
    // As Ctrl-S does: nobody reads, until the line is full and writing waits.
    let mut terminal = whole::demo(50, 200);
    terminal.wait_for(&whole::asks());
    terminal.stop_reading();
    // Each of them draws everything anew.
    for _ in 0..400 {
        terminal.press("\x0c");
    }
    // It still hears what the system wants, and ends.
    let pid = Pid::from_raw(terminal.pid().cast_signed()).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
    assert!(terminal.ends_unread(Duration::from_secs(30)), "it waits for the terminal");
}

#[test]
fn a_resize_storm_ends_with_a_whole_screen() {
    let mut terminal = whole::demo(40, 120);
    terminal.wait_for(&whole::asks());
    for i in 0..60_u16 {
        terminal.resize(10 + i % 40, 30 + (i * 37) % 170);
    }
    terminal.resize(24, 80);
    terminal.wait_for(&whole::asks());
    terminal.press("q");
    assert!(terminal.ended_well());
    gave_the_terminal_back(&terminal);
}

/// tmux with a server of its own; `None` where there is no tmux.
struct Tmux {
    socket: tempfile::TempDir,
}

impl Tmux {
    fn start(command: &str) -> Option<Self> {
        let tmux = Self { socket: tempfile::tempdir().unwrap() };
        Process::new("tmux").arg("-V").output().ok()?;
        let shell = format!("{command}; echo back in the shell; exec cat");
        let started =
            tmux.run(&["-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "30", &shell]);
        assert!(started.is_some(), "tmux does not start");
        Some(tmux)
    }

    fn run(&self, arguments: &[&str]) -> Option<String> {
        let socket = self.socket.path().join("tmux");
        let mut command = Process::new("tmux");
        command.arg("-S").arg(socket).args(arguments);
        command.env("LC_ALL", "C.UTF-8").env_remove("TMUX").env_remove("NO_COLOR");
        let output = command.output().unwrap();
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn wait<T>(&self, what: &str, find: impl Fn(&str) -> Option<T>) -> T {
        let until = std::time::Instant::now() + Duration::from_mins(1);
        loop {
            let screen = self.run(&["capture-pane", "-p", "-J"]).unwrap_or_default();
            if let Some(found) = find(&screen) {
                return found;
            }
            assert!(std::time::Instant::now() < until, "waited for {what} on:\n{screen}");
            std::thread::yield_now();
        }
    }

    fn wait_for(&self, text: &str) {
        self.wait(text, |screen| screen.contains(text).then_some(()));
    }

    fn keys(&self, keys: &[&str]) {
        self.run(&[&["send-keys"], keys].concat()).unwrap();
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        self.run(&["kill-server"]);
    }
}

#[test]
fn tmux_keeps_nothing_of_a_secret_that_was_shown() {
    let program = env!("CARGO_BIN_EXE_immich-sso");
    let Some(tmux) = Tmux::start(&format!("'{program}' demo")) else {
        return eprintln!("not tested: there is no tmux");
    };
    for step in 1..=3 {
        tmux.wait_for(&whole::step(step, 5));
        tmux.wait_for(&whole::asks());
        tmux.keys(&["y"]);
    }
    tmux.wait_for(&whole::let_alice());
    tmux.keys(&["p"]);
    tmux.wait_for(&whole::all_walked());
    tmux.keys(&["v"]);
    let secret = tmux.wait("the secret", |screen| {
        let words = screen.split(|c: char| !c.is_ascii_alphanumeric());
        words.max_by_key(|word| word.len()).filter(|word| word.len() > 30).map(str::to_owned)
    });
    // Also where the window changes its size meanwhile.
    tmux.run(&["resize-window", "-x", "70", "-y", "20"]);
    tmux.wait_for(&whole::all_walked());
    let title = tmux.run(&["display-message", "-p", "#{pane_title}"]).unwrap();
    tmux.keys(&["f"]);
    tmux.wait_for(&said("Press any key"));
    tmux.keys(&["Enter"]);
    tmux.wait_for("back in the shell");
    let kept = tmux.run(&["capture-pane", "-p", "-J", "-S", "-", "-E", "-"]).unwrap();
    assert!(kept.contains(&*said("set up")), "{kept}");
    let part = &secret[..16];
    assert!(!kept.contains(part) && !title.contains(part), "{kept}");
    assert!(tmux.run(&["list-buffers"]).unwrap_or_default().is_empty(), "something was copied");
}

/// Runs inside a terminal of its own: see the test below.
#[test]
#[ignore = "run by another test, in a terminal"]
fn face_that_panics() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let options = immich_sso::tui::TuiOptions::detect(true);
    let first = super::scenes::opening();
    // The first frame is on the screen when the engine is started.
    let _ = runtime.block_on(immich_sso::tui::run(first, || panic!("on purpose"), options));
}

#[test]
fn a_panic_gives_the_terminal_back_and_is_told_on_the_shells_screen() {
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    command.args(["--ignored", "--exact", "odd_terminals::face_that_panics", "--nocapture"]);
    whole::environment(&mut command);
    let terminal = Terminal::start_sized(command, 30, 100);
    terminal.wait_written("on purpose");
    terminal.wait_alternate_screen(false);
    gave_the_terminal_back(&terminal);
    let written = terminal.written();
    assert!(written.contains("photos.example.com"), "there was no first frame: {written:?}");
    assert!(written.find("\u{1b}[?1049l") < written.find("on purpose"), "told where it is lost");
}

#[test]
fn the_first_frame_is_there_before_the_keyring_is_asked() {
    let home = tempfile::tempdir().unwrap();
    let socket = home.path().join("bus");
    let keyring = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let size = portable_pty::PtySize { rows: 20, cols: 60, ..Default::default() };
    let pair = portable_pty::native_pty_system().openpty(size).unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_immich-sso"));
    command.args(["--config", &home.path().display().to_string()]);
    whole::environment(&mut command);
    command.env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", socket.display()));
    let mut child = pair.slave.spawn_command(command).unwrap();
    let mut output = pair.master.try_clone_reader().unwrap();
    // Nobody reads until the keyring is asked: what is there then was written
    // before.
    let asked = testkit::caller(&keyring);
    let mut there = vec![0; 4_096];
    let read = std::io::Read::read(&mut output, &mut there).unwrap();
    let there = String::from_utf8_lossy(&there[..read]).into_owned();
    drop(asked);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(there.contains(&*said("Access")) && there.contains("\u{1b}[?2026l"), "{there:?}");
}
