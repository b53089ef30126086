//! The end of the walk: the credentials, and what comes next.

use ratatui::text::{Line, Span};

use super::lines::{PROSE, hanging, heading};
use crate::{
    tui::{state::State, theme::Role, widget::text},
    wizard::Summary,
};

/// The lines of the card.
pub fn lines(state: &State, summary: &Summary, width: usize) -> Vec<Line<'static>> {
    let theme = state.theme;
    let prose = width.min(PROSE);
    let mut lines =
        vec![Line::styled(summary.title.clone(), theme.style(Role::Strong)), Line::default()];
    if let Some(who) = state.snapshot.login.as_ref().and_then(|login| login.who.as_ref()) {
        let mark = Span::styled(theme.glyph("✓ ", "v "), theme.style(Role::Good));
        let text = format!("{who} logged in to Immich through authentik.");
        lines.extend(hanging(mark, &text, prose, theme.style(Role::Text)));
        lines.push(Line::default());
    }
    let names = summary.credentials.iter().map(|row| text::columns(&row.field)).max();
    let names = names.unwrap_or(0).min(width / 3) + 2;
    for row in &summary.credentials {
        let name = text::pad(&row.field, names, theme.ellipsis());
        let mark = Span::styled(name, theme.style(Role::Faint));
        lines.extend(hanging(mark, &row.value, width, theme.style(Role::Text)));
    }
    if let Some(revealed) = &summary.revealed {
        lines.push(Line::default());
        let left = revealed.until.duration_since(state.now).as_secs().max(0);
        lines.push(heading(theme, &format!("The client secret, for {left} s more")));
        for piece in text::chop(revealed.secret.expose(), width) {
            lines.push(Line::styled(piece, theme.style(Role::Notice)));
        }
    }
    if !summary.next.is_empty() {
        lines.push(Line::default());
        lines.push(heading(theme, "What comes next"));
        for next in &summary.next {
            let mark = Span::styled(theme.glyph("→ ", "> "), theme.style(Role::Accent));
            lines.extend(hanging(mark, next, prose, theme.style(Role::Text)));
        }
    }
    lines
}
