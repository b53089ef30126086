//! The full-screen face. The state is data ([`state`]), an event changes it in
//! one place ([`update`]), views draw it and nothing else ([`view`]); the loop
//! below is all that touches a terminal or a clock.

pub mod action;
pub mod drawn;
pub mod event;
mod face;
mod hidden_line;
mod in_place;
mod input;
pub mod keys;
pub mod layout;
mod outlet;
mod refusal;
pub mod state;
mod terminal;
pub mod theme;
pub mod update;
pub mod view;
pub mod widget;

use std::{env, sync::Arc, time::Duration};

use jiff::{Timestamp, tz::TimeZone};
use tokio::{
    sync::{mpsc::UnboundedSender, watch},
    time::timeout,
};

use self::{
    face::{Face, Way},
    state::State,
    terminal::Screen,
    theme::Theme,
};
use crate::{
    plain,
    site::Fault,
    wizard::{Command, Ending, Snapshot},
};

/// How long the engine may take to come to an end after the terminal is gone.
const AFTER_HANGUP: Duration = Duration::from_secs(10);

/// How long the first frame is waited for before the engine is started.
const FIRST_FRAME: Duration = Duration::from_secs(1);

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

/// Whether a link can be opened here: not over SSH, not without a desktop.
fn has_browser() -> bool {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    let desktop = !cfg!(target_os = "linux") || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY");
    desktop && !is_set("SSH_CONNECTION")
}

pub(in crate::tui) fn engine_is_gone() -> Fault {
    plain::engine_is_gone()
}

/// The operator would not wait for the end of what was under way.
fn left_at_work(state: &State) -> Fault {
    plain::left_at_work(state.snapshot.work.as_ref())
}
