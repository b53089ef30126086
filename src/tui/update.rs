//! What an event does to the state, and what is to be done because of it. No
//! terminal, no clock, no engine: only data.

mod answer;
mod field;
mod secret;

use std::sync::Arc;

use crossterm::event::{
    Event as TerminalEvent, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent,
    MouseEventKind,
};
use jiff::{SignedDuration, Timestamp};
use ratatui::layout::Position;
use tui_input::{Input, backend::crossterm::EventHandler};

use super::{
    action::{Action, Deed, Overlay},
    event::Event,
    keys::{self, Mode},
    state::{FRESH, NOTICE, State},
};
use crate::{
    site::Reading,
    wizard::{Answer, Command, PromptKind, Snapshot, Verdict},
};

/// Takes an event into the state.
pub fn update(state: &mut State, event: Event) -> Vec<Deed> {
    match event {
        Event::Snapshot(snapshot) => {
            take_in(state, snapshot);
            secret::copy_secret(state)
        }
        Event::Tick(now) => {
            state.now = now;
            state.fresh.retain(|(_, _, until)| *until > now);
            state.notice.take_if(|(_, until)| *until <= now);
            secret::let_go(state)
        }
        Event::Key(key) if key.kind == KeyEventKind::Release => Vec::new(),
        Event::Key(key) => {
            if let Some(action) = keys::action(state, key) {
                return act(state, action);
            }
            typed(state, key);
            Vec::new()
        }
        Event::Paste(text) => {
            pasted(state, &text);
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
        Action::Scroll(lines) => scroll(state, lines),
        Action::Page(pages) => {
            let page = match state.overlay {
                Some(_) => state.drawn.overlay_page,
                None => state.drawn.card_page,
            };
            let page = i16::try_from(page.saturating_sub(1).max(1)).unwrap_or(i16::MAX);
            scroll(state, pages.saturating_mul(page))
        }
        Action::Top => scroll(state, i16::MIN),
        Action::Bottom => scroll(state, i16::MAX),
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
        Action::Refresh => send(Command::Refresh),
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
        Action::Back | Action::Visit(_) | Action::Open | Action::Undo => Vec::new(),
    }
}

fn take_in(state: &mut State, snapshot: Arc<Snapshot>) {
    let until = later(state.now, FRESH);
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
        state.card_scroll = 0;
        state.overlay = state.overlay.filter(|o| matches!(o, Overlay::Help | Overlay::Journal));
    }
    if snapshot.work.is_none() {
        state.stopping = false;
        state.asks_to_quit = false;
    }
    state.snapshot = snapshot;
    if state.overlay == Some(Overlay::Code) && state.link().is_none() {
        state.overlay = None;
    }
    field::settle(state);
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

fn scroll(state: &mut State, lines: i16) -> Vec<Deed> {
    let (at, end) = match state.overlay {
        Some(_) => (&mut state.overlay_scroll, state.drawn.overlay_end),
        None => (&mut state.card_scroll, state.drawn.card_end),
    };
    *at = (*at).min(end).saturating_add_signed(lines).min(end);
    Vec::new()
}

fn toggle(state: &mut State, overlay: Overlay) -> Vec<Deed> {
    if state.overlay == Some(overlay) {
        state.overlay = None;
    } else if state.can(Action::Toggle(overlay)) {
        state.overlay = Some(overlay);
        // The newest line of the journal is its last.
        state.overlay_scroll = if overlay == Overlay::Journal { u16::MAX } else { 0 };
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
        say(state, "Stopping this; Ctrl-C once more leaves.".into());
        return send(Command::Cancel);
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

/// A key that the table does not know: in a line, it is typed.
fn typed(state: &mut State, key: KeyEvent) {
    match Mode::of(state) {
        Mode::Editing => return field::typed(state, key),
        Mode::Typing => {}
        _ => return,
    }
    state.refused = None;
    match state.prompt().map(|prompt| &prompt.kind) {
        Some(PromptKind::Text { .. }) => {
            state.line.handle_event(&TerminalEvent::Key(key));
        }
        Some(PromptKind::Hidden) => {
            let held = key.modifiers - KeyModifiers::SHIFT;
            match key.code {
                KeyCode::Backspace => state.hidden.pop(),
                KeyCode::Char('u') if held == KeyModifiers::CONTROL => state.hidden.clear(),
                KeyCode::Char(c) if held.is_empty() => {
                    state.hidden.push(c.encode_utf8(&mut [0; 4]));
                }
                _ => {}
            }
        }
        _ => {}
    }
}

/// A paste goes into a line, where one stands, and nowhere else: its letters
/// are never keys. Line breaks and other control characters that a copy
/// brought along are left out.
fn pasted(state: &mut State, text: &str) {
    let text = zeroize::Zeroizing::new(
        text.trim().chars().filter(|c| !c.is_control()).collect::<String>(),
    );
    match Mode::of(state) {
        Mode::Editing => field::pasted(state, &text),
        Mode::Typing => {
            state.refused = None;
            match state.prompt().map(|prompt| &prompt.kind) {
                Some(PromptKind::Hidden) => state.hidden.push(&text),
                Some(PromptKind::Text { .. }) => insert(&mut state.line, &text),
                _ => {}
            }
        }
        _ => {}
    }
}

/// Puts a text into a line, at its cursor.
fn insert(line: &mut Input, text: &str) {
    let (at, value) = (line.cursor(), line.value());
    let head: String = value.chars().take(at).collect();
    let tail: String = value.chars().skip(at).collect();
    let cursor = at + text.chars().count();
    *line = Input::new(format!("{head}{text}{tail}")).with_cursor(cursor);
}

fn clicked(state: &mut State, mouse: MouseEvent) -> Vec<Deed> {
    match mouse.kind {
        MouseEventKind::ScrollUp => act(state, Action::Scroll(-3)),
        MouseEventKind::ScrollDown => act(state, Action::Scroll(3)),
        MouseEventKind::Down(MouseButton::Left) => {
            let at = Position::new(mouse.column, mouse.row);
            let hit = state.drawn.buttons.iter().rev().find(|(area, _)| area.contains(at));
            // A click performs under the same conditions as the key: the plan
            // is on the screen, with its button, and has been there to be read.
            hit.map(|(_, action)| *action).map(|action| act(state, action)).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}
