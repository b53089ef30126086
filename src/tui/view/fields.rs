//! The field table: wanted beside live. What differs stands out, what is equal
//! steps back into one line.

use ratatui::text::{Line, Span};

use crate::{
    site::Reading,
    tui::{
        theme::{Role, Theme},
        widget::text,
    },
    wizard::{FieldRow, FieldState},
};

/// Below this width wanted and live stand one above the other.
const SIDE_BY_SIDE: usize = 56;

/// The table's lines. Nothing of a value that matters is cut: it goes on in
/// the next line. An equal one may be; the full view has it.
pub fn lines(rows: &[FieldRow], width: usize, full: bool, theme: Theme) -> Vec<Line<'static>> {
    if rows.is_empty() {
        return Vec::new();
    }
    let longest = rows.iter().map(|row| text::columns(&row.name)).max().unwrap_or(0);
    let names = longest.clamp(5, (width * 2 / 5).clamp(8, 28));
    let side_by_side = width >= SIDE_BY_SIDE;
    let room = width.saturating_sub(2 + names + 2);
    let half = room.saturating_sub(2) / 2;
    let faint = theme.style(Role::Faint);
    let mut lines = Vec::new();
    if side_by_side && rows.iter().any(|row| !is_one_line(row)) {
        lines.push(Line::from(vec![
            Span::raw("  "),
            Span::styled(text::pad("field", names + 2, ""), faint),
            Span::styled(text::pad("wanted", half + 2, ""), faint),
            Span::styled("live", faint),
        ]));
    }
    for row in rows {
        let (glyph, role) = mark(row.state, theme);
        let same = row.state == FieldState::Same;
        let name_style = theme.style(if same { Role::Faint } else { Role::Text });
        let head = |first: bool| {
            let (glyph, name) = if first { (glyph, row.name.as_str()) } else { (" ", "") };
            vec![
                Span::styled(format!("{glyph} "), theme.style(role)),
                Span::styled(text::pad(name, names, theme.ellipsis()) + "  ", name_style),
            ]
        };
        let wanted = if row.wanted.is_empty() { "(empty)" } else { &row.wanted };
        if is_one_line(row) {
            let pieces = if same && !full {
                vec![text::fit(wanted, room, theme.ellipsis())]
            } else {
                text::wrap(wanted, room)
            };
            for (i, piece) in pieces.into_iter().enumerate() {
                let mut spans = head(i == 0);
                spans.push(Span::styled(piece, theme.style(wanted_role(row.state))));
                lines.push(Line::from(spans));
            }
        } else if side_by_side {
            let (live, live_role) = live(&row.live);
            let (left, right) = (text::wrap(wanted, half), text::wrap(&live, half));
            for i in 0..left.len().max(right.len()) {
                let mut spans = head(i == 0);
                let piece = |pieces: &[String]| pieces.get(i).cloned().unwrap_or_default();
                let styled = text::pad(&piece(&left), half + 2, theme.ellipsis());
                spans.push(Span::styled(styled, theme.style(wanted_role(row.state))));
                spans.push(Span::styled(piece(&right), theme.style(live_role)));
                lines.push(Line::from(spans));
            }
        } else {
            let (live, live_role) = live(&row.live);
            let both = [("wanted ", wanted, wanted_role(row.state)), ("live   ", &live, live_role)];
            for (which, (label, value, role)) in both.into_iter().enumerate() {
                for (i, piece) in text::wrap(value, room.saturating_sub(7)).into_iter().enumerate()
                {
                    let mut spans = head(which == 0 && i == 0);
                    let label = if i == 0 { label } else { "       " };
                    spans.push(Span::styled(label, faint));
                    spans.push(Span::styled(piece, theme.style(role)));
                    lines.push(Line::from(spans));
                }
            }
        }
    }
    lines
}

/// Whether there is nothing to compare: both are the same, or there is nothing
/// yet.
fn is_one_line(row: &FieldRow) -> bool {
    let nothing_there = matches!(row.live, Reading::Known { value: None, .. });
    row.state == FieldState::Same || (row.state == FieldState::New && nothing_there)
}

const fn mark(state: FieldState, theme: Theme) -> (&'static str, Role) {
    match state {
        FieldState::Unknown => (theme.glyph("?", "?"), Role::Faint),
        FieldState::Same => (theme.glyph("=", "="), Role::Good),
        FieldState::New => (theme.glyph("+", "+"), Role::Accent),
        FieldState::Differs => (theme.glyph("≠", "!"), Role::Notice),
    }
}

const fn wanted_role(state: FieldState) -> Role {
    match state {
        FieldState::Same => Role::Faint,
        FieldState::Unknown => Role::Text,
        FieldState::New => Role::Accent,
        FieldState::Differs => Role::Strong,
    }
}

fn live(live: &Reading<Option<String>>) -> (String, Role) {
    match live {
        Reading::Unknown => ("not read yet".into(), Role::Faint),
        Reading::Reading { .. } => ("reading".into(), Role::Faint),
        Reading::Known { value: None, .. } => ("not there".into(), Role::Faint),
        Reading::Known { value: Some(value), .. } if value.is_empty() => {
            ("(empty)".into(), Role::Notice)
        }
        Reading::Known { value: Some(value), .. } => (value.clone(), Role::Notice),
        Reading::Failed { why, last, .. } => {
            let last = last.clone().flatten();
            let last = last.map(|last| format!("; last seen: {last}")).unwrap_or_default();
            (format!("could not be read: {}{last}", why.answer), Role::Bad)
        }
    }
}
