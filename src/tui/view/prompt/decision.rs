//! The question about a plan: what would be done, and the keys that answer.

use ratatui::text::{Line, Span};

use super::{
    super::lines::{PROSE, hanging},
    Parts,
};
use crate::{
    text as say,
    tui::{
        action::{Action, Overlay},
        state::State,
        theme::Role,
        widget::text,
    },
    wizard::PlanView,
};

/// From so many rows on the way back is told with each effect; with fewer, the
/// fields need them.
const WITH_UNDO: usize = 16;

/// The question about a plan names its effects, so that they are on the screen
/// with it however the card is scrolled: whole and with the way back where
/// there is room, else cut.
pub(super) fn lines(state: &State, plan: &PlanView, width: usize, room: usize, parts: &mut Parts) {
    // The question, the keys, and what parts them.
    let room = room.saturating_sub(parts.head() + 1);
    let whole = effects(state, plan, width, true);
    let short = effects(state, plan, width, false);
    if whole.len() < room && room >= WITH_UNDO {
        parts.body.extend(whole);
        parts.body.push(Line::default());
    } else if short.len() <= room {
        parts.body.extend(short);
    } else {
        parts.body.extend(cut_effects(state, plan, width, room));
    }
    keys(state, parts);
}

fn effects(state: &State, plan: &PlanView, width: usize, undo: bool) -> Vec<Line<'static>> {
    let theme = state.theme;
    let width = width.min(PROSE);
    let mut lines = Vec::new();
    for (i, effect) in plan.effects.iter().map(|view| &view.effect).enumerate() {
        let mark = Span::styled(format!("{}. ", i + 1), theme.style(Role::Accent));
        let what = format!("{}: {}", effect.system(), say::effect(effect));
        lines.extend(hanging(mark, &what, width, theme.style(Role::Text)));
        if undo {
            let undo = say!("to take it back: {how}", how = say::undo_way(effect.undo()));
            lines.extend(hanging(Span::raw("   "), &undo, width, theme.style(Role::Faint)));
        }
    }
    lines
}

/// One line for each, as many as there is room for.
fn cut_effects(state: &State, plan: &PlanView, width: usize, room: usize) -> Vec<Line<'static>> {
    let theme = state.theme;
    let all = plan.effects.len();
    let named = if all <= room { all } else { room.saturating_sub(1) };
    let mut lines = Vec::new();
    for (i, effect) in plan.effects.iter().map(|view| &view.effect).take(named).enumerate() {
        let what = format!("{}: {}", effect.system(), say::effect(effect));
        lines.push(Line::from(vec![
            Span::styled(format!("{}. ", i + 1), theme.style(Role::Accent)),
            Span::raw(text::fit(&what, width.saturating_sub(3), theme.ellipsis())),
        ]));
    }
    if named < all {
        let text = say!("   and {more} more; x shows all", more = all - named);
        lines.push(Line::styled(text, theme.style(Role::Faint)));
    }
    lines
}

/// The keys that answer, each a button too.
fn keys(state: &State, parts: &mut Parts) {
    let theme = state.theme;
    // The key that performs shows up once it counts.
    let performs = state.plan_was_read();
    let mut spans = Vec::new();
    let row = u16::try_from(parts.body.len()).unwrap_or(u16::MAX);
    let mut x = 0_u16;
    for (key, does, action) in [
        ("y", word!(" do exactly this"), Action::Perform),
        ("s", word!(" skip"), Action::Skip),
        ("Enter", word!(" in full"), Action::Toggle(Overlay::Exact)),
    ] {
        let wide = u16::try_from(key.len() + does.len()).unwrap_or(u16::MAX);
        if action == Action::Perform && !performs {
            spans.push(Span::raw(" ".repeat(usize::from(wide))));
        } else {
            spans.push(Span::styled(key, theme.style(Role::Chosen)));
            spans.push(Span::styled(does, theme.style(Role::Text)));
            parts.keys.push((row, x, x.saturating_add(wide), action));
        }
        spans.push(Span::raw("   "));
        x = x.saturating_add(wide + 3);
    }
    parts.body.push(Line::from(spans));
}
