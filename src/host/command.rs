//! A command as it is sent: built once, shown before, and sent with its holes
//! filled.

use std::time::Duration;

use super::frame;
use crate::net::Template;

/// How long a prepared command waits for its word before it gives up and
/// leaves everything as it was. What it keeps others from is bounded by this.
pub(super) const WAITS: Duration = Duration::from_secs(20);

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    pub(super) line: Template,
    pub(super) deadline: Duration,
}

impl Command {
    /// One that the host itself ends after `deadline`.
    pub(super) fn new(line: impl Into<Template>, deadline: Duration) -> Self {
        Self { line: line.into(), deadline }
    }

    /// The command alone, without what surrounds it.
    #[must_use]
    pub const fn alone(&self) -> &Template {
        &self.line
    }

    /// The whole of it, as the host gets it.
    #[must_use]
    pub fn whole(&self) -> Template {
        frame::framed(&self.line, self.deadline)
    }
}
