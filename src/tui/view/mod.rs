//! What the screen shows, drawn from the state and nothing else.
//!
//! ```text
//! header   site · lamps · route
//! rail     card                live
//! steps    fields, change      what both servers say
//!          prompt
//! footer   work or notice, keys
//! ```

mod card;
mod exact;
mod fields;
mod footer;
mod header;
mod help;
mod journal;
mod lines;
mod live;
mod login;
mod map;
mod overlay;
mod prompt;
mod rail;
mod rotation;
mod summary;

use ratatui::{
    Frame,
    layout::{Alignment, Rect},
    text::Line,
    widgets::Paragraph,
};

use super::{
    action::Overlay,
    drawn::Drawn,
    layout::{self, SMALLEST},
    state::State,
    theme::{Role, Theme},
};

/// Draws everything, and says what went where.
pub fn draw(frame: &mut Frame, state: &State) -> Drawn {
    let mut drawn = Drawn::default();
    let screen = frame.area();
    // At the end there is nothing to compare with: the card has all the room.
    let with_live = state.snapshot.summary.is_none();
    let Some(areas) = layout::areas(screen, with_live) else {
        too_small(frame, screen, state);
        return drawn;
    };
    header::render(frame, areas.header, state);
    rail::render(frame, areas.rail, areas.rail_stands, state, &mut drawn);
    if let Some(area) = areas.live {
        live::render(frame, area, state, &mut drawn);
    }
    let asked = prompt::lay_out(state, areas.middle);
    let asked_height = asked.as_ref().map_or(0, |asked| asked.height);
    let card = Rect { height: areas.middle.height - asked_height, ..areas.middle };
    let below = Rect { y: card.bottom(), height: asked_height, ..areas.middle };
    let left = asked.as_ref().map_or(prompt::Left::default(), |asked| asked.left);
    card::render(frame, card, areas.live.is_none(), left, state, &mut drawn);
    if let Some(asked) = asked {
        prompt::render(frame, below, asked, state, &mut drawn);
    }
    drawn.plan = asked_plan(state);
    if let Some(overlay) = state.overlay {
        // What lies below is not to be clicked.
        drawn.buttons.clear();
        drawn.links.clear();
        let inner = Rect { x: 0, y: 1, width: screen.width, height: screen.height - 3 };
        match overlay {
            Overlay::Exact => exact::render(frame, inner, state, &mut drawn),
            Overlay::Journal => journal::render(frame, inner, state, &mut drawn),
            Overlay::Help => help::render(frame, inner, state, &mut drawn),
            Overlay::Code => login::render_code(frame, screen, state, &mut drawn),
            Overlay::Map => map::render(frame, inner, state, &mut drawn),
        }
    }
    // The code takes the whole screen.
    if state.overlay != Some(Overlay::Code) {
        footer::render(frame, areas.footer, state, &mut drawn);
    }
    drawn
}

/// The plan that the screen asks about: the question shows its effects, unless
/// the cursor is on the fields.
fn asked_plan(state: &State) -> Option<String> {
    let plan = state.prompt()?.plan().filter(|_| state.field.is_none())?;
    Some(plan.digest.clone())
}

/// Says at the right edge that there is more above or below.
fn more(frame: &mut Frame, area: Rect, theme: Theme, scroll: u16, end: u16) {
    let style = theme.style(Role::Accent);
    let mut mark = |glyph: &'static str, y| {
        let at = Rect { x: area.right().saturating_sub(1), y, width: 1, height: 1 };
        frame.render_widget(Paragraph::new(Line::styled(glyph, style)), at);
    };
    if scroll > 0 {
        mark(theme.glyph("↑", "^"), area.y);
    }
    if scroll < end && area.height > 1 {
        mark(theme.glyph("↓", "v"), area.bottom() - 1);
    }
}

fn too_small(frame: &mut Frame, screen: Rect, state: &State) {
    let faint = state.theme.style(Role::Faint);
    let needed = say!(
        "It has {width} x {height}; {least_width} x {least_height} will do.",
        width = screen.width,
        height = screen.height,
        least_width = SMALLEST.0,
        least_height = SMALLEST.1
    );
    let lines = vec![
        Line::from(word!("This window is too small.")),
        Line::styled(needed, faint),
        Line::styled(word!("Enlarge it and the wizard goes on."), faint),
    ];
    let height = 3.min(screen.height);
    let area = Rect { y: (screen.height - height) / 2, height, ..screen };
    frame.render_widget(Paragraph::new(lines).alignment(Alignment::Center), area);
}
