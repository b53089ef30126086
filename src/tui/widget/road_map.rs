//! Four places and the roads between them, each road lit by what was checked
//! on it.
//!
//! ```text
//!             ╭─────────────────────────────────────╮
//!             │ Browser                             │
//!             ╰──┬───────────────────────────────┬──╯
//!                │ ✓ DNS  ✓ TCP        ✓ DNS     │
//!                ▼                     ✗ TCP     ✗
//!   ╭─────────────────╮  ✓ discovery    ╭─────────────────╮
//!   │ ● Immich 3.2.2  │ ───────────────▶│ ✗ authentik     │
//!   ╰─────────────────╯  ○ secret       ╰─────────────────╯
//! ```

mod canvas;

use ratatui::{
    style::Style,
    text::{Line, Span},
};

use canvas::Canvas;

use super::text;
use crate::tui::theme::{Role, Theme};

/// Below this width the roads are listed, not drawn.
const DRAWN: usize = 70;
/// How wide the road between left and right is.
const GAP: usize = 24;
/// How many rows a road that leads down has at least.
const FALL: usize = 3;
/// How many rows a box below the top takes.
const BOX: usize = 6;

/// A place.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// The glyph before its name, and what that means.
    pub mark: Option<(&'static str, Role)>,
    /// Its name.
    pub title: String,
    /// What else is known of it, a line each.
    pub lines: Vec<String>,
}

/// Something that was checked on a road, or not.
#[derive(Clone, Debug)]
pub struct Light {
    /// The glyph of its state, and what that means.
    pub mark: (&'static str, Role),
    /// Its name.
    pub title: &'static str,
}

/// How a road is as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Condition {
    /// Nothing was checked on it.
    #[default]
    Dark,
    /// A part was.
    Partly,
    /// All of it, and it holds.
    Lit,
    /// Something on it does not hold.
    Broken,
}

/// A road.
#[derive(Clone, Debug, Default)]
pub struct Road {
    /// What can be checked on it, in the order in which it is passed.
    pub lights: Vec<Light>,
    /// How it is as a whole.
    pub condition: Condition,
}

/// The whole map.
#[derive(Clone, Debug, Default)]
pub struct Map {
    /// The place at the top, at the left, at the right, and the one below the
    /// left.
    pub places: [Place; 4],
    /// From the top to the left, from the top to the right, from the left to
    /// the right, and from below to the left.
    pub roads: [Road; 4],
}

impl Road {
    fn style(&self, theme: Theme) -> Style {
        theme.style(match self.condition {
            Condition::Dark => Role::Faint,
            Condition::Partly => Role::Text,
            Condition::Lit => Role::Good,
            Condition::Broken => Role::Bad,
        })
    }

    /// A stretch of it, upright: whole, or with gaps where it is dark.
    fn upright(&self, theme: Theme) -> &'static str {
        match self.condition {
            Condition::Dark => theme.glyph("┊", ":"),
            _ => theme.glyph("│", "|"),
        }
    }

    /// The same, level.
    fn level(&self, theme: Theme) -> &'static str {
        match self.condition {
            Condition::Dark => theme.glyph("┄", "."),
            _ => theme.glyph("─", "-"),
        }
    }

    /// Its head, or the mark that it does not get there.
    fn head(&self, theme: Theme, arrow: (&'static str, &'static str)) -> &'static str {
        match self.condition {
            Condition::Broken => theme.glyph("✗", "x"),
            _ => theme.glyph(arrow.0, arrow.1),
        }
    }

    /// Its lights in rows of at most `width` columns.
    fn rows(&self, theme: Theme, width: usize) -> Vec<Line<'static>> {
        let mut rows: Vec<Line<'static>> = Vec::new();
        for light in &self.lights {
            let (glyph, role) = light.mark;
            let mark = Span::styled(format!("{glyph} "), theme.style(role));
            let quiet = matches!(role, Role::Faint);
            let style = theme.style(if quiet { Role::Faint } else { Role::Text });
            let title = Span::styled(light.title, style);
            let needed = mark.width() + title.width();
            match rows.last_mut() {
                Some(row) if row.width() + 2 + needed <= width => {
                    row.spans.extend([Span::raw("  "), mark, title]);
                }
                _ => rows.push(Line::from(vec![mark, title])),
            }
        }
        rows
    }
}

/// The map in lines of at most `width` columns.
#[must_use]
pub fn lines(map: &Map, width: usize, theme: Theme) -> Vec<Line<'static>> {
    if width < DRAWN { listed(map, width, theme) } else { drawn(map, width, theme) }
}

