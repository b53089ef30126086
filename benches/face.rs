//! The full-screen face in figures: how soon it is there, how soon a key shows,
//! and what it costs while nothing happens. Printed, never judged: a busy
//! machine would judge wrongly.
//!
//! ```sh
//! cargo bench --bench face   # the program as it is released
//! IMMICH_SSO_BENCH=target/debug/immich-sso cargo bench --bench face
//! ```
//!
//! `IMMICH_SSO_BENCH_AGAINST="trip 127.0.0.1"` measures another program in the
//! same run, in the same terminal.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a developer sees why it stopped")]
#![allow(clippy::print_stdout, reason = "the figures are what it is for")]

use std::{
    env, fs,
    io::{Read, Write},
    path::PathBuf,
    sync::{Arc, Condvar, Mutex},
    thread,
    time::{Duration, Instant},
};

use immich_sso::tui::{
    state::State,
    theme::{Depth, Ground},
    view,
};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use ratatui::{Terminal, backend::TestBackend};
use testkit::scenes;

/// How often a start and a key are measured.
const STARTS: usize = 20;
const KEYS: usize = 50;
/// How long a program is left alone.
const IDLE: Duration = Duration::from_secs(20);
/// How long a screen must be quiet to be whole, for programs that do not say
/// so.
const QUIET: Duration = Duration::from_millis(300);

fn main() {
    // `cargo test --benches` only wants to know that it builds.
    if !env::args().any(|argument| argument == "--bench") {
        return;
    }
    println!("machine: {}", machine());
    let ours = env::var("IMMICH_SSO_BENCH")
        .unwrap_or_else(|_| env!("CARGO_BIN_EXE_immich-sso").to_owned());
    let home = tempfile::tempdir().unwrap();
    let config = home.path().display().to_string();
    measure("immich-sso", &[&ours, "--config", &config], &config, "j");
    if let Ok(other) = env::var("IMMICH_SSO_BENCH_AGAINST") {
        let words: Vec<&str> = other.split_whitespace().collect();
        measure(words[0], &words, &config, "?");
    }
    drawing();
}

/// What the figures were measured on.
fn machine() -> String {
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("?");
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split_whitespace().next().unwrap_or("?").to_owned();
    format!("{cores} cores,{}, load {load}", model.trim_start_matches([' ', '\t', ':']))
}

/// Where a program is: the terminal is opened in another folder.
fn found(program: &str) -> String {
    let path = env::var("PATH").unwrap_or_default();
    let here = program.contains('/').then(|| PathBuf::from(program));
    let file = here.into_iter().chain(env::split_paths(&path).map(|folder| folder.join(program)));
    let file = file.into_iter().find_map(|file| fs::canonicalize(file).ok());
    file.unwrap_or_else(|| panic!("there is no {program}")).display().to_string()
}

fn measure(name: &str, command: &[&str], home: &str, key: &str) {
    let program = found(command[0]);
    let command = &[&[program.as_str()], &command[1..]].concat()[..];
    println!("\n{name}");
    let size = fs::metadata(command[0]).map(|meta| meta.len()).unwrap_or_default();
    let starts: Vec<Duration> =
        (0..STARTS).map(|_| Session::start(command, home, 40, 120).first_frame()).collect();
    report("start to first frame", starts);

    let mut session = Session::start(command, home, 40, 120);
    session.first_frame();
    session.quiet();
    report(&format!("key ({key}) to screen"), session.keys(key));
    session.quiet();
    let (before, bytes) = (session.ticks(), session.written());
    thread::sleep(IDLE);
    println!(
        "  {:<28} {} ticks of 10 ms, {} bytes to the terminal",
        "idle for 20 s",
        session.ticks() - before,
        session.written() - bytes
    );
    let [resident, peak] = session.memory();
    println!("  {:<28} {resident} KiB, at most {peak} KiB", "resident");
    println!("  {:<28} {} kB", "program", size / 1_000);
    drop(session);

    let mut session = Session::start(command, home, 50, 200);
    session.first_frame();
    session.quiet();
    report("full redraw at 200x50", session.keys("\x0c"));
}

/// Drawing alone, without a terminal: the state of a busy step to a buffer.
fn drawing() {
    if cfg!(debug_assertions) {
        return println!("\ndrawing into memory: not measured, this is built to be debugged");
    }
    println!("\ndrawing into memory, 200x50");
    for name in ["decide", "differs", "map", "help"] {
        let scene = scenes::ALL.into_iter().find(|scene| scene.name == name).unwrap();
        let state: State = scene.state(Depth::True, Ground::Dark);
        let mut terminal = Terminal::new(TestBackend::new(200, 50)).unwrap();
        let drawn: Vec<Duration> = (0..200)
            .map(|_| {
                let began = Instant::now();
                terminal.draw(|frame| _ = view::draw(frame, &state)).unwrap();
                began.elapsed()
            })
            .collect();
        report(name, drawn);
    }
}

fn report(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let (Some(least), Some(most)) = (times.first(), times.last()) else { return };
    println!(
        "  {what:<28} {:.2} ms (least {:.2}, most {:.2}, n={})",
        ms(times[times.len() / 2]),
        ms(*least),
        ms(*most),
        times.len()
    );
}

