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
    /// The outage of a switch that stands, in words; `None`: it does not stand.
    #[must_use]
    pub fn spelled(&self) -> Option<String> {
        if self.course != Course::Stands {
            return None;
        }
        let Some((at_least, at_most)) = self.outage() else { return Some("not known".into()) };
        let asked = match self.probes {
            0 => "by the answers to both writes".into(),
            probes => format!("asked {probes} times meanwhile"),
        };
        Some(if at_least.is_zero() {
            format!("at most {} ms ({asked})", ms(at_most))
        } else {
            format!("{} to {} ms ({asked})", ms(at_least), ms(at_most))
        })
    }

    /// What it meant for logins, in a sentence.
    #[must_use]
    pub fn told(&self) -> Option<String> {
        match self.course {
            Course::Stands if !self.is_measured() => Some(
                "For how long logins could fail is not known: not both sides were seen to change."
                    .into(),
            ),
            Course::Stands => {
                self.spelled().map(|outage| format!("Logins could fail for {outage}."))
            }
            Course::LedBack(after) => Some(format!(
                "It was led back. Logins could fail for at most {} ms: then both sides were seen \
                 to hold the old secret again.",
                ms(after)
            )),
            Course::Apart => Some(
                "It did not come off: logins can fail until both sides hold the same secret."
                    .into(),
            ),
        }
    }

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

fn ms(time: Duration) -> u128 {
    time.as_micros().div_ceil(1000)
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

    #[test]
    fn outage_that_was_not_observed_is_not_known() {
        let half = SwitchView { authentik: Some(between(10, 30)), ..SwitchView::default() };
        assert!(!half.is_measured());
        assert_eq!(half.spelled().as_deref(), Some("not known"));
        let told = half.told().unwrap();
        assert!(told.contains("is not known"), "{told}");
    }

    #[test]
    fn what_was_led_back_is_not_told_as_if_it_had_stood() {
        let both = Some(between(10, 30));
        let switch = |course| SwitchView { authentik: both, immich: both, probes: 9, course };
        let told = |course| switch(course).told().unwrap();
        assert_eq!(
            told(Course::Stands),
            "Logins could fail for at most 20 ms (asked 9 times meanwhile)."
        );
        let back = Course::LedBack(Duration::from_micros(1_800_100));
        assert!(told(back).contains("at most 1801 ms"), "{}", told(back));
        assert_eq!(switch(back).spelled(), None);
        assert!(told(Course::Apart).contains("until both sides hold the same"));
    }
}
