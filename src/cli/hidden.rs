//! Reads what must not be seen: from the keyboard without an echo, or from a
//! pipe.

use std::{
    io::{self, Read, Write},
    thread,
    time::{Duration, Instant},
};

use crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers, poll, read};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::{
    secret::Secret,
    site::{Fault, FaultKind, System, UniformFailure},
    terminal::{Forgotten, RawMode, SEVERAL_LINES, ends_line, forget_typed, leaves},
};

/// Longer than any token. What is read never moves in memory, so that wiping
/// it wipes all of it.
const LONGEST: usize = 16 * 1024;

/// Asks for a secret on the terminal and shows nothing of it. Blocks.
///
/// # Errors
/// [`FaultKind::Cancelled`] when the operator left with Ctrl-C or Esc;
/// [`FaultKind::Refused`] when there is no terminal.
pub(super) fn ask(question: &str) -> Result<Secret, Fault> {
    let fault = |error: HiddenError| Fault::of(&error, say!("ask for {question}", question));
    let no_terminal = |error| fault(HiddenError::NoTerminal(error));
    // Not on standard output: that may be a pipe for the result.
    let tell = |text: &str| {
        let _ = io::stderr().write_all(text.as_bytes()).and_then(|()| io::stderr().flush());
    };
    // Unseen before it is asked for: whoever pastes is quick.
    let shown = say!("{question} (not shown): ", question);
    let raw = RawMode::enter(&shown).map_err(no_terminal)?;
    tell(&shown);
    let line = read_line();
    drop(raw);
    tell("\n");
    let line = line.map_err(no_terminal)?;
    match line {
        Some(line) => line.and_then(|line| usable(&line)).map_err(fault),
        None => Err(Fault::new(
            System::Workstation,
            FaultKind::Cancelled,
            say!("ask for {question}", question),
        )),
    }
}

/// Reads a secret that is piped in: all of it, less the line end that `echo`
/// adds. Blocks.
///
/// # Errors
/// When it is empty, too long or no single line.
pub(super) fn piped(input: &mut dyn Read) -> Result<Secret, Fault> {
    let fault = |error: HiddenError| Fault::of(&error, say!("read the secret from standard input"));
    let mut text = Zeroizing::new(String::with_capacity(LONGEST + 1));
    input
        .take(LONGEST as u64 + 1)
        .read_to_string(&mut text)
        .map_err(|error| fault(HiddenError::NotRead(error)))?;
    if text.len() > LONGEST {
        return Err(fault(HiddenError::TooLong));
    }
    let line = text.strip_suffix('\n').unwrap_or(&text);
    usable(line.strip_suffix('\r').unwrap_or(line)).map_err(fault)
}

fn usable(line: &str) -> Result<Secret, HiddenError> {
    if line.is_empty() {
        return Err(HiddenError::Empty);
    }
    if line.chars().any(char::is_control) {
        return Err(HiddenError::ControlCharacter);
    }
    Ok(Secret::new(line))
}

/// Why something is no secret that can be kept.
#[derive(Debug, thiserror::Error)]
enum HiddenError {
    /// Nobody can be asked.
    #[error("{}", say!("there is no terminal to ask on: {error}", error = .0))]
    NoTerminal(#[source] io::Error),
    /// Standard input cannot be read.
    #[error("{0}")]
    NotRead(#[source] io::Error),
    /// There is nothing.
    #[error("{}", say!("it is empty"))]
    Empty,
    /// It would not arrive whole wherever it is sent.
    #[error("{}", say!("there is a line end or another control character in it"))]
    ControlCharacter,
    /// More than is read.
    #[error("{}", say!("it is longer than {longest} bytes", longest = LONGEST))]
    TooLong,
    /// More than one line was pasted.
    #[error("{SEVERAL_LINES}")]
    SeveralLines,
}

impl UniformFailure for HiddenError {
    const SYSTEM: System = System::Workstation;
    const KIND: FaultKind = FaultKind::Refused;

    fn hint(&self) -> String {
        match self {
            Self::NoTerminal(_) => say!("Run this in a terminal."),
            Self::NotRead(_)
            | Self::Empty
            | Self::ControlCharacter
            | Self::TooLong
            | Self::SeveralLines => String::new(),
        }
    }
}

/// A line, or why it is none.
type Line = Result<Zeroizing<String>, HiddenError>;

/// Keys up to Enter; `None` when the operator left.
fn read_line() -> io::Result<Option<Line>> {
    let mut line = Zeroizing::new(String::with_capacity(LONGEST));
    let mut is_cut = false;
    loop {
        let Event::Key(key) = read()? else { continue };
        if key.kind == KeyEventKind::Release {
            continue;
        }
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            _ if ends_line(key) => return ended(line, is_cut),
            KeyCode::Esc => return Ok(None),
            _ if leaves(key) => return Ok(None),
            KeyCode::Char('u') if control => {
                while line.pop().is_some() {}
                is_cut = false;
            }
            KeyCode::Backspace => {
                line.pop();
            }
            KeyCode::Char(c) if !control && line.len() + c.len_utf8() <= LONGEST => line.push(c),
            KeyCode::Char(_) if !control => is_cut = true,
            _ => {}
        }
    }
}

/// A line that came to its end. What is pasted must be that line alone: the
/// shell would take the next one for a command, and keep it in its history.
fn ended(line: Zeroizing<String>, is_cut: bool) -> io::Result<Option<Line>> {
    let forgotten = forget_typed(|| true)?;
    Ok(match forgotten {
        Forgotten { leaves: true, .. } => None,
        Forgotten { text: true, .. } => Some(Err(HiddenError::SeveralLines)),
        _ if is_cut => Some(Err(HiddenError::TooLong)),
        _ => Some(Ok(line)),
    })
}

/// Waits until a key is pressed or `at_most` has passed. The terminal is as it
/// was when this is done or dropped.
pub(super) async fn key_or(at_most: Duration) -> io::Result<()> {
    let _raw = RawMode::enter("")?;
    let (pressed, wait) = oneshot::channel();
    // Not on the runtime's threads: these are waited for at the end.
    thread::Builder::new().name("keyboard".into()).spawn(move || {
        // Nobody listens any more if this fails.
        let _ = pressed.send(wait_for_key(at_most));
    })?;
    wait.await.unwrap_or_else(|error| Err(io::Error::other(error)))
}

fn wait_for_key(at_most: Duration) -> io::Result<()> {
    let until = Instant::now() + at_most;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() || !poll(left)? {
            return Ok(());
        }
        if matches!(read()?, Event::Key(key) if key.kind != KeyEventKind::Release) {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piped_secret_is_taken_without_the_line_end() {
        for text in ["hunter2", "hunter2\n", "hunter2\r\n"] {
            assert_eq!(piped(&mut text.as_bytes()).unwrap(), Secret::new("hunter2"));
        }
        assert_eq!(piped(&mut " a b \n".as_bytes()).unwrap(), Secret::new(" a b "));
    }

    #[test]
    fn what_is_no_single_line_is_refused_and_not_repeated() {
        let long = "x".repeat(LONGEST + 1);
        for text in ["", "\n", "hunter2\nhunter3\n", "hunter2\n\n", "hunter2\0", &long] {
            let fault = piped(&mut text.as_bytes()).unwrap_err();
            assert!(!fault.to_string().contains("hunter"), "{fault}");
        }
    }
}
