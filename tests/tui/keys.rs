//! What keys, pastes and clicks do.

use immich_sso::wizard::Key;
use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use immich_sso::{
    secret::Secret,
    tui::{
        action::{Action, Deed, Overlay},
        event::Event,
        state::State,
        theme::{Depth, Ground},
        update::update,
        view,
    },
    wizard::{Answer, Command, Ending, PromptId, PromptKind, Snapshot, StepId, Verdict},
};
use jiff::ToSpan;
use ratatui::{Terminal, backend::TestBackend, layout::Position};

use super::scenes;

pub fn shown(snapshot: Snapshot) -> State {
    let mut state = scenes::state(snapshot, Depth::True, Ground::Dark);
    draw(&mut state, 120, 40);
    state
}

pub fn draw(state: &mut State, width: u16, height: u16) {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    let mut drawn = None;
    terminal.draw(|frame| drawn = Some(view::draw(frame, state))).unwrap();
    state.drawn = drawn.unwrap();
}

pub fn press(state: &mut State, key: KeyCode) -> Vec<Deed> {
    update(state, Event::Key(KeyEvent::from(key)))
}

pub fn hold(state: &mut State, key: char) -> Vec<Deed> {
    update(state, Event::Key(KeyEvent::new(KeyCode::Char(key), KeyModifiers::CONTROL)))
}

/// Whether the button that performs is there.
pub fn is_button(state: &State, column: u16, row: u16) -> bool {
    let at = Position::new(column, row);
    let hit = state.drawn.buttons.iter().rev().find(|(area, _)| area.contains(at));
    hit.is_some_and(|(_, action)| *action == Action::Perform)
}

pub fn later(state: &mut State) {
    let now = state.now + 1.second();
    update(state, Event::Tick(now));
}

fn answer(answer: Answer) -> Vec<Deed> {
    vec![Deed::Send(Command::Answer(PromptId(7), answer))]
}

#[test]
fn y_performs_the_plan_on_the_screen() {
    let mut state = shown(scenes::decide());
    let verdict = Answer::Decide { plan: "plan-1".into(), verdict: Verdict::Perform };
    assert_eq!(press(&mut state, KeyCode::Char('y')), answer(verdict));
    assert_eq!(press(&mut state, KeyCode::Char('y')), [], "it was answered");
}

#[test]
fn enter_never_performs_but_shows_what_would_be_sent() {
    let mut state = shown(scenes::decide());
    assert_eq!(press(&mut state, KeyCode::Enter), []);
    assert_eq!(state.overlay, Some(Overlay::Exact));
    assert_eq!(press(&mut state, KeyCode::Enter), []);
    assert_eq!(state.overlay, None);
}

#[test]
fn a_plan_that_was_not_drawn_yet_cannot_be_agreed_to() {
    let mut state = shown(scenes::decide());
    let mut moved = scenes::decide();
    let plan = moved.steps[1].plan.as_mut().unwrap();
    plan.digest = "plan-2".into();
    let asked = moved.prompt.as_mut().unwrap();
    (asked.id, asked.kind) = (PromptId(8), PromptKind::Decide { plan: plan.clone() });
    update(&mut state, Event::Snapshot(Arc::new(moved)));
    assert_eq!(press(&mut state, KeyCode::Char('y')), []);
    draw(&mut state, 120, 40);
    assert_eq!(press(&mut state, KeyCode::Char('y')), [], "nobody reads that fast");
    later(&mut state);
    assert_eq!(press(&mut state, KeyCode::Char('y')).len(), 1);
}

#[test]
fn line_takes_no_more_than_a_value_may_have_and_no_part_of_more() {
    let mut state = shown(scenes::address());
    hold(&mut state, 'u');
    for _ in 0..3_000 {
        press(&mut state, KeyCode::Char('x'));
    }
    assert!(state.line.value().len() < 2_100, "{}", state.line.value().len());
    assert_eq!(press(&mut state, KeyCode::Enter), [], "a part of it would be taken");
    assert!(state.refused.is_some());
    hold(&mut state, 'u');
    update(&mut state, Event::Paste("y".repeat(5_000_000)));
    assert_eq!(state.line.value(), "");
    assert!(state.refused.is_some());
}

#[test]
fn nothing_is_agreed_to_in_a_window_that_is_too_small_to_show_it() {
    let mut state = shown(scenes::decide());
    draw(&mut state, 40, 10);
    assert_eq!(press(&mut state, KeyCode::Char('y')), []);
}

#[test]
fn an_address_is_checked_before_it_is_sent() {
    let mut state = shown(scenes::address());
    for c in "nonsense here".chars() {
        assert_eq!(press(&mut state, KeyCode::Char(c)), []);
    }
    assert_eq!(press(&mut state, KeyCode::Enter), []);
    assert!(state.refused.is_some());
    hold(&mut state, 'u');
    update(&mut state, Event::Paste("https://auth.example.com\n".into()));
    let sent = press(&mut state, KeyCode::Enter);
    assert_eq!(sent, answer(Answer::Text("https://auth.example.com".into())));
}

#[test]
fn a_pasted_token_loses_its_line_break() {
    let mut state = shown(scenes::token());
    update(&mut state, Event::Paste("a-token\r\n".into()));
    let sent = press(&mut state, KeyCode::Enter);
    assert_eq!(sent, answer(Answer::Hidden(Secret::new("a-token"))));
}

