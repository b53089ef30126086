//! The footer: what is going on or was just said, and the keys that do
//! something now.

use std::time::Duration;

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{header, lines::span};
use crate::{
    text as say,
    tui::{
        drawn::Drawn,
        keys::{self, Binding},
        state::State,
        theme::Role,
        widget::text,
    },
    wizard::{Ending, Work},
};

/// Draws it: the line of what is going on (a rule while nothing is), and the
/// keys.
pub fn render(frame: &mut Frame, area: Rect, state: &State, drawn: &mut Drawn) {
    let theme = state.theme;
    let width = usize::from(area.width).saturating_sub(2);
    let first = Rect { height: 1, ..area };
    match status(state) {
        Some((text, aside, role)) => {
            // What is said yields to the times and the way out beside it.
            let room = width.saturating_sub(text::columns(&aside));
            let text = text::fit(&text, room, theme.ellipsis()) + &aside;
            let text = text::fit(&text, width, theme.ellipsis());
            let line = Line::styled(format!(" {text}"), theme.style(role));
            frame.render_widget(Paragraph::new(line), first);
        }
        None => header::rule(frame, first, theme),
    }
    hints(frame, Rect { y: area.y + 1, height: 1, ..area }, state, drawn);
}

/// What is said, what stands beside it in any case, and what that means.
fn status(state: &State) -> Option<(String, String, Role)> {
    let plain = |text: String, role| Some((text, String::new(), role));
    if let Some(ending) = &state.snapshot.ending {
        let text = match ending {
            Ending::LoginVerified => say!("Done: a login through authentik was seen."),
            Ending::Finished => say!("Done. {how}", how = crate::text::finished(&state.snapshot)),
            Ending::Rotated => say!("Done: the new secret is in use."),
            Ending::TakenBack(tally) => say::tally_counted(tally),
            Ending::AccessRemoved(tally) => say::access_tally(tally),
            Ending::Left => say!("Left."),
            Ending::Failed(fault) => return plain(fault.to_string(), Role::Bad),
        };
        return plain(say!("{text} Press any key.", text), Role::Strong);
    }
    let work = state.snapshot.work.as_ref();
    if state.asks_to_quit {
        let (what, times) = work.map_or_else(
            || (say!("something"), String::new()),
            |work| (work.what.name(), times(state, work)),
        );
        return Some((say!("Quit during: {what}", what), format!("{times}?"), Role::Notice));
    }
    if let Some((notice, _)) = &state.notice {
        return plain(notice.clone(), Role::Accent);
    }
    if state.leaving {
        let (after, times) = work.map_or_else(Default::default, |work| {
            (say!(" after: {what}", what = work.what.name()), times(state, work))
        });
        return Some((
            say!("Leaving{after}", after),
            say!("{times}  Ctrl-C leaves now", times),
            Role::Notice,
        ));
    }
    let work = work?;
    let what = format!("{} {}", state.theme.glyph("◌", "."), work.what.name());
    let mut aside = times(state, work);
    if work.can_cancel {
        aside.push_str(word!("  Ctrl-C stops it"));
    }
    Some((what, aside, Role::Accent))
}

/// Since when work is under way, and how long it may take at the most.
fn times(state: &State, work: &Work) -> String {
    let since = state.now.duration_since(work.since).as_secs().max(0);
    let since = Duration::from_secs(since.unsigned_abs());
    let mut times = String::new();
    // What is over at once needs no clock.
    if since >= Duration::from_secs(1) {
        times.push_str(&format!("  {}", span(since)));
    }
    if let Some(at_most) = work.at_most {
        times.push_str(&say!(", at most {time}", time = span(at_most)));
    }
    if let Some(stretch) = work.stretch.filter(|stretch| stretch.is_told(state.now)) {
        let time = span(stretch.at_most);
        times += &if work.can_cancel {
            say!("; all of it at most {time}", time)
        } else {
            say!("; nothing new after {time}", time)
        };
    }
    times
}

fn hints(frame: &mut Frame, area: Rect, state: &State, drawn: &mut Drawn) {
    let theme = state.theme;
    let mut spans = vec![Span::raw(" ")];
    let mut x = area.x + 1;
    let mut rows: Vec<_> = keys::footer(state, drawn).collect();
    // Where there is no room for all, those before help and quit go first:
    // help has them.
    while rows.len() > 3 && rows.iter().map(|row| width(row) + 3).sum::<u16>() > area.width + 1 {
        rows.remove(rows.len() - 3);
    }
    for row in rows {
        let wide = width(row);
        if x.saturating_add(wide) > area.right() {
            break;
        }
        drawn.buttons.push((Rect { x, y: area.y, width: wide, height: 1 }, row.action));
        x = x.saturating_add(wide + 3);
        spans.push(Span::styled(row.written, theme.style(Role::Accent)));
        spans.push(Span::styled(format!(" {}   ", row.label), theme.style(Role::Faint)));
    }
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}

/// How many columns a hint takes.
fn width(row: &Binding) -> u16 {
    let columns = text::columns(row.written) + 1 + text::columns(row.label);
    u16::try_from(columns).unwrap_or(u16::MAX)
}
