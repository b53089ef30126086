//! What was done, as the journal tells of it.

use super::{
    done::done_note,
    effects::{effect, undo_way},
    undo::nothing_to_undo,
};
use crate::wizard::{Act, ActOutcome, NoUndo};

/// What a row of the journal is about.
#[must_use]
pub fn act(act: &Act) -> String {
    match act {
        Act::Effect(effect) => self::effect(effect),
        Act::GoBack(effect) => effect.name_of_way_back(),
        Act::CountAsUndone(effect) => say!("Take back: {effect}", effect),
        Act::Words(text) => text.clone(),
        Act::GoOnWithoutLines => say!("Go on with a journal that lacks lines"),
    }
}

/// How it ended.
#[must_use]
pub fn act_outcome(outcome: &ActOutcome) -> String {
    match outcome {
        ActOutcome::NotWritten => say!("begun, and not known how it ended"),
        ActOutcome::Done(Some(note)) => done_note(note),
        ActOutcome::NothingToUndo(why) => {
            say!("nothing to do: {why}", why = nothing_to_undo(why))
        }
        ActOutcome::Done(None) => say!("done"),
        ActOutcome::Failed(fault) => say!("failed: {answer}", answer = &fault.answer),
        ActOutcome::Unknown(fault) => say!("not known: {answer}", answer = &fault.answer),
        ActOutcome::LinesLeft { found, written } => {
            say!("{found} lines were left of {written}", found, written)
        }
    }
}

/// Why something that was done is not undone.
#[must_use]
pub fn no_undo(why: NoUndo) -> String {
    match why {
        NoUndo::Effect(way) => undo_way(way),
        NoUndo::UndoesAnother => say!("It takes another one back."),
        NoUndo::NotDone => say!("It was not performed."),
        NoUndo::OtherRelease => {
            say!("Another release of immich-sso did it; take it back with that one.")
        }
        NoUndo::LinesMissing => {
            say!("What the missing lines say cannot be undone from here.")
        }
    }
}
