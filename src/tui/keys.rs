//! The one table of keys: what a key does in a mode. The footer and the help
//! overlay are made of it.

mod table;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

pub use self::table::TABLE;
use super::{action::Action, drawn::Drawn, state::State};
use crate::wizard::PromptKind;

/// What the keys mean now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Letters go into the line of a text or hidden prompt.
    Typing,
    /// One of several options.
    Choosing,
    /// Yes or no to a plan.
    Deciding,
    /// Nothing is asked.
    Watching,
    /// The cursor is on the fields.
    Fields,
    /// Letters go into the value of a field.
    Editing,
    /// Something lies over the card.
    Reading,
    /// Whether to quit although work is under way.
    Leaving,
    /// The run is over.
    Ended,
}

impl Mode {
    /// The mode of a state.
    #[must_use]
    pub fn of(state: &State) -> Self {
        if state.snapshot.ending.is_some() {
            return Self::Ended;
        }
        if state.asks_to_quit {
            return Self::Leaving;
        }
        if state.overlay.is_some() {
            return Self::Reading;
        }
        match &state.field {
            Some(field) if field.line.is_some() => return Self::Editing,
            Some(_) => return Self::Fields,
            None => {}
        }
        match state.prompt().map(|prompt| &prompt.kind) {
            Some(PromptKind::Text { .. } | PromptKind::Hidden) => Self::Typing,
            Some(PromptKind::Choice { .. }) => Self::Choosing,
            Some(PromptKind::Decide { .. }) => Self::Deciding,
            None => Self::Watching,
        }
    }
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// In which modes it holds.
    pub modes: &'static [Mode],
    /// Which keys.
    pub keys: &'static [Key],
    /// What they do.
    pub action: Action,
    /// How the keys are written in footer and help.
    pub written: &'static str,
    /// What they do, in a word or two.
    pub label: &'static str,
    /// Whether the footer names it: it does so in the table's order.
    pub footer: bool,
}

/// A key and what is held with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A letter or sign; Shift is part of it.
    Char(char),
    /// A letter with Ctrl.
    Ctrl(char),
    /// Any other key.
    Code(KeyCode),
}

impl Key {
    fn is(self, event: KeyEvent) -> bool {
        let held = event.modifiers - KeyModifiers::SHIFT;
        match (self, event.code) {
            (Self::Char(c), KeyCode::Char(pressed)) => held.is_empty() && c == pressed,
            (Self::Ctrl(c), KeyCode::Char(pressed)) => {
                held == KeyModifiers::CONTROL && c == pressed.to_ascii_lowercase()
            }
            (Self::Code(code), pressed) => held.is_empty() && code == pressed,
            _ => false,
        }
    }
}

/// What a key does in a state, by the table.
#[must_use]
pub fn action(state: &State, key: KeyEvent) -> Option<Action> {
    let mode = Mode::of(state);
    let bound = TABLE
        .iter()
        .find(|row| row.modes.contains(&mode) && row.keys.iter().any(|bound| bound.is(key)));
    // Letters of options come before the table's.
    if mode == Mode::Choosing
        && let Some(index) = option(state, key)
    {
        return Some(Action::Pick(index));
    }
    match bound {
        None if mode == Mode::Ended => Some(Action::Leave),
        bound => bound.map(|row| row.action),
    }
}

fn option(state: &State, key: KeyEvent) -> Option<usize> {
    let PromptKind::Choice { options, .. } = &state.prompt()?.kind else { return None };
    options.iter().position(|option| Key::Char(option.key.char()).is(key))
}

/// The rows that the footer names in this state, with that drawn: those that do
/// something now.
pub fn footer(state: &State, drawn: &Drawn) -> impl Iterator<Item = &'static Binding> {
    let mode = Mode::of(state);
    let letters: Vec<char> = match state.prompt().map(|prompt| &prompt.kind) {
        Some(PromptKind::Choice { options, .. }) if mode == Mode::Choosing => {
            options.iter().map(|option| option.key.char()).collect()
        }
        _ => Vec::new(),
    };
    let goes_on = match state.overlay {
        // A page says so at its edge.
        Some(_) => false,
        None => state.scrolled.card < drawn.card.end,
    };
    TABLE.iter().filter(move |row| {
        row.footer
            && row.modes.contains(&mode)
            && !letters.iter().any(|letter| row.keys.first() == Some(&Key::Char(*letter)))
            && state.can(row.action)
            && (row.action != Action::Page(1) || goes_on)
    })
}
