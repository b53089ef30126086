//! The test login: the link, its QR code, and what was seen of the login.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use super::{
    lines::{hanging, heading},
    overlay,
};
use crate::tui::{
    state::{Drawn, State},
    theme::{Depth, Role},
    widget::{link_code, text},
};

/// The part of the card about the login, once there is one to wait for.
/// `height` is how much of the card is seen at a time.
pub fn lines(state: &State, width: usize, height: usize) -> Vec<Line<'static>> {
    let theme = state.theme;
    let Some(login) = &state.snapshot.login else { return Vec::new() };
    let mut lines = Vec::new();
    if let Some(link) = state.link() {
        lines.push(heading(theme, "Open this link, on this machine or on a phone"));
        for piece in text::chop(link, width) {
            lines.push(Line::styled(piece, theme.style(Role::Accent)));
        }
        lines.push(Line::default());
    }
    for seen in &login.trail {
        let mark = Span::styled(theme.glyph("✓ ", "v "), theme.style(Role::Good));
        lines.extend(hanging(mark, &seen.what, width, theme.style(Role::Text)));
    }
    match &login.who {
        Some(who) => {
            let mark = Span::styled(theme.glyph("✓ ", "v "), theme.style(Role::Good));
            let text = format!("{who} logged in.");
            lines.extend(hanging(mark, &text, width, theme.style(Role::Strong)));
        }
        None if login.trail.is_empty() => {
            lines.push(Line::styled("Nobody has logged in yet.", theme.style(Role::Faint)));
        }
        None => {}
    }
    if let Some(code) = code(state) {
        lines.push(Line::default());
        // A phone reads all of it or nothing.
        if code.len() <= height && code.first().is_some_and(|line| line.width() <= width) {
            lines.extend(code);
        } else {
            let hint = "Q shows the link to the camera of a phone.";
            lines.push(Line::styled(hint, theme.style(Role::Faint)));
        }
    }
    lines
}

/// Draws the code alone, on all of the screen.
pub fn render_code(frame: &mut Frame, area: Rect, state: &State, drawn: &mut Drawn) {
    let mut lines = code(state).unwrap_or_else(|| {
        vec![Line::styled("This terminal cannot draw the code.", state.theme.style(Role::Faint))]
    });
    if let Some(link) = state.link() {
        lines.push(Line::default());
        let width = usize::from(area.width.saturating_sub(6));
        lines.extend(text::chop(link, width).into_iter().map(Line::from));
    }
    overlay::render(frame, area, "Scan with a phone", lines, state, drawn);
}

fn code(state: &State) -> Option<Vec<Line<'static>>> {
    if state.theme.ascii {
        return None;
    }
    link_code::lines(state.link()?, state.theme.depth != Depth::None)
}
