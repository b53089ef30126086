//! What was done, as the journal tells of it.

use jiff::Timestamp;

use super::{Act, DoneNote, NothingToUndo};
use crate::{
    site::{Fault, System, harmless::Each},
    wizard::UndoWay,
};

/// One row of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalRow {
    /// Names the run: the same for all rows of one.
    pub run: String,
    /// When it was begun.
    pub at: Timestamp,
    /// Where.
    pub system: System,
    /// What was done; [`crate::text::act`] says it.
    pub act: Act,
    /// How it ended; [`crate::text::act_outcome`] says it.
    pub outcome: ActOutcome,
    /// Whether it can be undone; [`crate::text::undo_way`] and
    /// [`crate::text::no_undo`] say how, or why not.
    pub undo: UndoView,
}

/// How something ended that is in the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActOutcome {
    /// Nobody wrote it.
    NotWritten,
    /// It was done, and this came of it. `None`: this release cannot say what.
    Done(Option<DoneNote>),
    /// There was nothing to undo.
    NothingToUndo(NothingToUndo),
    /// It was not done.
    Failed(Fault),
    /// Whether it was done is not known.
    Unknown(Fault),
    /// Of so many lines these were left.
    LinesLeft {
        /// How many there were.
        found: u64,
        /// How many were written.
        written: u64,
    },
}

/// Whether something that was done can be undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UndoView {
    /// It can, and this is how.
    Possible(UndoWay),
    /// It was, at that time.
    TakenBack(Timestamp),
    /// It cannot or need not be, and this is why.
    None(NoUndo),
}

/// Why something that was done is not undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoUndo {
    /// What it did is not undone by itself, and this says why.
    Effect(UndoWay),
    /// It undoes another one.
    UndoesAnother,
    /// It was not done.
    NotDone,
    /// Another release did it.
    OtherRelease,
    /// Nobody knows what the missing lines say.
    LinesMissing,
}

impl JournalRow {
    /// Does something with every text that came from outside.
    pub(super) fn each_text(&mut self, each: Each<'_>) {
        let Self { run: _, at: _, system: _, act, outcome, undo: _ } = self;
        act.each_text(each);
        match outcome {
            ActOutcome::Done(Some(note)) => note.each_text(each),
            ActOutcome::Failed(fault) | ActOutcome::Unknown(fault) => {
                fault.each_text(each);
            }
            ActOutcome::NothingToUndo(why) => why.each_text(each),
            ActOutcome::NotWritten
            | ActOutcome::Done(None)
            | ActOutcome::LinesLeft { found: _, written: _ } => {}
        }
    }
}
