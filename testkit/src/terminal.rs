//! A program in a real pseudo-terminal: its screen, its keyboard, and all that
//! it ever wrote.

use std::{
    io::{Read, Write},
    num::NonZero,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicU8, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// How long anything may take. Key derivation is slow on a busy machine.
const DEADLINE: Duration = Duration::from_mins(1);

/// A program in a terminal. It is killed when this is dropped.
pub struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    keyboard: Option<Box<dyn Write + Send>>,
    seen: Arc<(Mutex<Seen>, Condvar)>,
    /// Closed only at the end: the program would be told that it hung up.
    master: Option<Box<dyn MasterPty + Send>>,
    /// What the reader does.
    reads: Arc<AtomicU8>,
    reader: Option<thread::JoinHandle<()>>,
}

/// The reader reads, waits, or is to end.
const READS: u8 = 0;
const PAUSES: u8 = 1;
const ENDS: u8 = 2;

struct Seen {
    screen: vt100::Parser,
    bytes: Vec<u8>,
    ended: bool,
}

impl Seen {
    /// Whether the last frame is through as a whole.
    fn is_whole(&self) -> bool {
        self.bytes.ends_with(b"\x1b[?2026l")
    }
}

impl Terminal {
    /// Starts a program on a terminal of 70 rows and 100 columns.
    pub fn start(command: CommandBuilder) -> Self {
        Self::start_sized(command, 70, 100)
    }

    /// Starts a program on a terminal of that many rows and columns.
    pub fn start_sized(command: CommandBuilder, rows: u16, columns: u16) -> Self {
        let pair = native_pty_system().openpty(size(rows, columns)).unwrap();
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut output = pair.master.try_clone_reader().unwrap();
        let screen =
            vt100::Parser::new(NonZero::new(rows).unwrap(), NonZero::new(columns).unwrap(), 0);
        let seen = Seen { screen, bytes: Vec::new(), ended: false };
        let seen = Arc::new((Mutex::new(seen), Condvar::new()));
        let sink = Arc::clone(&seen);
        let reads = Arc::new(AtomicU8::new(READS));
        let reading = Arc::clone(&reads);
        let reader = thread::spawn(move || {
            let mut chunk = [0; 4096];
            loop {
                match reading.load(Ordering::SeqCst) {
                    READS => {}
                    PAUSES => {
                        thread::park_timeout(Duration::from_millis(20));
                        continue;
                    }
                    _ => return,
                }
                let read = output.read(&mut chunk).unwrap_or(0);
                let mut seen = sink.0.lock().unwrap();
                seen.screen.process(&chunk[..read]);
                seen.bytes.extend_from_slice(&chunk[..read]);
                seen.ended = read == 0;
                sink.1.notify_all();
                if read == 0 {
                    return;
                }
            }
        });
        let keyboard = pair.master.take_writer().unwrap();
        Self {
            child,
            keyboard: Some(keyboard),
            seen,
            master: Some(pair.master),
            reads,
            reader: Some(reader),
        }
    }

    /// Presses keys, or pastes, as a terminal would send them.
    pub fn press(&mut self, keys: &str) {
        let keyboard = self.keyboard.as_mut().unwrap();
        keyboard.write_all(keys.as_bytes()).unwrap();
        keyboard.flush().unwrap();
    }

    /// Makes the terminal larger or smaller, and tells the program.
    pub fn resize(&self, rows: u16, columns: u16) {
        let (r, c) = (NonZero::new(rows).unwrap(), NonZero::new(columns).unwrap());
        self.seen.0.lock().unwrap().screen.screen_mut().set_size(r, c);
        self.master.as_ref().unwrap().resize(size(rows, columns)).unwrap();
    }

    /// Waits until the screen shows the text.
    pub fn wait_for(&self, text: &str) {
        self.wait(text, |seen| seen.screen.screen().contents().contains(text));
    }

    /// Waits until the screen shows the text no more.
    pub fn wait_gone(&self, text: &str) {
        self.wait(&format!("no {text}"), |seen| !seen.screen.screen().contents().contains(text));
    }

