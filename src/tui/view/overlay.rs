//! A page that lies over the card, with its own scroll.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::{Block, Clear, Padding, Paragraph},
};

use crate::tui::{
    drawn::{Drawn, Page},
    state::State,
    theme::Role,
};

/// How wide the content of an overlay is.
#[must_use]
pub fn width(area: Rect) -> usize {
    usize::from(page(area).width.saturating_sub(6))
}

/// Draws it.
pub fn render(
    frame: &mut Frame,
    area: Rect,
    title: &str,
    content: Vec<Line<'static>>,
    state: &State,
    drawn: &mut Drawn,
) {
    let theme = state.theme;
    // Beside it, half words of what lies below would stand.
    frame.render_widget(Clear, area);
    let area = page(area);
    let count = u16::try_from(content.len()).unwrap_or(u16::MAX);
    // No taller than what is in it.
    let height = if is_page(area) { area.height } else { area.height.min(count.saturating_add(4)) };
    let area = Rect { y: area.y + (area.height - height) / 2, height, ..area };
    let inner_height = area.height.saturating_sub(4);
    let inner = Rect { height: inner_height, ..area };
    drawn.overlay = Page::new(inner, content.len());
    let scroll = state.scrolled.overlay.min(drawn.overlay.end);
    let mut block = Block::bordered()
        .border_set(theme.border())
        .border_style(theme.style(Role::Accent))
        .padding(Padding::symmetric(2, 1))
        .title(Line::from(Span::styled(format!(" {title} "), theme.style(Role::Strong))));
    if drawn.overlay.end > 0 {
        let (up, down) = (theme.glyph("↑", "^"), theme.glyph("↓", "v"));
        let (from, to) = (scroll + 1, (scroll + inner_height).min(count));
        let up = if scroll > 0 { up } else { " " };
        let down = if scroll < drawn.overlay.end { down } else { " " };
        let place = say!(" {up}{down} {from} to {to} of {count} ", up, down, from, to, count);
        block = block.title_bottom(
            Line::from(Span::styled(place, theme.style(Role::Faint))).right_aligned(),
        );
    }
    frame.render_widget(Paragraph::new(content).block(block).scroll((scroll, 0)), area);
}

/// Whether it has the whole screen, instead of lying on it.
const fn is_page(area: Rect) -> bool {
    area.width <= 130
}

/// Leaves a margin where there is room for one.
const fn page(area: Rect) -> Rect {
    let margin = if is_page(area) { 0 } else { (area.width - 118) / 2 };
    Rect { x: area.x + margin, width: area.width - 2 * margin, ..area }
}
