//! Where things are: three columns, two, or one.

use ratatui::layout::Rect;

/// The smallest terminal that everything fits in.
pub const SMALLEST: (u16, u16) = (60, 20);
/// From this width on the steps have a column of their own.
const TWO_COLUMNS: u16 = 80;
/// From this width on live has one too.
const THREE_COLUMNS: u16 = 110;

/// The areas of a screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Areas {
    /// Site, lamps, route.
    pub header: Rect,
    /// The steps: a column, or one line.
    pub rail: Rect,
    /// Whether the rail is a column.
    pub rail_stands: bool,
    /// The card and the prompt below it.
    pub middle: Rect,
    /// What both servers say, where there is room for a column.
    pub live: Option<Rect>,
    /// What is going on, and the keys.
    pub footer: Rect,
}

/// Shares the screen out, with a column for live or without; `None` where it
/// is too small.
#[must_use]
pub fn areas(screen: Rect, with_live: bool) -> Option<Areas> {
    let (width, height) = (screen.width, screen.height);
    if width < SMALLEST.0 || height < SMALLEST.1 {
        return None;
    }
    let header = Rect::new(0, 0, width, 2);
    let footer = Rect::new(0, height - 2, width, 2);
    let (top, tall) = (2, height - 4);
    if width < TWO_COLUMNS {
        return Some(Areas {
            header,
            rail: Rect::new(0, top, width, 2),
            rail_stands: false,
            middle: Rect::new(1, top + 2, width - 2, tall - 2),
            live: None,
            footer,
        });
    }
    let rail_width = 26;
    let live_width =
        if width < THREE_COLUMNS || !with_live { 0 } else { (width / 4).clamp(30, 58) };
    let middle = Rect::new(
        rail_width + 1,
        top,
        width - rail_width - live_width - if live_width > 0 { 3 } else { 2 },
        tall,
    );
    Some(Areas {
        header,
        rail: Rect::new(0, top, rail_width, tall),
        rail_stands: true,
        middle,
        live: (live_width > 0)
            .then(|| Rect::new(width - live_width - 1, top, live_width + 1, tall)),
        footer,
    })
}
