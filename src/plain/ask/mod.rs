//! Puts one question and brings back the answer. Blocking: called on a thread
//! of its own.

mod menu;
mod typed;

use std::{
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use crossterm::{
    cursor::Show,
    event::DisableBracketedPaste,
    execute,
    terminal::{Clear, ClearType, disable_raw_mode, is_raw_mode_enabled},
};

use super::{
    Lines,
    fault::{no_output, no_terminal},
    quiet::Quiet,
};
use crate::{
    site::{Fault, harmless},
    terminal::{RawMode, forget_typed, shows_unicode, spelled},
    wizard::{Answer, Prompt, PromptKind},
};

/// What came of a question.
#[derive(Debug)]
pub(super) enum Reply {
    /// An answer for the engine.
    Answer(Answer),
    /// The operator wants live to be read anew.
    Refresh,
    /// The operator wants to leave.
    Leave,
    /// The question was withdrawn.
    Withdrawn,
}

/// Withdraws a typed question.
#[derive(Clone, Debug, Default)]
pub(super) struct Withdrawal(Arc<AtomicBool>);

impl Withdrawal {
    pub(super) fn withdraw(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_withdrawn(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Puts `prompt`: as a menu, or as a line to type where `typed`. One that is
/// `new` is not answered by what was typed before it was there.
pub(super) fn put(
    prompt: &Prompt,
    lines: Lines,
    (typed, new): (bool, bool),
    withdrawal: &Withdrawal,
) -> Result<Reply, Fault> {
    let prompt = &editable(prompt);
    let is_new = match prompt.kind {
        PromptKind::Decide { .. } => true,
        PromptKind::Choice { .. } => new,
        PromptKind::Text { .. } | PromptKind::Hidden => false,
    };
    if is_new
        && let Some(reply) = forget_typed_ahead(withdrawal).map_err(|error| no_terminal(&error))?
    {
        return Ok(reply);
    }
    // A hidden line is always read by us: what inquire reads is not wiped. So is one
    // that begins with letters that the terminal does not show.
    let is_ours = match &prompt.kind {
        PromptKind::Hidden => true,
        PromptKind::Text { value, .. } => !value.is_ascii() && !shows_unicode(),
        PromptKind::Choice { .. } | PromptKind::Decide { .. } => false,
    };
    if typed || is_ours {
        typed::put(prompt, lines, withdrawal)
    } else {
        let _keys = Quiet::without_signals();
        menu::put(prompt, lines)
    }
}

/// Forgets what was typed before a question was there: the other lines of a
/// paste, or keys that were pressed meanwhile, are no answer to what nobody has
/// read. Ctrl-C is heard among it.
fn forget_typed_ahead(withdrawal: &Withdrawal) -> io::Result<Option<Reply>> {
    let _raw = RawMode::enter("")?;
    let forgotten = forget_typed(|| !withdrawal.is_withdrawn())?;
    Ok(match (forgotten.leaves, withdrawal.is_withdrawn()) {
        (true, _) => Some(Reply::Leave),
        (_, true) => Some(Reply::Withdrawn),
        _ => None,
    })
}

/// The prompt with a line to edit that a terminal shows as it is; the rest of
/// it came out of a harmless snapshot.
fn editable(prompt: &Prompt) -> Prompt {
    let mut prompt = prompt.clone();
    if let PromptKind::Text { value, .. } = &mut prompt.kind {
        *value = harmless::line(value).into_owned();
    }
    prompt
}

/// Gives the terminal back when a question was left standing.
pub(super) fn give_terminal_back() {
    if is_raw_mode_enabled().unwrap_or(false) {
        let _ = disable_raw_mode();
        let _ = execute!(io::stderr(), DisableBracketedPaste, Show);
        write("\n");
    }
}

/// Goes on below the line of a question that stays unanswered. What inquire drew
/// below it goes, or the next text would be written into it.
pub(super) fn go_below_question() {
    write("\n");
    if is_raw_mode_enabled().unwrap_or(false) {
        let _ = execute!(io::stderr(), Clear(ClearType::FromCursorDown));
    }
}

/// Tells the operator something.
pub(super) fn say(text: &str) {
    write(text);
}

/// The same where nobody is asked anything. A reader that went away (`| head`) is no
/// fault.
pub(super) fn tell(text: &str) -> Result<(), Fault> {
    match try_write(text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(no_output(error)),
        _ => Ok(()),
    }
}

/// Writes to the terminal as it is. When nobody reads any more, the next
/// question finds out.
fn write(text: &str) {
    let _ = try_write(text);
}

fn try_write(text: &str) -> io::Result<()> {
    let raw = is_raw_mode_enabled().unwrap_or(false);
    let text = spelled(text);
    let text = if raw { text.replace('\n', "\r\n").into() } else { text };
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush())
}
