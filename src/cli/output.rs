//! Standard output, for what programs read; standard error, for talk.

use std::io::{self, IsTerminal, Write};

use crate::{
    plain::Lines,
    site::{Fault, harmless},
    terminal::spelled,
};

use super::{Color, complaint, machine::NoOutput};

/// Writes to standard output. A reader that went away (`| head`) is no fault.
pub(super) fn print(text: &str) -> Result<(), Fault> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(no_output(error)),
        _ => Ok(()),
    }
}

/// The same with a text for people: in characters that the locale has.
pub(super) fn tell(text: &str) -> Result<(), Fault> {
    print(&spelled(text))
}

/// JSON for standard output: on a terminal, nothing in it is acted on.
pub(super) fn json(text: &str) -> String {
    if io::stdout().is_terminal() { harmless::json(text).into_owned() } else { text.to_owned() }
}

/// How lines on standard output are made.
pub(super) fn lines(color: Color) -> Lines {
    let terminal = io::stdout().is_terminal();
    let ink = complaint::ink(color, terminal);
    match crossterm::terminal::size() {
        _ if !terminal => Lines::for_pipe(ink),
        Ok((columns, _)) => Lines::new(ink, usize::from(columns)),
        Err(_) => Lines::new(ink, 80),
    }
}

/// Whether there is a person: somebody types and somebody reads.
pub(super) fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

pub(super) fn no_output(error: io::Error) -> Fault {
    Fault::of(&NoOutput(error), NoOutput::tried())
}
