//! The card: what the step does, its fields, the change, and what to know.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{
    fields,
    lines::{self, PROSE, hanging, heading},
    live, login, rail, summary,
};
use crate::{
    tui::{
        state::{Drawn, State},
        theme::Role,
        widget::text,
    },
    wizard::{PlanView, Proof, StepView},
};

/// Below this height of the card what matters now comes first, and what the
/// step is about comes last.
const SHORT: u16 = 14;

/// Draws it. `with_live`: there is no column for live, so it stands below.
pub fn render(frame: &mut Frame, area: Rect, with_live: bool, state: &State, drawn: &mut Drawn) {
    let inner = Rect {
        x: area.x + 1,
        y: area.y + 1,
        width: area.width.saturating_sub(2),
        height: area.height.saturating_sub(1),
    };
    let width = usize::from(inner.width);
    let content = match (&state.snapshot.summary, state.card()) {
        (Some(summary), _) => summary::lines(state, summary, width),
        (None, Some(step)) => lines(state, step, width, inner.height, with_live),
        (None, None) => vec![Line::styled("Opening the profile", state.theme.style(Role::Faint))],
    };
    let count = u16::try_from(content.len()).unwrap_or(u16::MAX);
    drawn.card_page = inner.height;
    drawn.card_end = count.saturating_sub(inner.height);
    let scroll = state.card_scroll.min(drawn.card_end);
    frame.render_widget(Paragraph::new(content).scroll((scroll, 0)), inner);
    more(frame, area, state, scroll, drawn.card_end);
}

/// Says at the edge that there is more above or below.
fn more(frame: &mut Frame, area: Rect, state: &State, scroll: u16, end: u16) {
    let style = state.theme.style(Role::Accent);
    let x = area.right().saturating_sub(1);
    if scroll > 0 {
        let up = Line::styled(state.theme.glyph("↑", "^"), style);
        frame.render_widget(Paragraph::new(up), Rect { x, y: area.y + 1, width: 1, height: 1 });
    }
    if scroll < end && area.height > 1 {
        let down = Line::styled(state.theme.glyph("↓", "v"), style);
        let y = area.bottom() - 1;
        frame.render_widget(Paragraph::new(down), Rect { x, y, width: 1, height: 1 });
    }
}

fn lines(
    state: &State,
    step: &StepView,
    width: usize,
    height: u16,
    with_live: bool,
) -> Vec<Line<'static>> {
    let short = height < SHORT;
    let theme = state.theme;
    let prose = width.min(PROSE);
    let about = hanging(Span::raw(""), &step.about, prose, theme.style(Role::Text));
    let mut all = vec![title(state, step)];
    let mut section = |lines: Vec<Line<'static>>| {
        if !lines.is_empty() {
            all.push(Line::default());
            all.extend(lines);
        }
    };
    if !short {
        section(about.clone());
    }
    section(step.blockers.iter().flat_map(|f| lines::fault(theme, f, prose)).collect());
    if step.id.watches_login() {
        section(login::lines(state, width, usize::from(height)));
    }
    section(fields::lines(&step.fields, width, false, theme));
    section(step.plan.as_ref().map(|plan| change(state, plan, prose)).unwrap_or_default());
    let note = Span::styled(theme.glyph("· ", "- "), theme.style(Role::Accent));
    let notes = step.notes.iter();
    section(notes.flat_map(|n| hanging(note.clone(), n, prose, theme.style(Role::Text))).collect());
    section(step.proofs.iter().flat_map(|proof| self::proof(state, proof, prose)).collect());
    if short {
        section(about);
    }
    if with_live && !step.live.is_empty() {
        let mut live = vec![heading(theme, "Live")];
        live.extend(live::lines(state, step, width));
        section(live);
    }
    all
}

fn title(state: &State, step: &StepView) -> Line<'static> {
    let theme = state.theme;
    let place = state.snapshot.place(step.id).unwrap_or_default();
    let (glyph, role) = rail::mark(theme, step.state);
    let mut spans = vec![Span::styled(step.id.title(), theme.style(Role::Strong))];
    if place > 0 {
        let of = format!("  step {place} of {}", state.snapshot.steps.len() - 1);
        spans.push(Span::styled(of, theme.style(Role::Faint)));
    }
    let word = rail::word(step.state);
    spans.push(Span::styled(format!("   {glyph} {word}"), theme.style(role)));
    Line::from(spans)
}

fn change(state: &State, plan: &PlanView, width: usize) -> Vec<Line<'static>> {
    let theme = state.theme;
    let mut lines = vec![heading(theme, &count(plan))];
    for (i, effect) in plan.effects.iter().enumerate() {
        let mark = Span::styled(format!("{}. ", i + 1), theme.style(Role::Accent));
        let what = format!("{}: {}", effect.system, effect.summary);
        lines.extend(hanging(mark, &what, width, theme.style(Role::Text)));
        if !effect.undo.is_empty() {
            let undo = format!("to take it back: {}", effect.undo);
            lines.extend(hanging(Span::raw("   "), &undo, width, theme.style(Role::Faint)));
        }
    }
    lines
}

/// How many changes there are.
pub fn count(plan: &PlanView) -> String {
    match plan.effects.len() {
        0 => "Nothing to change".into(),
        1 => "One change".into(),
        many => format!("{many} changes"),
    }
}

fn proof(state: &State, proof: &Proof, width: usize) -> Vec<Line<'static>> {
    let theme = state.theme;
    match &proof.outcome {
        Ok(evidence) => {
            let mark = Span::styled(theme.glyph("✓ ", "v "), theme.style(Role::Good));
            let mut lines = hanging(mark, &proof.what, width, theme.style(Role::Text));
            let one_line = text::columns(&proof.what) + text::columns(evidence) + 6 <= width;
            let faint = theme.style(Role::Faint);
            if evidence.is_empty() {
            } else if one_line && let Some(line) = lines.last_mut() {
                line.push_span(Span::styled(format!("  {evidence}"), faint));
            } else {
                lines.extend(hanging(Span::raw("  "), evidence, width, faint));
            }
            lines
        }
        Err(fault) => {
            let mark = Span::styled(theme.glyph("✗ ", "x "), theme.style(Role::Bad));
            let mut lines = hanging(mark, &proof.what, width, theme.style(Role::Bad));
            let indent = lines::fault(theme, fault, width.saturating_sub(2));
            lines.extend(indent.into_iter().map(|mut line| {
                line.spans.insert(0, Span::raw("  "));
                line
            }));
            lines
        }
    }
}
