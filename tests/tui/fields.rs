//! A field that is changed where it stands.

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use immich_sso::{
    site::ProfileKey,
    tui::{
        action::{Action, Deed},
        event::Event,
        keys::Mode,
        update::update,
    },
    wizard::{Command, FieldState, StepId},
};

use super::{
    keys::{draw, hold, press, shown},
    scenes,
};

#[test]
fn a_field_is_edited_at_its_row_and_checked_as_it_is_typed() {
    let mut state = shown(scenes::differs());
    let edit = KeyCode::Char('e');
    assert_eq!(press(&mut state, edit), []);
    // The keys of the question do nothing now, and the plan is not on the
    // screen.
    draw(&mut state, 120, 40);
    assert_eq!(state.drawn.plan, None);
    assert_eq!(press(&mut state, KeyCode::Char('y')), []);
    press(&mut state, KeyCode::Down);
    press(&mut state, KeyCode::Enter);
    assert_eq!(Mode::of(&state), Mode::Editing);
    hold(&mut state, 'u');
    assert_eq!(press(&mut state, KeyCode::Enter), [], "an empty client id");
    assert!(state.field.as_ref().unwrap().refused.is_some());
    update(&mut state, Event::Paste("immich-two\n".into()));
    let changed = Command::Edit { key: ProfileKey::ClientId, value: "immich-two".into() };
    assert_eq!(press(&mut state, KeyCode::Enter), [Deed::Send(changed)]);
    assert!(state.field.is_none());
}

#[test]
fn escape_leaves_a_field_as_it_was_and_the_question_comes_back() {
    let mut state = shown(scenes::differs());
    press(&mut state, KeyCode::Char('e'));
    press(&mut state, KeyCode::Enter);
    press(&mut state, KeyCode::Char('z'));
    press(&mut state, KeyCode::Esc);
    assert_eq!(Mode::of(&state), Mode::Fields);
    press(&mut state, KeyCode::Esc);
    assert_eq!(Mode::of(&state), Mode::Deciding);
    draw(&mut state, 120, 40);
    assert!(state.drawn.plan.is_some());
    // What is typed is not lost by a look that comes by the clock.
    press(&mut state, KeyCode::Char('e'));
    press(&mut state, KeyCode::Enter);
    press(&mut state, KeyCode::Char('z'));
    update(&mut state, Event::Snapshot(Arc::new(scenes::differs())));
    assert_eq!(state.typed_field().unwrap().1.value(), "immich-oauth-providerz");
}

#[test]
fn what_is_typed_into_a_field_is_lost_by_no_click_and_goes_where_the_field_goes() {
    let mut state = shown(scenes::differs());
    press(&mut state, KeyCode::Char('e'));
    press(&mut state, KeyCode::Enter);
    press(&mut state, KeyCode::Char('Z'));
    let typed = state.typed_field().unwrap().1.value().to_owned();
    draw(&mut state, 120, 40);
    let (rail, _) =
        *state.drawn.buttons.iter().find(|(_, a)| *a == Action::Visit(StepId::Settings)).unwrap();
    let click = MouseEvent {
        kind: MouseEventKind::Down(MouseButton::Left),
        column: rail.x,
        row: rail.y,
        modifiers: KeyModifiers::NONE,
    };
    assert_eq!(update(&mut state, Event::Mouse(click)), []);
    assert_eq!(state.typed_field().unwrap().1.value(), typed);
    assert!(state.notice.is_some(), "it is said why");
    // A row more above it: the line stays with its field.
    let key = state.typed_field().unwrap().0;
    let mut moved = scenes::differs();
    let row = scenes::field("new above", "value", None, FieldState::Same);
    moved.steps[1].fields.insert(0, row);
    update(&mut state, Event::Snapshot(Arc::new(moved)));
    let (now, line) = state.typed_field().unwrap();
    assert_eq!((now, line.value()), (key, typed.as_str()));
    // Where the field is gone, so is the line: it belongs to no other.
    let mut gone = scenes::differs();
    gone.steps[1].fields.retain(|row| row.edit.as_ref().is_none_or(|edit| edit.key != key));
    update(&mut state, Event::Snapshot(Arc::new(gone)));
    assert!(state.field.is_none());
}
