//! The full-screen face. The state is data ([`state`]), an event changes it in
//! one place ([`update`]), views draw it and nothing else ([`view`]); the loop
//! below is all that touches a terminal or a clock.

pub mod action;
pub mod event;
mod hidden_line;
mod input;
pub mod keys;
pub mod layout;
mod outlet;
mod signals;
pub mod state;
mod terminal;
pub mod theme;
pub mod update;
pub mod view;
pub mod widget;

use std::{env, future::pending, io, sync::Arc, time::Duration};

use jiff::{Timestamp, tz::TimeZone};
use tokio::{
    sync::{mpsc::UnboundedSender, watch},
    time::{sleep, timeout},
};

use self::{
    action::Deed,
    event::Event,
    input::Input,
    signals::Signals,
    state::{Drawn, State},
    terminal::Screen,
    theme::Theme,
};
use crate::{
    site::{Fault, FaultKind, System},
    wizard::{Command, Ending, Snapshot},
};

/// How long the engine may take to come to an end after the terminal is gone.
const AFTER_HANGUP: Duration = Duration::from_secs(10);

/// How long the first frame is waited for before the engine is started.
const FIRST_FRAME: Duration = Duration::from_secs(1);

/// How long the word that a frame is on the screen may lag behind the frame.
const CATCH_UP: Duration = Duration::from_millis(50);

/// How the face looks.
#[derive(Clone, Debug, Default)]
pub struct TuiOptions {
    /// Colours and glyphs.
    pub theme: Theme,
    /// The title of the window.
    pub title: String,
}

impl TuiOptions {
    /// What this terminal can show. `color` is the operator's wish.
    #[must_use]
    pub fn detect(color: bool) -> Self {
        Self { theme: Theme::detect(color), title: "immich-sso".into() }
    }
}

/// What a run of the engine is to a face: what is published, and what is asked
/// for.
pub type Run = (watch::Receiver<Arc<Snapshot>>, UnboundedSender<Command>);

/// Walks with the person at the terminal until the run is over, and returns how
/// it ended and what was shown last. `first` is drawn before `start` is called:
/// the screen is there before anything is looked at.
///
/// # Errors
/// When this terminal cannot be drawn on, or the engine is gone without a word.
pub async fn run(
    first: Snapshot,
    start: impl FnOnce() -> Run,
    options: TuiOptions,
) -> Result<(Ending, Arc<Snapshot>), Fault> {
    let asks = options.theme.may_ask_ground();
    let mut face = Face {
        screen: Screen::enter(&options.title, asks)?,
        state: State::new(Arc::new(first), options.theme, Timestamp::now(), TimeZone::system()),
        drawing: None,
        stuck: false,
        clear: false,
        outdated: true,
    };
    face.state.browser = has_browser();
    face.draw()?;
    // A terminal that takes no output is no reason not to begin.
    let _ = timeout(FIRST_FRAME, face.screen.all_written()).await;
    face.seen();
    let (mut snapshots, commands) = start();
    let way = face.walk(&mut snapshots, &commands).await?;
    let last = match way {
        Way::Ended => Arc::clone(&face.state.snapshot),
        Way::Abandoned => return Err(left_at_work(&face.state)),
        Way::Vanished => {
            // Nobody is there to see it: the engine is asked to end, and is
            // waited for, so that what is under way comes to its end.
            let _ = commands.send(Command::Quit);
            let Face { screen, state, .. } = face;
            drop(screen);
            let ended = snapshots.wait_for(|snapshot| snapshot.ending.is_some());
            match timeout(AFTER_HANGUP, ended).await {
                Ok(Ok(snapshot)) => Arc::clone(&snapshot),
                _ => return Err(left_at_work(&state)),
            }
        }
    };
    let ending = last.ending.clone().ok_or_else(engine_is_gone)?;
    Ok((ending, last))
}

/// How the face came to its end.
enum Way {
    /// The run is over, and the operator saw it.
    Ended,
    /// The operator would not wait for that.
    Abandoned,
    /// The terminal is gone, or the system wants this process to end.
    Vanished,
}

