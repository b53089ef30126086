//! Fields in a table: what is wanted, what is there, and what that means. What
//! differs stands out; what is equal steps back into one faint line.
//!
//! ```text
//!   field          wanted                 live                  change
//! = name           immich                                       same
//! ≠ redirect URIs  https://photos.exam-   app.immich:///oauth-  change
//!                  ple.com/auth/login     callback
//! + signing key    Self-signed (RS256)                          add
//! ```

use ratatui::text::{Line, Span};

use super::text;
use crate::tui::theme::{Role, Theme};

/// Below this width of each, wanted and live stand one above the other.
const HALF: usize = 21;
/// From this width on the change has a column of its own; below it, its glyph
/// has to do.
const WITH_CHANGE: usize = 66;
/// How wide that column is.
const CHANGE: usize = 8;

/// One field.
#[derive(Clone, Debug)]
pub struct Row {
    /// The glyph of its state, and what that means.
    pub mark: (&'static str, Role),
    /// Its name.
    pub name: String,
    /// What is wanted, and how that looks.
    pub wanted: (String, Role),
    /// What is there, and how that looks; nothing where there is nothing to
    /// compare.
    pub live: Option<(String, Role)>,
    /// What the difference means, in a word.
    pub change: &'static str,
    /// Whether it steps back: cut where it does not fit, instead of wrapped.
    pub faint: bool,
}

/// The line in which a value is typed, in the place of a row's values.
#[derive(Clone, Debug)]
pub struct Typing {
    /// Which row.
    pub row: usize,
    /// The line, from where it is seen.
    pub text: String,
    /// What to say below it, and how that looks.
    pub said: (String, Role),
}

/// A drawn table.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Its lines.
    pub lines: Vec<Line<'static>>,
    /// Which lines are which row: from, to, row.
    pub rows: Vec<(usize, usize, usize)>,
    /// How far in the values begin.
    pub indent: usize,
}

/// How many columns the names take, with what stands around them.
fn names(rows: &[Row], width: usize) -> usize {
    let longest = rows.iter().map(|row| text::columns(&row.name)).max().unwrap_or(0);
    longest.clamp(5, (width * 2 / 5).clamp(8, 28))
}

/// How many columns the line has in which a value is typed.
#[must_use]
pub fn typing_room(rows: &[Row], width: usize) -> usize {
    width.saturating_sub(names(rows, width) + 6).max(4)
}

/// The table. `cursor` is the row under the cursor, if there is one; `full`
/// wraps what would be cut.
#[must_use]
pub fn table(
    rows: &[Row],
    width: usize,
    full: bool,
    cursor: Option<usize>,
    typing: Option<&Typing>,
    theme: Theme,
) -> Table {
    if rows.is_empty() {
        return Table::default();
    }
    let names = names(rows, width);
    let change = if width >= WITH_CHANGE { CHANGE } else { 0 };
    let room = width.saturating_sub(2 + names + 2 + change);
    let half = room.saturating_sub(2) / 2;
    let side_by_side = half >= HALF;
    let mut table = Table { indent: names + 4, ..Table::default() };
    if side_by_side {
        let compares = rows.iter().any(|row| row.live.is_some());
        let faint = theme.style(Role::Faint);
        let wanted = if compares { half + 2 } else { room };
        let live = if compares { text::pad("live", room - half - 2, "") } else { String::new() };
        let word = if change > 0 { "change" } else { "" };
        let text = format!(
            "  {}{}{live}{word}",
            text::pad("field", names + 2, ""),
            text::pad("wanted", wanted, "")
        );
        table.lines.push(Line::styled(text.trim_end().to_owned(), faint));
    }
    for (index, row) in rows.iter().enumerate() {
        let from = table.lines.len();
        let typed = typing.filter(|typing| typing.row == index);
        let under_cursor = cursor == Some(index);
        let values = match (typed, &row.live) {
            (Some(typing), _) => typed_lines(typing, width.saturating_sub(names + 4), theme),
            (None, Some(live)) if side_by_side => beside(row, live, half, room, theme),
            (None, Some(live)) => above(row, live, room, theme),
            (None, None) => alone(row, room, full, theme),
        };
        for (i, mut spans) in values.into_iter().enumerate() {
            let first = i == 0;
            let mut line = head(row, first, under_cursor, names, theme);
            if first && change > 0 && typed.is_none() {
                let taken: usize = spans.iter().map(Span::width).sum();
                spans.push(Span::raw(" ".repeat(room.saturating_sub(taken))));
                spans.push(Span::styled(format!("  {}", row.change), theme.style(row.mark.1)));
            }
            line.extend(spans);
            table.lines.push(Line::from(line));
        }
        table.rows.push((from, table.lines.len(), index));
    }
    table
}

