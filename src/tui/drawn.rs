//! What a drawing tells the update: only what was really on the screen can be
//! agreed to, clicked or scrolled.

use ratatui::layout::{Position, Rect};

use super::{action::Action, widget::hyperlink::Hyperlink};

/// What went where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drawn {
    /// The digest of the plan that the screen shows, its question with it.
    pub plan: Option<String>,
    /// The card.
    pub card: Page,
    /// The column of what the servers say; nothing, where there is none.
    pub live: Page,
    /// What lies over the card.
    pub overlay: Page,
    /// What can be clicked.
    pub buttons: Vec<(Rect, Action)>,
    /// What leads out of the terminal.
    pub links: Vec<Hyperlink>,
}

/// A part of the screen whose content may be longer than its place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Its place.
    pub area: Rect,
    /// How far it can be scrolled, in lines.
    pub end: u16,
}

impl Page {
    /// A content of so many lines in its place.
    #[must_use]
    pub fn new(area: Rect, lines: usize) -> Self {
        let lines = u16::try_from(lines).unwrap_or(u16::MAX);
        Self { area, end: lines.saturating_sub(area.height) }
    }

    /// Whether that point of the screen is in it.
    #[must_use]
    pub const fn contains(&self, at: Position) -> bool {
        self.area.contains(at)
    }
}

/// How far each part is scrolled, in lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scrolled {
    /// The card.
    pub card: u16,
    /// The column of what the servers say.
    pub live: u16,
    /// What lies over the card.
    pub overlay: u16,
}