struct Face {
    screen: Screen,
    state: State,
    /// What the frame that is on its way to the terminal puts where: it counts
    /// once it is there.
    drawing: Option<Drawn>,
    /// Whether that frame was waited for in vain.
    stuck: bool,
    /// Whether the next frame is drawn whole.
    clear: bool,
    /// Whether the screen shows something older than the state.
    outdated: bool,
}

impl Face {
    /// Draws, if the frame before is through; else later.
    fn draw(&mut self) -> Result<(), Fault> {
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
    fn seen(&mut self) {
        if let Some(drawn) = self.drawing.take_if(|_| self.screen.is_free()) {
            self.state.drawn = drawn;
            self.stuck = false;
        }
    }

    async fn walk(
        &mut self,
        snapshots: &mut watch::Receiver<Arc<Snapshot>>,
        commands: &UnboundedSender<Command>,
    ) -> Result<Way, Fault> {
        let mut input = Input::listen();
        let mut signals = Signals::listen();
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
                () = signals.end() => return Ok(Way::Vanished),
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
            let mut deeds = update::update(&mut self.state, Event::Tick(Timestamp::now()));
            for event in burst {
                if matches!(event, Event::Ground(_)) {
                    self.screen.answered();
                }
                deeds.extend(update::update(&mut self.state, event));
                for deed in std::mem::take(&mut deeds) {
                    match deed {
                        Deed::Suspend => {
                            drop(input);
                            self.suspend().await?;
                            input = Input::listen();
                        }
                        Deed::Leave => return Ok(Way::Ended),
                        Deed::Abandon => return Ok(Way::Abandoned),
                        // An engine that is gone is noticed by its snapshots.
                        Deed::Send(command) => _ = commands.send(command),
                        Deed::Copy(text) => self.screen.copy(&text)?,
                        Deed::Open(link) => open(link),
                        Deed::Redraw => self.clear = true,
                    }
                }
            }
            for deed in deeds {
                if let Deed::Send(command) = deed {
                    let _ = commands.send(command);
                }
            }
            // Who left does not have to press a key to leave, unless there is
            // something to be read.
            let left = match &self.state.snapshot.ending {
                Some(Ending::Left) => true,
                Some(
                    Ending::LoginVerified
                    | Ending::Finished
                    | Ending::Rotated
                    | Ending::TakenBack(_),
                ) => self.state.leaving,
                Some(Ending::Failed(_)) | None => false,
            };
            if left {
                return Ok(Way::Ended);
            }
            self.outdated = true;
            // A terminal that can be drawn on no more is gone.
            if self.draw().is_err() {
                return Ok(Way::Vanished);
            }
        }
    }

    async fn suspend(&mut self) -> Result<(), Fault> {
        self.screen.rest();
        signals::stop().await;
        self.clear = true;
        self.screen.resume()
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

/// Whether a link can be opened here: not over SSH, not without a desktop.
fn has_browser() -> bool {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    let desktop = !cfg!(target_os = "linux") || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY");
    desktop && !is_set("SSH_CONNECTION")
}

/// Opens a link without waiting for the browser. One that cannot be opened is
/// still on the screen.
fn open(link: String) {
    tokio::task::spawn_blocking(move || {
        let quiet = webbrowser::BrowserOptions::new();
        let _ = webbrowser::open_browser_with_options(webbrowser::Browser::Default, &link, &quiet);
    });
}

fn engine_is_gone() -> Fault {
    Fault::new(System::Workstation, FaultKind::Unexpected, "go on with the walk")
        .answered("the engine ended without saying how")
        .remedy("Start again: what was done is in the journal.")
}

/// The operator would not wait for the end of what was under way.
fn left_at_work(state: &State) -> Fault {
    let work = state.snapshot.work.as_ref();
    let what = work.map_or("the end of the run", |work| work.what.as_str());
    Fault::new(System::Workstation, FaultKind::Cancelled, format!("wait for: {what}"))
        .answered("you left before it was over, so it may or may not be done")
        .remedy("Start again: the journal knows what was begun, and the servers what was done.")
}
