//! What ends a run from outside: Ctrl-C while nothing reads keys, a signal to
//! end, a terminal that is gone.

use crate::terminal::{self, Listener, Word};

/// What came from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Interruption {
    /// Ctrl-C: the person wants this to stop.
    ControlC,
    /// The program is to end, or its terminal is gone.
    End,
}

/// Waits for what ends a run from outside.
#[derive(Debug)]
pub(super) struct Interruptions {
    words: Listener,
    last: Option<Word>,
}

impl Interruptions {
    pub(super) fn new() -> Self {
        Self { words: Listener::new(), last: None }
    }

    /// Waits for the next one. A stop is no end: the terminal is given back, and
    /// taken again when the shell lets this process go on.
    pub(super) async fn next(&mut self) -> Interruption {
        loop {
            let word = self.words.next().await;
            match word {
                Word::Stop => terminal::suspend(),
                Word::GoOn => terminal::take_back(),
                Word::End(_) => {
                    self.last = Some(word);
                    return if word.is_interrupt() {
                        Interruption::ControlC
                    } else {
                        Interruption::End
                    };
                }
            }
        }
    }

    /// The run ends because of the last one: so does this process, afterwards.
    pub(super) fn end_by_last(&self) {
        if let Some(word) = self.last {
            terminal::end_by(word);
        }
    }
}
