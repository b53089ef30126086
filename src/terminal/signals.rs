//! The signals that end a program or stop it for a while, heard in one place.

use std::{
    io,
    sync::{
        Arc, Mutex, Once, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicI32, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, getpgid, getpid, getppid, getsid};
use signal_hook::{flag, iterator::Signals, low_level};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::{Word, hang_up::ignores_hang_up};

/// Those that end a program, whoever sends them. Left out are those that nobody can
/// hear, those after which no code may run (SEGV, BUS, FPE, ILL), and the one that a
/// write of our own raises: see [`let_writes_fail`].
const ENDS: [Signal; 14] = [
    Signal::HUP,
    Signal::INT,
    Signal::QUIT,
    Signal::TERM,
    Signal::USR1,
    Signal::USR2,
    Signal::ALARM,
    Signal::VTALARM,
    Signal::PROF,
    Signal::XCPU,
    Signal::ABORT,
    Signal::TRAP,
    Signal::SYS,
    Signal::IO,
];

/// The same of Linux alone: a failing power supply, a coprocessor that no machine
/// has, and all signals without a meaning, which begin behind two that the C library
/// keeps. See signal(7).
#[cfg(target_os = "linux")]
fn ends_here() -> impl Iterator<Item = i32> {
    [Signal::POWER, Signal::STKFLT].map(Signal::as_raw).into_iter().chain(34..=64)
}

#[cfg(not(target_os = "linux"))]
fn ends_here() -> impl Iterator<Item = i32> {
    std::iter::empty()
}

/// How long other writers are waited for at the end.
const HUSHES: Duration = Duration::from_millis(300);

/// Who is asked what to do, where somebody is.
static ASKED: Mutex<Option<UnboundedSender<Word>>> = Mutex::new(None);
/// Whether we stopped ourselves, and know that we go on.
static STOPPED: AtomicBool = AtomicBool::new(false);
/// The signal that a face came to its end by; 0: none.
static ENDED_BY: AtomicI32 = AtomicI32::new(0);

/// What a signal does where nobody is asked: it is handed over by whoever holds the
/// terminal, which is above this module.
#[derive(Clone, Copy, Debug)]
pub(super) struct Usual {
    /// Gives the terminal back for good.
    pub(super) give_back: fn(),
    /// Gives it back, stops, and takes it again.
    pub(super) suspend: fn(),
    /// Takes it again.
    pub(super) take_back: fn(),
}

/// Who holds the terminal, once somebody does.
static USUAL: OnceLock<Usual> = OnceLock::new();

/// Hears signals, so that whoever has one decides what they mean. Without one
/// a signal gives the terminal back and does what it always does.
#[derive(Debug)]
pub struct Listener(UnboundedReceiver<Word>);

impl Listener {
    /// Listens from now on.
    #[must_use]
    pub fn new() -> Self {
        let (asked, words) = unbounded_channel();
        *ASKED.lock().unwrap_or_else(PoisonError::into_inner) = Some(asked);
        heed();
        Self(words)
    }

    /// Waits for the next word.
    pub async fn next(&mut self) -> Word {
        match self.0.recv().await {
            Some(word) => word,
            // Somebody else listens now.
            None => std::future::pending().await,
        }
    }
}

impl Default for Listener {
    fn default() -> Self {
        Self::new()
    }
}

/// Hears signals from now on, for whoever holds the terminal.
pub(super) fn heed_for(usual: Usual) {
    let _ = USUAL.set(usual);
    heed();
}

/// Hears signals from now on.
fn heed() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let all = ENDS.into_iter().chain([Signal::TSTP, Signal::CONT]).map(Signal::as_raw);
        let all = all.chain(ends_here());
        // A handler would end what was to outlive its terminal.
        let outlives = ignores_hang_up();
        let all = all.filter(|signal| !outlives || *signal != Signal::HUP.as_raw());
        // Signals that cannot be heard keep their usual effect.
        let Ok(mut signals) = Signals::new(all) else { return };
        let hearing = thread::Builder::new().name("signals".into());
        let _ = hearing.spawn(move || signals.forever().for_each(hear));
    });
}

