//! Where a command writes to.

use std::{
    borrow::Cow,
    io::{self, IsTerminal, Write},
};

use super::machine::{NoOutput, NoThreads};
use crate::{
    site::{Fault, harmless},
    terminal::spelled,
};

/// What a command tells and where: results to `out`, talk to `err`.
pub(super) struct Streams<'a> {
    /// Standard output.
    pub out: &'a mut (dyn Write + Send),
    /// Whether it is a terminal.
    pub out_is_terminal: bool,
    /// Standard error.
    pub err: &'a mut (dyn Write + Send),
    /// Whether it is a terminal.
    pub err_is_terminal: bool,
}

impl Streams<'_> {
    /// Runs a command on those of this program.
    pub(super) fn standard(
        work: impl AsyncFnOnce(&mut Streams<'_>) -> Result<u8, Fault>,
    ) -> Result<u8, Fault> {
        let (mut out, mut err) = (io::stdout(), io::stderr());
        let (out_is_terminal, err_is_terminal) = (out.is_terminal(), err.is_terminal());
        let mut streams =
            Streams { out: &mut out, out_is_terminal, err: &mut err, err_is_terminal };
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime
            .enable_all()
            .build()
            .map_err(|error| Fault::of(&NoThreads(error), say!("start")))?;
        runtime.block_on(work(&mut streams))
    }

    /// Writes a result, on which a terminal does not act. A reader that went away (`| head`) is no fault.
    pub(super) fn result(&mut self, text: &str) -> Result<(), Fault> {
        let shown = if self.out_is_terminal { for_terminal(text) } else { text.into() };
        match self.out.write_all(shown.as_bytes()).and_then(|()| self.out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Fault::of(&NoOutput(error), NoOutput::tried()))
            }
            _ => Ok(()),
        }
    }

    /// Says something that is not the result.
    pub(super) fn say(&mut self, text: &str) {
        // Nobody is left to tell when standard error is gone.
        let _ = writeln!(self.err, "{}", for_terminal(text));
    }

    /// The stream that leads to the terminal, if one does.
    pub(super) fn terminal(&mut self) -> Option<&mut (dyn Write + Send)> {
        if self.out_is_terminal {
            Some(&mut *self.out)
        } else if self.err_is_terminal {
            Some(&mut *self.err)
        } else {
            None
        }
    }
}

/// A text as a terminal shows it: it acts on nothing, and has all the characters.
fn for_terminal(text: &str) -> Cow<'_, str> {
    match harmless::lines(text) {
        Cow::Borrowed(text) => spelled(text),
        Cow::Owned(text) => spelled(&text).into_owned().into(),
    }
}
