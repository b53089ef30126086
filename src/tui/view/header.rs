//! The header: whose wizard this is, by which route, and how the systems are.
//!
//! ```text
//!  immich-sso  photos.example.com   LAB                             by API
//! ── ● authentik 2026.8.3 12 ms ── ● Immich 3.2.2 9 ms ── ● host 3 ms ─────
//! ```

use ratatui::{
    Frame,
    layout::{Alignment, Rect},
    text::{Line, Span},
    widgets::Paragraph,
};

use super::lines::span;
use crate::{
    text as say,
    tui::{
        state::State,
        theme::{Role, Theme},
        widget::text,
    },
    wizard::{Lamp, SystemView},
};

/// How many columns the program's name takes, with what stands behind it.
const NAME: usize = 13;

/// Draws it: a line of names, and the rule below with the lamps in it.
pub fn render(frame: &mut Frame, area: Rect, state: &State) {
    let theme = state.theme;
    let width = usize::from(area.width);
    let line = Rect { height: 1, ..area };
    let badge = if state.snapshot.header.lab { word!(" LAB ") } else { "" };
    let others = text::columns(badge) + text::columns(&state.snapshot.header.site) + NAME + 6;
    let route = route(state, width.saturating_sub(others));
    let room = width.saturating_sub(route.width() + text::columns(badge) + 6);
    let mut title = vec![Span::raw(" ")];
    if room > text::columns(&state.snapshot.header.site) + NAME {
        title.push(Span::styled("immich-sso  ", theme.style(Role::Accent)));
    }
    let site = text::fit(&state.snapshot.header.site, room, theme.ellipsis());
    title.push(Span::styled(site, theme.style(Role::Strong)));
    if state.snapshot.header.lab {
        title.push(Span::raw("  "));
        title.push(Span::styled(badge, theme.style(Role::Badge)));
    }
    frame.render_widget(Paragraph::new(Line::from(title)), line);
    frame.render_widget(Paragraph::new(route).alignment(Alignment::Right), line);
    let below = Rect { y: area.y + 1, height: 1, ..area };
    let mut lamps = lamps(state, width);
    let left = width.saturating_sub(lamps.width());
    lamps.push_span(Span::styled(theme.level().repeat(left), theme.style(Role::Rule)));
    frame.render_widget(Paragraph::new(lamps), below);
}

/// A rule from side to side.
pub fn rule(frame: &mut Frame, area: Rect, theme: Theme) {
    let line = theme.level().repeat(usize::from(area.width));
    frame.render_widget(Paragraph::new(Line::styled(line, theme.style(Role::Rule))), area);
}

/// The route, and why it was taken where all of that fits: the step of the
/// settings tells it too.
fn route(state: &State, room: usize) -> Line<'static> {
    let Some(route) = &state.snapshot.header.route else { return Line::default() };
    let faint = state.theme.style(Role::Faint);
    let mut spans = vec![Span::styled(word!("by "), faint), Span::raw(route.kind.name())];
    let why = format!(": {}", crate::text::route_reason(&route.why));
    if text::columns(route.kind.name()) + text::columns(&why) + 4 <= room {
        spans.push(Span::styled(why, faint));
    }
    spans.push(Span::raw(" "));
    Line::from(spans)
}

/// How much of a lamp is written beside it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Detail {
    Name,
    Version,
    Latency,
}

/// The lamps with as much beside them as fits.
fn lamps(state: &State, width: usize) -> Line<'static> {
    let of = |detail, gap| {
        let theme = state.theme;
        let rule = |n: usize| Span::styled(theme.level().repeat(n), theme.style(Role::Rule));
        let mut spans = vec![rule(gap)];
        for system in &state.snapshot.header.systems {
            spans.push(Span::raw(" "));
            spans.extend(lamp(theme, system, detail));
            spans.push(Span::raw(" "));
            spans.push(rule(gap));
        }
        Line::from(spans)
    };
    if state.snapshot.header.systems.is_empty() {
        return Line::default();
    }
    let choices = [(Detail::Latency, 2), (Detail::Latency, 1), (Detail::Version, 1)];
    choices
        .into_iter()
        .map(|(detail, gap)| of(detail, gap))
        .find(|line| line.width() <= width)
        .unwrap_or_else(|| of(Detail::Name, 1))
}

/// The glyph of a lamp and what it means.
pub const fn mark(theme: Theme, lamp: Lamp) -> (&'static str, Role) {
    match lamp {
        Lamp::Off => (theme.glyph("○", "o"), Role::Faint),
        Lamp::Looking => (theme.glyph("◌", "."), Role::Accent),
        Lamp::Good => (theme.glyph("●", "*"), Role::Good),
        Lamp::Warning => (theme.glyph("▲", "!"), Role::Notice),
        Lamp::Bad => (theme.glyph("✗", "x"), Role::Bad),
    }
}

fn lamp(theme: Theme, system: &SystemView, detail: Detail) -> Vec<Span<'static>> {
    let (glyph, role) = mark(theme, system.lamp);
    let faint = theme.style(Role::Faint);
    let mut spans = vec![
        Span::styled(format!("{glyph} "), theme.style(role)),
        Span::raw(say::short_name(system.system)),
    ];
    if detail >= Detail::Version
        && let Some(version) = &system.version
    {
        spans.push(Span::styled(format!(" {version}"), faint));
    }
    if detail >= Detail::Latency
        && let Some(latency) = system.latency
    {
        spans.push(Span::styled(format!(" {}", span(latency)), faint));
    }
    spans
}
