//! The end of the walk: the credentials, and what comes next.

use ratatui::text::{Line, Span};

use super::{
    lines::{PROSE, clock, hanging, heading},
    login::outcome,
};
use crate::{
    text as say,
    tui::{state::State, theme::Role, widget::text},
    wizard::{Credential, CredentialId, Revealed, Summary},
};

/// The lines of the card.
pub fn lines(state: &State, summary: &Summary, width: usize) -> Vec<Line<'static>> {
    let theme = state.theme;
    let prose = width.min(PROSE);
    let mut lines = vec![
        Line::styled(say::summary_title(summary.title), theme.style(Role::Strong)),
        Line::default(),
    ];
    let login = state.snapshot.login.as_ref();
    let to = word!(" to Immich through authentik");
    if let Some((mark, text)) =
        login.and_then(|login| outcome(theme, login, to, |at| clock(state, at)))
    {
        lines.extend(hanging(mark, &text, prose, theme.style(Role::Text)));
        lines.push(Line::default());
    }
    let names = summary.credentials.iter();
    let names = names.map(|row| text::columns(&say::credential(row.id))).max();
    let names = names.unwrap_or(0).min(width / 3) + 2;
    let secret_first =
        |row: &&Credential| state.revealed().is_some() && row.id == CredentialId::ClientSecret;
    let (first, rest): (Vec<_>, Vec<_>) = summary.credentials.iter().partition(secret_first);
    for row in first.into_iter().chain(rest) {
        let name = text::pad(&say::credential(row.id), names, theme.ellipsis());
        let mark = Span::styled(name, theme.style(Role::Faint));
        match state.revealed().filter(|_| row.id == CredentialId::ClientSecret) {
            Some(revealed) => lines.extend(secret(state, revealed, mark, width)),
            None => lines.extend(hanging(
                mark,
                &say::credential_value(&row.value),
                width,
                theme.style(Role::Text),
            )),
        }
    }
    if !summary.next.is_empty() {
        lines.push(Line::default());
        lines.push(heading(theme, word!("What comes next")));
        for next in &summary.next {
            let mark = Span::styled(theme.glyph("→ ", "> "), theme.style(Role::Accent));
            lines.extend(hanging(mark, &say::note(next), prose, theme.style(Role::Text)));
        }
    }
    lines
}

/// The secret in the place of its dots, and how long it stays.
fn secret(
    state: &State,
    revealed: &Revealed,
    mark: Span<'static>,
    width: usize,
) -> Vec<Line<'static>> {
    let theme = state.theme;
    let indent = mark.width();
    let mut mark = Some(mark);
    let mut lines: Vec<Line> = text::chop(revealed.secret.expose(), width.saturating_sub(indent))
        .into_iter()
        .map(|piece| {
            let head = mark.take().unwrap_or_else(|| Span::raw(" ".repeat(indent)));
            Line::from(vec![head, Span::styled(piece, theme.style(Role::Notice))])
        })
        .collect();
    let left = revealed.until.duration_since(state.now).as_secs().max(0) + 1;
    let how = if state.peek.held {
        say!("shown while you hold v")
    } else {
        say!("shown for {left} s more; v hides it", left)
    };
    let blank = Span::raw(" ".repeat(indent));
    lines.extend(hanging(blank, &how, width, theme.style(Role::Faint)));
    lines
}
