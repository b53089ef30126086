//! A question about a plan shows the plan, whatever else is on the screen, and
//! every yes is answered.

use std::sync::Arc;

use crossterm::event::KeyCode;
use immich_sso::{
    text,
    tui::{
        action::{Deed, Overlay},
        event::Event,
        state::State,
        theme::{Depth, Ground},
        update::update,
        view,
    },
    wizard::{Answer, Command, Prompt, RotationPick, Snapshot, StepId, UndoPick, Verdict},
};
use jiff::ToSpan;
use ratatui::{Terminal, backend::TestBackend};
use testkit::said;

use super::{
    keys::{draw, later, press},
    scenes, whole,
};

const SIZES: [(u16, u16); 4] = [(60, 20), (80, 24), (120, 40), (200, 50)];

/// The words on the screen, without where lines are broken.
fn words(state: &State, (width, height): (u16, u16)) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| drop(view::draw(frame, state))).unwrap();
    let buffer = terminal.backend().buffer();
    let text: String = buffer.content().iter().map(ratatui::buffer::Cell::symbol).collect();
    text.split(|c: char| c.is_whitespace() || "│╭╮╰╯─".contains(c))
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Moments at which a plan may be asked about: every scene, on its card, on a
/// card that the run does not have, and at the summary.
fn moments() -> Vec<(String, Snapshot, Prompt)> {
    let prompt = scenes::decide().prompt.unwrap();
    let mut all = Vec::new();
    for scene in scenes::ALL {
        let base = Snapshot { prompt: Some(prompt.clone()), work: None, ..(scene.snapshot)() };
        let elsewhere = Snapshot { here: StepId::Set, ..base.clone() };
        let rotation = Snapshot { here: StepId::Provider, ..scenes::rotation() };
        let rotation = Snapshot { prompt: Some(prompt.clone()), ..rotation };
        let summary = Snapshot { summary: scenes::summary().summary, ..base.clone() };
        for (which, snapshot) in [
            ("as it is", base),
            ("without a card", elsewhere),
            ("in a rotation", rotation),
            ("at the summary", summary),
        ] {
            all.push((format!("{} {which}", scene.name), snapshot, prompt.clone()));
        }
    }
    all
}

fn performs(prompt: &Prompt) -> Vec<Deed> {
    let plan = prompt.plan().unwrap().digest.clone();
    let answer = Answer::Decide { plan, verdict: Verdict::Perform };
    vec![Deed::Send(Command::Answer(prompt.id, answer))]
}

#[test]
fn plan_that_is_asked_about_is_on_every_screen() {
    for (what, snapshot, prompt) in moments() {
        for size in SIZES {
            let mut state = scenes::state(snapshot.clone(), Depth::True, Ground::Dark);
            let shown = words(&state, size);
            let effects = &prompt.plan().unwrap().effects;
            let all = effects.iter().all(|view| shown.contains(&text::effect(&view.effect)));
            let rest = shown.contains(&*said("x shows all"));
            assert!(all || rest, "{what} at {size:?}: {shown}");
            // In full, page by page.
            draw(&mut state, size.0, size.1);
            press(&mut state, KeyCode::Char('x'));
            assert_eq!(state.overlay, Some(Overlay::Exact), "{what} at {size:?}");
            let mut pages = words(&state, size);
            loop {
                draw(&mut state, size.0, size.1);
                if state.scrolled.overlay >= state.drawn.overlay.end {
                    break;
                }
                press(&mut state, KeyCode::PageDown);
                pages.push_str(&words(&state, size));
            }
            for effect in effects.iter().map(|view| text::effect(&view.effect)) {
                assert!(pages.contains(&effect), "{what} at {size:?}: {pages}");
            }
        }
    }
}