    /// Waits until the screen shows one of the texts, and says which.
    pub fn comes<'a>(&self, texts: &[&'a str]) -> &'a str {
        self.wait_until(&texts.join(" or "), |screen| {
            texts.iter().copied().find(|text| screen.contains(text))
        })
    }

    /// Waits until the program is over, or shows the text: which of the two it
    /// was.
    pub fn ends_or_shows(&self, text: &str) -> bool {
        let mut over = false;
        self.look_until(text, |seen| {
            over = seen.ended;
            over || seen.screen.screen().contents().contains(text)
        });
        over
    }

    /// Waits until a frame is through as a whole.
    pub fn settle(&self) {
        self.wait("a whole frame", Seen::is_whole);
    }

    /// Waits until something is found on the screen.
    pub fn wait_until<T>(&self, what: &str, mut find: impl FnMut(&str) -> Option<T>) -> T {
        let mut found = None;
        self.wait(what, |seen| {
            found = find(&seen.screen.screen().contents());
            found.is_some()
        });
        found.unwrap()
    }

    /// The row and column, from nought, where a whole frame shows the text: half
    /// of one may still have it where it was.
    pub fn place_of(&self, text: &str) -> (usize, usize) {
        let mut found = None;
        self.wait(text, |seen| {
            let screen = seen.screen.screen().contents();
            let mut rows = screen.lines().enumerate();
            found = rows.find_map(|(row, line)| {
                line.find(text).map(|at| (row, line[..at].chars().count()))
            });
            found.is_some() && seen.is_whole()
        });
        found.unwrap()
    }

    /// Waits until anything was written, whether it is on the screen or not.
    pub fn wait_for_anything(&self) {
        self.wait("anything", |seen| !seen.bytes.is_empty());
    }

    /// Waits until the text was written, whether it is on the screen or not.
    pub fn wait_written(&self, text: &str) {
        self.wait(text, |seen| String::from_utf8_lossy(&seen.bytes).contains(text));
    }

    /// Waits until the program is on the terminal's alternate screen, or back
    /// from it.
    pub fn wait_alternate_screen(&self, there: bool) {
        self.wait("the other screen", |seen| seen.screen.screen().alternate_screen() == there);
    }

    /// What the screen shows.
    pub fn screen(&self) -> String {
        self.seen.0.lock().unwrap().screen.screen().contents()
    }

    /// Looks at the screen with its colours.
    pub fn look<T>(&self, at: impl FnOnce(&vt100::Screen) -> T) -> T {
        at(self.seen.0.lock().unwrap().screen.screen())
    }

    /// Whether the cursor can be seen.
    pub fn shows_cursor(&self) -> bool {
        !self.seen.0.lock().unwrap().screen.screen().hide_cursor()
    }

    /// Everything that was ever written.
    pub fn written(&self) -> String {
        String::from_utf8_lossy(&self.seen.0.lock().unwrap().bytes).into_owned()
    }

    /// The program's process.
    pub fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Whether the program is over.
    pub fn has_ended(&self) -> bool {
        self.seen.0.lock().unwrap().ended
    }

    /// Waits for the end and says whether it was a good one.
    pub fn ended_well(&mut self) -> bool {
        self.exit_code() == 0
    }

    /// Waits for the end; the exit code, and all that was written.
    pub fn finish(mut self) -> (u32, String) {
        (self.exit_code(), self.written())
    }

    /// Takes the terminal away from under the program.
    pub fn vanish(&mut self) {
        // The reader holds the terminal, too: it is told to let go, and wakes
        // up once more for that.
        self.reads.store(ENDS, Ordering::SeqCst);
        self.press("\x0c");
        self.reader.take().unwrap().join().unwrap();
        self.keyboard = None;
        self.master = None;
    }

    /// From now on nobody reads what the program writes.
    pub fn stop_reading(&mut self) {
        self.reads.store(PAUSES, Ordering::SeqCst);
    }

    /// Waits for the end of a program that nobody reads from, and says whether
    /// it came in time.
    pub fn ends_unread(&mut self, within: Duration) -> bool {
        let until = Instant::now() + within;
        while Instant::now() < until {
            if self.child.try_wait().unwrap().is_some() {
                return true;
            }
            thread::park_timeout(Duration::from_millis(20));
        }
        false
    }

    fn exit_code(&mut self) -> u32 {
        self.wait("the end", |seen| seen.ended);
        self.child.wait().unwrap().exit_code()
    }

    /// Waits for what comes before the end.
    fn wait(&self, what: &str, mut done: impl FnMut(&Seen) -> bool) {
        self.look_until(what, |seen| {
            let is_done = done(seen);
            assert!(
                is_done || !seen.ended,
                "it ended before {what:?}, on:\n{}",
                seen.screen.screen().contents()
            );
            is_done
        });
    }

    fn look_until(&self, what: &str, mut done: impl FnMut(&Seen) -> bool) {
        let until = Instant::now() + DEADLINE;
        let mut seen = self.seen.0.lock().unwrap();
        while !done(&seen) {
            let left = until.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "waited for {what:?} on:\n{}\nafter {:?}",
                seen.screen.screen().contents(),
                String::from_utf8_lossy(&seen.bytes[seen.bytes.len().saturating_sub(2_000)..])
            );
            seen = self.seen.1.wait_timeout(seen, left).unwrap().0;
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

fn size(rows: u16, cols: u16) -> PtySize {
    PtySize { rows, cols, ..PtySize::default() }
}
