//! The map: what works between browser, Immich, authentik and the host, and
//! where it breaks.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use super::{
    header,
    lines::{self, clock, hanging, heading, span},
    overlay,
};
use crate::{
    site::System,
    text::sign as sign_text,
    tui::{
        drawn::Drawn,
        state::State,
        theme::{Role, Theme},
        widget::{
            road_map::{self, Condition, Map, Place},
            text,
        },
    },
    wizard::{Light, Point, Road},
};

/// Draws it.
pub fn render(frame: &mut Frame, area: Rect, state: &State, drawn: &mut Drawn) {
    let width = overlay::width(area);
    let theme = state.theme;
    let mut content = road_map::lines(&map(state), width, theme);
    for road in Road::ALL {
        if let Some((point, fault)) = state.snapshot.break_on(road) {
            content.push(Line::default());
            let title =
                say!("Breaks from {road} at: {point}", road = road.title(), point = point.title());
            content.push(Line::styled(title, theme.style(Role::Strong)));
            content.extend(lines::fault(theme, fault, width));
        }
    }
    content.extend(places(state, width));
    content.extend(evidence(state, width));
    overlay::render(frame, area, word!("Map"), content, state, drawn);
}

/// The places with all that is known of them, whatever the boxes have room for.
fn places(state: &State, width: usize) -> Vec<Line<'static>> {
    let theme = state.theme;
    let mut lines = vec![Line::default(), heading(theme, word!("Where they are"))];
    for system in [System::Immich, System::Authentik, System::Host] {
        let place = place(state, system);
        let (glyph, role) = place.mark.unwrap_or((" ", Role::Faint));
        let mark = Span::styled(format!("{glyph} "), theme.style(role));
        let said = [&[place.title][..], &place.lines].concat().join("  ");
        lines.extend(hanging(mark, &said, width, theme.style(Role::Text)));
    }
    lines
}

fn map(state: &State) -> Map {
    let browser = Place {
        title: say!("Browser"),
        lines: vec![say!("this machine stands in for it")],
        mark: None,
    };
    Map {
        places: [
            browser,
            place(state, System::Immich),
            place(state, System::Authentik),
            place(state, System::Host),
        ],
        roads: Road::ALL.map(|road| self::road(state, road)),
    }
}

fn place(state: &State, system: System) -> Place {
    let Some(view) = state.snapshot.header.systems.iter().find(|view| view.system == system) else {
        let title = match system {
            System::Host => say!("host: not needed"),
            other => say!("{other}: not looked at yet", other),
        };
        return Place { mark: None, title, lines: Vec::new() };
    };
    let mut title = system.name().to_owned();
    if let Some(version) = &view.version {
        title.push_str(&format!(" {version}"));
    }
    let mut lines = vec![view.address.clone()];
    if let Some(took) = view.latency {
        lines.push(say!("answers in {time}", time = span(took)));
    }
    if let (System::Immich, Some(route)) = (system, &state.snapshot.header.route) {
        lines.push(say!("settings by {route}", route = route.kind.name()));
    }
    Place { mark: Some(header::mark(state.theme, view.lamp)), title, lines }
}

fn road(state: &State, road: Road) -> road_map::Road {
    let lights: Vec<&Light> =
        road.points().iter().map(|point| state.snapshot.map.light(road, *point)).collect();
    let is = |good: fn(&Light) -> bool| lights.iter().filter(|light| good(light)).count();
    let bad = is(|light| matches!(light, Light::Bad { .. }));
    let off = is(|light| matches!(light, Light::Off));
    let condition = match (bad, off) {
        (1.., _) => Condition::Broken,
        (0, 0) => Condition::Lit,
        (0, off) if off == lights.len() => Condition::Dark,
        _ => Condition::Partly,
    };
    let lights = road
        .points()
        .iter()
        .zip(lights)
        .map(|(point, light)| road_map::Light {
            mark: mark(state.theme, light),
            title: point.title(),
        })
        .collect();
    road_map::Road { lights, condition }
}

const fn mark(theme: Theme, light: &Light) -> (&'static str, Role) {
    match light {
        Light::Off => (theme.glyph("○", "o"), Role::Faint),
        Light::Good { .. } => (theme.glyph("✓", "v"), Role::Good),
        Light::Bad { .. } => (theme.glyph("✗", "x"), Role::Bad),
        Light::NotNeeded(_) => (theme.glyph("–", "-"), Role::Faint),
    }
}

/// What was seen at each light, and when.
fn evidence(state: &State, width: usize) -> Vec<Line<'static>> {
    let theme = state.theme;
    let mut lines = Vec::new();
    for road in Road::ALL {
        let lit = |point: &&Point| *state.snapshot.map.light(road, **point) != Light::Off;
        let points: Vec<&Point> = road.points().iter().filter(lit).collect();
        if points.is_empty() {
            continue;
        }
        lines.push(Line::default());
        lines.push(heading(theme, &say!("Seen from {road}", road = road.title())));
        for point in points {
            let light = state.snapshot.map.light(road, *point);
            let (glyph, role) = mark(theme, light);
            let (said, at) = match light {
                Light::Off => continue,
                Light::Good { sign, at } => (sign_text(sign), Some(*at)),
                Light::Bad { why, at } => (why.answer.clone(), Some(*at)),
                Light::NotNeeded(sign) => (sign_text(sign), None),
            };
            let at = at.map_or_else(String::new, |at| clock(state, at));
            let title = text::pad(point.title(), 16, theme.ellipsis());
            let mut rows = hanging(
                Span::styled(format!("{glyph} {title}{at:<10}"), theme.style(role)),
                &said,
                width,
                theme.style(Role::Text),
            );
            lines.append(&mut rows);
        }
    }
    lines
}
