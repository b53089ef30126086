//! The rail: the steps and how far each is.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{header, lines::span};
use crate::{
    tui::{
        action::Action,
        state::{Drawn, State},
        theme::{Role, Theme},
        widget::text,
    },
    wizard::{StepState, StepView},
};

/// Draws it, as a column or as one line.
pub fn render(frame: &mut Frame, area: Rect, stands: bool, state: &State, drawn: &mut Drawn) {
    if stands {
        column(frame, area, state, drawn);
    } else {
        strip(frame, area, state, drawn);
    }
}

/// The glyph of a step's state and what it means.
pub fn mark(theme: Theme, state: StepState) -> (&'static str, Role) {
    match state {
        StepState::ToDo => (theme.glyph("○", "o"), Role::Faint),
        StepState::Differs => (theme.glyph("◆", "#"), Role::Notice),
        StepState::Done => (theme.glyph("✓", "v"), Role::Good),
        StepState::Skipped => (theme.glyph("–", "-"), Role::Faint),
        StepState::NotNeeded => (theme.glyph("·", "."), Role::Faint),
        StepState::Failed => (theme.glyph("✗", "x"), Role::Bad),
    }
}

/// A step's state in a word.
pub const fn word(state: StepState) -> &'static str {
    match state {
        StepState::ToDo => "to do",
        StepState::Differs => "differs",
        StepState::Done => "done",
        StepState::Skipped => "skipped",
        StepState::NotNeeded => "not needed",
        StepState::Failed => "failed",
    }
}

fn column(frame: &mut Frame, area: Rect, state: &State, drawn: &mut Drawn) {
    let theme = state.theme;
    let width = usize::from(area.width).saturating_sub(1);
    let mut y = area.y + 1;
    let done = state.snapshot.summary.is_some();
    for (place, step) in state.snapshot.steps.iter().enumerate() {
        if y >= area.bottom() {
            break;
        }
        let here = step.id == state.snapshot.here && !done;
        let row = Rect { y, height: 1, width: area.width, ..area };
        frame.render_widget(Paragraph::new(entry(theme, place, step, here, width)), row);
        drawn.buttons.push((row, Action::Visit(step.id)));
        // Where there is height to spare the steps breathe.
        y += if area.height >= 18 { 2 } else { 1 };
    }
    let upright = Line::styled(theme.upright(), theme.style(Role::Rule));
    let lines = vec![upright; usize::from(area.height)];
    frame.render_widget(
        Paragraph::new(lines),
        Rect { x: area.right().saturating_sub(1), width: 1, ..area },
    );
}

fn entry(theme: Theme, place: usize, step: &StepView, here: bool, width: usize) -> Line<'static> {
    let (glyph, role) = mark(theme, step.state);
    let cursor = if here { theme.glyph("▌", ">") } else { " " };
    let title = format!("{place} {}", step.id.title());
    let style = match (here, step.state) {
        (true, _) => theme.style(Role::Strong),
        (false, StepState::ToDo | StepState::Skipped | StepState::NotNeeded) => {
            theme.style(Role::Faint)
        }
        (false, _) => theme.style(Role::Text),
    };
    let side = match (step.state, step.took) {
        (StepState::Done, Some(took)) => span(took),
        (StepState::Done | StepState::ToDo, _) => String::new(),
        (state, _) => word(state).to_owned(),
    };
    let room = width.saturating_sub(5);
    // The state yields to the title where both do not fit: its glyph stays.
    let side =
        if text::columns(&title) + text::columns(&side) < room { side } else { String::new() };
    let title = text::pad(&title, room - text::columns(&side), theme.ellipsis());
    Line::from(vec![
        Span::styled(cursor, theme.style(Role::Accent)),
        Span::styled(format!("{glyph} "), theme.style(role)),
        Span::styled(title, style),
        Span::styled(side, theme.style(Role::Faint)),
    ])
}

/// All steps in one line: the titles of those that are not here step back to
/// their number.
fn strip(frame: &mut Frame, area: Rect, state: &State, drawn: &mut Drawn) {
    let theme = state.theme;
    let mut spans = vec![Span::raw(" ")];
    let mut x = area.x + 1;
    for (place, step) in state.snapshot.steps.iter().enumerate() {
        let (glyph, role) = mark(theme, step.state);
        let here = step.id == state.snapshot.here;
        let title = if here { format!("{place} {}", step.id.title()) } else { place.to_string() };
        let wide = u16::try_from(text::columns(&title) + 2).unwrap_or(u16::MAX);
        drawn.buttons.push((Rect { x, y: area.y, width: wide, height: 1 }, Action::Visit(step.id)));
        x = x.saturating_add(wide + 3);
        let style = theme.style(if here { Role::Strong } else { Role::Faint });
        spans.push(Span::styled(format!("{glyph} "), theme.style(role)));
        spans.push(Span::styled(title, style));
        spans.push(Span::raw("   "));
    }
    frame.render_widget(Paragraph::new(Line::from(spans)), Rect { height: 1, ..area });
    header::rule(frame, Rect { y: area.y + 1, height: 1, ..area }, theme);
}
