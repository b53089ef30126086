//! The time of day, as the engine asks for it. Deadlines do not: they are
//! measured by a clock that nobody sets.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use jiff::{SignedDuration, Timestamp};

/// This machine's clock. Clones are the same clock.
#[derive(Clone, Debug, Default)]
pub struct Clock(Arc<AtomicI64>);

impl Clock {
    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let ahead = SignedDuration::from_secs(self.0.load(Ordering::Relaxed));
        let now = Timestamp::now();
        now.checked_add(ahead).unwrap_or(now)
    }

    /// Somebody sets it, forwards or backwards, as daylight saving never does
    /// and a machine without a battery does at every start.
    pub fn jump(&self, by: SignedDuration) {
        self.0.fetch_add(by.as_secs(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_jumps_in_both_directions_and_for_all_that_hold_it() {
        let (clock, year) = (Clock::default(), SignedDuration::from_hours(365 * 24));
        let other = clock.clone();
        clock.jump(year);
        assert!(other.now() > Timestamp::now() + year / 2);
        clock.jump(-year - year);
        assert!(other.now() < Timestamp::now() - year / 2);
    }
}
