//! The rail: the steps of this run and how far each is.

use ratatui::{Frame, layout::Rect, text::Line, widgets::Paragraph};

use super::{header, lines};
use crate::{
    text as say,
    tui::{
        action::Action,
        drawn::Drawn,
        state::State,
        theme::{Role, Theme},
        widget::step_rail::{self, Entry},
    },
    wizard::{StepState, StepView},
};

/// Draws it, as a column or as one line.
pub fn render(frame: &mut Frame, area: Rect, stands: bool, state: &State, drawn: &mut Drawn) {
    let theme = state.theme;
    let entries: Vec<Entry> =
        state.snapshot.steps.iter().enumerate().map(|(i, step)| entry(state, i, step)).collect();
    let places = if stands {
        let upright = Line::styled(theme.upright(), theme.style(Role::Rule));
        let rule = vec![upright; usize::from(area.height)];
        let edge = Rect { x: area.right().saturating_sub(1), width: 1, ..area };
        frame.render_widget(Paragraph::new(rule), edge);
        let inner = Rect {
            y: area.y + 1,
            width: area.width.saturating_sub(2),
            height: area.height.saturating_sub(1),
            ..area
        };
        step_rail::column(&entries, theme, inner, frame.buffer_mut())
    } else {
        header::rule(frame, Rect { y: area.y + 1, height: 1, ..area }, theme);
        let inner = Rect { x: area.x + 1, width: area.width - 1, height: 1, ..area };
        step_rail::strip(&entries, theme, inner, frame.buffer_mut())
    };
    for (place, step) in places.into_iter().zip(&state.snapshot.steps) {
        drawn.buttons.push((place, Action::Visit(step.id)));
    }
}

/// The glyph of a step's state and what it means.
pub fn mark(theme: Theme, step: &StepView, here: bool) -> (&'static str, Role) {
    match step.state {
        StepState::ToDo if here => (theme.glyph("◉", "@"), Role::Accent),
        StepState::ToDo => (theme.glyph("○", "o"), Role::Faint),
        StepState::Differs => (theme.glyph("◆", "#"), Role::Notice),
        StepState::Done => (theme.glyph("✓", "v"), Role::Good),
        StepState::Skipped => (theme.glyph("–", "-"), Role::Faint),
        StepState::NotNeeded => (theme.glyph("·", "."), Role::Faint),
        StepState::Failed => (theme.glyph("✗", "x"), Role::Bad),
    }
}

fn entry(state: &State, place: usize, step: &StepView) -> Entry {
    let here = step.id == state.snapshot.here && state.snapshot.summary.is_none();
    let side = match (step.state, step.took) {
        (StepState::Done, Some(took)) => lines::took(took),
        (StepState::ToDo, _) if !here => String::new(),
        _ => say::step_state(step.state, step.took.is_some(), here).to_owned(),
    };
    Entry {
        mark: mark(state.theme, step, here),
        title: format!("{place} {}", say::short_title(step.id)),
        short: place.to_string(),
        side,
        here,
        faint: matches!(step.state, StepState::ToDo | StepState::Skipped | StepState::NotNeeded),
    }
}
