//! The loop: waits for what happens, lets the state change, does what comes of
//! it, and draws.

use std::{future::pending, io, sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::{
    sync::{mpsc::UnboundedSender, watch},
    time::{sleep, timeout},
};

use super::{
    action::Deed, drawn::Drawn, engine_is_gone, event::Event, input::Input, state::State,
    terminal::Screen, update, view,
};
use crate::{
    site::Fault,
    terminal::{self, Listener, Word},
    wizard::{Command, Ending, Snapshot},
};

/// How long the word that a frame is on the screen may lag behind the frame.
const CATCH_UP: Duration = Duration::from_millis(50);

/// How the face came to its end.
pub(super) enum Way {
    /// The run is over, and the operator saw it.
    Ended,
    /// The operator would not wait for that.
    Abandoned,
    /// The terminal is gone, or the system wants this process to end.
    Vanished,
}

pub(super) struct Face {
    pub(super) screen: Screen,
    pub(super) state: State,
    /// What the frame that is on its way to the terminal puts where: it counts
    /// once it is there.
    pub(super) drawing: Option<Drawn>,
    /// Whether that frame was waited for in vain.
    pub(super) stuck: bool,
    /// Whether the next frame is drawn whole.
    pub(super) clear: bool,
    /// Whether the screen shows something older than the state.
    pub(super) outdated: bool,
}

impl Face {
    /// Draws, if the frame before is through; else later.
    pub(super) fn draw(&mut self) -> Result<(), Fault> {
        if !self.outdated || !self.screen.is_free() {
            return Ok(());
        }
        self.outdated = false;
        if std::mem::take(&mut self.clear) {
            self.screen.clear()?;
        }
        let state = &self.state;
        self.drawing = Some(self.screen.draw(|frame| {
            let drawn = view::draw(frame, state);
            for link in drawn.links.iter().filter(|_| state.theme.links) {
                link.apply(frame.buffer_mut());
            }
            drawn
        })?);
        Ok(())
    }

    /// Who answers what is on the screen may be faster than the word that it is
    /// there. A terminal that takes no output is waited for once.
    async fn catch_up(&mut self) -> io::Result<()> {
        if self.drawing.is_some() && !std::mem::replace(&mut self.stuck, true) {
            match timeout(CATCH_UP, self.screen.all_written()).await {
                Ok(written) => written?,
                Err(_) => return Ok(()),
            }
            self.seen();
        }
        Ok(())
    }

    /// The frame that was under way is on the screen now.
    pub(super) fn seen(&mut self) {
        if let Some(drawn) = self.drawing.take_if(|_| self.screen.is_free()) {
            self.state.drawn = drawn;
            self.stuck = false;
        }
    }

    pub(super) async fn walk(
        &mut self,
        snapshots: &mut watch::Receiver<Arc<Snapshot>>,
        commands: &UnboundedSender<Command>,
    ) -> Result<Way, Fault> {
        let mut input = Input::listen();
        let mut signals = Listener::new();
        // The engine may end right after its last snapshot, while the end is
        // still shown.
        let mut engine_there = true;
        snapshots.mark_changed();
        loop {
            let mut burst = Vec::new();
            tokio::select! {
                // What is on the screen counts before what is said to it.
                biased;
                written = self.screen.written() => {
                    if written.is_err() {
                        return Ok(Way::Vanished);
                    }
                    self.seen();
                    if self.draw().is_err() {
                        return Ok(Way::Vanished);
                    }
                    continue;
                }
                word = signals.next() => {
                    if matches!(word, Word::End(_)) {
                        terminal::end_by(word);
                        return Ok(Way::Vanished);
                    }
                    self.suspend(word == Word::Stop, &mut input)?;
                }
                typed = input.next() => match typed {
                    Some(typed) => {
                        burst = typed;
                        if self.catch_up().await.is_err() {
                            return Ok(Way::Vanished);
                        }
                    }
                    None => return Ok(Way::Vanished),
                },
                changed = snapshots.changed(), if engine_there => {
                    engine_there = changed.is_ok();
                    if engine_there {
                        burst.push(Event::Snapshot(snapshots.borrow_and_update().clone()));
                    } else if self.state.snapshot.ending.is_none() {
                        return Err(engine_is_gone());
                    }
                }
                () = time_passes(&self.state) => {}
            }
            // Ages, clocks and notices count from when something happened.
            burst.insert(0, Event::Tick(Timestamp::now()));
            if let Some(way) = self.take_in(burst, commands, &mut input)? {
                return Ok(way);
            }
            self.outdated = true;
            // A terminal that can be drawn on no more is gone.
            if self.draw().is_err() {
                return Ok(Way::Vanished);
            }
        }
    }

    /// Takes in what happened, and does what comes of it. `None`: the face goes on.
    fn take_in(
        &mut self,
        burst: Vec<Event>,
        commands: &UnboundedSender<Command>,
        input: &mut Input,
    ) -> Result<Option<Way>, Fault> {
        for event in burst {
            if matches!(event, Event::Ground(_)) {
                self.screen.answered();
            }
            for deed in update::update(&mut self.state, event) {
                match deed {
                    Deed::Suspend => self.suspend(true, input)?,
                    Deed::Leave => return Ok(Some(Way::Ended)),
                    Deed::Abandon => return Ok(Some(Way::Abandoned)),
                    // An engine that is gone is noticed by its snapshots.
                    Deed::Send(command) => _ = commands.send(command),
                    Deed::Copy(text) => self.screen.copy(&text)?,
                    Deed::Open(link) => open(link),
                    Deed::Redraw => self.clear = true,
                }
            }
        }
        Ok(self.has_left().then_some(Way::Ended))
    }

    /// Who left does not have to press a key to leave, unless there is something
    /// to be read.
    fn has_left(&self) -> bool {
        match &self.state.snapshot.ending {
            Some(Ending::Left) => true,
            Some(
                Ending::LoginVerified
                | Ending::Finished
                | Ending::Rotated
                | Ending::TakenBack(_)
                | Ending::AccessRemoved(_),
            ) => self.state.leaving,
            Some(Ending::Failed(_)) | None => false,
        }
    }

    /// Gives the terminal back and takes it again: after a stop, or because
    /// somebody else stopped us and the shell had it meanwhile.
    fn suspend(&mut self, stops: bool, input: &mut Input) -> Result<(), Fault> {
        input.stop();
        self.screen.rest();
        if stops {
            terminal::stop();
        }
        self.clear = true;
        self.outdated = true;
        self.screen.resume()?;
        *input = Input::listen();
        Ok(())
    }
}

/// Waits until the screen would look different by itself; forever, while it
/// would not.
async fn time_passes(state: &State) {
    match state.changes_in() {
        Some(wait) => sleep(wait).await,
        None => pending().await,
    }
}

/// Opens a link without waiting for the browser. One that cannot be opened is
/// still on the screen.
fn open(link: String) {
    tokio::task::spawn_blocking(move || {
        let quiet = webbrowser::BrowserOptions::new();
        let _ = webbrowser::open_browser_with_options(webbrowser::Browser::Default, &link, &quiet);
    });
}
