//! Holding back the faster side of a switch, so that both come into effect
//! together.

use std::time::Duration;

use crate::{
    immich::RouteKind,
    site::System,
    wizard::{RotationNote, systems::Systems},
};

/// How long a side is held back at most.
const MOST: Duration = Duration::from_secs(3);

/// What is known of how long one side takes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Times {
    /// Its last write of this kind. `None`: none was timed.
    pub(super) write: Option<Duration>,
    /// An answer of it at the least. `None`: it was not asked.
    pub(super) answer: Option<Duration>,
}

impl Times {
    /// How long after its launch a write is in effect: the way back of the
    /// answer comes later. A write takes as long as any answer at the least, so
    /// that stands for one that was never timed.
    fn in_effect(self) -> Option<Duration> {
        let answer = self.answer.unwrap_or_default();
        let write = self.write.or(self.answer)?;
        Some(write.saturating_sub(answer / 2))
    }
}

/// How long each side waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Holds {
    pub(super) authentik: Duration,
    pub(super) immich: Duration,
}

impl Holds {
    /// The faster one waits for the difference. Of a side of which nothing is
    /// known there is nothing to wait for.
    pub(super) fn between(authentik: Times, immich: Times) -> Self {
        let (Some(authentik), Some(immich)) = (authentik.in_effect(), immich.in_effect()) else {
            return Self::default();
        };
        Self {
            authentik: immich.saturating_sub(authentik).min(MOST),
            immich: authentik.saturating_sub(immich).min(MOST),
        }
    }
}

/// What to say of the times before a switch: what was never timed cannot be
/// waited for.
pub(in crate::wizard) fn note(systems: &Systems, route: RouteKind) -> Option<RotationNote> {
    let untimed: Vec<System> = [
        (System::Authentik, systems.seen.provider_write.last()),
        (System::Immich, systems.seen.settings_writes.of(route).last()),
    ]
    .into_iter()
    .filter(|(_, last)| last.is_none())
    .map(|(system, _)| system)
    .collect();
    (!untimed.is_empty()).then_some(RotationNote::Untimed(untimed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(write: Option<u64>, answer: Option<u64>) -> Times {
        Times { write: write.map(Duration::from_millis), answer: answer.map(Duration::from_millis) }
    }

    fn holds(authentik: Times, immich: Times) -> (u128, u128) {
        let holds = Holds::between(authentik, immich);
        (holds.authentik.as_millis(), holds.immich.as_millis())
    }

    #[test]
    fn faster_side_waits_for_the_difference() {
        let slow = times(Some(250), Some(20));
        let fast = times(Some(30), Some(20));
        assert_eq!(holds(slow, fast), (0, 220));
        assert_eq!(holds(fast, slow), (220, 0));
        assert_eq!(holds(slow, slow), (0, 0));
    }

    #[test]
    fn distance_counts_one_way() {
        // Both need no time; one of them is 100 ms away.
        let near = times(Some(2), Some(2));
        let far = times(Some(200), Some(200));
        assert_eq!(holds(far, near), (0, 99));
    }

    #[test]
    fn an_answer_stands_for_a_write_that_was_never_timed() {
        let untimed = times(None, Some(20));
        assert_eq!(holds(times(Some(250), Some(20)), untimed), (0, 230));
        assert_eq!(holds(times(Some(250), Some(20)), Times::default()), (0, 0));
    }

    #[test]
    fn nobody_waits_for_long() {
        assert_eq!(holds(times(Some(60_000), Some(1)), times(Some(1), Some(1))), (0, 3000));
    }
}
