//! The live pane: what the servers say now, each value with its age.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{
    lines::{age, hanging},
    more,
};
use crate::{
    site::Reading,
    text as say,
    tui::{
        drawn::{Drawn, Page},
        state::State,
        theme::Role,
        widget::text,
    },
    wizard::{LiveRow, StepView},
};

/// Draws it as a column, which scrolls by itself.
pub fn render(frame: &mut Frame, area: Rect, state: &State, drawn: &mut Drawn) {
    let theme = state.theme;
    let upright = Line::styled(theme.upright(), theme.style(Role::Rule));
    let rule = vec![upright; usize::from(area.height)];
    frame.render_widget(Paragraph::new(rule), Rect { width: 1, ..area });
    let inner = Rect {
        x: area.x + 2,
        y: area.y + 3,
        width: area.width.saturating_sub(3),
        height: area.height.saturating_sub(3),
    };
    let width = usize::from(inner.width);
    let content = match state.card() {
        Some(step) if !step.live.is_empty() => lines(state, step, width),
        _ => {
            let said = word!("Nothing was read for this step.");
            hanging(Span::raw(""), said, width, theme.style(Role::Faint))
        }
    };
    drawn.live = Page::new(inner, content.len());
    let end = drawn.live.end;
    let scroll = state.scrolled.live.min(end);
    let mut head = vec![Span::styled(word!("Live"), theme.style(Role::Strong))];
    if end > 0 {
        head.push(Span::styled(word!("   < > scroll"), theme.style(Role::Faint)));
    }
    let above = Rect { y: area.y + 1, height: 1, ..inner };
    frame.render_widget(Paragraph::new(Line::from(head)), above);
    frame.render_widget(Paragraph::new(content).scroll((scroll, 0)), inner);
    more(frame, Rect { width: inner.width + 1, ..inner }, theme, scroll, end);
}

/// The rows of a step, under the system that says so.
pub fn lines(state: &State, step: &StepView, width: usize) -> Vec<Line<'static>> {
    let theme = state.theme;
    let mut lines = Vec::new();
    let mut before: Option<&LiveRow> = None;
    for row in &step.live {
        let same_system = before.filter(|before| before.system == row.system);
        if same_system.is_none() {
            if before.is_some() {
                lines.push(Line::default());
            }
            lines.push(Line::styled(row.system.name(), theme.style(Role::Accent)));
        }
        // What keeps all rows of a system from being read is told once.
        let told = same_system.is_some_and(|before| before.value.fault() == row.value.fault());
        lines.extend(entry(state, row, told, width));
        before = Some(row);
    }
    lines
}

fn entry(state: &State, row: &LiveRow, told: bool, width: usize) -> Vec<Line<'static>> {
    let theme = state.theme;
    let faint = theme.style(Role::Faint);
    let side = match &row.value {
        Reading::Unknown => say!("not read"),
        Reading::Reading { .. } => say!("reading"),
        // The age of what is shown, which a failed read does not renew.
        Reading::Known { at, .. } | Reading::Failed { at, .. } => {
            age(state, row.value.last_at().unwrap_or(*at)).unwrap_or_else(|| say!("now"))
        }
    };
    let room = width.saturating_sub(text::columns(&side) + 1);
    let mut side = Some(side);
    let mut lines: Vec<Line> = text::wrap(&say::live_subject(&row.what), room)
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
        lines.extend(hanging(Span::raw("  "), &say::live_value(value), width, theme.style(role)));
    }
    if let Reading::Failed { why, at, .. } = &row.value {
        let mark = Span::styled(theme.glyph("✗ ", "x "), theme.style(Role::Bad));
        let answer = if why.answer.is_empty() { &why.tried } else { &why.answer };
        let answer = if told { word!("the same") } else { answer };
        let when = match (told, age(state, *at)) {
            (true, _) | (_, None) => String::new(),
            (_, Some(age)) => say!(" ({age} ago)", age),
        };
        lines.extend(hanging(mark, &format!("{answer}{when}"), width, theme.style(Role::Bad)));
    }
    lines
}
