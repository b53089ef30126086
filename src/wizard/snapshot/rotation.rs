//! What a face may show of a rotation: which side holds which secret, and what
//! the switch cost. Fingerprints only.

use std::time::Duration;

use crate::{
    site::{Reading, System},
    wizard::fields::{Holding, Staged},
};

/// A rotation as it stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RotationView {
    /// What the secret store holds.
    pub kept: Vec<(Staged, String)>,
    /// What authentik and Immich hold.
    pub sides: Vec<Side>,
    /// The switch, once it was made.
    pub switch: Option<SwitchView>,
}

impl RotationView {
    /// What one side holds.
    #[must_use]
    pub fn side(&self, system: System) -> Option<&Side> {
        self.sides.iter().find(|side| side.system == system)
    }
}

/// What one side holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Side {
    /// Which side.
    pub system: System,
    /// What it holds.
    pub holds: Reading<Holding>,
}

/// A switch that was made: when each side changed over, as it was seen. All
/// times count from the moment at which both writes were launched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SwitchView {
    /// When authentik changed over.
    pub authentik: Option<Between>,
    /// When Immich did.
    pub immich: Option<Between>,
    /// How often both were asked meanwhile.
    pub probes: usize,
    /// What became of it.
    pub course: Course,
}

/// What became of a switch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Course {
    /// Both sides have what they were given.
    #[default]
    Stands,
    /// It was led back: so long after the launch both were seen to hold again
    /// what they held before.
    LedBack(Duration),
    /// It failed, and both were not seen to hold the same since.
    Apart,
}

/// A moment as far as it is known: not before, not after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Between {
    /// The last moment at which it was still as before.
    pub from: Duration,
    /// The first moment at which it was seen to be otherwise.
    pub to: Duration,
}

impl SwitchView {
    /// Whether its cost was measured.
    #[must_use]
    pub fn is_measured(&self) -> bool {
        match self.course {
            Course::Stands => self.outage().is_some(),
            Course::LedBack(_) => true,
            Course::Apart => false,
        }
    }

    /// For how long the two worked with different secrets: at least, and at
    /// most. An Immich that is restarted for it works with the new one once it
    /// answers again. Until then a login failed at its end.
    #[must_use]
    pub fn outage(&self) -> Option<(Duration, Duration)> {
        let (one, other) = (self.authentik?, self.immich?);
        let at_least = one.from.saturating_sub(other.to).max(other.from.saturating_sub(one.to));
        let at_most = one.to.saturating_sub(other.from).max(other.to.saturating_sub(one.from));
        Some((at_least, at_most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(from: u64, to: u64) -> Between {
        Between { from: Duration::from_millis(from), to: Duration::from_millis(to) }
    }

    #[test]
    fn an_outage_is_as_long_as_the_two_may_have_been_apart() {
        let ms = Duration::from_millis;
        let outage = |authentik, immich| {
            let (authentik, immich) = (Some(authentik), Some(immich));
            SwitchView { authentik, immich, ..SwitchView::default() }.outage().unwrap()
        };
        assert_eq!(outage(between(10, 30), between(50, 80)), (ms(20), ms(70)));
        assert_eq!(outage(between(50, 80), between(10, 30)), (ms(20), ms(70)));
        // They may have changed over at the same moment.
        assert_eq!(outage(between(10, 30), between(20, 25)), (ms(0), ms(15)));
        assert_eq!(SwitchView::default().outage(), None);
    }
}
