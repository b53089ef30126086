//! The signals by which a process is asked to end.

use crate::terminal::{self, Listener, Word};

/// Listens for the signals that ask this process to end: all that would end it.
#[derive(Debug)]
pub(super) struct Ends {
    /// Whoever prompted for a passphrase hears signals still: it hands them over.
    words: Listener,
}

impl Ends {
    /// Listens from now on: none of them ends the process any more. Must be
    /// called within a runtime.
    #[must_use]
    pub(super) fn listen() -> Self {
        Self { words: Listener::new() }
    }

    /// Waits for one of them.
    pub(super) async fn asked(&mut self) {
        loop {
            match self.words.next().await {
                Word::End(_) => return,
                Word::Stop => terminal::stop(),
                Word::GoOn => {}
            }
        }
    }
}
