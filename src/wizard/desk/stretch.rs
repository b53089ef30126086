//! The work between two questions, bounded as a whole: each piece of it has a
//! bound of its own, and many pieces could keep the operator waiting for ever.
//! How long somebody thinks about a question is nobody's business.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::failure::TooLong;

use crate::{
    site::{Fault, System},
    wizard::Stretch,
};

/// How long the work between two questions may take.
pub const STRETCH_WITHIN: Duration = Duration::from_mins(10);

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Bound {
    /// `None`: something else bounds the whole run.
    at_most: Option<Duration>,
    began: Option<(Instant, Timestamp)>,
}

impl Bound {
    /// Work may take so long until the next question.
    pub(super) const fn of(at_most: Duration) -> Self {
        Self { at_most: Some(at_most), began: None }
    }

    /// A piece of work begins.
    pub(super) fn begins(&mut self) {
        self.began.get_or_insert_with(|| (Instant::now(), Timestamp::now()));
    }

    /// A question is put, or was answered.
    pub(super) const fn ends(&mut self) {
        self.began = None;
    }

    /// How much is left of it. `None`: it has no bound.
    pub(super) fn left(&self) -> Option<Duration> {
        let spent = self.began.map_or(Duration::ZERO, |(began, _)| began.elapsed());
        Some(self.at_most?.saturating_sub(spent))
    }

    /// As the screen shows it.
    pub(super) fn view(&self) -> Option<Stretch> {
        let (_, since) = self.began?;
        Some(Stretch { since, at_most: self.at_most? })
    }

    /// What to say where nothing is left of it.
    pub(super) fn over(&self, system: System, tried: String) -> Option<Fault> {
        let at_most = self.at_most.filter(|_| self.left() == Some(Duration::ZERO))?;
        Some(over(at_most, system, tried))
    }
}

/// The work since the last answer took too long.
pub(super) fn over(at_most: Duration, system: System, tried: String) -> Fault {
    Fault::of(&TooLong::Stretch { system, at_most }, tried)
}
