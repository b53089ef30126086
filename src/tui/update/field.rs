//! The cursor on the fields of a card, and the value that is typed there.

use crossterm::event::KeyEvent;
use tui_input::Input;

use super::{
    send,
    typing::{insert, type_into},
};
use crate::{
    tui::{
        action::{Action, Deed},
        state::{Field, State},
    },
    wizard::{Command, Snapshot, StepView},
};

/// Puts the cursor on the fields, or begins to change one at once.
pub(super) fn enter(state: &mut State, row: Option<usize>) -> Vec<Deed> {
    if !state.can(Action::Fields) {
        return Vec::new();
    }
    let there = |wanted: usize| state.editable().any(|(at, _)| at == wanted);
    let first = state.editable().next().map(|(at, _)| at);
    let at = row.filter(|row| there(*row)).or(if row.is_none() { first } else { None });
    let Some(at) = at else { return Vec::new() };
    state.overlay = None;
    state.field = Some(Field { row: at, line: None, refused: None });
    if row.is_some() { begin(state) } else { Vec::new() }
}

/// Moves the cursor to the next field that can be changed, or the one before.
pub(super) fn step(state: &mut State, down: bool) -> Vec<Deed> {
    let Some(now) = state.field.as_ref().map(|field| field.row) else { return Vec::new() };
    let next = if down {
        state.editable().map(|(at, _)| at).find(|at| *at > now)
    } else {
        state.editable().map(|(at, _)| at).rfind(|at| *at < now)
    };
    if let (Some(next), Some(field)) = (next, &mut state.field) {
        field.row = next;
    }
    Vec::new()
}

/// Opens the line of the field under the cursor.
pub(super) fn begin(state: &mut State) -> Vec<Deed> {
    let value = state
        .field
        .as_ref()
        .and_then(|field| state.card()?.fields.get(field.row)?.edit.as_ref())
        .map(|edit| edit.value.clone());
    if let (Some(value), Some(field)) = (value, &mut state.field) {
        field.line = Some(Input::new(value));
        field.refused = None;
    }
    Vec::new()
}

/// Sends what was typed to the engine, if it will do.
pub(super) fn save(state: &mut State) -> Vec<Deed> {
    let Some((key, line)) = state.typed_field() else { return Vec::new() };
    let value = line.value().trim().to_owned();
    if let Err(why) = key.check(&value) {
        if let Some(field) = &mut state.field {
            field.refused = Some(why.into());
        }
        return Vec::new();
    }
    let same = key_value(state).is_some_and(|now| now == value);
    state.field = None;
    if same { Vec::new() } else { send(Command::Edit { key, value }) }
}

fn key_value(state: &State) -> Option<&str> {
    let field = state.field.as_ref()?;
    let edit = state.card()?.fields.get(field.row)?.edit.as_ref()?;
    Some(&edit.value)
}

/// A key goes into the line.
pub(super) fn typed(state: &mut State, key: KeyEvent) {
    if let Some(Field { line: Some(line), refused, .. }) = &mut state.field {
        *refused = type_into(line, key);
    }
}

/// A paste goes into the line.
pub(super) fn pasted(state: &mut State, text: &str) {
    if let Some(Field { line: Some(line), refused, .. }) = &mut state.field {
        *refused = insert(line, text);
    }
}

/// Before a new snapshot is taken in: the cursor goes with its field, to the row
/// in which that stands now; what is being typed stays with it. It goes where
/// the field is gone, or nothing is asked any more.
pub(super) fn settle(state: &mut State, next: &Snapshot) {
    let Some(row) = state.field.as_ref().map(|field| field.row) else { return };
    let key = |step: &StepView, row: usize| Some(step.fields.get(row)?.edit.as_ref()?.key);
    let now = state.card().and_then(|step| key(step, row));
    let asked = next.prompt.is_some() && next.summary.is_none() && !state.leaving;
    let there = next.card().filter(|_| asked && next.here == state.snapshot.here);
    let place = there.and_then(|step| {
        (0..step.fields.len()).find(|row| now.is_some() && key(step, *row) == now)
    });
    match (place, &mut state.field) {
        (Some(place), Some(field)) => field.row = place,
        _ => state.field = None,
    }
}

/// Whether what was typed into a field would be lost by that.
pub(super) fn would_lose(state: &State, action: Action) -> bool {
    let typed = state.typed_field().map(|(_, line)| line.value());
    typed.is_some()
        && typed != key_value(state)
        && !matches!(action, Action::SaveField | Action::Close)
}
