//! The secret at the end: shown on demand, or copied unseen.

use std::sync::Arc;

use crossterm::event::KeyCode;
use immich_sso::{
    tui::{action::Deed, event::Event, state::State, update::update},
    wizard::{Command, Snapshot},
};
use jiff::ToSpan;

use super::{
    keys::{later, press, shown},
    scenes,
};

fn hidden() -> Snapshot {
    let mut hidden = scenes::summary();
    hidden.summary.as_mut().unwrap().revealed = None;
    hidden
}

fn is_copied(deeds: &[Deed]) -> bool {
    matches!(
        deeds,
        [Deed::Copy(secret), Deed::Send(Command::Conceal)]
            if secret.expose().starts_with("not-a-real")
    )
}

#[test]
fn the_secret_is_copied_without_being_seen() {
    let mut state = shown(scenes::summary());
    assert!(is_copied(&press(&mut state, KeyCode::Char('c'))));
    // Where it is not shown it is asked for, copied, and goes by.
    let mut state = shown(hidden());
    assert_eq!(press(&mut state, KeyCode::Char('c')), [Deed::Send(Command::Reveal)]);
    let came = Event::Snapshot(Arc::new(scenes::summary()));
    assert!(is_copied(&update(&mut state, came)));
    assert!(state.notice.is_some());
    for _ in 0..5 {
        later(&mut state);
    }
    assert_eq!(state.notice, None, "the note clears itself");
}

#[test]
fn the_secret_is_shown_for_a_press_or_for_as_long_as_the_key_is_held() {
    let v = KeyCode::Char('v');
    let tick = |state: &mut State, by: i64| {
        let now = state.now + by.milliseconds();
        update(state, Event::Tick(now))
    };
    let mut state = shown(hidden());
    assert_eq!(press(&mut state, v), [Deed::Send(Command::Reveal)]);
    update(&mut state, Event::Snapshot(Arc::new(scenes::summary())));
    // Held: the terminal repeats it; let go: it stops.
    for _ in 0..5 {
        assert_eq!(tick(&mut state, 400), []);
        assert_eq!(press(&mut state, v), []);
    }
    assert_eq!(tick(&mut state, 800), [Deed::Send(Command::Conceal)]);
    // Pressed once, it stays until it is pressed again.
    let mut state = shown(scenes::summary());
    tick(&mut state, 3_000);
    assert_eq!(press(&mut state, v), [Deed::Send(Command::Conceal)]);
}
