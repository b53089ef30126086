//! The help overlay, made from the table of keys.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use super::{lines::heading, overlay};
use crate::tui::{
    drawn::Drawn,
    keys::{Binding, Mode, TABLE},
    state::State,
    theme::Role,
    widget::text,
};

/// A heading, and which rows of the table stand below it.
type Section = (&'static str, fn(&Binding) -> bool);

/// Headings, and which rows of the table stand below each: every row that has a
/// label, once.
const SECTIONS: [Section; 7] = [
    (word!("While a change is asked about"), |row| row.modes == [Mode::Deciding]),
    (word!("While an option is chosen"), |row| row.modes == [Mode::Choosing]),
    (word!("While a line is typed"), |row| row.modes == [Mode::Typing]),
    (word!("On the fields"), |row| matches!(row.modes, [Mode::Fields, ..] | [Mode::Editing])),
    (word!("While no line is typed"), |row| {
        row.modes.len() > 1
            && !row.modes.contains(&Mode::Typing)
            && !matches!(row.modes, [Mode::Fields, ..])
    }),
    (word!("Always"), |row| row.modes.len() > 1 && row.modes.contains(&Mode::Typing)),
    (word!("In a page like this one"), |row| row.modes == [Mode::Reading]),
];

/// Draws it.
pub fn render(frame: &mut Frame, area: Rect, state: &State, drawn: &mut Drawn) {
    let width = overlay::width(area);
    overlay::render(frame, area, word!("Keys"), lines(state, width), state, drawn);
}

fn lines(state: &State, width: usize) -> Vec<Line<'static>> {
    let theme = state.theme;
    let columns = if width >= 74 { 2 } else { 1 };
    let mut lines = Vec::new();
    for (title, belongs) in SECTIONS {
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines.push(heading(theme, title));
        let rows: Vec<_> =
            TABLE.iter().filter(|row| !row.label.is_empty() && belongs(row)).collect();
        let tall = rows.len().div_ceil(columns);
        for i in 0..tall {
            let mut spans = Vec::new();
            for row in rows.iter().skip(i).step_by(tall) {
                let key = text::pad(row.written, 10, "");
                spans.push(Span::styled(key, theme.style(Role::Accent)));
                let label = text::pad(row.label, (width / columns).saturating_sub(10), "");
                spans.push(Span::raw(label));
            }
            lines.push(Line::from(spans));
        }
    }
    lines
}
