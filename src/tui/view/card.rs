//! The card: what the step does, its fields, the change, and what to know.

use ratatui::{
    Frame,
    layout::{Position, Rect},
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{
    fields,
    lines::{self, PROSE, hanging, heading},
    live, login, more,
    prompt::Left,
    rail, rotation, summary,
};
use crate::{
    text as say,
    tui::{
        action::Action,
        drawn::{Drawn, Page},
        state::State,
        theme::Role,
        widget::{hyperlink::Hyperlink, text},
    },
    wizard::{PlanView, Prompt, Proof, StepView},
};

/// Below this height of the card what matters now comes first, and what the
/// step is about comes last.
const SHORT: u16 = 14;

/// What a card is made of.
struct Content {
    lines: Vec<Line<'static>>,
    /// Which lines are which row of the fields: from, to, row.
    fields: Vec<(usize, usize, usize)>,
    /// Where the terminal's cursor stands: line, column.
    cursor: Option<(usize, usize)>,
    /// Where the login link stands: from, to.
    link: Option<(usize, usize)>,
}

/// Draws it. `with_live`: there is no column for live, so it stands below.
/// `left`: what the prompt has no room to tell, which then comes first here.
pub fn render(
    frame: &mut Frame,
    area: Rect,
    with_live: bool,
    left: Left,
    state: &State,
    drawn: &mut Drawn,
) {
    // Where rows are few none is left blank.
    let gap = u16::from(area.height > SHORT);
    let inner = Rect {
        x: area.x + 1,
        y: area.y + gap,
        width: area.width.saturating_sub(2),
        height: area.height.saturating_sub(gap),
    };
    let width = usize::from(inner.width);
    let plain = |lines| {
        let mut told = told(state, left, width.min(PROSE));
        if !told.is_empty() {
            told.push(Line::default());
        }
        told.extend(lines);
        Content { lines: told, fields: Vec::new(), cursor: None, link: None }
    };
    let content = match (&state.snapshot.summary, state.card()) {
        (Some(summary), _) => plain(summary::lines(state, summary, width)),
        (None, Some(step)) => content(state, step, width, inner.height, with_live, left),
        (None, None) => {
            plain(vec![Line::styled(word!("Opening the profile"), state.theme.style(Role::Faint))])
        }
    };
    drawn.card = Page::new(inner, content.lines.len());
    let scroll = scroll(state, &content, inner.height).min(drawn.card.end);
    // Only what is seen can be clicked, and has a cursor.
    let row = |line: usize| {
        let y = u16::try_from(line).ok()?.checked_sub(scroll)?;
        (y < inner.height).then_some(inner.y + y)
    };
    for (from, to, index) in &content.fields {
        let can = state.card().and_then(|step| step.fields.get(*index)?.edit.as_ref()).is_some();
        for y in (*from..*to).filter_map(row).filter(|_| can && state.can(Action::Fields)) {
            drawn.buttons.push((Rect { y, height: 1, ..inner }, Action::Field(*index)));
        }
    }
    if let (Some((from, to)), Some(link)) = (content.link, state.link()) {
        for (y, line) in (from..to).filter_map(|at| Some((row(at)?, content.lines.get(at)?))) {
            let width = u16::try_from(line.width()).unwrap_or(inner.width).min(inner.width);
            let area = Rect { y, height: 1, width, ..inner };
            drawn.links.push(Hyperlink { area, address: link.to_owned(), id: 1 });
        }
    }
    let cursor = content.cursor.and_then(|(line, column)| Some((row(line)?, column)));
    if let (Some((y, column)), None) = (cursor, state.overlay) {
        let x = inner.x + u16::try_from(column).unwrap_or(inner.width);
        frame.set_cursor_position(Position::new(x.min(inner.right().saturating_sub(1)), y));
    }
    frame.render_widget(Paragraph::new(content.lines).scroll((scroll, 0)), inner);
    more(frame, area, state.theme, scroll, drawn.card.end);
}

/// How far the card is scrolled: as the operator says, and so that the field
/// under the cursor is seen.
fn scroll(state: &State, content: &Content, height: u16) -> u16 {
    let Some(field) = &state.field else { return state.scrolled.card };
    let Some((from, to, _)) = content.fields.iter().find(|(_, _, row)| *row == field.row) else {
        return state.scrolled.card;
    };
    let line = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
    state.scrolled.card.max(line(*to).saturating_sub(height)).min(line(*from))
}

fn content(
    state: &State,
    step: &StepView,
    width: usize,
    height: u16,
    with_live: bool,
    left: Left,
) -> Content {
    let short = height < SHORT;
    let theme = state.theme;
    let prose = width.min(PROSE);
    let about = step.about.as_ref().map(say::about);
    let about = about.map(|text| hanging(Span::raw(""), &text, prose, theme.style(Role::Text)));
    let mut all = vec![title(state, step)];
    // Adds a section, and says where it begins.
    let push = |all: &mut Vec<Line<'static>>, lines: Vec<Line<'static>>| {
        if !lines.is_empty() {
            all.push(Line::default());
        }
        let from = all.len();
        all.extend(lines);
        from
    };
    // While a login is waited for, its link and code are what matters.
    let waits = step.id.watches_login() && state.link().is_some();
    let told = told(state, left, prose);
    let first = !short && !waits && told.is_empty();
    push(&mut all, told);
    if let Some(about) = about.clone().filter(|_| first) {
        push(&mut all, about);
    }
    let blockers = step.blockers.iter().filter(|blocker| Some(*blocker) != left.fault);
    push(&mut all, blockers.flat_map(|f| lines::fault(theme, f, prose)).collect());
    push(&mut all, rotation::lines(state, width));
    let mut link = None;
    if step.id.watches_login() {
        let room = usize::from(height).saturating_sub(all.len() + 1);
        let login = login::lines(state, width, room);
        let from = push(&mut all, login.lines);
        link = login.link.map(|(begin, end)| (from + begin, from + end));
    }
    let (table, at) = fields::card(state, width);
    let from = push(&mut all, table.lines);
    let fields = table.rows.into_iter().map(|(a, b, row)| (a + from, b + from, row)).collect();
    let cursor = at.map(|(line, column)| (line + from, column));
    if !asks_about(state, step) {
        let plan = step.plan.as_ref();
        push(&mut all, plan.map(|plan| change(state, plan, prose)).unwrap_or_default());
    }
    let note = Span::styled(theme.glyph("· ", "- "), theme.style(Role::Accent));
    let notes = step.notes.iter();
    let notes =
        notes.flat_map(|n| hanging(note.clone(), &say::note(n), prose, theme.style(Role::Text)));
    push(&mut all, notes.collect());
    let proofs = step.proofs.iter().flat_map(|proof| self::proof(state, proof, prose));
    push(&mut all, proofs.collect());
    if let Some(about) = about.filter(|_| !first) {
        push(&mut all, about);
    }
    if with_live && !step.live.is_empty() {
        let mut live = vec![heading(theme, word!("Live"))];
        live.extend(live::lines(state, step, width));
        push(&mut all, live);
    }
    Content { lines: all, fields, cursor, link }
}

/// What the prompt below has no room for.
fn told(state: &State, left: Left, width: usize) -> Vec<Line<'static>> {
    let theme = state.theme;
    let mut lines = left.fault.map(|fault| lines::fault(theme, fault, width)).unwrap_or_default();
    for paragraph in left.help {
        let mark = Span::styled(theme.glyph("› ", "> "), theme.style(Role::Accent));
        lines.extend(hanging(mark, &say::note(paragraph), width, theme.style(Role::Text)));
    }
    lines
}

