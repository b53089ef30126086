//! A rotation on its card: the stages as a time line, which side holds which
//! secret, and the switch under a magnifying glass.
//!
//! ```text
//! ✓ Create 0.2 s ━━━ ◆ Set ─── ○ Test ─── ○ Finish
//!
//! authentik   90e2ecdc  pending     ━━━━━━━╍╍╍╍━━━━━━━━━━━━━━━━━━━
//! Immich      90e2ecdc  pending     ━━━━━━━━━━━━━━╍╍╍━━━━━━━━━━━━━
//! logins                            ━━━━━━━╍╍╍╍╍╍╍╍╍╍━━━━━━━━━━━━━
//!                                   0                        40 ms
//! ```

use std::time::Duration;

use ratatui::text::{Line, Span};

use super::{lines::span, rail};
use crate::{
    site::{Reading, System},
    text as say,
    tui::{
        state::State,
        theme::{Role, Theme},
        widget::text,
    },
    wizard::{Between, RotationView, StepId, StepState, SwitchView},
};

/// The widest that a lane becomes.
const WIDEST: usize = 56;
/// The columns before the lanes: the side, what it holds.
const SIDE: usize = 11;
/// The columns of a fingerprint and its stage.
const HOLDS: usize = 24;

/// The lines of the card.
pub fn lines(state: &State, width: usize) -> Vec<Line<'static>> {
    let Some(view) = &state.snapshot.rotation else { return Vec::new() };
    let mut lines = vec![stages(state, width), Line::default()];
    let lanes = width >= SIDE + HOLDS + 16;
    let room = width.saturating_sub(if lanes { SIDE + HOLDS } else { SIDE }).min(WIDEST);
    let switch = view.switch.as_ref().filter(|switch| say::outage(switch).is_some());
    for system in [System::Authentik, System::Immich] {
        let mut row = vec![named(state.theme, system.name())];
        let lane = switch.and_then(|switch| between(switch, system).map(|b| (switch, b)));
        let lane = lane.filter(|_| lanes);
        let room_to_say = if lane.is_some() { HOLDS } else { width.saturating_sub(SIDE) };
        row.extend(holds(state.theme, view, system, room_to_say));
        if let Some((switch, between)) = lane {
            row.extend(self::lane(state.theme, between, scale(switch), room, Role::Good));
        }
        lines.push(Line::from(row));
    }
    if let (Some(switch), true) = (switch, lanes) {
        lines.push(logins(state.theme, switch, room));
        lines.push(axis(state.theme, switch, room));
    }
    for piece in
        text::wrap(&view.switch.as_ref().and_then(say::switch_cost).unwrap_or_default(), width)
    {
        lines.push(Line::styled(piece, state.theme.style(Role::Text)));
    }
    lines
}

/// The four stages: what is done, how long it took, what is left.
fn stages(state: &State, width: usize) -> Line<'static> {
    let theme = state.theme;
    let stages = || state.snapshot.steps.iter().filter(|step| step.id != StepId::Access);
    let tells = |long: bool| {
        let mut spans = Vec::new();
        for step in stages() {
            let here = step.id == state.snapshot.here;
            let (glyph, role) = rail::mark(theme, step, here);
            let done = step.state == StepState::Done;
            if !spans.is_empty() {
                let line = if done { theme.glyph("━", "=") } else { theme.glyph("─", "-") };
                let line = line.repeat(if long { 3 } else { 1 });
                let role = if done { Role::Good } else { Role::Rule };
                spans.push(Span::styled(format!(" {line} "), theme.style(role)));
            }
            spans.push(Span::styled(format!("{glyph} "), theme.style(role)));
            let style = theme.style(if here { Role::Strong } else { Role::Text });
            spans.push(Span::styled(step.id.title(), style));
            if let (Some(took), true, true) = (step.took, done, long) {
                spans.push(Span::styled(format!(" {}", span(took)), theme.style(Role::Faint)));
            }
        }
        spans
    };
    let long = tells(true);
    let columns: usize = long.iter().map(|span| text::columns(&span.content)).sum();
    Line::from(if columns <= width { long } else { tells(false) })
}

