//! What an event does to the state, and what is to be done because of it. No
//! terminal, no clock, no engine: only data.

mod answer;
mod field;
mod scroll;
mod secret;
mod typing;

use std::sync::Arc;

use crossterm::event::{KeyEventKind, MouseButton, MouseEvent, MouseEventKind};
use jiff::{SignedDuration, Timestamp};
use ratatui::layout::Position;

use self::scroll::Part;
use super::{
    action::{Action, Deed, Overlay},
    drawn::Scrolled,
    event::Event,
    keys,
    state::{FRESH, HELD, NOTICE, State},
};
use crate::{
    site::Reading,
    wizard::{Answer, Command, Snapshot, Verdict},
};

/// How many lines a notch of the wheel scrolls.
const WHEEL: i16 = 3;

/// Takes an event into the state.
pub fn update(state: &mut State, event: Event) -> Vec<Deed> {
    match event {
        Event::Snapshot(snapshot) => {
            take_in(state, &snapshot);
            secret::copy_secret(state)
        }
        Event::Tick(now) => {
            state.set_time(now);
            state.fresh.retain(|(_, _, until)| *until > now);
            state.notice.take_if(|(_, until)| *until <= now);
            secret::let_go(state)
        }
        Event::Key(key) if key.kind == KeyEventKind::Release => Vec::new(),
        Event::Key(key) => {
            if let Some(action) = keys::action(state, key) {
                return act(state, action);
            }
            typing::typed(state, key);
            Vec::new()
        }
        Event::Paste(text) => {
            typing::pasted(state, &text);
            Vec::new()
        }
        Event::Mouse(mouse) => clicked(state, mouse),
        Event::Ground(ground) => {
            state.theme.ground = ground;
            Vec::new()
        }
        Event::Resize => Vec::new(),
    }
}

/// Does what a key or a click asks for.
pub fn act(state: &mut State, action: Action) -> Vec<Deed> {
    match action {
        Action::Submit => answer::submit(state),
        Action::Take => answer::pick(state, state.chosen),
        Action::Pick(index) => answer::pick(state, index),
        Action::Up => answer::move_choice(state, false),
        Action::Down => answer::move_choice(state, true),
        Action::Perform => answer::decide(state, Verdict::Perform),
        Action::Skip => answer::decide(state, Verdict::Skip),
        Action::Back if state.can(Action::Back) => answer::answer(state, Answer::Back),
        Action::Scroll(lines) => scrolled(state, Part::in_front(state), lines),
        Action::Page(screens) => {
            scroll::by_screens(state, Part::in_front(state), screens);
            Vec::new()
        }
        Action::LivePage(screens) => {
            scroll::by_screens(state, Part::Live, screens);
            Vec::new()
        }
        Action::Top => scrolled(state, Part::in_front(state), i16::MIN),
        Action::Bottom => scrolled(state, Part::in_front(state), i16::MAX),
        Action::Toggle(overlay) => toggle(state, overlay),
        Action::Close => {
            close(state);
            Vec::new()
        }
        Action::Fields => field::enter(state, None),
        Action::Field(row) => field::enter(state, Some(row)),
        Action::FieldUp => field::step(state, false),
        Action::FieldDown => field::step(state, true),
        Action::EditField => field::begin(state),
        Action::SaveField => field::save(state),
        Action::Undo if state.can(Action::Undo) => {
            state.overlay = None;
            send(Command::Undo)
        }
        Action::Refresh if state.can(Action::Refresh) => send(Command::Refresh),
        Action::Visit(step) if state.snapshot.step(step).is_some() => visit(state, step),
        Action::Place(place) => go(state, state.snapshot.steps.get(place).map(|step| step.id)),
        Action::NextStep => go(state, state.snapshot.after(state.snapshot.here)),
        Action::PreviousStep => go(state, state.snapshot.before(state.snapshot.here)),
        Action::Reveal => secret::reveal(state),
        Action::Copy => secret::copy(state),
        Action::Open if state.can(Action::Open) => {
            state.link().map(|link| vec![Deed::Open(link.to_owned())]).unwrap_or_default()
        }
        Action::Quit if state.snapshot.work.is_some() => {
            state.asks_to_quit = true;
            Vec::new()
        }
        Action::Quit | Action::ReallyQuit => quit(state),
        Action::Interrupt => interrupt(state),
        Action::Suspend => vec![Deed::Suspend],
        Action::Redraw => vec![Deed::Redraw],
        Action::Leave => vec![Deed::Leave],
        Action::Back | Action::Visit(_) | Action::Open | Action::Undo | Action::Refresh => {
            Vec::new()
        }
    }
}

