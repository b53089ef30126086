//! The wizard with a person in front of it.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::timeout;

use crate::{
    plain::{self, Ink, PlainOptions},
    site::Fault,
    terminal, text,
    tui::{self, TuiOptions},
    wizard::{self, Ending, Setup, Snapshot, TokenView, Walk},
};

use super::{Color, EXIT_SAME, machine::NoPerson, output};

/// How long the engine may take to put its things away once it said that it is
/// over.
pub(super) const TIDYING: Duration = Duration::from_secs(10);

/// Walks with the person at the terminal, and returns the exit code.
pub(super) async fn with_a_person(setup: Setup, plain: bool, color: Color) -> Result<u8, Fault> {
    at_the_terminal(wizard::preview(&setup), || wizard::start(setup), plain, color).await
}

/// The same with a walk that is begun by `start`, once `first` is on the screen.
pub(super) async fn at_the_terminal(
    first: Snapshot,
    start: impl FnOnce() -> Walk,
    plain: bool,
    color: Color,
) -> Result<u8, Fault> {
    if !output::is_interactive() {
        return Err(Fault::of(&NoPerson::InWizard, NoPerson::InWizard.tried()));
    }
    let ink = output::lines(color).ink;
    if plain || terminal::is_dumb() {
        let walk = start();
        let options = PlainOptions::detect(ink);
        let ending = plain::run(walk.snapshots, walk.commands, options).await?;
        let _ = timeout(TIDYING, walk.task).await;
        return exit_code(ending);
    }
    // The screen is there before the engine looks at anything.
    let mut engine = None;
    let options = TuiOptions::detect(ink == Ink::Colour);
    let start = || {
        let walk = start();
        engine = Some(walk.task);
        (walk.snapshots, walk.commands)
    };
    let (ending, last) = tui::run(first, start, options).await?;
    // What was set up is needed after the screen is gone; the secret in it is
    // dots.
    if let (Some(summary), true) = (&last.summary, ending != Ending::Left) {
        output::tell(&output::lines(color).summary(summary))?;
    }
    if let Some(token) = last.harmless().remembered.token.filter(TokenView::is_told_at_the_end) {
        output::tell(&output::lines(color).prose(&text::token(&token, Timestamp::now()), 0))?;
    }
    if let Some(engine) = engine {
        let _ = timeout(TIDYING, engine).await;
    }
    exit_code(ending)
}

/// How a walk with a person ended, as an exit code: leaving is no failure.
fn exit_code(ending: Ending) -> Result<u8, Fault> {
    match ending {
        Ending::LoginVerified
        | Ending::Finished
        | Ending::Rotated
        | Ending::TakenBack(_)
        | Ending::AccessRemoved(_)
        | Ending::Left => Ok(EXIT_SAME),
        Ending::Failed(fault) => Err(fault),
    }
}