#[test]
fn letters_of_options_pick_them_and_arrows_move() {
    let mut state = shown(scenes::failing());
    assert_eq!(press(&mut state, KeyCode::Down), []);
    assert_eq!(press(&mut state, KeyCode::Enter), answer(Answer::Choice(Key::A)));
    let mut state = shown(scenes::failing());
    assert_eq!(press(&mut state, KeyCode::Char('s')), answer(Answer::Choice(Key::S)));
}

#[test]
fn escape_goes_back_and_closes() {
    let mut state = shown(scenes::decide());
    press(&mut state, KeyCode::Char('?'));
    assert_eq!(state.overlay, Some(Overlay::Help));
    assert_eq!(press(&mut state, KeyCode::Esc), []);
    assert_eq!(state.overlay, None);
    assert_eq!(press(&mut state, KeyCode::Esc), answer(Answer::Back));
}

#[test]
fn q_asks_only_while_work_runs() {
    let mut state = shown(scenes::decide());
    assert_eq!(press(&mut state, KeyCode::Char('q')), [Deed::Send(Command::Quit)]);
    let mut state = shown(scenes::opening());
    assert_eq!(press(&mut state, KeyCode::Char('q')), []);
    assert_eq!(press(&mut state, KeyCode::Enter), [], "staying is the default");
    press(&mut state, KeyCode::Char('q'));
    assert_eq!(press(&mut state, KeyCode::Char('y')), [Deed::Send(Command::Quit)]);
}

#[test]
fn ctrl_c_stops_the_work_then_the_run_then_waits_no_more() {
    let mut state = shown(scenes::opening());
    assert_eq!(hold(&mut state, 'c'), [Deed::Send(Command::Cancel)]);
    assert_eq!(hold(&mut state, 'c'), [Deed::Send(Command::Quit)]);
    assert_eq!(hold(&mut state, 'c'), [Deed::Abandon]);
}

#[test]
fn the_rail_is_walked_by_keys_and_by_clicks() {
    let mut state = shown(scenes::decide());
    let visit = |step| vec![Deed::Send(Command::Visit(step))];
    assert_eq!(press(&mut state, KeyCode::Tab), visit(StepId::Application));
    assert_eq!(press(&mut state, KeyCode::Char('0')), visit(StepId::Access));
    let (area, _) = *state
        .drawn
        .buttons
        .iter()
        .find(|(_, action)| *action == Action::Visit(StepId::Login))
        .unwrap();
    let click = MouseEvent {
        kind: MouseEventKind::Down(MouseButton::Left),
        column: area.x + 3,
        row: area.y,
        modifiers: KeyModifiers::NONE,
    };
    assert_eq!(update(&mut state, Event::Mouse(click)), visit(StepId::Login));
}

#[test]
fn a_click_performs_only_on_its_button() {
    let mut state = shown(scenes::decide());
    let (area, _) =
        state.drawn.buttons.iter().find(|(_, action)| *action == Action::Perform).copied().unwrap();
    let click = |column, row| {
        let kind = MouseEventKind::Down(MouseButton::Left);
        Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE })
    };
    assert_eq!(update(&mut state, click(area.x, area.y - 1)), []);
    let deeds = update(&mut state, click(area.x, area.y));
    let verdict = Answer::Decide { plan: "plan-1".into(), verdict: Verdict::Perform };
    assert_eq!(deeds, answer(verdict));
    // A plan that came just now has no such button yet.
    let mut state = State::new(
        Arc::new(scenes::decide()),
        state.theme,
        scenes::noon(),
        jiff::tz::TimeZone::UTC,
    );
    draw(&mut state, 120, 40);
    assert!(state.drawn.buttons.iter().all(|(_, action)| *action != Action::Perform));
}

#[test]
fn the_end_waits_for_a_key() {
    let mut end = scenes::summary();
    end.ending = Some(Ending::LoginVerified);
    let mut state = shown(end);
    assert_eq!(press(&mut state, KeyCode::Char(' ')), [Deed::Leave]);
}

#[test]
fn a_quiet_screen_wakes_up_once_a_minute_at_most() {
    assert!(shown(scenes::decide()).changes_in().unwrap().as_secs() >= 30);
    assert_eq!(shown(scenes::address()).changes_in(), None);
    assert_eq!(shown(scenes::opening()).changes_in().unwrap().as_secs(), 1);
}

#[test]
fn pasted_lines_become_words_and_those_of_a_secret_one() {
    let mut state = shown(scenes::address());
    update(&mut state, Event::Paste(" one\r\n two\n".into()));
    assert_eq!(state.line.value(), "one two");
    let mut state = shown(scenes::token());
    update(&mut state, Event::Paste("to\nken\n".into()));
    let sent = press(&mut state, KeyCode::Enter);
    assert_eq!(sent, answer(Answer::Hidden(Secret::new("token"))));
}

#[test]
fn ctrl_c_for_work_that_is_over_does_not_leave() {
    let mut state = shown(scenes::opening());
    let mut over = scenes::opening();
    over.work = None;
    update(&mut state, Event::Snapshot(Arc::new(over)));
    assert_eq!(hold(&mut state, 'c'), [], "it was meant for the work");
    assert!(state.notice.is_some());
    assert_eq!(hold(&mut state, 'c'), [Deed::Send(Command::Quit)]);
}
