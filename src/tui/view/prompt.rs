//! The prompt: one clear question and how it is answered.

use ratatui::{
    Frame,
    layout::{Position, Rect},
    text::{Line, Span},
    widgets::{Block, Padding, Paragraph},
};

use super::lines::{self, PROSE, hanging};
use crate::{
    tui::{
        action::Action,
        state::{Drawn, State},
        theme::Role,
        widget::text,
    },
    wizard::{Check, Choice, Prompt, PromptKind},
};

/// The lines of a prompt: what may be left out where there is no room, and what
/// may not.
struct Parts {
    question: Vec<Line<'static>>,
    help: Vec<Line<'static>>,
    body: Vec<Line<'static>>,
    /// Where in the body the cursor stands.
    cursor: Option<(u16, u16)>,
    /// Which lines of the body are which option.
    options: Vec<(u16, u16, usize)>,
}

/// How many rows the prompt takes of the column.
#[must_use]
pub fn height(state: &State, column: Rect) -> u16 {
    let Some(prompt) = state.prompt() else { return 0 };
    let parts = parts(state, prompt, inner_width(column));
    let wanted = parts.question.len() + parts.help.len() + parts.body.len() + 2;
    let most = (column.height * 2 / 3).max(7);
    u16::try_from(wanted).unwrap_or(u16::MAX).min(most).min(column.height)
}

/// Draws it.
pub fn render(frame: &mut Frame, area: Rect, state: &State, drawn: &mut Drawn) {
    let Some(prompt) = state.prompt() else { return };
    let theme = state.theme;
    let block = Block::bordered()
        .border_set(theme.border())
        .border_style(theme.style(Role::Accent))
        .padding(Padding::horizontal(1));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let mut parts = parts(state, prompt, usize::from(inner.width));
    let room = usize::from(inner.height);
    // The help is what is left out first; its pieces are whole lines.
    let for_help = room.saturating_sub(parts.question.len() + parts.body.len());
    parts.help.truncate(for_help);
    let head = parts.question.len() + parts.help.len();
    let scroll = body_scroll(&parts, state.chosen, room.saturating_sub(head));
    let head = u16::try_from(head).unwrap_or(u16::MAX);
    let mut content = parts.question;
    content.extend(parts.help);
    content.extend(parts.body.into_iter().skip(usize::from(scroll)));
    frame.render_widget(Paragraph::new(content), inner);
    let bottom = inner.bottom();
    for (from, to, index) in parts.options {
        let y = inner.y + head + from.saturating_sub(scroll);
        if from >= scroll && y < bottom {
            let height = (to - from).min(bottom - y);
            drawn.buttons.push((Rect { y, height, ..inner }, Action::Pick(index)));
        }
    }
    if let Some((x, y)) = parts.cursor
        && state.overlay.is_none()
    {
        let at =
            Position::new((inner.x + x).min(inner.right().saturating_sub(1)), inner.y + head + y);
        if at.y < bottom {
            frame.set_cursor_position(at);
        }
    }
}

fn inner_width(column: Rect) -> usize {
    usize::from(column.width.saturating_sub(4))
}

/// How many lines of a long choice are scrolled away so that the option under
/// the cursor is seen.
fn body_scroll(parts: &Parts, chosen: usize, room: usize) -> u16 {
    let room = u16::try_from(room).unwrap_or(u16::MAX);
    parts
        .options
        .iter()
        .find(|(_, _, index)| *index == chosen)
        .map_or(0, |(_, to, _)| to.saturating_sub(room))
}

fn parts(state: &State, prompt: &Prompt, width: usize) -> Parts {
    let theme = state.theme;
    let prose = width.min(PROSE);
    let strong = theme.style(Role::Strong);
    let mut question = hanging(Span::raw(""), &prompt.question, prose, strong);
    if let Some(fault) = &prompt.refused {
        question.extend(lines::fault(theme, fault, prose));
    }
    let faint = theme.style(Role::Faint);
    let help =
        prompt.help.iter().flat_map(|text| hanging(Span::raw(""), text, prose, faint)).collect();
    let mut parts = Parts { question, help, body: Vec::new(), cursor: None, options: Vec::new() };
    match &prompt.kind {
        PromptKind::Text { example, check, .. } => {
            text_line(state, example, *check, width, &mut parts);
        }
        PromptKind::Hidden => hidden_line(state, width, &mut parts),
        PromptKind::Choice { options, .. } => choices(state, options, width, &mut parts),
        PromptKind::Decide { .. } => decision(state, width, &mut parts),
    }
    parts
}