fn listed(map: &Map, width: usize, theme: Theme) -> Vec<Line<'static>> {
    let [top, left, right, below] = &map.places;
    let [first, second, third, fourth] = &map.roads;
    let mut lines = Vec::new();
    for (from, to, road) in
        [(top, left, first), (top, right, second), (left, right, third), (below, left, fourth)]
    {
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        let head = road.head(theme, ("▶", ">"));
        let arrow = format!(" {}{head} ", road.level(theme).repeat(2));
        let name = text::fit(&from.title, width / 2, theme.ellipsis());
        let mut spans = vec![Span::styled(name, theme.style(Role::Strong))];
        spans.push(Span::styled(arrow, road.style(theme)));
        let room = width.saturating_sub(spans.iter().map(Span::width).sum());
        let name = text::fit(&to.title, room, theme.ellipsis());
        spans.push(Span::styled(name, theme.style(Role::Strong)));
        lines.push(Line::from(spans));
        for mut row in road.rows(theme, width.saturating_sub(2)) {
            row.spans.insert(0, Span::raw("  "));
            lines.push(row);
        }
    }
    lines
}

fn drawn(map: &Map, width: usize, theme: Theme) -> Vec<Line<'static>> {
    let side = ((width - GAP) / 2).min(38);
    let start = (width - GAP - 2 * side) / 2;
    let (left, right) = (start + side / 2, start + side + GAP + side / 2);
    let [first, second, third, fourth] = &map.roads;
    let room = (right - left) / 2 - 3;
    let beside = [first, second].map(|road| road.rows(theme, room));
    let fall = beside.iter().map(Vec::len).max().unwrap_or(0).max(FALL);
    let boxes = 3 + fall;
    let height = boxes + BOX + 4;
    let mut canvas = Canvas::new(width, height, theme);
    let [top, immich, authentik, host] = &map.places;

    canvas.place(top, (left - 4, 0), (right - left + 9, 3));
    canvas.place(immich, (start, boxes), (side, BOX));
    canvas.place(authentik, (start + side + GAP, boxes), (side, BOX));
    canvas.place(host, (start, boxes + BOX + 1), (side, 3));

    for ((road, rows), (x, to_left)) in
        [first, second].into_iter().zip(beside).zip([(left, true), (right, false)])
    {
        let style = road.style(theme);
        canvas.put((x, 2), theme.glyph("┬", "+"), theme.style(Role::Rule));
        for y in 3..boxes - 1 {
            canvas.put((x, y), road.upright(theme), style);
        }
        canvas.put((x, boxes - 1), road.head(theme, ("▼", "v")), style);
        let wide = rows.iter().map(Line::width).max().unwrap_or(0);
        let at = if to_left { x + 3 } else { x - 2 - wide };
        for (i, row) in rows.iter().enumerate() {
            canvas.line((at, 3 + i), row);
        }
    }

    let middle = boxes + BOX / 2 - 1;
    let style = third.style(theme);
    let (from, to) = (start + side, start + side + GAP - 1);
    for x in from + 1..to {
        canvas.put((x, middle), third.level(theme), style);
    }
    canvas.put((to, middle), third.head(theme, ("▶", ">")), style);
    // One light a row, above the road and below it.
    let rows = (boxes..boxes + BOX).filter(|y| *y != middle);
    for (y, row) in rows.zip(third.rows(theme, 1)) {
        canvas.line((from + 3, y), &row);
    }

    let y = boxes + BOX;
    canvas.put((left, y), fourth.head(theme, ("▲", "^")), fourth.style(theme));
    if let Some(row) = fourth.rows(theme, width).first() {
        canvas.line((left + 3, y), row);
    }
    canvas.into_lines()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_map_keeps_to_its_width_and_shows_every_light() {
        let light = |title| Light { mark: ("✓", Role::Good), title };
        let road = |titles: &[&'static str]| Road {
            lights: titles.iter().map(|title| light(title)).collect(),
            condition: Condition::Partly,
        };
        let place = |title: &str| Place {
            title: title.repeat(8),
            lines: vec!["写真".repeat(30); 3],
            ..Place::default()
        };
        let map = Map {
            places: [place("Browser"), place("Immich"), place("authentik"), place("host")],
            roads: [
                road(&["DNS", "TCP", "TLS", "Immich answers", "login button"]),
                road(&["names", "ports", "trust", "redirect URIs", "code issued"]),
                road(&["discovery", "found by Immich", "secret", "code exchange", "user"]),
                road(&["SSH", "Docker"]),
            ],
        };
        for width in 54..160 {
            let lines = lines(&map, width, Theme::default());
            let text: String = lines.iter().map(|line| line.to_string() + "\n").collect();
            assert!(lines.iter().all(|line| line.width() <= width), "{width}:\n{text}");
            for light in map.roads.iter().flat_map(|road| &road.lights) {
                assert!(text.contains(light.title), "{width}: no {}\n{text}", light.title);
            }
        }
    }
}
