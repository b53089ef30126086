//! The journal pane: what was done, and when.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use super::{
    lines::{clock, hanging},
    overlay,
};
use crate::tui::{
    state::{Drawn, State},
    theme::Role,
};

/// Draws it.
pub fn render(frame: &mut Frame, area: Rect, state: &State, drawn: &mut Drawn) {
    let width = overlay::width(area);
    let theme = state.theme;
    let mut content = Vec::new();
    for row in &state.snapshot.journal {
        let mark = Span::styled(format!("{}  ", clock(state, row.at)), theme.style(Role::Faint));
        let what = format!("{}: {}", row.system, row.what);
        content.extend(hanging(mark, &what, width, theme.style(Role::Text)));
        if !row.outcome.is_empty() {
            let blank = Span::raw(" ".repeat(10));
            content.extend(hanging(blank, &row.outcome, width, theme.style(Role::Faint)));
        }
    }
    if content.is_empty() {
        content.push(Line::styled("Nothing was done yet.", theme.style(Role::Faint)));
    }
    overlay::render(frame, area, "Journal", content, state, drawn);
}