/// A program in a terminal.
struct Session {
    began: Instant,
    child: Box<dyn Child + Send + Sync>,
    keyboard: Box<dyn Write + Send>,
    seen: Arc<(Mutex<Seen>, Condvar)>,
    _master: Box<dyn MasterPty + Send>,
}

/// What came from it, and when it came last.
struct Seen {
    bytes: Vec<u8>,
    last: Instant,
    ended: bool,
}

impl Session {
    fn start(command: &[&str], home: &str, rows: u16, cols: u16) -> Self {
        let size = PtySize { rows, cols, ..PtySize::default() };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut builder = CommandBuilder::new(command[0]);
        builder.args(&command[1..]);
        builder.env_clear();
        for (name, value) in [
            ("PATH", env::var("PATH").unwrap_or_default()),
            ("HOME", home.to_owned()),
            ("LC_ALL", "C.UTF-8".to_owned()),
            ("TERM", "xterm-256color".to_owned()),
            ("COLORTERM", "truecolor".to_owned()),
        ] {
            builder.env(name, value);
        }
        let mut output = pair.master.try_clone_reader().unwrap();
        let began = Instant::now();
        let child = pair.slave.spawn_command(builder).unwrap();
        drop(pair.slave);
        let seen = Seen { bytes: Vec::new(), last: began, ended: false };
        let seen = Arc::new((Mutex::new(seen), Condvar::new()));
        let sink = Arc::clone(&seen);
        thread::spawn(move || {
            let mut chunk = vec![0; 65_536];
            loop {
                let read = output.read(&mut chunk).unwrap_or(0);
                let mut seen = sink.0.lock().unwrap();
                seen.bytes.extend_from_slice(&chunk[..read]);
                seen.last = Instant::now();
                seen.ended = read == 0;
                sink.1.notify_all();
                if read == 0 {
                    return;
                }
            }
        });
        let keyboard = pair.master.take_writer().unwrap();
        Self { began, child, keyboard, seen, _master: pair.master }
    }

    /// Waits for the first frame: letters on the other screen, and its end
    /// where the program marks ends.
    fn first_frame(&mut self) -> Duration {
        self.wait(|bytes| {
            let text = String::from_utf8_lossy(bytes);
            let Some(at) = text.find("\u{1b}[?1049h") else { return false };
            let behind = &text[at..];
            let marks = behind.contains("\u{1b}[?2026h");
            let letters = behind.chars().filter(|c| c.is_alphanumeric()).count();
            if marks { behind.contains("\u{1b}[?2026l") } else { letters > 120 }
        }) - self.began
    }

    /// Presses a key again and again, and waits each time for what comes of it.
    fn keys(&mut self, key: &str) -> Vec<Duration> {
        let mut times = Vec::new();
        for _ in 0..KEYS {
            let from = self.written();
            let pressed = Instant::now();
            self.keyboard.write_all(key.as_bytes()).unwrap();
            self.keyboard.flush().unwrap();
            let came = self.wait(|bytes| {
                let new = &bytes[from..];
                let marks = new.windows(8).any(|window| window == b"\x1b[?2026h");
                !new.is_empty() && (!marks || new.windows(8).any(|w| w == b"\x1b[?2026l"))
            });
            times.push(came - pressed);
            thread::sleep(Duration::from_millis(30));
        }
        times
    }

    fn wait(&self, done: impl Fn(&[u8]) -> bool) -> Instant {
        let mut seen = self.seen.0.lock().unwrap();
        while !done(&seen.bytes) {
            let text = String::from_utf8_lossy(&seen.bytes).into_owned();
            assert!(!seen.ended, "it ended: {text}");
            let (next, late) = self.seen.1.wait_timeout(seen, Duration::from_secs(20)).unwrap();
            assert!(!late.timed_out(), "nothing comes: {text}");
            seen = next;
        }
        seen.last
    }

    /// Waits until nothing has come for a while.
    fn quiet(&self) {
        loop {
            let last = self.seen.0.lock().unwrap().last;
            if last.elapsed() > QUIET {
                return;
            }
            thread::sleep(QUIET / 10);
            if self.began.elapsed() > Duration::from_secs(10) {
                return;
            }
        }
    }

    fn written(&self) -> usize {
        self.seen.0.lock().unwrap().bytes.len()
    }

    /// Processor time so far, in ticks.
    fn ticks(&self) -> u64 {
        let stat = self.proc("stat");
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
        let field = |at: usize| fields.get(at).and_then(|text| text.parse().ok()).unwrap_or(0);
        field(11) + field(12)
    }

    /// Resident memory now and at most, in KiB.
    fn memory(&self) -> [u64; 2] {
        let status = self.proc("status");
        ["VmRSS:", "VmHWM:"].map(|name| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("");
            line.split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or(0)
        })
    }

    fn proc(&self, what: &str) -> String {
        let pid = self.child.process_id().unwrap();
        fs::read_to_string(format!("/proc/{pid}/{what}")).unwrap_or_default()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
