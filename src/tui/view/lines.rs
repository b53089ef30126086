//! Lines that several views draw.

use std::time::Duration;

use jiff::Timestamp;
use ratatui::{
    style::Style,
    text::{Line, Span},
};

use crate::{
    site::Fault,
    tui::{
        state::State,
        theme::{Role, Theme},
        widget::text,
    },
};

/// How wide prose may become before it is hard to read.
pub const PROSE: usize = 84;

/// A text in wrapped lines, the later ones as far in as the first one's mark
/// is wide.
pub fn hanging(mark: Span<'static>, text: &str, width: usize, style: Style) -> Vec<Line<'static>> {
    let indent = text::columns(&mark.content);
    let pieces = text::wrap(text, width.saturating_sub(indent));
    let mut mark = Some(mark);
    pieces
        .into_iter()
        .map(|piece| {
            let head = mark.take().unwrap_or_else(|| Span::raw(" ".repeat(indent)));
            Line::from(vec![head, Span::styled(piece, style)])
        })
        .collect()
}

/// A small heading above a section.
pub fn heading(theme: Theme, title: &str) -> Line<'static> {
    Line::styled(title.to_owned(), theme.style(Role::Faint))
}

/// What went wrong, and what to do.
pub fn fault(theme: Theme, fault: &Fault, width: usize) -> Vec<Line<'static>> {
    let mark = Span::styled(theme.glyph("✗ ", "x "), theme.style(Role::Bad));
    let mut what = say!("{system}: could not {tried}", system = fault.system, tried = fault.tried);
    if !fault.answer.is_empty() {
        what.push_str(": ");
        what.push_str(&fault.answer);
    }
    let mut lines = hanging(mark, &what, width, theme.style(Role::Bad));
    if !fault.remedy.is_empty() {
        let mark = Span::styled(theme.glyph("→ ", "> "), theme.style(Role::Accent));
        lines.extend(hanging(mark, &fault.remedy, width, theme.style(Role::Text)));
    }
    lines
}

/// How long ago, in whole minutes, so that a quiet screen stays quiet; `None`:
/// less than a minute.
pub fn age(state: &State, at: Timestamp) -> Option<String> {
    match state.now.duration_since(at).as_secs() {
        ..60 => None,
        seconds @ 60..3600 => Some(say!("{minutes} min", minutes = seconds / 60)),
        seconds @ 3600..86_400 => Some(say!("{hours} h", hours = seconds / 3600)),
        seconds => Some(say!("{days} d", days = seconds / 86_400)),
    }
}

/// A time of day.
pub fn clock(state: &State, at: Timestamp) -> String {
    at.to_zoned(state.zone.clone()).strftime("%H:%M:%S").to_string()
}

/// How long something took: in tenths of a second, while that says something.
pub fn took(duration: Duration) -> String {
    match duration.as_secs() {
        0 if duration < Duration::from_millis(50) => say!("<0.1 s"),
        0..10 => say!("{seconds:.1} s", seconds = duration.as_secs_f32()),
        _ => span(duration),
    }
}

/// A span of time as people say it.
pub fn span(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 => say!("{millis} ms", millis = duration.as_millis()),
        1..60 => say!("{seconds} s", seconds),
        60..3600 if seconds.is_multiple_of(60) => say!("{minutes} min", minutes = seconds / 60),
        60..3600 => {
            say!("{minutes} min {seconds} s", minutes = seconds / 60, seconds = seconds % 60)
        }
        _ => say!("{hours} h {minutes} min", hours = seconds / 3600, minutes = seconds % 3600 / 60),
    }
}
