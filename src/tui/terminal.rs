//! The terminal: taken over, and given back whatever happens.

use std::{
    io::{self, Stdout, stdout},
    panic,
    sync::{
        Once,
        atomic::{AtomicBool, Ordering},
    },
};

use crossterm::{
    clipboard::CopyToClipboard,
    cursor::Show,
    event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture},
    execute,
    style::Print,
    terminal::{
        BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
        SetTitle, disable_raw_mode, enable_raw_mode,
    },
};
use ratatui::{
    Frame, Terminal,
    backend::{Backend, CrosstermBackend},
};

use crate::{
    secret::Secret,
    site::{Fault, FaultKind, System},
};

/// Puts the window's title aside, and brings it back (xterm's window operations
/// 22 and 23). Terminals that do not know them are left without a title.
const KEEP_TITLE: &str = "\x1b[22;2t";
const TITLE_BACK: &str = "\x1b[23;2t";

/// Whether the terminal is ours now, so that it is given back once.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The terminal while the face has it. Dropping it gives it back.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    title: String,
}

impl Screen {
    /// Takes the terminal over: alternate screen, raw keys, pastes and mouse
    /// as events.
    pub fn enter(title: &str) -> Result<Self, Fault> {
        give_back_on_panic();
        take(title).map_err(|error| no_terminal(&error))?;
        let terminal = Terminal::new(CrosstermBackend::new(stdout())).map_err(|error| {
            give_back();
            no_terminal(&error)
        })?;
        Ok(Self { terminal, title: title.into() })
    }

    /// Draws a frame; what the terminal shows meanwhile is the one before it.
    pub fn draw<T: Default>(&mut self, view: impl FnOnce(&mut Frame) -> T) -> Result<T, Fault> {
        let mut outcome = T::default();
        let drawn = execute!(stdout(), BeginSynchronizedUpdate)
            .and_then(|()| self.terminal.draw(|frame| outcome = view(frame)).map(|_| ()))
            .and_then(|()| execute!(stdout(), EndSynchronizedUpdate));
        drawn.map(|()| outcome).map_err(|error| no_terminal(&error))
    }

    /// Forgets what the terminal shows: the next frame is drawn whole.
    pub fn clear(&mut self) -> Result<(), Fault> {
        // `Terminal::clear` asks the terminal where its cursor is, and gives up
        // when the answer is taken for a key or does not come.
        self.terminal.backend_mut().clear().map_err(|error| no_terminal(&error))?;
        self.terminal.swap_buffers();
        Ok(())
    }

    /// Puts a text on the clipboard of the terminal (OSC 52).
    #[allow(clippy::unused_self, reason = "only who has the terminal may write to it")]
    pub fn copy(&mut self, text: &Secret) -> Result<(), Fault> {
        execute!(stdout(), CopyToClipboard::to_clipboard_from(text.expose()))
            .map_err(|error| no_terminal(&error))
    }

    /// Gives the terminal back for a while.
    #[allow(clippy::unused_self, reason = "only who has the terminal may give it back")]
    pub fn rest(&mut self) {
        give_back();
    }

    /// Takes it over again after [`Self::rest`].
    pub fn resume(&mut self) -> Result<(), Fault> {
        take(&self.title).map_err(|error| no_terminal(&error))?;
        self.clear()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

fn take(title: &str) -> io::Result<()> {
    TAKEN.store(true, Ordering::SeqCst);
    enable_raw_mode()?;
    // Control characters would end the title's sequence early.
    let title: String = title.chars().filter(|c| !c.is_control()).collect();
    let taken = execute!(
        stdout(),
        EnterAlternateScreen,
        Print(KEEP_TITLE),
        SetTitle(title),
        EnableBracketedPaste,
        EnableMouseCapture
    );
    if taken.is_err() {
        give_back();
    }
    taken
}

/// Gives the terminal back, as far as it still listens.
fn give_back() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        let _ = execute!(
            stdout(),
            EndSynchronizedUpdate,
            DisableMouseCapture,
            DisableBracketedPaste,
            LeaveAlternateScreen,
            SetTitle(""),
            Print(TITLE_BACK),
            Show
        );
        let _ = disable_raw_mode();
    }
}

/// A panic on any thread gives the terminal back before it is told.
fn give_back_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            give_back();
            before(info);
        }));
    });
}

fn no_terminal(error: &io::Error) -> Fault {
    Fault::new(System::Workstation, FaultKind::Refused, "draw on this terminal")
        .answered(error.to_string())
        .remedy("Use the plain face on it: `--plain`.")
}
