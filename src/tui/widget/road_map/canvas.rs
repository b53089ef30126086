//! What a map is drawn on: letters put anywhere, then taken as lines.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use super::Place;
use crate::tui::{
    theme::{Role, Theme},
    widget::text,
};

/// A drawing before it becomes lines.
pub(super) struct Canvas {
    buffer: Buffer,
    theme: Theme,
}

impl Canvas {
    pub(super) fn new(width: usize, height: usize, theme: Theme) -> Self {
        let size = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        Self { buffer: Buffer::empty(Rect::new(0, 0, size(width), size(height))), theme }
    }

    pub(super) fn put(&mut self, (x, y): (usize, usize), what: &str, style: Style) {
        let (Ok(x), Ok(y)) = (u16::try_from(x), u16::try_from(y)) else { return };
        if x < self.buffer.area.width && y < self.buffer.area.height {
            self.buffer.set_string(x, y, what, style);
        }
    }

    pub(super) fn line(&mut self, (x, y): (usize, usize), line: &Line<'static>) {
        let mut at = x;
        for span in &line.spans {
            self.put((at, y), &span.content, span.style);
            at += span.width();
        }
    }

    pub(super) fn place(
        &mut self,
        place: &Place,
        (x, y): (usize, usize),
        (wide, tall): (usize, usize),
    ) {
        let set = self.theme.border();
        let rule = self.theme.style(Role::Rule);
        let level = set.horizontal_top.repeat(wide.saturating_sub(2));
        self.put((x, y), &format!("{}{level}{}", set.top_left, set.top_right), rule);
        for row in y + 1..y + tall - 1 {
            self.put((x, row), set.vertical_left, rule);
            self.put((x + wide - 1, row), set.vertical_right, rule);
        }
        let bottom = format!("{}{level}{}", set.bottom_left, set.bottom_right);
        self.put((x, y + tall - 1), &bottom, rule);
        let room = wide.saturating_sub(4);
        let mut at = x + 2;
        if let Some((glyph, role)) = place.mark {
            self.put((at, y + 1), glyph, self.theme.style(role));
            at += 2;
        }
        let title = text::fit(&place.title, room + x + 2 - at, self.theme.ellipsis());
        self.put((at, y + 1), &title, self.theme.style(Role::Strong));
        // A box of one row says it all there.
        if let (3, Some(said)) = (tall, place.lines.first()) {
            let at = at + text::columns(&title) + 2;
            let said = text::fit(said, (x + 2 + room).saturating_sub(at), self.theme.ellipsis());
            self.put((at, y + 1), &said, self.theme.style(Role::Faint));
        }
        for (i, said) in place.lines.iter().take(tall.saturating_sub(3)).enumerate() {
            let said = text::fit(said, room, self.theme.ellipsis());
            self.put((x + 2, y + 2 + i), &said, self.theme.style(Role::Faint));
        }
    }

    /// The rows, without the blanks at their ends.
    pub(super) fn into_lines(self) -> Vec<Line<'static>> {
        let area = self.buffer.area;
        (0..area.height)
            .map(|y| {
                let mut spans: Vec<Span<'static>> = Vec::new();
                let mut x = 0;
                while x < area.width {
                    let cell = &self.buffer[(x, y)];
                    let style = cell.style();
                    match spans.last_mut() {
                        Some(last) if last.style == style => {
                            last.content.to_mut().push_str(cell.symbol());
                        }
                        _ => spans.push(Span::styled(cell.symbol().to_owned(), style)),
                    }
                    let wide = text::columns(cell.symbol()).max(1);
                    x = x.saturating_add(u16::try_from(wide).unwrap_or(1));
                }
                Line::from(spans)
            })
            .collect()
    }
}
