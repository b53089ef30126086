//! A system without signals: Ctrl-C is all that comes from outside.

use super::{INTERRUPT, Word};

/// Hears Ctrl-C.
#[derive(Debug, Default)]
pub struct Listener;

impl Listener {
    /// Listens from now on.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }

    /// Waits for the next word.
    pub async fn next(&mut self) -> Word {
        if tokio::signal::ctrl_c().await.is_err() {
            return std::future::pending().await;
        }
        Word::End(INTERRUPT)
    }
}

/// Nothing sees here what a program ended by.
pub const fn end_by(_: Word) {}

/// Nothing sees here what a program ended by.
pub const fn end_as_asked() {}

/// There is no such signal.
pub const fn let_writes_fail() {}

/// No program is stopped here.
pub const fn stop() {}
