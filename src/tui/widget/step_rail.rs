//! The steps of a walk, how far each is and how long it took: a column, or one
//! line where a column would not fit.
//!
//! ```text
//!  ✓ 0 Access             42 s        ✓ 0   ✓ 1   ◆ 2 Application   ○ 3
//!  ✓ 1 Provider            3 s
//! ▌◆ 2 Application     differs
//!  ○ 3 Settings
//! ```

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
    widgets::Widget,
};

use super::text;
use crate::tui::theme::{Role, Theme};

/// One step.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The glyph of its state, and what that means.
    pub mark: (&'static str, Role),
    /// Its name, with its number.
    pub title: String,
    /// The same in a few columns, for the line.
    pub short: String,
    /// What stands at its right: the time it took, or its state in a word.
    pub side: String,
    /// Whether the operator is there.
    pub here: bool,
    /// Whether it steps back.
    pub faint: bool,
}

/// The column. Returns where each entry was drawn.
pub fn column(entries: &[Entry], theme: Theme, area: Rect, buffer: &mut Buffer) -> Vec<Rect> {
    let count = u16::try_from(entries.len()).unwrap_or(u16::MAX);
    // Where there is height to spare the steps breathe.
    let pace = if area.height > count.saturating_mul(2) + 4 { 2 } else { 1 };
    let mut places = Vec::new();
    for (i, entry) in entries.iter().enumerate() {
        let y = area.y.saturating_add(u16::try_from(i).unwrap_or(u16::MAX).saturating_mul(pace));
        if y >= area.bottom() {
            break;
        }
        let row = Rect { y, height: 1, ..area };
        line(entry, theme, usize::from(area.width)).render(row, buffer);
        places.push(row);
    }
    places
}

fn line(entry: &Entry, theme: Theme, width: usize) -> Line<'static> {
    let (glyph, role) = entry.mark;
    let cursor = if entry.here { theme.glyph("▌", ">") } else { " " };
    let style = match (entry.here, entry.faint) {
        (true, _) => theme.style(Role::Strong),
        (false, true) => theme.style(Role::Faint),
        (false, false) => theme.style(Role::Text),
    };
    let room = width.saturating_sub(4);
    // The side yields to the title where both do not fit: the glyph stays.
    let fits = text::columns(&entry.title) + text::columns(&entry.side) < room;
    let side = if fits { entry.side.as_str() } else { "" };
    let title = text::pad(&entry.title, room - text::columns(side), theme.ellipsis());
    Line::from(vec![
        Span::styled(cursor, theme.style(Role::Accent)),
        Span::styled(format!("{glyph} "), theme.style(role)),
        Span::styled(title, style),
        Span::styled(side.to_owned(), theme.style(Role::Faint)),
    ])
}

/// The line: who is not here steps back to a few columns. Returns where each
/// entry was drawn.
pub fn strip(entries: &[Entry], theme: Theme, area: Rect, buffer: &mut Buffer) -> Vec<Rect> {
    let mut x = area.x;
    let mut places = Vec::new();
    for entry in entries {
        let (glyph, role) = entry.mark;
        let title = if entry.here { &entry.title } else { &entry.short };
        let left = area.right().saturating_sub(x);
        let wide = u16::try_from(text::columns(title) + 2).unwrap_or(u16::MAX).min(left);
        let place = Rect { x, y: area.y, width: wide, height: 1 };
        let style = theme.style(if entry.here { Role::Strong } else { Role::Faint });
        let name = text::fit(title, usize::from(wide.saturating_sub(2)), theme.ellipsis());
        Line::from(vec![
            Span::styled(format!("{glyph} "), theme.style(role)),
            Span::styled(name, style),
        ])
        .render(place, buffer);
        places.push(place);
        x = x.saturating_add(wide + 3);
    }
    places
}
