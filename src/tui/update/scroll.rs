//! Scrolling: by lines, by screens, and where the wheel turned.

use ratatui::layout::Position;

use crate::tui::{drawn::Page, state::State};

/// What can be scrolled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Card,
    Live,
    Overlay,
}

impl Part {
    /// What the arrows mean: what lies on top.
    pub(super) const fn in_front(state: &State) -> Self {
        if state.overlay.is_some() { Self::Overlay } else { Self::Card }
    }

    /// What the wheel means: what is under the pointer, as far as it is not
    /// covered.
    pub(super) const fn under(state: &State, at: Position) -> Self {
        if state.overlay.is_none() && state.drawn.live.contains(at) {
            Self::Live
        } else {
            Self::in_front(state)
        }
    }
}

/// Scrolls a part by so many lines, as far as it goes.
pub(super) fn by(state: &mut State, part: Part, lines: i16) {
    let Page { end, .. } = page(state, part);
    let at = match part {
        Part::Card => &mut state.scrolled.card,
        Part::Live => &mut state.scrolled.live,
        Part::Overlay => &mut state.scrolled.overlay,
    };
    *at = (*at).min(end).saturating_add_signed(lines).min(end);
}

/// Scrolls a part by so many screens, less a line of each to go on from.
pub(super) fn by_screens(state: &mut State, part: Part, screens: i16) {
    let tall = page(state, part).area.height.saturating_sub(1).max(1);
    let lines = i16::try_from(tall).unwrap_or(i16::MAX);
    by(state, part, screens.saturating_mul(lines));
}

const fn page(state: &State, part: Part) -> Page {
    match part {
        Part::Card => state.drawn.card,
        Part::Live => state.drawn.live,
        Part::Overlay => state.drawn.overlay,
    }
}