/// Whether the prompt below shows the change already.
fn asks_about(state: &State, step: &StepView) -> bool {
    let asked = state.prompt().filter(|_| state.field.is_none()).and_then(Prompt::plan);
    let digest = |plan: &PlanView| plan.digest.clone();
    asked.is_some() && step.plan.as_ref().map(digest) == asked.map(digest)
}

fn title(state: &State, step: &StepView) -> Line<'static> {
    let theme = state.theme;
    let place = state.snapshot.place(step.id).unwrap_or_default();
    let (glyph, role) = rail::mark(theme, step, true);
    let mut spans = vec![Span::styled(step.id.title(), theme.style(Role::Strong))];
    if place > 0 {
        let all = state.snapshot.steps.len() - 1;
        let of = say!("  step {place} of {all}", place, all);
        spans.push(Span::styled(of, theme.style(Role::Faint)));
    }
    let word = say::step_state(step.state, step.took.is_some(), false);
    spans.push(Span::styled(format!("   {glyph} {word}"), theme.style(role)));
    Line::from(spans)
}

fn change(state: &State, plan: &PlanView, width: usize) -> Vec<Line<'static>> {
    let theme = state.theme;
    let mut lines = vec![heading(theme, &count(plan))];
    for (i, effect) in plan.effects.iter().map(|view| &view.effect).enumerate() {
        let mark = Span::styled(format!("{}. ", i + 1), theme.style(Role::Accent));
        let what = format!("{}: {}", effect.system(), say::effect(effect));
        lines.extend(hanging(mark, &what, width, theme.style(Role::Text)));
        let undo = say!("to take it back: {how}", how = say::undo_way(effect.undo()));
        lines.extend(hanging(Span::raw("   "), &undo, width, theme.style(Role::Faint)));
    }
    lines
}

/// How many changes there are.
pub fn count(plan: &PlanView) -> String {
    match plan.effects.len() {
        0 => say!("Nothing to change"),
        1 => say!("One change"),
        many => say!("{many} changes", many),
    }
}

fn proof(state: &State, proof: &Proof, width: usize) -> Vec<Line<'static>> {
    let theme = state.theme;
    let what = say::claim(&proof.what);
    match &proof.outcome {
        Ok(evidence) => {
            let evidence = say::evidence(evidence);
            let mark = Span::styled(theme.glyph("✓ ", "v "), theme.style(Role::Good));
            let mut lines = hanging(mark, &what, width, theme.style(Role::Text));
            let one_line = text::columns(&what) + text::columns(&evidence) + 6 <= width;
            let faint = theme.style(Role::Faint);
            if evidence.is_empty() {
            } else if one_line && let Some(line) = lines.last_mut() {
                line.push_span(Span::styled(format!("  {evidence}"), faint));
            } else {
                lines.extend(hanging(Span::raw("  "), &evidence, width, faint));
            }
            lines
        }
        Err(fault) => {
            let mark = Span::styled(theme.glyph("✗ ", "x "), theme.style(Role::Bad));
            let mut lines = hanging(mark, &what, width, theme.style(Role::Bad));
            let indent = lines::fault(theme, fault, width.saturating_sub(2));
            lines.extend(indent.into_iter().map(|mut line| {
                line.spans.insert(0, Span::raw("  "));
                line
            }));
            lines
        }
    }
}
