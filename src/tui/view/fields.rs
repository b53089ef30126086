//! The fields of a step, as rows of the table, and the line in which one of
//! them is changed.

use crate::{
    site::Reading,
    text as say,
    tui::{
        state::State,
        theme::{Role, Theme},
        widget::{
            field_table::{self, Row, Table, Typing},
            text,
        },
    },
    wizard::{FieldRow, FieldState, FieldValue},
};

/// The table of the card, with the cursor in it where the cursor is on the
/// fields. The second is where the terminal's cursor stands: line, column.
pub fn card(state: &State, width: usize) -> (Table, Option<(usize, usize)>) {
    let fields = state.card().map(|step| step.fields.as_slice()).unwrap_or_default();
    let rows: Vec<Row> = fields.iter().map(|field| row(field, state.theme)).collect();
    let cursor = state.field.as_ref().map(|field| field.row);
    let room = field_table::typing_room(&rows, width);
    let typing = typing(state, room);
    let table = field_table::table(&rows, width, false, cursor, typing.as_ref(), state.theme);
    let at = state.typed_field().zip(cursor).and_then(|((_, line), row)| {
        let from = table.rows.iter().find(|(_, _, index)| *index == row)?.0;
        let column = line.visual_cursor().saturating_sub(line.visual_scroll(room));
        Some((from, table.indent + column))
    });
    (table, at)
}

/// Every field whole.
pub fn full(fields: &[FieldRow], width: usize, theme: Theme) -> Table {
    let rows: Vec<Row> = fields.iter().map(|field| row(field, theme)).collect();
    field_table::table(&rows, width, true, None, None, theme)
}

fn typing(state: &State, room: usize) -> Option<Typing> {
    let (key, line) = state.typed_field()?;
    let field = state.field.as_ref()?;
    let said = match (&field.refused, key.check(line.value())) {
        (Some(why), _) => (why.to_string(), Role::Bad),
        (None, Err(why)) => (say!("not yet: {why}", why), Role::Notice),
        (None, Ok(())) if say::hint(key).is_empty() => {
            (state.theme.glyph(word!("✓ looks right"), word!("looks right")).into(), Role::Good)
        }
        (None, Ok(())) => (say::hint(key).into(), Role::Faint),
    };
    let skip = line.visual_scroll(room);
    let mut seen = text::through(line.value(), skip, room, state.theme.ellipsis());
    // An empty line is seen too.
    if seen.is_empty() {
        seen.push(' ');
    }
    Some(Typing { row: field.row, text: seen, said })
}

fn row(field: &FieldRow, theme: Theme) -> Row {
    // What could not be read is not known to differ.
    let state = match field.live {
        Reading::Failed { .. } => FieldState::Unknown,
        _ => field.state,
    };
    let wanted = say::value(&field.wanted);
    let wanted = if wanted.is_empty() { say!("(empty)") } else { wanted };
    Row {
        mark: mark(state, theme),
        name: say::field(&field.id),
        wanted: (wanted, wanted_role(state)),
        live: (!is_alone(field)).then(|| live(&field.live)),
        change: say::field_change(state),
        faint: matches!(field.state, FieldState::Same | FieldState::Kept),
    }
}

/// Whether there is nothing to compare: both are the same, or there is nothing
/// yet.
fn is_alone(field: &FieldRow) -> bool {
    // A look that comes by the clock does not shake the table.
    let nothing_there = matches!(
        field.live,
        Reading::Known { value: None, .. } | Reading::Reading { last: None, .. }
    ) || matches!(&field.live, Reading::Reading { last: Some(last), .. } if last.value.is_none());
    match field.state {
        FieldState::Same | FieldState::Kept => true,
        FieldState::New => nothing_there,
        FieldState::Unknown | FieldState::Differs => false,
    }
}

const fn mark(state: FieldState, theme: Theme) -> (&'static str, Role) {
    match state {
        FieldState::Unknown => (theme.glyph("?", "?"), Role::Faint),
        FieldState::Same => (theme.glyph("=", "="), Role::Faint),
        FieldState::Kept => (theme.glyph("·", "."), Role::Faint),
        FieldState::New => (theme.glyph("+", "+"), Role::Accent),
        FieldState::Differs => (theme.glyph("≠", "!"), Role::Notice),
    }
}

const fn wanted_role(state: FieldState) -> Role {
    match state {
        FieldState::Same | FieldState::Kept => Role::Faint,
        FieldState::Unknown => Role::Text,
        FieldState::New => Role::Accent,
        FieldState::Differs => Role::Strong,
    }
}

fn live(live: &Reading<Option<FieldValue>>) -> (String, Role) {
    match live {
        Reading::Unknown => (say!("not read yet"), Role::Faint),
        Reading::Reading { .. } => (say!("reading"), Role::Faint),
        Reading::Known { value: None, .. } => (say!("not there"), Role::Faint),
        Reading::Known { value: Some(value), .. } => {
            let value = say::value(value);
            (if value.is_empty() { say!("(empty)") } else { value }, Role::Notice)
        }
        Reading::Failed { why, last, .. } => {
            let last = last.as_ref().and_then(|last| last.value.as_ref());
            let last = last.map(|last| say!("; last seen: {value}", value = say::value(last)));
            let last = last.unwrap_or_default();
            let why = &why.answer;
            (say!("could not be read: {why}{last}", why, last), Role::Bad)
        }
    }
}
