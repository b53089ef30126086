//! The prompt: one clear question and how it is answered.

mod decision;

use ratatui::{
    Frame,
    layout::{Position, Rect},
    text::{Line, Span},
    widgets::{Block, Padding, Paragraph},
};

use super::lines::{self, PROSE, hanging};
use crate::{
    site::Fault,
    text::{self as say, Label},
    tui::{action::Action, drawn::Drawn, state::State, theme::Role, widget::text},
    wizard::{Check, Choice, Note, Prompt, PromptKind},
};

/// The lines of a prompt: what may be left out where there is no room, and what
/// may not.
struct Parts {
    question: Vec<Line<'static>>,
    /// Why the last answer was not taken, or what is in the way.
    fault: Vec<Line<'static>>,
    help: Vec<Line<'static>>,
    body: Vec<Line<'static>>,
    /// Where in the body the cursor stands.
    cursor: Option<(u16, u16)>,
    /// Which lines of the body are which option.
    options: Vec<(u16, u16, usize)>,
    /// Which part of which line of the body is a button.
    keys: Vec<(u16, u16, u16, Action)>,
}

/// A prompt as there is room for it in its column: laid out once, before it is
/// known how tall the card above becomes.
pub struct Laid<'a> {
    parts: Parts,
    /// What there is no room for, and the card tells.
    pub left: Left<'a>,
    /// How many rows it takes of the column.
    pub height: u16,
}

/// What a prompt leaves to the card: what can be answered comes first.
#[derive(Clone, Copy, Default)]
pub struct Left<'a> {
    /// What is in the way.
    pub fault: Option<&'a Fault>,
    /// What helps to answer.
    pub help: &'a [Note],
}

/// Lays the prompt out; nothing, while nothing is asked.
#[must_use]
pub fn lay_out(state: &State, column: Rect) -> Option<Laid<'_>> {
    // A field that is changed has the keys.
    let prompt = state.prompt().filter(|_| state.field.is_none())?;
    let width = usize::from(column.width.saturating_sub(4));
    let most = (column.height * 2 / 3).max(7).min(column.height);
    let room = usize::from(most.saturating_sub(2));
    let whole = parts(state, prompt, width, room, true);
    let fault = prompt.refused.as_ref().filter(|_| whole.is_too_much(room));
    let mut parts = fitting(state, prompt, width, room, whole);
    let mut help = &[][..];
    let for_help = room.saturating_sub(parts.head() + parts.body.len());
    if parts.help.len() > for_help {
        help = &prompt.help;
        let told =
            Line::styled(word!("More about it is told above."), state.theme.style(Role::Faint));
        parts.help = vec![told; for_help.min(1)];
    }
    let wanted = parts.head() + parts.help.len() + parts.body.len() + 2;
    let height = u16::try_from(wanted).unwrap_or(u16::MAX).min(most);
    Some(Laid { parts, left: Left { fault, help }, height })
}

impl Parts {
    /// How many lines stand before what helps.
    fn head(&self) -> usize {
        self.question.len() + self.fault.len()
    }

    /// Whether there is no room for what may not be left out.
    fn is_too_much(&self, room: usize) -> bool {
        self.head() + self.body.len() > room
    }
}

/// The parts as there is room for them: where it is too little, the fault goes
/// to the card, and then the details of all options but the one under the
/// cursor.
fn fitting(state: &State, prompt: &Prompt, width: usize, room: usize, whole: Parts) -> Parts {
    if !whole.is_too_much(room) {
        return whole;
    }
    let elsewhere = |mut parts: Parts| {
        if !parts.fault.is_empty() {
            let theme = state.theme;
            let text =
                theme.glyph("✗ ", "x ").to_owned() + word!("what is in the way is told above");
            parts.fault = vec![Line::styled(text, theme.style(Role::Bad))];
        }
        parts
    };
    let told_above = elsewhere(whole);
    if !told_above.is_too_much(room) {
        return told_above;
    }
    elsewhere(parts(state, prompt, width, room, false))
}

