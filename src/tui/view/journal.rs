//! The journal pane: what was done, when, and how it is taken back.

use jiff::Timestamp;
use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use super::{
    lines::{clock, hanging, heading},
    overlay,
};
use crate::tui::{
    action::Action,
    state::{Drawn, State},
    theme::Role,
};

/// How far in what was done stands, behind its time.
const INDENT: usize = 10;

/// Draws it.
pub fn render(frame: &mut Frame, area: Rect, state: &State, drawn: &mut Drawn) {
    let width = overlay::width(area);
    let theme = state.theme;
    let mut content = Vec::new();
    let mut day = String::new();
    for row in &state.snapshot.journal {
        let of = date(state, row.at);
        if of != day {
            if !day.is_empty() {
                content.push(Line::default());
            }
            content.push(heading(theme, &of));
            day = of;
        }
        let mark = Span::styled(format!("{}  ", clock(state, row.at)), theme.style(Role::Faint));
        let what = format!("{}: {}", row.system, row.what);
        content.extend(hanging(mark, &what, width, theme.style(Role::Text)));
        let blank = || Span::raw(" ".repeat(INDENT));
        if !row.outcome.is_empty() {
            content.extend(hanging(blank(), &row.outcome, width, theme.style(Role::Faint)));
        }
    }
    if content.is_empty() {
        content.push(Line::styled("Nothing was done yet.", theme.style(Role::Faint)));
    }
    if state.can(Action::Undo) {
        content.push(Line::default());
        content.push(Line::from(vec![
            Span::styled("u", theme.style(Role::Chosen)),
            Span::raw("  takes the last run back; what that means is shown and asked first"),
        ]));
    }
    overlay::render(frame, area, "Journal", content, state, drawn);
}

fn date(state: &State, at: Timestamp) -> String {
    at.to_zoned(state.zone.clone()).strftime("%A, %Y-%m-%d").to_string()
}
