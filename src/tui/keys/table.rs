//! The table itself, row by row.

use crossterm::event::KeyCode;

use super::{
    Binding,
    Key::{self, Char, Code, Ctrl},
    Mode::{self, Choosing, Deciding, Editing, Ended, Fields, Leaving, Reading, Typing, Watching},
};
use crate::tui::action::{Action, Overlay};

const fn row(
    modes: &'static [Mode],
    keys: &'static [Key],
    action: Action,
    written: &'static str,
    label: &'static str,
) -> Binding {
    Binding { modes, keys, action, written, label, footer: false }
}

/// A row that the footer names.
const fn shown(
    modes: &'static [Mode],
    keys: &'static [Key],
    action: Action,
    written: &'static str,
    label: &'static str,
) -> Binding {
    Binding { footer: true, ..row(modes, keys, action, written, label) }
}

/// Where letters are free to be keys.
const FREE: &[Mode] = &[Choosing, Deciding, Watching];
/// Where the card is in front.
const CARD: &[Mode] = &[Typing, Choosing, Deciding, Watching];
/// Everywhere but at the end.
const RUNNING: &[Mode] = &[Typing, Choosing, Deciding, Watching, Fields, Editing, Reading, Leaving];
/// Where what is in front scrolls by the arrows.
const ARROWS: &[Mode] = &[Deciding, Watching, Reading];
/// Everywhere.
const ALL: &[Mode] =
    &[Typing, Choosing, Deciding, Watching, Fields, Editing, Reading, Leaving, Ended];

