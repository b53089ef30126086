//! What was changed on the terminal, newest last, and how it is undone.

use std::{
    io::{self, Write},
    sync::{
        Mutex, MutexGuard, PoisonError, TryLockError,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use zeroize::Zeroizing;

/// How long a terminal that takes no output is waited for.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// One change.
struct Held {
    id: u64,
    /// What is written to give the terminal back.
    leave: Vec<u8>,
    /// What is written when it is taken again; may be secret.
    enter: Zeroizing<Vec<u8>>,
    #[cfg(unix)]
    modes: Option<rustix::termios::Termios>,
}

/// All changes.
#[derive(Default)]
struct Borrowed {
    held: Vec<Held>,
    /// The modes from before the first change.
    #[cfg(unix)]
    before: Option<rustix::termios::Termios>,
}

/// Names the next change.
static NEXT: AtomicU64 = AtomicU64::new(0);
/// Whether this process is about to end, and nothing is to be shown any more.
static OVER: AtomicBool = AtomicBool::new(false);
static BORROWED: Mutex<Option<Borrowed>> = Mutex::new(None);

fn borrowed() -> MutexGuard<'static, Option<Borrowed>> {
    BORROWED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The same, for whoever cannot wait for a writer that is held up.
fn borrowed_soon() -> Option<MutexGuard<'static, Option<Borrowed>>> {
    let until = Instant::now() + LAST_WORDS;
    loop {
        match BORROWED.try_lock() {
            Ok(guard) => return Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) if Instant::now() > until => return None,
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(5)),
        }
    }
}

/// Stands for a change of the terminal; dropping it says that it was undone.
#[derive(Debug)]
pub struct Hold(u64);

impl Hold {
    /// Says that `change` is done to the terminal now, that `leave` undoes what
    /// was written, and that `enter` does it again. From then on a signal finds
    /// the terminal as it was.
    ///
    /// # Errors
    /// Those of `change`; nothing is held then.
    pub fn take(
        enter: Zeroizing<Vec<u8>>,
        leave: Vec<u8>,
        change: impl FnOnce() -> io::Result<()>,
    ) -> io::Result<Self> {
        #[cfg(unix)]
        super::signals::heed_for(super::signals::Usual { give_back, suspend, take_back });
        let mut borrowed = borrowed();
        if OVER.load(Ordering::SeqCst) {
            return Err(io::Error::new(
                io::ErrorKind::Interrupted,
                say!("the program is being ended"),
            ));
        }
        let all = borrowed.get_or_insert_with(Borrowed::default);
        #[cfg(unix)]
        if all.held.is_empty() {
            all.before = tty::modes();
        }
        let id = NEXT.fetch_add(1, Ordering::SeqCst);
        all.held.push(Held {
            id,
            leave,
            enter,
            #[cfg(unix)]
            modes: None,
        });
        let changed = change();
        match all.held.last_mut() {
            #[cfg(unix)]
            Some(held) if changed.is_ok() => held.modes = tty::modes(),
            _ => {}
        }
        drop(borrowed);
        let hold = Self(id);
        changed.map(|()| hold)
    }

    /// Undoes the change by `undo`, unless a signal or a panic did already.
    ///
    /// # Errors
    /// Those of `undo`.
    pub fn release(self, undo: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        let mut borrowed = borrowed();
        if remove(&mut borrowed, self.0) { undo() } else { Ok(()) }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        remove(&mut borrowed(), self.0);
    }
}

fn remove(borrowed: &mut Option<Borrowed>, id: u64) -> bool {
    let Some(all) = borrowed else { return false };
    let before = all.held.len();
    all.held.retain(|held| held.id != id);
    all.held.len() < before
}

/// Gives the terminal back as it was before the first change, for good: this
/// process is about to end.
pub fn give_back() {
    OVER.store(true, Ordering::SeqCst);
    let Some(mut borrowed) = borrowed_soon() else { return };
    let Some(all) = borrowed.take().filter(|all| !all.held.is_empty()) else { return };
    write(all.held.iter().rev().flat_map(|held| held.leave.iter().copied()).collect());
    // Also for crossterm, which remembers it.
    let _ = disable_raw_mode();
    #[cfg(unix)]
    if let Some(before) = &all.before {
        tty::set_modes(before);
    }
}

