//! The live pane: what the servers say now, each value with its age.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::Paragraph,
};

use super::lines::{age, hanging};
use crate::{
    site::Reading,
    tui::{state::State, theme::Role, widget::text},
    wizard::{LiveRow, StepView},
};

/// Draws it as a column.
pub fn render(frame: &mut Frame, area: Rect, state: &State) {
    let theme = state.theme;
    let upright = Line::styled(theme.upright(), theme.style(Role::Rule));
    let rule = vec![upright; usize::from(area.height)];
    frame.render_widget(Paragraph::new(rule), Rect { width: 1, ..area });
    let inner = Rect {
        x: area.x + 2,
        y: area.y + 1,
        width: area.width.saturating_sub(3),
        height: area.height.saturating_sub(1),
    };
    let mut content = vec![Line::styled("Live", theme.style(Role::Strong)), Line::default()];
    match state.card() {
        Some(step) if !step.live.is_empty() => {
            content.extend(lines(state, step, usize::from(inner.width)));
        }
        _ => {
            let said = "Nothing was read for this step.";
            let width = usize::from(inner.width);
            content.extend(hanging(Span::raw(""), said, width, theme.style(Role::Faint)));
        }
    }
    let room = usize::from(inner.height);
    if content.len() > room {
        content.truncate(room.saturating_sub(1));
        let more = format!("{} x shows all", theme.glyph("↓", "v"));
        content.push(Line::styled(more, theme.style(Role::Accent)));
    }
    frame.render_widget(Paragraph::new(content), inner);
}

/// The rows of a step, under the system that says so.
pub fn lines(state: &State, step: &StepView, width: usize) -> Vec<Line<'static>> {
    let theme = state.theme;
    let mut lines = Vec::new();
    let mut before = None;
    for row in &step.live {
        if before != Some(row.system) {
            if before.is_some() {
                lines.push(Line::default());
            }
            lines.push(Line::styled(row.system.name(), theme.style(Role::Accent)));
            before = Some(row.system);
        }
        lines.extend(entry(state, row, width));
    }
    lines
}

fn entry(state: &State, row: &LiveRow, width: usize) -> Vec<Line<'static>> {
    let theme = state.theme;
    let faint = theme.style(Role::Faint);
    let side = match &row.value {
        Reading::Unknown => "not read".into(),
        Reading::Reading { .. } => "reading".into(),
        Reading::Known { at, .. } | Reading::Failed { at, .. } => age(state, *at),
    };
    let room = width.saturating_sub(text::columns(&side) + 1);
    let mut side = Some(side);
    let mut lines: Vec<Line> = text::wrap(&row.what, room)
        .into_iter()
        .map(|piece| {
            let side = side.take().unwrap_or_default();
            let what = text::pad(&piece, room + 1, theme.ellipsis());
            Line::from(vec![Span::styled(what, faint), Span::styled(side, faint)])
        })
        .collect();
    if let Some(value) = row.value.last() {
        let role = match (&row.value, state.is_fresh(row)) {
            (_, true) => Role::Fresh,
            (Reading::Known { .. } | Reading::Reading { .. }, _) => Role::Text,
            // What was seen last steps back, but stays.
            _ => Role::Faint,
        };
        lines.extend(hanging(Span::raw("  "), value, width, theme.style(role)));
    }
    if let Reading::Failed { why, .. } = &row.value {
        let mark = Span::styled(theme.glyph("✗ ", "x "), theme.style(Role::Bad));
        let answer = if why.answer.is_empty() { &why.tried } else { &why.answer };
        lines.extend(hanging(mark, answer, width, theme.style(Role::Bad)));
    }
    lines
}