fn take_in(state: &mut State, snapshot: &Snapshot) {
    let until = later(state.now, FRESH);
    let snapshot = Arc::new(snapshot.harmless());
    let (before, after) = (state.snapshot.card(), snapshot.card());
    if let (Some(before), Some(after)) = (before, after)
        && before.id == after.id
    {
        for row in &after.live {
            let old =
                before.live.iter().find(|old| (old.system, &old.what) == (row.system, &row.what));
            if let (Some(old), Reading::Known { value, .. }) = (old, &row.value)
                && old.value.last().is_some_and(|old| old != value)
            {
                state.fresh.push((row.system, row.what.clone(), until));
            }
        }
    }
    if state.snapshot.here != snapshot.here
        || state.snapshot.summary.is_some() != snapshot.summary.is_some()
    {
        state.scrolled = Scrolled { overlay: state.scrolled.overlay, ..Scrolled::default() };
        state.overlay = state.overlay.filter(|o| matches!(o, Overlay::Help | Overlay::Journal));
    }
    if snapshot.work.is_none() {
        if std::mem::take(&mut state.stopping) {
            state.notice = None;
        }
        let was = state.snapshot.work.as_ref().is_some_and(|work| work.can_cancel);
        state.stopped = if was { Some(state.now) } else { state.stopped };
        state.asks_to_quit = false;
    }
    // Another question is told from its beginning.
    let asked = |snapshot: &Snapshot| snapshot.prompt.as_ref().map(|prompt| prompt.id);
    if asked(&snapshot).is_some_and(|id| Some(id) != state.begun) {
        state.scrolled.card = 0;
    }
    field::settle(state, &snapshot);
    state.snapshot = snapshot;
    if state.overlay == Some(Overlay::Code) && state.link().is_none() {
        state.overlay = None;
    }
    state.begin_prompt();
}

/// Closes what is in front.
fn close(state: &mut State) {
    if state.asks_to_quit {
        state.asks_to_quit = false;
    } else if state.overlay.is_some() {
        state.overlay = None;
    } else if let Some(field) = &mut state.field {
        // From the line to the fields, from there to the question.
        if field.line.take().is_none() {
            state.field = None;
        }
    }
}

fn send(command: Command) -> Vec<Deed> {
    vec![Deed::Send(command)]
}

fn scrolled(state: &mut State, part: Part, lines: i16) -> Vec<Deed> {
    scroll::by(state, part, lines);
    Vec::new()
}

fn toggle(state: &mut State, overlay: Overlay) -> Vec<Deed> {
    if state.overlay == Some(overlay) {
        state.overlay = None;
    } else if state.can(Action::Toggle(overlay)) {
        state.overlay = Some(overlay);
        // The newest line of the journal is its last.
        state.scrolled.overlay = if overlay == Overlay::Journal { u16::MAX } else { 0 };
    }
    Vec::new()
}

fn go(state: &State, step: Option<crate::wizard::StepId>) -> Vec<Deed> {
    step.map(|step| visit(state, step)).unwrap_or_default()
}

fn visit(state: &State, step: crate::wizard::StepId) -> Vec<Deed> {
    if step == state.snapshot.here && state.snapshot.summary.is_none() {
        return Vec::new();
    }
    send(Command::Visit(step))
}

fn quit(state: &mut State) -> Vec<Deed> {
    state.asks_to_quit = false;
    state.overlay = None;
    if state.leaving {
        return Vec::new();
    }
    state.leaving = true;
    send(Command::Quit)
}

/// Ctrl-C: stops work that can be stopped; else ends the run; once more, does
/// not wait for that.
fn interrupt(state: &mut State) -> Vec<Deed> {
    let stoppable = state.snapshot.work.as_ref().is_some_and(|work| work.can_cancel);
    if state.leaving {
        return vec![Deed::Abandon];
    }
    if stoppable && !state.stopping {
        state.stopping = true;
        say(state, say!("Stopping this; Ctrl-C once more leaves."));
        return send(Command::Cancel);
    }
    // Who wanted to stop what was over just then did not want to leave.
    let just = |at: Timestamp| later(at, HELD) > state.now;
    if state.snapshot.work.is_none() && state.stopped.take().is_some_and(just) {
        say(state, say!("That was over already; Ctrl-C once more leaves."));
        return Vec::new();
    }
    quit(state)
}

fn say(state: &mut State, text: String) {
    state.notice = Some((text, later(state.now, NOTICE)));
}

fn later(now: Timestamp, by: std::time::Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::ZERO);
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

fn clicked(state: &mut State, mouse: MouseEvent) -> Vec<Deed> {
    let at = Position::new(mouse.column, mouse.row);
    match mouse.kind {
        MouseEventKind::ScrollUp => scrolled(state, Part::under(state, at), -WHEEL),
        MouseEventKind::ScrollDown => scrolled(state, Part::under(state, at), WHEEL),
        MouseEventKind::Down(MouseButton::Left) => {
            let hit = state.drawn.buttons.iter().rev().find(|(area, _)| area.contains(at));
            // A click performs under the same conditions as the key: the plan
            // is on the screen, with its button, and has been there to be read.
            let hit = hit.map(|(_, action)| *action);
            if hit.is_some_and(|action| field::would_lose(state, action)) {
                say(state, say!("Enter takes what you typed; Esc leaves it as it was."));
                return Vec::new();
            }
            hit.map(|action| act(state, action)).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}
