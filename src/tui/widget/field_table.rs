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
//!
//! Where it is narrow, wanted and live stand one above the other, and what the
//! difference means stands where there is room for it:
//!
//! ```text
//! = name           immich                   same
//! ≠ redirect URIs  wanted https://photos.example
//!   change                .com/auth/login
//!                  live   app.immich:///oauth-ca
//!                         llback
//! ```

use ratatui::text::{Line, Span};

use super::text;
use crate::tui::theme::{Role, Theme};

/// Below this width of each, wanted and live stand one above the other.
const HALF: usize = 21;
/// From this width on the change has a column of its own.
const WITH_CHANGE: usize = 66;
/// How wide that column is, and how long its longest word.
const CHANGE: usize = 8;
const LONGEST_WORD: usize = 6;

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
fn names(rows: &[Row], width: usize, full: bool) -> usize {
    let longest = rows.iter().map(|row| text::columns(&row.name)).max().unwrap_or(0);
    let most = if full { width / 2 } else { width * 2 / 5 };
    longest.clamp(LONGEST_WORD, most.clamp(8, 28))
}

/// How many columns the line has in which a value is typed.
#[must_use]
pub fn typing_room(rows: &[Row], width: usize) -> usize {
    width.saturating_sub(names(rows, width, false) + 6).max(4)
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
    let names = names(rows, width, full);
    let change = if width >= WITH_CHANGE { CHANGE } else { 0 };
    let room = width.saturating_sub(2 + names + 2 + change);
    let half = room.saturating_sub(2) / 2;
    let side_by_side = half >= HALF;
    let mut table = Table { indent: names + 4, ..Table::default() };
    if side_by_side {
        let compares = rows.iter().any(|row| row.live.is_some());
        let faint = theme.style(Role::Faint);
        let wanted = if compares { half + 2 } else { room };
        let live =
            if compares { text::pad(word!("live"), room - half - 2, "") } else { String::new() };
        let word = if change > 0 { word!("change") } else { "" };
        let text = format!(
            "  {}{}{live}{word}",
            text::pad(word!("field"), names + 2, ""),
            text::pad(word!("wanted"), wanted, "")
        );
        table.lines.push(Line::styled(text.trim_end().to_owned(), faint));
    }
    for (index, row) in rows.iter().enumerate() {
        let from = table.lines.len();
        let typed = typing.filter(|typing| typing.row == index);
        let under_cursor = cursor == Some(index);
        let of = |room| match &row.live {
            Some(live) if side_by_side => beside(row, live, half, room, theme),
            Some(live) => above(row, live, room, theme),
            None => alone(row, room, full, theme),
        };
        let (values, word) = match typed {
            Some(typing) => {
                (typed_lines(typing, width.saturating_sub(names + 4), theme), Word::Nowhere)
            }
            None if change > 0 => (of(room), Word::Beside),
            None => with_word(of, row.change, room),
        };
        for (i, mut spans) in values.into_iter().enumerate() {
            let mut line = head(row, i, under_cursor, word == Word::Below, names, theme);
            if i == 0 && word == Word::Beside {
                let taken: usize = spans.iter().map(Span::width).sum();
                let to = if change > 0 { room + 2 } else { room - text::columns(row.change) };
                spans.push(Span::raw(" ".repeat(to.saturating_sub(taken))));
                spans.push(Span::styled(row.change, theme.style(row.mark.1)));
            }
            line.extend(spans);
            table.lines.push(Line::from(line));
        }
        table.rows.push((from, table.lines.len(), index));
    }
    table
}

/// Where the word for the difference stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    /// At the right of the first line.
    Beside,
    /// Below the name.
    Below,
    /// While a value is typed, nothing is said about it.
    Nowhere,
}

/// The values of a row without a column for the word: it stands at the right of
/// a value of one line, and below the name where there are more lines.
fn with_word(values: impl Fn(usize) -> Pieces, word: &str, room: usize) -> (Pieces, Word) {
    let whole = values(room);
    let taken = |line: &Vec<Span>| line.iter().map(Span::width).sum::<usize>();
    let beside = room.saturating_sub(text::columns(word) + 2);
    match whole.as_slice() {
        [line] if taken(line) <= beside => (whole, Word::Beside),
        [_] => {
            let narrower = values(beside);
            let place = if narrower.len() == 1 { Word::Beside } else { Word::Below };
            (narrower, place)
        }
        _ => (whole, Word::Below),
    }
}

/// What stands before a line of values: glyph and name, and below them the word
/// where it has its place there.
fn head(
    row: &Row,
    line: usize,
    cursor: bool,
    word_below: bool,
    names: usize,
    theme: Theme,
) -> Vec<Span<'static>> {
    let (glyph, role) = row.mark;
    let style = theme.style(match (cursor, row.faint) {
        (true, _) => Role::Chosen,
        (false, true) => Role::Faint,
        (false, false) => Role::Text,
    });
    let (glyph, name, style) = match line {
        0 if cursor => (theme.glyph("›", ">"), row.name.as_str(), style),
        0 => (glyph, row.name.as_str(), style),
        1 if word_below => (" ", row.change, theme.style(role)),
        _ => (" ", "", style),
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
    for (label, (value, role)) in [(word!("wanted "), &row.wanted), (word!("live   "), live)] {
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