/// The table. The first row that fits counts.
pub const TABLE: &[Binding] = &[
    shown(&[Deciding], &[Char('y')], Action::Perform, "y", word!("perform")),
    shown(&[Deciding], &[Char('s')], Action::Skip, "s", word!("skip")),
    shown(
        &[Deciding],
        &[Char('x'), Code(KeyCode::F(2)), Code(KeyCode::Enter)],
        Action::Toggle(Overlay::Exact),
        "x",
        word!("exact"),
    ),
    shown(&[Typing], &[Code(KeyCode::Enter)], Action::Submit, "Enter", word!("answer")),
    shown(&[Choosing], &[Code(KeyCode::Enter)], Action::Take, "Enter", word!("take")),
    row(
        &[Choosing],
        &[Code(KeyCode::Up), Char('k')],
        Action::Up,
        "Up k",
        word!("the option above"),
    ),
    row(
        &[Choosing],
        &[Code(KeyCode::Down), Char('j')],
        Action::Down,
        "Down j",
        word!("the one below"),
    ),
    shown(&[Leaving], &[Char('y')], Action::ReallyQuit, "y", word!("quit")),
    shown(
        &[Leaving],
        &[Char('n'), Code(KeyCode::Enter), Code(KeyCode::Esc)],
        Action::Close,
        "n",
        word!("stay"),
    ),
    shown(
        &[Reading],
        &[Code(KeyCode::Esc), Char('q'), Code(KeyCode::Enter)],
        Action::Close,
        "Esc",
        word!("close"),
    ),
    // A yes out of its place is answered, too.
    row(&[Fields, Reading], &[Char('y')], Action::Perform, "y", ""),
    shown(&[Reading], &[Char('u')], Action::Undo, "u", word!("take the last run back")),
    shown(
        &[Fields],
        &[Code(KeyCode::Enter), Char('e'), Code(KeyCode::Right), Char('l')],
        Action::EditField,
        "Enter",
        word!("change"),
    ),
    row(
        &[Fields],
        &[Code(KeyCode::Up), Char('k'), Code(KeyCode::BackTab)],
        Action::FieldUp,
        "Up k",
        word!("the field above"),
    ),
    row(
        &[Fields],
        &[Code(KeyCode::Down), Char('j'), Code(KeyCode::Tab)],
        Action::FieldDown,
        "Down j",
        word!("the one below"),
    ),
    shown(&[Editing], &[Code(KeyCode::Enter)], Action::SaveField, "Enter", word!("take it")),
    shown(&[Editing], &[Code(KeyCode::Esc)], Action::Close, "Esc", word!("leave it as it was")),
    shown(
        &[Fields],
        &[Code(KeyCode::Esc), Char('q')],
        Action::Close,
        "Esc",
        word!("back to the question"),
    ),
    shown(
        &[Typing, Choosing, Deciding, Watching, Reading],
        &[Code(KeyCode::PageDown), Ctrl('f')],
        Action::Page(1),
        "PgDn",
        word!("more"),
    ),
    shown(CARD, &[Code(KeyCode::Esc)], Action::Back, "Esc", word!("back")),
    shown(&[Choosing, Deciding], &[Char('e')], Action::Fields, "e", word!("edit")),
    shown(FREE, &[Char('v')], Action::Reveal, "v", word!("reveal")),
    shown(FREE, &[Char('c')], Action::Copy, "c", word!("copy")),
    shown(FREE, &[Char('o')], Action::Open, "o", word!("open")),
    shown(
        &[Choosing, Watching, Reading],
        &[Char('x'), Code(KeyCode::F(2))],
        Action::Toggle(Overlay::Exact),
        "x",
        word!("in full"),
    ),
    row(&[Typing], &[Code(KeyCode::F(2))], Action::Toggle(Overlay::Exact), "F2", word!("in full")),
    shown(
        &[Choosing, Watching, Reading],
        &[Char('Q')],
        Action::Toggle(Overlay::Code),
        "Q",
        word!("QR code"),
    ),
    shown(
        &[Choosing, Deciding, Watching, Reading],
        &[Char('J'), Code(KeyCode::F(3))],
        Action::Toggle(Overlay::Journal),
        "J",
        word!("journal"),
    ),
    row(
        &[Typing],
        &[Code(KeyCode::F(3))],
        Action::Toggle(Overlay::Journal),
        "F3",
        word!("journal"),
    ),
    shown(
        &[Choosing, Deciding, Watching, Reading],
        &[Char('m'), Code(KeyCode::F(4))],
        Action::Toggle(Overlay::Map),
        "m",
        word!("map"),
    ),
    row(&[Typing], &[Code(KeyCode::F(4))], Action::Toggle(Overlay::Map), "F4", word!("map")),
    shown(FREE, &[Char('r')], Action::Refresh, "r", word!("refresh")),
    row(ARROWS, &[Code(KeyCode::Up), Char('k')], Action::Scroll(-1), "Up k", word!("a line up")),
    row(
        ARROWS,
        &[Code(KeyCode::Down), Char('j')],
        Action::Scroll(1),
        "Down j",
        word!("a line down"),
    ),
    row(
        &[Typing, Choosing, Deciding, Watching, Reading],
        &[Code(KeyCode::PageUp), Ctrl('b')],
        Action::Page(-1),
        "PgUp",
        word!("a screen up"),
    ),
    row(ARROWS, &[Code(KeyCode::Home), Char('g')], Action::Top, "Home", word!("to the beginning")),
    row(ARROWS, &[Code(KeyCode::End), Char('G')], Action::Bottom, "End", word!("to the end")),
    row(FREE, &[Char('<')], Action::LivePage(-1), "<", word!("what is live, a screen up")),
    row(FREE, &[Char('>')], Action::LivePage(1), ">", word!("what is live, a screen down")),
    row(
        FREE,
        &[Code(KeyCode::Tab), Code(KeyCode::Right), Char('l')],
        Action::NextStep,
        "Tab l",
        word!("the next step"),
    ),
    row(
        FREE,
        &[Code(KeyCode::BackTab), Code(KeyCode::Left), Char('h')],
        Action::PreviousStep,
        "S-Tab h",
        word!("the step before"),
    ),
    row(FREE, &[Char('0')], Action::Place(0), "0", word!("Access")),
    row(FREE, &[Char('1')], Action::Place(1), "1", word!("step 1")),
    row(FREE, &[Char('2')], Action::Place(2), "2", word!("step 2")),
    row(FREE, &[Char('3')], Action::Place(3), "3", word!("step 3")),
    row(FREE, &[Char('4')], Action::Place(4), "4", word!("step 4")),
    row(FREE, &[Char('5')], Action::Place(5), "5", word!("step 5")),
    shown(
        &[Choosing, Deciding, Watching, Fields, Reading],
        &[Char('?'), Code(KeyCode::F(1))],
        Action::Toggle(Overlay::Help),
        "?",
        word!("help"),
    ),
    shown(
        &[Typing, Editing],
        &[Code(KeyCode::F(1))],
        Action::Toggle(Overlay::Help),
        "F1",
        word!("help"),
    ),
    shown(FREE, &[Char('q')], Action::Quit, "q", word!("quit")),
    // While letters are typed, this is the key that leaves.
    shown(&[Typing], &[Ctrl('c')], Action::Interrupt, "Ctrl-C", word!("quit")),
    row(RUNNING, &[Ctrl('c')], Action::Interrupt, "Ctrl-C", word!("stop the work, then the run")),
    row(ALL, &[Ctrl('l')], Action::Redraw, "Ctrl-L", word!("draw anew")),
    row(ALL, &[Ctrl('z')], Action::Suspend, "Ctrl-Z", word!("to the shell and back")),
];