/// Gives the terminal back, stops this process, and takes the terminal again
/// when the process goes on.
pub fn suspend() {
    #[cfg(unix)]
    let now = tty::modes();
    if let Some(all) = &*borrowed() {
        write(all.held.iter().rev().flat_map(|held| held.leave.iter().copied()).collect());
        #[cfg(unix)]
        if let Some(before) = &all.before {
            tty::set_modes(before);
        }
    }
    super::signals::stop();
    #[cfg(unix)]
    if let Some(now) = now {
        tty::set_modes(&now);
    }
    enter_again();
}

/// Takes the terminal again after this process was stopped without a word.
pub fn take_back() {
    #[cfg(unix)]
    let modes = borrowed().as_ref().and_then(|all| {
        let mut modes = all.held.iter().rev().find_map(|held| held.modes.clone())?;
        if crossterm::terminal::is_raw_mode_enabled().unwrap_or(false) {
            modes.make_raw();
        }
        Some(modes)
    });
    #[cfg(unix)]
    if let Some(modes) = modes {
        tty::set_modes(&modes);
    }
    enter_again();
}

fn enter_again() {
    if let Some(all) = &*borrowed() {
        write(all.held.iter().flat_map(|held| held.enter.iter().copied()).collect());
    }
}

/// Raw mode, for as long as this lives.
#[derive(Debug)]
pub struct RawMode(Option<Hold>);

impl RawMode {
    /// Turns it on. `again` is written when the program was stopped and goes
    /// on, such as the question that stands.
    ///
    /// # Errors
    /// When there is no terminal.
    pub fn enter(again: &str) -> io::Result<Self> {
        let again = Zeroizing::new(again.as_bytes().to_vec());
        Hold::take(again, Vec::new(), enable_raw_mode).map(|hold| Self(Some(hold)))
    }
}

impl Drop for RawMode {
    fn drop(&mut self) {
        if let Some(hold) = self.0.take() {
            let _ = hold.release(disable_raw_mode);
        }
    }
}

/// Writes to the terminal, but does not wait for one that takes nothing.
fn write(bytes: Vec<u8>) {
    if bytes.is_empty() {
        return;
    }
    let bytes = Zeroizing::new(bytes);
    let (done, written) = mpsc::channel();
    let writing = thread::Builder::new().name("last words".into()).spawn(move || {
        let _ = put(&bytes);
        let _ = done.send(());
    });
    if writing.is_ok() {
        let _ = written.recv_timeout(LAST_WORDS);
    }
}

/// Without the locks of the standard streams: a writer that is held up keeps
/// them.
#[cfg(unix)]
fn put(bytes: &[u8]) -> io::Result<()> {
    use std::io::IsTerminal as _;

    let mut terminal = if io::stdout().is_terminal() {
        std::fs::File::from(rustix::io::dup(io::stdout())?)
    } else if io::stderr().is_terminal() {
        std::fs::File::from(rustix::io::dup(io::stderr())?)
    } else {
        std::fs::File::options().write(true).open("/dev/tty")?
    };
    terminal.write_all(bytes)
}

#[cfg(not(unix))]
fn put(bytes: &[u8]) -> io::Result<()> {
    io::stdout().write_all(bytes)?;
    io::stdout().flush()
}

/// The modes of the terminal that keys come from: standard input's, else that
/// of this process, as crossterm does it.
#[cfg(unix)]
mod tty {
    use std::{fs::File, io, os::fd::AsFd};

    use rustix::termios::{OptionalActions, Termios, isatty, tcgetattr, tcsetattr};

    fn with<T>(work: impl Fn(&dyn AsFd) -> rustix::io::Result<T>) -> Option<T> {
        let stdin = io::stdin();
        if isatty(&stdin) {
            return work(&stdin).ok();
        }
        File::options().read(true).write(true).open("/dev/tty").ok().and_then(|tty| work(&tty).ok())
    }

    pub(super) fn modes() -> Option<Termios> {
        with(|tty| tcgetattr(tty.as_fd()))
    }

    pub(super) fn set_modes(modes: &Termios) {
        with(|tty| tcsetattr(tty.as_fd(), OptionalActions::Now, modes));
    }
}
