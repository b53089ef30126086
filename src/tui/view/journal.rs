//! The journal pane: what was done, run by run, when, and how it is taken
//! back.

use jiff::Timestamp;
use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use super::{
    lines::{clock, hanging},
    overlay,
};
use crate::{
    text as say,
    tui::{action::Action, drawn::Drawn, state::State, theme::Role},
    wizard::{JournalRow, UndoView},
};

/// How far in what was done stands, behind its time.
const INDENT: usize = 10;

/// Draws it.
pub fn render(frame: &mut Frame, area: Rect, state: &State, drawn: &mut Drawn) {
    let width = overlay::width(area);
    let theme = state.theme;
    let mut content = Vec::new();
    let rows = &state.snapshot.journal;
    // Undo takes the last run that is not taken back yet.
    let last = rows.iter().rfind(|row| is_possible(row)).map(|row| row.run.as_str());
    let mut run = None;
    for row in rows {
        if run != Some(row.run.as_str()) {
            if run.is_some() {
                content.push(Line::default());
            }
            run = Some(row.run.as_str());
            content.push(Line::styled(date(state, row.at), theme.style(Role::Faint)));
            if run == last && state.can(Action::Undo) {
                let key = Span::styled("u ", theme.style(Role::Chosen));
                let does = word!("takes this run back; it is shown and asked first");
                content.extend(hanging(key, does, width, theme.style(Role::Text)));
            }
        }
        content.extend(entry(state, row, width));
    }
    if content.is_empty() {
        content.push(Line::styled(word!("Nothing was done yet."), theme.style(Role::Faint)));
    }
    overlay::render(frame, area, word!("Journal"), content, state, drawn);
}

/// Whether a row can be taken back.
const fn is_possible(row: &JournalRow) -> bool {
    matches!(row.undo, UndoView::Possible(_))
}

fn entry(state: &State, row: &JournalRow, width: usize) -> Vec<Line<'static>> {
    let theme = state.theme;
    let blank = || Span::raw(" ".repeat(INDENT));
    let faint = theme.style(Role::Faint);
    let back = matches!(row.undo, UndoView::TakenBack(_));
    let mark = Span::styled(format!("{}  ", clock(state, row.at)), faint);
    let what = format!("{}: {}", row.system, say::act(&row.act));
    let look = theme.style(if back { Role::Faint } else { Role::Text });
    let mut lines = hanging(mark, &what, width, look);
    lines.extend(hanging(blank(), &say::act_outcome(&row.outcome), width, faint));
    let (undo, role) = match &row.undo {
        UndoView::Possible(way) => {
            (say!("to take it back: {how}", how = say::undo_way(*way)), Role::Faint)
        }
        UndoView::TakenBack(at) => {
            (say!("taken back at {time}", time = clock(state, *at)), Role::Notice)
        }
        UndoView::None(why) => (say::no_undo(*why), Role::Faint),
    };
    lines.extend(hanging(blank(), &undo, width, theme.style(role)));
    lines
}

fn date(state: &State, at: Timestamp) -> String {
    at.to_zoned(state.zone.clone()).strftime("%A, %Y-%m-%d").to_string()
}