#[test]
fn every_yes_is_performed_or_answered_with_the_reason() {
    for (what, snapshot, prompt) in moments() {
        let mut state = scenes::state(snapshot, Depth::True, Ground::Dark);
        // Before it was drawn, and behind a page.
        assert_eq!(press(&mut state, KeyCode::Char('y')), [], "{what}");
        assert!(state.notice.take().is_some(), "{what}: a yes before the plan was drawn");
        draw(&mut state, 80, 24);
        press(&mut state, KeyCode::Char('x'));
        draw(&mut state, 80, 24);
        assert_eq!(press(&mut state, KeyCode::Char('y')), [], "{what}");
        assert!(state.notice.take().is_some(), "{what}: a yes behind a page");
        press(&mut state, KeyCode::Esc);
        draw(&mut state, 80, 24);
        later(&mut state);
        assert_eq!(press(&mut state, KeyCode::Char('y')), performs(&prompt), "{what}");
    }
    // On the fields.
    let mut state = scenes::state(scenes::differs(), Depth::True, Ground::Dark);
    draw(&mut state, 80, 24);
    press(&mut state, KeyCode::Char('e'));
    draw(&mut state, 80, 24);
    assert_eq!(press(&mut state, KeyCode::Char('y')), []);
    assert!(state.notice.take().is_some(), "a yes on the fields");
    // What is shown for no question about a plan answers nothing.
    let mut state = scenes::state(scenes::address(), Depth::True, Ground::Dark);
    state.snapshot = Arc::new(Snapshot { prompt: None, ..scenes::decide() });
    press(&mut state, KeyCode::Char('x'));
    assert_eq!(press(&mut state, KeyCode::Char('y')), []);
    assert!(state.notice.is_none());
}

#[test]
fn clock_that_is_set_back_takes_no_yes_away_and_keeps_no_notice() {
    let mut state = scenes::state(scenes::decide(), Depth::True, Ground::Dark);
    let prompt = scenes::decide().prompt.unwrap();
    draw(&mut state, 80, 24);
    press(&mut state, KeyCode::Enter);
    assert_eq!(press(&mut state, KeyCode::Char('y')), []);
    assert!(state.notice.is_some());
    press(&mut state, KeyCode::Enter);
    let before = state.now - 3.hours();
    update(&mut state, Event::Tick(before));
    assert_eq!(press(&mut state, KeyCode::Char('y')), [], "not before a moment has passed");
    for _ in 0..5 {
        later(&mut state);
    }
    assert!(state.notice.is_none());
    assert_eq!(press(&mut state, KeyCode::Char('y')), performs(&prompt));
}

/// Rotates on the real screen and undoes the set-up from the summary.
fn rotates_and_undoes(rows: u16, columns: u16) {
    let mut terminal = whole::demo(rows, columns);
    let asks = |screen: &str| screen.contains(&whole::asks()).then_some(());
    for step in 1..=3 {
        terminal.wait_until(&format!("the plan of step {step}"), |screen| {
            screen.contains(&whole::step(step, 5)).then_some(()).and_then(|()| asks(screen))
        });
        terminal.press("y");
    }
    terminal.wait_for(&whole::let_alice());
    terminal.press("p");
    terminal.wait_for(&said("What was set up"));
    terminal.press("t");
    terminal.wait_for(&said("Does anything but Immich use the client"));
    terminal.press("n");
    for stage in [1, 2] {
        terminal.wait_until(&format!("the plan of stage {stage}"), |screen| {
            screen.contains(&whole::step(stage, 4)).then_some(()).and_then(|()| asks(screen))
        });
        terminal.press("y");
    }
    terminal.wait_for(&whole::option(RotationPick::WatchLogin));
    terminal.press("g");
    terminal.wait_until("the plan of the last stage", |screen| {
        screen.contains(&whole::step(4, 4)).then_some(()).and_then(|()| asks(screen))
    });
    terminal.press("y");
    terminal.wait_for(&said("The secret was rotated"));
    terminal.press("J");
    terminal.wait_for(&said("take the last run back"));
    terminal.press("u");
    terminal.wait_for(&whole::option(UndoPick::OlderRun));
    terminal.press("u");
    terminal.wait_gone(&whole::option(UndoPick::OlderRun));
    // Each change is on the screen with its question, and every yes counts.
    let mut asked = Vec::new();
    loop {
        let seen = terminal.wait_until("the next change, or the end", |screen| {
            let question = screen.lines().find(|line| line.contains(&*said("Take this back")));
            let plan = screen.lines().any(|line| line.contains("1. "));
            let new = question.filter(|question| plan && !asked.contains(&(*question).to_owned()));
            let over = screen.contains(&*said("Walk the steps again"));
            (over || (new.is_some() && asks(screen).is_some()))
                .then(|| new.filter(|_| !over).map(str::to_owned))
        });
        let Some(question) = seen else { break };
        asked.push(question);
        terminal.press("y");
    }
    assert!(asked.len() >= 4, "{asked:?}");
    terminal.press("q");
    assert!(terminal.ended_well());
    whole::gave_the_terminal_back(&terminal);
}

#[test]
fn undo_from_the_summary_of_a_rotation_shows_each_change() {
    rotates_and_undoes(24, 80);
}

#[test]
fn undo_after_a_rotation_fits_the_smallest_screen() {
    rotates_and_undoes(20, 60);
}