fn named(theme: Theme, name: &str) -> Span<'static> {
    Span::styled(text::pad(name, SIDE, theme.ellipsis()), theme.style(Role::Faint))
}

fn holds(theme: Theme, view: &RotationView, system: System, columns: usize) -> Vec<Span<'static>> {
    let holds = view.side(system).map(|side| &side.holds);
    let Some(Reading::Known { value, .. }) = holds else {
        return vec![Span::raw(text::pad(word!("not seen yet"), columns, theme.ellipsis()))];
    };
    let Some(print) = value.fingerprint.clone() else {
        let said = text::pad(word!("no secret"), columns, theme.ellipsis());
        return vec![Span::styled(said, theme.style(Role::Notice))];
    };
    let stage = value.which.map_or(word!("not one of ours"), crate::wizard::Staged::name);
    let role = if value.which.is_some() { Role::Accent } else { Role::Notice };
    let rest = columns.saturating_sub(text::columns(&print) + 2);
    vec![
        Span::styled(format!("{print}  "), theme.style(Role::Text)),
        Span::styled(text::pad(stage, rest, theme.ellipsis()), theme.style(role)),
    ]
}

const fn between(switch: &SwitchView, system: System) -> Option<Between> {
    match system {
        System::Authentik => switch.authentik,
        _ => switch.immich,
    }
}

/// How much time the lanes show: all of it, and some of the calm after it.
fn scale(switch: &SwitchView) -> Duration {
    let last = [switch.authentik, switch.immich].into_iter().flatten().map(|b| b.to).max();
    (last.unwrap_or_default() * 5 / 4).max(Duration::from_millis(4))
}

fn lane(
    theme: Theme,
    between: Between,
    all: Duration,
    room: usize,
    after: Role,
) -> Vec<Span<'static>> {
    let cell = |at: Duration| {
        let share = at.as_secs_f64() / all.as_secs_f64();
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a share of a few dozen columns"
        )]
        let cell = (share * room as f64).round() as usize;
        cell.min(room)
    };
    let (from, to) = (cell(between.from), cell(between.to));
    // What happened is seen, however short it was.
    let to = to.max(from + 1).min(room);
    let (firm, unsure) = (theme.glyph("━", "="), theme.glyph("╍", "?"));
    vec![
        Span::styled(firm.repeat(from), theme.style(Role::Faint)),
        Span::styled(unsure.repeat(to - from.min(to)), theme.style(Role::Notice)),
        Span::styled(firm.repeat(room - to), theme.style(after)),
    ]
}

/// When a login could fail: from the first moment at which one side may have
/// changed over to the last at which the other may not have.
fn logins(theme: Theme, switch: &SwitchView, room: usize) -> Line<'static> {
    let sides = || [switch.authentik, switch.immich].into_iter().flatten();
    let whole = Between {
        from: sides().map(|side| side.from).min().unwrap_or_default(),
        to: sides().map(|side| side.to).max().unwrap_or_default(),
    };
    let mut row = vec![named(theme, word!("logins")), Span::raw(" ".repeat(HOLDS))];
    let mut lane = lane(theme, whole, scale(switch), room, Role::Good);
    if let [before, during, _] = lane.as_mut_slice() {
        *before = before.clone().style(theme.style(Role::Good));
        *during = during.clone().style(theme.style(Role::Bad));
    }
    row.extend(lane);
    Line::from(row)
}

fn axis(theme: Theme, switch: &SwitchView, room: usize) -> Line<'static> {
    let end = say!("{millis} ms", millis = scale(switch).as_millis());
    let gap = room.saturating_sub(1 + text::columns(&end));
    let line = format!("{}0{}{end}", " ".repeat(SIDE + HOLDS), " ".repeat(gap));
    Line::styled(line, theme.style(Role::Faint))
}
