//! The terminal: taken over, and given back whatever happens.

use std::{
    io::{self, Write},
    panic,
    sync::Once,
    time::Duration,
};

use crossterm::{
    clipboard::CopyToClipboard,
    cursor::Show,
    event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture},
    execute, queue,
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

use zeroize::Zeroizing;

use super::{in_place::InPlace, outlet, outlet::Outlet};
use crate::{
    secret::Secret,
    site::{Fault, FaultKind, System, UniformFailure},
    terminal::{ERASE_IN_PLACE, Hold, give_back},
};

/// Puts the window's title aside, and brings it back (xterm's window operations
/// 22 and 23). Terminals that do not know them are left without a title.
const KEEP_TITLE: &str = "\x1b[22;2t";
const TITLE_BACK: &str = "\x1b[23;2t";

/// Asks the terminal for the colour of its ground (OSC 11). The answer comes
/// among the keys: see [`super::input`].
const ASK_GROUND: &str = "\x1b]11;?\x1b\\";

/// How long a terminal that takes no output is waited for at the end.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// The terminal while the face has it. Dropping it gives it back.
pub struct Screen {
    terminal: Terminal<InPlace>,
    /// Whether the terminal is ours now.
    hold: Option<Hold>,
    frame: outlet::Frame,
    outlet: Outlet,
    title: String,
    /// Whether an answer of the terminal may still come.
    asked: bool,
}

impl Screen {
    /// Takes the terminal over: alternate screen, raw keys, pastes and mouse
    /// as events. `asks`: the terminal is asked on what ground letters stand.
    pub fn enter(title: &str, asks: bool) -> Result<Self, Fault> {
        give_back_on_panic();
        let frame = outlet::Frame::default();
        let opened = Outlet::open().and_then(|outlet| {
            let terminal = Terminal::new(InPlace(CrosstermBackend::new(frame.clone())))?;
            Ok((outlet, terminal))
        });
        let (outlet, terminal) = opened.map_err(no_terminal)?;
        let mut screen =
            Self { terminal, hold: None, frame, outlet, title: title.into(), asked: asks };
        screen.take()?;
        if asks {
            queue!(screen.frame, Print(ASK_GROUND)).map_err(no_terminal)?;
        }
        Ok(screen)
    }

    /// Whether the last frame is through, so that the next one may be drawn.
    pub const fn is_free(&self) -> bool {
        self.outlet.is_free()
    }

    /// Waits until a frame is through.
    pub async fn written(&mut self) -> io::Result<()> {
        self.outlet.written().await
    }

    /// Waits until all of it is through.
    pub async fn all_written(&mut self) -> io::Result<()> {
        while !self.outlet.is_free() {
            self.outlet.written().await?;
        }
        Ok(())
    }

    /// Draws a frame; what the terminal shows meanwhile is the one before it.
    pub fn draw<T: Default>(&mut self, view: impl FnOnce(&mut Frame) -> T) -> Result<T, Fault> {
        let mut outcome = T::default();
        let drawn = queue!(self.frame, BeginSynchronizedUpdate)
            .and_then(|()| self.terminal.draw(|frame| outcome = view(frame)).map(|_| ()))
            .and_then(|()| queue!(self.frame, EndSynchronizedUpdate));
        drawn.map_err(no_terminal)?;
        self.outlet.send(self.frame.take());
        Ok(outcome)
    }

    /// Forgets what the terminal shows: the next frame is drawn whole.
    pub fn clear(&mut self) -> Result<(), Fault> {
        // `Terminal::clear` asks the terminal where its cursor is, and gives up
        // when the answer is taken for a key or does not come.
        self.terminal.backend_mut().clear().map_err(no_terminal)?;
        self.terminal.swap_buffers();
        Ok(())
    }

    /// Puts a text on the clipboard of the terminal (OSC 52).
    pub fn copy(&mut self, text: &Secret) -> Result<(), Fault> {
        queue!(self.frame, CopyToClipboard::to_clipboard_from(text.expose()))
            .map_err(no_terminal)?;
        self.outlet.send(self.frame.take());
        Ok(())
    }

    /// The terminal said what it was asked for.
    pub const fn answered(&mut self) {
        self.asked = false;
    }

    /// Gives the terminal back for a while.
    pub fn rest(&mut self) {
        if let Some(hold) = self.hold.take() {
            let mut last = self.frame.take();
            // Writing into memory does not fail.
            let _ = release(&mut last);
            let _ = hold.release(|| {
                self.outlet.send(last);
                self.outlet.drain(LAST_WORDS);
                disable_raw_mode()
            });
        }
        if std::mem::take(&mut self.asked) {
            forget_input();
        }
    }

    /// Takes it over again after [`Self::rest`].
    pub fn resume(&mut self) -> Result<(), Fault> {
        self.take()?;
        self.clear()
    }

    /// What takes the terminal over goes out with the next frame, in one piece.
    fn take(&mut self) -> Result<(), Fault> {
        // Control characters would end the title's sequence early.
        let title: String = self.title.chars().filter(|c| !c.is_control()).collect();
        let mut leave = Vec::new();
        release(&mut leave).map_err(no_terminal)?;
        let hold = Hold::take(Zeroizing::default(), leave, enable_raw_mode);
        self.hold = Some(hold.map_err(no_terminal)?);
        queue!(
            self.frame,
            EnterAlternateScreen,
            Print(ERASE_IN_PLACE),
            Print(KEEP_TITLE),
            SetTitle(title),
            EnableBracketedPaste,
            EnableMouseCapture
        )
        .map_err(no_terminal)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.rest();
    }
}

/// What gives the terminal back.
fn release(output: &mut impl Write) -> io::Result<()> {
    execute!(
        output,
        EndSynchronizedUpdate,
        DisableMouseCapture,
        DisableBracketedPaste,
        // Where there is no other screen, what is shown would stay.
        Print(ERASE_IN_PLACE),
        LeaveAlternateScreen,
        SetTitle(""),
        Print(TITLE_BACK),
        Show
    )
}

/// Forgets what was typed and not read: an answer of the terminal that comes
/// late would land in the shell.
fn forget_input() {
    #[cfg(unix)]
    let _ = rustix::termios::tcflush(io::stdin(), rustix::termios::QueueSelector::IFlush);
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

/// The terminal cannot be drawn on.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct NoTerminal(#[source] io::Error);

impl UniformFailure for NoTerminal {
    const SYSTEM: System = System::Workstation;
    const KIND: FaultKind = FaultKind::Refused;

    fn hint(&self) -> String {
        say!("Use the plain face on it: `--plain`.")
    }
}

fn no_terminal(error: io::Error) -> Fault {
    Fault::of(&NoTerminal(error), say!("draw on this terminal"))
}