fn hear(signal: i32) {
    let word = match signal {
        signal if signal == Signal::TSTP.as_raw() => Word::Stop,
        signal if signal == Signal::CONT.as_raw() => {
            if STOPPED.swap(false, Ordering::SeqCst) {
                return;
            }
            Word::GoOn
        }
        signal => Word::End(signal),
    };
    let asked = ASKED.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if asked.is_some_and(|asked| asked.send(word).is_ok()) {
        return;
    }
    match (word, USUAL.get()) {
        (Word::End(signal), _) => die_by(signal),
        (Word::Stop, Some(usual)) => (usual.suspend)(),
        (Word::Stop, None) => stop(),
        (Word::GoOn, Some(usual)) => (usual.take_back)(),
        (Word::GoOn, None) => {}
    }
}

/// A file that may not grow any more is an error of the write, which whoever wrote
/// can tell, and no reason to die of XFSZ. See setrlimit(2).
pub fn let_writes_fail() {
    // Where it cannot be heard, the usual effect stays.
    let _ = flag::register(Signal::XFSZ.as_raw(), Arc::default());
}

/// Says that the run ends because of that signal: [`end_as_asked`] is called
/// when everything is put away.
pub fn end_by(word: Word) {
    if let Word::End(signal) = word {
        ENDED_BY.store(signal, Ordering::SeqCst);
    }
}

/// Ends this process by the signal that a face came to its end by, so that
/// whoever started it sees that. Returns when there was none.
pub fn end_as_asked() {
    match ENDED_BY.load(Ordering::SeqCst) {
        0 => {}
        signal => die_by(signal),
    }
}

/// Gives the terminal back and ends this process as the signal does.
fn die_by(signal: i32) -> ! {
    hush();
    if let Some(usual) = USUAL.get() {
        (usual.give_back)();
    }
    let _ = low_level::emulate_default_handler(signal);
    std::process::exit(128 + signal);
}

/// Keeps other threads from writing to standard error, where menus are drawn:
/// half of one would come after the terminal was given back.
fn hush() {
    let (locked, is_locked) = mpsc::channel();
    let locking = thread::Builder::new().name("hush".into()).spawn(move || {
        let _kept = io::stderr().lock();
        let _ = locked.send(());
        loop {
            thread::park();
        }
    });
    if locking.is_ok() {
        // A writer that is held up keeps the lock.
        let _ = is_locked.recv_timeout(HUSHES);
    }
}

/// Stops this process, as Ctrl-Z does, until the shell lets it go on. Does
/// nothing where there is no shell that would.
pub fn stop() {
    if has_shell() {
        STOPPED.store(true, Ordering::SeqCst);
        // To this thread, so that it is stopped when the call returns.
        let _ = low_level::raise(Signal::STOP.as_raw());
    }
}

/// Whether a parent in this session can let a stopped process go on. Where
/// there is none the kernel ignores what Ctrl-Z sends, and so do we.
fn has_shell() -> bool {
    let (Ok(session), Ok(group)) = (getsid(None), getpgid(None)) else { return false };
    let mut process = getpid();
    let mut parent = getppid();
    while let Some(pid) = parent {
        if getsid(Some(pid)) != Ok(session) {
            return false;
        }
        if getpgid(Some(pid)) != Ok(group) {
            return true;
        }
        if pid == process {
            return false;
        }
        process = pid;
        parent = parent_of(pid);
    }
    false
}

/// The parent of another process; known on Linux only.
fn parent_of(pid: Pid) -> Option<Pid> {
    let text = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
    // The name in parentheses may hold anything.
    let (_, rest) = text.rsplit_once(')')?;
    Pid::from_raw(rest.split_whitespace().nth(1)?.parse().ok()?)
}
