//! A program in a real pseudo-terminal.

use std::{
    io::{Read, Write},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, PtySize, native_pty_system};

/// How long anything may take. Key derivation is slow on a busy machine.
const DEADLINE: Duration = Duration::from_secs(60);

/// A program and everything that it wrote so far.
pub struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    keyboard: Box<dyn Write + Send>,
    seen: Arc<(Mutex<Seen>, Condvar)>,
    _master: Box<dyn portable_pty::MasterPty + Send>,
}

#[derive(Default)]
struct Seen {
    bytes: Vec<u8>,
    ended: bool,
}

impl Terminal {
    pub fn run(command: CommandBuilder) -> Self {
        let size = PtySize { rows: 24, cols: 200, ..PtySize::default() };
        let pair = native_pty_system().openpty(size).unwrap();
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let keyboard = pair.master.take_writer().unwrap();
        let seen: Arc<(Mutex<Seen>, Condvar)> = Arc::default();
        let sink = Arc::clone(&seen);
        thread::spawn(move || {
            let mut chunk = [0; 4096];
            loop {
                let read = reader.read(&mut chunk).unwrap_or(0);
                let mut seen = sink.0.lock().unwrap();
                seen.bytes.extend_from_slice(&chunk[..read]);
                seen.ended = read == 0;
                sink.1.notify_all();
                if read == 0 {
                    return;
                }
            }
        });
        Self { child, keyboard, seen, _master: pair.master }
    }

    /// Waits until `text` was written.
    pub fn wait_for(&self, text: &str) {
        self.wait(text, |seen| String::from_utf8_lossy(&seen.bytes).contains(text));
    }

    pub fn type_in(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
        self.keyboard.flush().unwrap();
    }

    pub fn process(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Waits for the end; the exit code, and all that was written.
    pub fn finish(mut self) -> (u32, String) {
        self.wait("the end", |seen| seen.ended);
        let code = self.child.wait().unwrap().exit_code();
        (code, self.written())
    }

    fn written(&self) -> String {
        String::from_utf8_lossy(&self.seen.0.lock().unwrap().bytes).into_owned()
    }

    fn wait(&self, what: &str, done: impl Fn(&Seen) -> bool) {
        let until = Instant::now() + DEADLINE;
        let mut seen = self.seen.0.lock().unwrap();
        while !done(&seen) {
            let left = until.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero() && (!seen.ended || done(&seen)),
                "waited for {what:?}, saw {:?}",
                String::from_utf8_lossy(&seen.bytes)
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
