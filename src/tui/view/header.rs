//! The header: whose wizard this is, and how the systems are.

use ratatui::{
    Frame,
    layout::{Alignment, Rect},
    text::{Line, Span},
    widgets::Paragraph,
};

use super::lines::span;
use crate::{
    tui::{
        state::State,
        theme::{Role, Theme},
        widget::text,
    },
    wizard::{Lamp, SystemView},
};

/// Draws it: one line, and the rule below.
pub fn render(frame: &mut Frame, area: Rect, state: &State) {
    let theme = state.theme;
    let width = usize::from(area.width);
    let mut lamps = lamps(state, true);
    if text::columns(&plain(&lamps)) + 24 > width {
        lamps = self::lamps(state, false);
    }
    let lamps_width = text::columns(&plain(&lamps));
    let badge = if state.snapshot.lab { " LAB " } else { "" };
    let room = width.saturating_sub(lamps_width + badge.len() + 5);
    let mut title = vec![Span::raw(" ")];
    if room > text::columns(&state.snapshot.site) + 13 {
        title.push(Span::styled("immich-sso", theme.style(Role::Accent)));
        title.push(Span::styled(theme.glyph("  ", "  "), theme.style(Role::Faint)));
    }
    let site = text::fit(&state.snapshot.site, room, theme.ellipsis());
    title.push(Span::styled(site, theme.style(Role::Strong)));
    if state.snapshot.lab {
        title.push(Span::raw("  "));
        title.push(Span::styled(badge, theme.style(Role::Badge)));
    }
    let line = Rect { height: 1, ..area };
    frame.render_widget(Paragraph::new(Line::from(title)), line);
    frame.render_widget(Paragraph::new(Line::from(lamps)).alignment(Alignment::Right), line);
    rule(frame, Rect { y: area.y + 1, height: 1, ..area }, theme);
}

/// A rule from side to side.
pub fn rule(frame: &mut Frame, area: Rect, theme: Theme) {
    let line = theme.level().repeat(usize::from(area.width));
    frame.render_widget(Paragraph::new(Line::styled(line, theme.style(Role::Rule))), area);
}

fn plain(spans: &[Span]) -> String {
    spans.iter().map(|span| span.content.as_ref()).collect()
}

fn lamps(state: &State, wide: bool) -> Vec<Span<'static>> {
    let mut spans = Vec::new();
    for system in &state.snapshot.systems {
        spans.extend(lamp(state.theme, system, wide));
        spans.push(Span::raw(if wide { "   " } else { "  " }));
    }
    spans.pop();
    if wide && let Some(route) = &state.snapshot.route {
        spans.push(Span::styled("   by ", state.theme.style(Role::Faint)));
        spans.push(Span::raw(route.name.clone()));
    }
    spans.push(Span::raw(" "));
    spans
}

fn lamp(theme: Theme, system: &SystemView, wide: bool) -> Vec<Span<'static>> {
    let (glyph, role) = match system.lamp {
        Lamp::Off => (theme.glyph("○", "o"), Role::Faint),
        Lamp::Looking => (theme.glyph("◌", "."), Role::Accent),
        Lamp::Good => (theme.glyph("●", "*"), Role::Good),
        Lamp::Warning => (theme.glyph("▲", "!"), Role::Notice),
        Lamp::Bad => (theme.glyph("✗", "x"), Role::Bad),
    };
    let mut spans =
        vec![Span::styled(format!("{glyph} "), theme.style(role)), Span::raw(system.system.name())];
    if let Some(version) = &system.version {
        spans.push(Span::styled(format!(" {version}"), theme.style(Role::Faint)));
    }
    if wide && let Some(latency) = system.latency {
        spans.push(Span::styled(format!(" {}", span(latency)), theme.style(Role::Faint)));
    }
    spans
}