fn text_line(state: &State, example: &str, check: Check, width: usize, parts: &mut Parts) {
    let theme = state.theme;
    let mark = Span::styled(theme.glyph("› ", "> "), theme.style(Role::Accent));
    let room = width.saturating_sub(3).max(1);
    let value = state.line.value();
    if value.is_empty() {
        let example = text::fit(example, room, theme.ellipsis());
        parts.body.push(Line::from(vec![mark, Span::styled(example, theme.style(Role::Faint))]));
    } else {
        let skip = state.line.visual_scroll(room);
        parts.body.push(Line::from(vec![mark, Span::raw(window(value, skip, room))]));
    }
    let cursor = state.line.visual_cursor().saturating_sub(state.line.visual_scroll(room));
    parts.cursor = Some((2 + u16::try_from(cursor).unwrap_or(0), 0));
    let (text, role) = match (&state.refused, check.accept(value)) {
        (Some(why), _) => (why.clone(), Role::Bad),
        _ if value.is_empty() => (String::new(), Role::Faint),
        (None, Err(why)) => (format!("not yet: {why}"), Role::Notice),
        (None, Ok(())) if matches!(check, Check::Filled | Check::Any) => {
            (String::new(), Role::Faint)
        }
        (None, Ok(())) => (theme.glyph("✓ looks right", "looks right").into(), Role::Good),
    };
    parts.body.extend(hanging(Span::raw("  "), &text, width, theme.style(role)));
}

/// The part of a line that is seen: `room` columns after the first `skip`.
fn window(value: &str, skip: usize, room: usize) -> String {
    let mut passed = 0;
    let mut rest = value.chars().skip_while(|c| {
        let goes = passed < skip;
        passed += unicode_width::UnicodeWidthChar::width(*c).unwrap_or(0);
        goes
    });
    text::fit(&rest.by_ref().collect::<String>(), room, "")
}

fn hidden_line(state: &State, width: usize, parts: &mut Parts) {
    let theme = state.theme;
    let count = state.hidden.count();
    let dots = count.min(width.saturating_sub(20));
    let side = match count {
        0 => String::new(),
        1 => "  1 character".into(),
        many => format!("  {many} characters"),
    };
    parts.body.push(Line::from(vec![
        Span::styled(theme.glyph("› ", "> "), theme.style(Role::Accent)),
        Span::raw(theme.glyph("•", "*").repeat(dots)),
        Span::styled(side, theme.style(Role::Faint)),
    ]));
    parts.cursor = Some((2 + u16::try_from(dots).unwrap_or(0), 0));
    let (text, role) = match &state.refused {
        Some(why) => (why.clone(), Role::Bad),
        None => ("What you type or paste is not shown.".into(), Role::Faint),
    };
    parts.body.extend(hanging(Span::raw("  "), &text, width, theme.style(role)));
}

fn choices(state: &State, options: &[Choice], width: usize, parts: &mut Parts) {
    let theme = state.theme;
    for (index, option) in options.iter().enumerate() {
        let chosen = index == state.chosen;
        let cursor = if chosen { theme.glyph("› ", "> ") } else { "  " };
        let style = theme.style(if chosen { Role::Chosen } else { Role::Text });
        let from = parts.body.len();
        let mut head = Line::from(vec![
            Span::styled(cursor, theme.style(Role::Accent)),
            Span::styled(format!("{}  ", option.key), theme.style(Role::Accent)),
        ]);
        let label = text::wrap(&option.label, width.saturating_sub(5));
        for (i, piece) in label.into_iter().enumerate() {
            if i > 0 {
                head = Line::from("     ");
            }
            head.push_span(Span::styled(piece, style));
            parts.body.push(std::mem::take(&mut head));
        }
        if !option.detail.is_empty() {
            let (faint, blank) = (theme.style(Role::Faint), Span::raw("     "));
            parts.body.extend(hanging(blank, &option.detail, width.min(PROSE), faint));
        }
        let lines = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        parts.options.push((lines(from), lines(parts.body.len()), index));
    }
}

/// How many effects are named beside the question.
const NAMED: usize = 4;

/// The question about a plan names its effects, so that they are on the screen
/// with it however the card is scrolled.
fn decision(state: &State, width: usize, parts: &mut Parts) {
    let theme = state.theme;
    let Some(plan) = state.card().and_then(|step| step.plan.as_ref()) else { return };
    for (i, effect) in plan.effects.iter().take(NAMED).enumerate() {
        let room = width.saturating_sub(3);
        let what = format!("{}: {}", effect.system, effect.summary);
        parts.body.push(Line::from(vec![
            Span::styled(format!("{}. ", i + 1), theme.style(Role::Accent)),
            Span::raw(text::fit(&what, room, theme.ellipsis())),
        ]));
    }
    let more = plan.effects.len().saturating_sub(NAMED);
    if more > 0 {
        let text = format!("   and {more} more; x shows all");
        parts.body.push(Line::styled(text, theme.style(Role::Faint)));
    }
    let key = |key: &'static str| Span::styled(key, theme.style(Role::Chosen));
    let word = |word: &'static str| Span::styled(word, theme.style(Role::Text));
    // The key shows up once it counts.
    let (y, does) = if state.plan_was_read() {
        ("y", " do exactly this   ")
    } else {
        (" ", "                   ")
    };
    parts.body.push(Line::from(vec![
        key(y),
        word(does),
        key("s"),
        word(" skip   "),
        key("Enter"),
        word(" see it in full"),
    ]));
}
