//! What scrolls, and by what.

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyModifiers, MouseEvent, MouseEventKind};
use immich_sso::{
    tui::{event::Event, state::State, update::update},
    wizard::{LiveRow, LiveSubject, PromptId, Snapshot, StepId},
};
use ratatui::layout::Rect;

use super::{
    keys::{draw, press, shown},
    scenes,
};

/// More rows than the column of what is live has room for.
fn much_is_live() -> Snapshot {
    let mut snapshot = scenes::decide();
    let row = snapshot.steps[1].live[0].clone();
    snapshot.steps[1].live = (0..40)
        .map(|n| LiveRow {
            what: LiveSubject::HostName { host: format!("value {n}") },
            ..row.clone()
        })
        .collect();
    snapshot
}

fn wheel(state: &mut State, at: Rect) {
    let mouse = MouseEvent {
        kind: MouseEventKind::ScrollDown,
        column: at.x + 1,
        row: at.y + 1,
        modifiers: KeyModifiers::NONE,
    };
    assert_eq!(update(state, Event::Mouse(mouse)), []);
}

#[test]
fn what_is_live_scrolls_by_itself() {
    let mut state = shown(much_is_live());
    let live = state.drawn.live;
    assert!(live.end > 0);
    press(&mut state, KeyCode::Char('>'));
    assert_eq!((state.scrolled.live, state.scrolled.card), (live.area.height - 1, 0));
    press(&mut state, KeyCode::Char('<'));
    assert_eq!(state.scrolled.live, 0);
    // The wheel turns what is under the pointer.
    wheel(&mut state, live.area);
    assert_eq!((state.scrolled.live, state.scrolled.card), (3, 0));
    for _ in 0..99 {
        press(&mut state, KeyCode::Char('>'));
    }
    assert_eq!(state.scrolled.live, live.end, "no further than its end");
    // What lies over it has the wheel.
    press(&mut state, KeyCode::Char('x'));
    draw(&mut state, 120, 40);
    wheel(&mut state, live.area);
    assert_eq!((state.scrolled.live, state.scrolled.overlay), (live.end, 3));
    // Another step begins at its top.
    let mut other = much_is_live();
    other.here = StepId::Application;
    update(&mut state, Event::Snapshot(Arc::new(other)));
    assert_eq!(state.scrolled.live, 0);
}

#[test]
fn another_question_is_told_from_its_beginning() {
    let mut state = shown(scenes::decide());
    state.scrolled.card = 7;
    update(&mut state, Event::Snapshot(Arc::new(scenes::decide())));
    assert_eq!(state.scrolled.card, 7, "the same question stays where it is");
    let mut next = scenes::decide();
    next.prompt.as_mut().unwrap().id = PromptId(8);
    update(&mut state, Event::Snapshot(Arc::new(next)));
    assert_eq!(state.scrolled.card, 0);
}
