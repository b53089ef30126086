//! The exact view: what will be sent, as it will be sent, and every field
//! whole.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use super::{
    fields,
    lines::{hanging, heading},
    live, overlay,
};
use crate::{
    text as say,
    tui::{drawn::Drawn, state::State, theme::Role, widget::text},
    wizard::{EffectView, PlanView},
};

/// Draws it.
pub fn render(frame: &mut Frame, area: Rect, state: &State, drawn: &mut Drawn) {
    let width = overlay::width(area);
    let theme = state.theme;
    let mut content = Vec::new();
    let step = state.card();
    match state.plan() {
        Some(plan) if !plan.effects.is_empty() => content.extend(effects(state, plan, width)),
        _ => content.push(Line::styled(
            word!("Nothing will be sent for this step."),
            theme.style(Role::Faint),
        )),
    }
    if let Some(step) = step.filter(|step| !step.fields.is_empty()) {
        content.push(Line::default());
        content.push(heading(theme, word!("Every field")));
        content.extend(fields::full(&step.fields, width, theme).lines);
    }
    if let Some(step) = step.filter(|step| !step.live.is_empty()) {
        content.push(Line::default());
        content.push(heading(theme, word!("Live")));
        content.extend(live::lines(state, step, width));
    }
    let title = step.map_or(word!("In full"), |step| step.id.title());
    overlay::render(frame, area, &say!("{title}: exactly", title), content, state, drawn);
}

fn effects(state: &State, plan: &PlanView, width: usize) -> Vec<Line<'static>> {
    let theme = state.theme;
    let mut lines = Vec::new();
    for (i, EffectView { effect, exact }) in plan.effects.iter().enumerate() {
        if i > 0 {
            lines.push(Line::default());
        }
        let mark = Span::styled(format!("{}. ", i + 1), theme.style(Role::Accent));
        let what = format!("{}: {}", effect.system(), say::effect(effect));
        lines.extend(hanging(mark, &what, width, theme.style(Role::Strong)));
        for line in say::exact(exact).lines() {
            for (i, piece) in text::chop(line, width.saturating_sub(5)).into_iter().enumerate() {
                // A line that goes on says so: it is one when it is sent.
                let edge = if i == 0 { theme.upright() } else { theme.glyph("↳", ">") };
                lines.push(Line::from(vec![
                    Span::styled(format!("   {edge} "), theme.style(Role::Rule)),
                    Span::raw(piece),
                ]));
            }
        }
        let undo = say!("to take it back: {how}", how = say::undo_way(effect.undo()));
        lines.extend(hanging(Span::raw("   "), &undo, width, theme.style(Role::Faint)));
    }
    lines
}