/// Draws it into the rows that it asked for.
pub fn render(frame: &mut Frame, area: Rect, laid: Laid, state: &State, drawn: &mut Drawn) {
    let theme = state.theme;
    let block = Block::bordered()
        .border_set(theme.border())
        .border_style(theme.style(Role::Accent))
        .padding(Padding::horizontal(1));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let room = usize::from(inner.height);
    let parts = laid.parts;
    let head = parts.head() + parts.help.len();
    let scroll = body_scroll(&parts, state.chosen, room.saturating_sub(head));
    let head = u16::try_from(head).unwrap_or(u16::MAX);
    let mut content = parts.question;
    content.extend(parts.fault);
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
    for (row, from, to, action) in parts.keys {
        let y = inner.y + head + row;
        if y < bottom {
            let area = Rect { x: inner.x + from, y, width: to - from, height: 1 };
            drawn.buttons.push((area.intersection(inner), action));
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

/// All of it; of the options with every detail, or with the one of the option
/// under the cursor alone.
fn parts(state: &State, prompt: &Prompt, width: usize, room: usize, details: bool) -> Parts {
    let theme = state.theme;
    let prose = width.min(PROSE);
    let strong = theme.style(Role::Strong);
    let question = hanging(Span::raw(""), &say::question(&prompt.topic), prose, strong);
    let refused = prompt.refused.as_ref();
    let fault = refused.map(|fault| lines::fault(theme, fault, prose)).unwrap_or_default();
    let faint = theme.style(Role::Faint);
    let help = prompt.help.iter().map(say::note);
    let help = help.flat_map(|text| hanging(Span::raw(""), &text, prose, faint)).collect();
    let mut parts = Parts {
        question,
        fault,
        help,
        body: Vec::new(),
        cursor: None,
        options: Vec::new(),
        keys: Vec::new(),
    };
    match &prompt.kind {
        PromptKind::Text { example, check, .. } => {
            text_line(state, example, *check, width, &mut parts);
        }
        PromptKind::Hidden => hidden_line(state, width, &mut parts),
        PromptKind::Choice { options, .. } => choices(state, options, width, details, &mut parts),
        PromptKind::Decide { plan } => decision::lines(state, plan, width, room, &mut parts),
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
        parts.body.push(Line::from(vec![
            mark,
            Span::raw(text::through(value, skip, room, theme.ellipsis())),
        ]));
    }
    let cursor = state.line.visual_cursor().saturating_sub(state.line.visual_scroll(room));
    parts.cursor = Some((2 + u16::try_from(cursor).unwrap_or(0), 0));
    let (text, role) = match (&state.refused, check.accept(value)) {
        (Some(why), _) => (why.to_string(), Role::Bad),
        _ if value.is_empty() => (String::new(), Role::Faint),
        (None, Err(why)) => (say!("not yet: {why}", why), Role::Notice),
        (None, Ok(())) if matches!(check, Check::Filled | Check::Any) => {
            (String::new(), Role::Faint)
        }
        (None, Ok(())) => {
            (theme.glyph(word!("✓ looks right"), word!("looks right")).into(), Role::Good)
        }
    };
    parts.body.extend(hanging(Span::raw("  "), &text, width, theme.style(role)));
}

fn hidden_line(state: &State, width: usize, parts: &mut Parts) {
    let theme = state.theme;
    let count = state.hidden.count();
    let dots = count.min(width.saturating_sub(20));
    let side = match count {
        0 => String::new(),
        1 => say!("  1 character"),
        many => say!("  {many} characters", many),
    };
    parts.body.push(Line::from(vec![
        Span::styled(theme.glyph("› ", "> "), theme.style(Role::Accent)),
        Span::raw(theme.glyph("•", "*").repeat(dots)),
        Span::styled(side, theme.style(Role::Faint)),
    ]));
    parts.cursor = Some((2 + u16::try_from(dots).unwrap_or(0), 0));
    let (text, role) = match &state.refused {
        Some(why) => (why.to_string(), Role::Bad),
        None => (say!("What you type or paste is not shown."), Role::Faint),
    };
    parts.body.extend(hanging(Span::raw("  "), &text, width, theme.style(role)));
}

fn choices(state: &State, options: &[Choice], width: usize, details: bool, parts: &mut Parts) {
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
        let Label { text: label, detail } = say::option(&option.pick);
        let label = text::wrap(&label, width.saturating_sub(5));
        for (i, piece) in label.into_iter().enumerate() {
            if i > 0 {
                head = Line::from("     ");
            }
            head.push_span(Span::styled(piece, style));
            parts.body.push(std::mem::take(&mut head));
        }
        if !detail.is_empty() && (details || chosen) {
            let (faint, blank) = (theme.style(Role::Faint), Span::raw("     "));
            parts.body.extend(hanging(blank, &detail, width.min(PROSE), faint));
        }
        let lines = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        parts.options.push((lines(from), lines(parts.body.len()), index));
    }
}