fn head(row: &Row, first: bool, cursor: bool, names: usize, theme: Theme) -> Vec<Span<'static>> {
    let (glyph, role) = row.mark;
    let style = match (cursor, row.faint) {
        (true, _) => theme.style(Role::Chosen),
        (false, true) => theme.style(Role::Faint),
        (false, false) => theme.style(Role::Text),
    };
    let (glyph, name) = match (first, cursor) {
        (true, true) => (theme.glyph("›", ">"), row.name.as_str()),
        (true, false) => (glyph, row.name.as_str()),
        (false, _) => (" ", ""),
    };
    let role = if cursor { Role::Accent } else { role };
    vec![
        Span::styled(format!("{glyph} "), theme.style(role)),
        Span::styled(text::pad(name, names, theme.ellipsis()), style),
        Span::raw("  "),
    ]
}

type Pieces = Vec<Vec<Span<'static>>>;

fn alone(row: &Row, room: usize, full: bool, theme: Theme) -> Pieces {
    let (wanted, role) = &row.wanted;
    let pieces = if row.faint && !full {
        vec![text::fit(wanted, room, theme.ellipsis())]
    } else {
        text::wrap(wanted, room)
    };
    pieces.into_iter().map(|piece| vec![Span::styled(piece, theme.style(*role))]).collect()
}

fn beside(row: &Row, live: &(String, Role), half: usize, room: usize, theme: Theme) -> Pieces {
    let (wanted, role) = &row.wanted;
    let right = room - half - 2;
    let (left, right) = (text::wrap(wanted, half), text::wrap(&live.0, right));
    let piece = |pieces: &[String], i: usize| pieces.get(i).cloned().unwrap_or_default();
    (0..left.len().max(right.len()))
        .map(|i| {
            let wanted = text::pad(&piece(&left, i), half + 2, theme.ellipsis());
            vec![
                Span::styled(wanted, theme.style(*role)),
                Span::styled(piece(&right, i), theme.style(live.1)),
            ]
        })
        .collect()
}

fn above(row: &Row, live: &(String, Role), room: usize, theme: Theme) -> Pieces {
    let faint = theme.style(Role::Faint);
    let mut pieces = Vec::new();
    for (label, (value, role)) in [("wanted ", &row.wanted), ("live   ", live)] {
        for (i, piece) in text::wrap(value, room.saturating_sub(7)).into_iter().enumerate() {
            let label = if i == 0 { label } else { "       " };
            pieces.push(vec![Span::styled(label, faint), Span::styled(piece, theme.style(*role))]);
        }
    }
    pieces
}

fn typed_lines(typing: &Typing, room: usize, theme: Theme) -> Pieces {
    let mut pieces = vec![vec![Span::styled(typing.text.clone(), theme.style(Role::Typed))]];
    let (said, role) = &typing.said;
    for piece in text::wrap(said, room) {
        pieces.push(vec![Span::styled(piece, theme.style(*role))]);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(live: Option<&str>) -> Row {
        Row {
            mark: ("=", Role::Good),
            name: "redirect URIs".into(),
            wanted: ("https://photos.example.com/auth/login".into(), Role::Text),
            live: live.map(|live| (live.to_owned(), Role::Notice)),
            change: "change",
            faint: false,
        }
    }

    #[test]
    fn nothing_is_wider_than_the_table_and_nothing_of_a_value_is_lost() {
        for width in 30..140 {
            let rows = [row(None), row(Some("写真https://photos.example.com/auth/login"))];
            let table = table(&rows, width, false, Some(1), None, Theme::default());
            let text: String = table.lines.iter().map(ToString::to_string).collect();
            for line in &table.lines {
                assert!(line.width() <= width, "{} > {width}: {line}", line.width());
            }
            let joined: String = text.split_whitespace().collect();
            assert!(joined.contains("photos."), "{text}");
            assert_eq!(table.rows.last().map(|(_, to, _)| *to), Some(table.lines.len()));
        }
    }
}
