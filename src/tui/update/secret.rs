//! The secret and the link: shown for a moment, or sent to the terminal's
//! clipboard.

use super::{later, say, send};
use crate::{
    secret::Secret,
    tui::{
        action::Deed,
        state::{HELD, Peek, State},
    },
    wizard::Command,
};

/// Shows the secret, hides it, or goes on showing it while the key is held.
pub(super) fn reveal(state: &mut State) -> Vec<Deed> {
    let Some(summary) = &state.snapshot.summary else { return Vec::new() };
    let is_shown = summary.revealed.is_some();
    // A copy that was asked for and never came is not meant any more.
    state.copies = false;
    let again = state.peek.pressed.is_some_and(|last| state.now < later(last, HELD));
    state.peek = Peek { pressed: Some(state.now), held: again };
    match (is_shown, again) {
        (true, true) => Vec::new(),
        (true, false) => send(Command::Conceal),
        (false, _) => send(Command::Reveal),
    }
}

/// Hides the secret once the key that was held is let go: most terminals only
/// say that it is pressed, again and again.
pub(super) fn let_go(state: &mut State) -> Vec<Deed> {
    let over = state.peek.pressed.is_some_and(|last| state.now >= later(last, HELD));
    if over && std::mem::take(&mut state.peek.held) {
        state.peek.pressed = None;
        return send(Command::Conceal);
    }
    Vec::new()
}

pub(super) fn copy(state: &mut State) -> Vec<Deed> {
    if let Some(summary) = &state.snapshot.summary {
        // It need not be seen to be copied: it is asked for, and goes by.
        let asks = summary.revealed.is_none();
        state.copies = true;
        return if asks { send(Command::Reveal) } else { copy_secret(state) };
    }
    let Some(link) = state.link().map(Secret::new) else { return Vec::new() };
    say(state, say!("The link was sent to the terminal's clipboard."));
    vec![Deed::Copy(link)]
}

/// Copies the secret that was asked for, once it is there.
pub(super) fn copy_secret(state: &mut State) -> Vec<Deed> {
    let revealed = state.snapshot.summary.as_ref().and_then(|s| s.revealed.as_ref());
    let (true, Some(shown)) = (state.copies, revealed) else { return Vec::new() };
    let secret = shown.secret.clone();
    state.copies = false;
    say(state, say!("The client secret was sent to the terminal's clipboard."));
    vec![Deed::Copy(secret), Deed::Send(Command::Conceal)]
}
