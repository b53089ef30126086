//! Letters that go into a line: typed one by one, or pasted.

use crossterm::event::{Event as TerminalEvent, KeyCode, KeyEvent, KeyModifiers};
use tui_input::{Input, backend::crossterm::EventHandler};
use zeroize::Zeroizing;

use super::field;
use crate::{
    site::check_length,
    tui::{hidden_line::HiddenLine, keys::Mode, refusal::Refusal, state::State},
    wizard::PromptKind,
};

/// A key that the table does not know: in a line, it is typed.
pub(super) fn typed(state: &mut State, key: KeyEvent) {
    match Mode::of(state) {
        Mode::Editing => return field::typed(state, key),
        Mode::Typing => {}
        _ => return,
    }
    state.refused = None;
    match state.prompt().map(|prompt| &prompt.kind) {
        Some(PromptKind::Text { .. }) => state.refused = type_into(&mut state.line, key),
        Some(PromptKind::Hidden) => {
            let held = key.modifiers - KeyModifiers::SHIFT;
            match key.code {
                KeyCode::Backspace => state.hidden.pop(),
                KeyCode::Char('u') if held == KeyModifiers::CONTROL => state.hidden.clear(),
                KeyCode::Char(c) if held.is_empty() => {
                    state.refused = hide(&mut state.hidden, c.encode_utf8(&mut [0; 4]));
                }
                _ => {}
            }
        }
        _ => {}
    }
}

/// A paste goes into a line, where one stands, and nowhere else: its letters
/// are never keys. What a copy brought along is left out: line breaks at its
/// ends, control characters. Lines of a text become words; those of a secret
/// were broken by whoever showed it.
pub(super) fn pasted(state: &mut State, text: &str) {
    let text = text.trim();
    let hidden = matches!(state.prompt().map(|prompt| &prompt.kind), Some(PromptKind::Hidden));
    match Mode::of(state) {
        Mode::Editing => field::pasted(state, &words(text)),
        Mode::Typing => {
            state.refused = None;
            if hidden {
                let text: Zeroizing<String> =
                    Zeroizing::new(text.chars().filter(|c| !c.is_control()).collect());
                state.refused = hide(&mut state.hidden, &text);
            } else {
                state.refused = insert(&mut state.line, &words(text));
            }
        }
        _ => {}
    }
}

/// The lines of a text as words of one.
fn words(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let text = lines.collect::<Vec<_>>().join(" ");
    text.chars().filter(|c| !c.is_control()).collect()
}

/// Puts a text into a line, at its cursor; or says why it is not taken.
pub(super) fn insert(line: &mut Input, text: &str) -> Option<Refusal> {
    let (at, value) = (line.cursor(), line.value());
    let head: String = value.chars().take(at).collect();
    let tail: String = value.chars().skip(at).collect();
    let whole = format!("{head}{text}{tail}");
    if let Err(why) = check_length(&whole) {
        return Some(why.into());
    }
    *line = Input::new(whole).with_cursor(at + text.chars().count());
    None
}

/// Gives a line a key; or says why it is not taken. A line that is too long is
/// so by one letter, and refused as a whole: of a paste that comes as keys, no
/// part is ever used.
pub(super) fn type_into(line: &mut Input, key: KeyEvent) -> Option<Refusal> {
    let is_letter = matches!(key.code, KeyCode::Char(_));
    let is_held = !(key.modifiers - KeyModifiers::SHIFT).is_empty();
    if !is_letter || is_held || check_length(line.value()).is_ok() {
        line.handle_event(&TerminalEvent::Key(key));
    }
    check_length(line.value()).err().map(Refusal::from)
}

/// The same for the hidden line.
fn hide(line: &mut HiddenLine, text: &str) -> Option<Refusal> {
    if line.is_too_long() || !line.push(text) {
        return Some(Refusal::NoSecret);
    }
    None
}
