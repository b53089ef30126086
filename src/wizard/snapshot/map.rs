//! The map: the roads between browser, Immich, authentik and the host, and what
//! was really checked on each of them. A light that is off was not checked;
//! nothing lights up because it is likely.
//!
//! This machine stands in for the browser: it looks up the same name, opens the
//! same connection and begins the same login, from where it is.

use jiff::Timestamp;

use super::{LiveValue, Proof, Sign, Snapshot};
use crate::{
    site::{Fault, Reading, System},
    wizard::{Point, Road},
};

/// What came of a check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Light {
    /// Nobody checked.
    #[default]
    Off,
    /// It was checked and is as it should be.
    Good {
        /// What shows it.
        sign: Sign,
        /// When.
        at: Timestamp,
    },
    /// It was checked and is not.
    Bad {
        /// What came back instead.
        why: Fault,
        /// When.
        at: Timestamp,
    },
    /// There is nothing to check here, and why.
    NotNeeded(Sign),
}

impl From<&Reading<LiveValue>> for Light {
    /// What a look found, as a light.
    fn from(reading: &Reading<LiveValue>) -> Self {
        match reading {
            Reading::Known { value, at, .. } => {
                Self::Good { sign: Sign::Live(value.clone()), at: *at }
            }
            Reading::Failed { why, at, .. } => Self::Bad { why: why.clone(), at: *at },
            Reading::Unknown | Reading::Reading { .. } => Self::Off,
        }
    }
}

/// What was checked on all roads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MapView {
    lights: Vec<(Road, Point, Light)>,
}

impl MapView {
    /// The light at a point of a road.
    #[must_use]
    pub fn light(&self, road: Road, point: Point) -> &Light {
        static OFF: Light = Light::Off;
        self.lights
            .iter()
            .find(|(at, on, _)| (*at, *on) == (road, point))
            .map_or(&OFF, |(_, _, light)| light)
    }

    /// Does something with every light.
    pub(in crate::wizard) fn each_light(&mut self, mut each: impl FnMut(&mut Light)) {
        self.lights.iter_mut().for_each(|(_, _, light)| each(light));
    }

    /// Whether anything was checked.
    #[must_use]
    pub fn is_dark(&self) -> bool {
        self.lights.iter().all(|(_, _, light)| *light == Light::Off)
    }

    /// Lights a point, or puts its light out.
    pub fn set(&mut self, road: Road, point: Point, light: Light) {
        match self.lights.iter_mut().find(|(at, on, _)| (*at, *on) == (road, point)) {
            Some((_, _, old)) => *old = light,
            None => self.lights.push((road, point, light)),
        }
    }

    /// Lights a point by the outcome of a check.
    pub(in crate::wizard) fn checked(
        &mut self,
        road: Road,
        point: Point,
        outcome: Result<impl Into<Sign>, Fault>,
    ) {
        match outcome {
            Ok(sign) => {
                self.set(road, point, Light::Good { sign: sign.into(), at: Timestamp::now() });
            }
            Err(why) => self.broken(road, point, why),
        }
    }

    /// A check failed there.
    pub(in crate::wizard) fn broken(&mut self, road: Road, point: Point, why: Fault) {
        self.set(road, point, Light::Bad { why, at: Timestamp::now() });
    }

    /// Takes in proofs. Where several speak of one point, one that does not
    /// hold is what counts.
    pub(in crate::wizard) fn proved(&mut self, proofs: &[Proof]) {
        let mut told: Vec<(Road, Point)> = Vec::new();
        for proof in proofs {
            let Some((road, point)) = proof.on else { continue };
            let first = !told.contains(&(road, point));
            let claim = proof.what.clone();
            match (&proof.outcome, self.light(road, point).clone()) {
                (Ok(_), Light::Bad { .. }) if !first => {}
                (
                    Ok(_),
                    Light::Good { sign: Sign::Proved { claim: other, evidence, mut also }, .. },
                ) if !first => {
                    also.push(claim);
                    let sign = Sign::Proved { claim: other, evidence, also };
                    self.checked(road, point, Ok(sign));
                }
                (Ok(evidence), _) => {
                    let evidence = evidence.clone();
                    let sign = Sign::Proved { claim, evidence, also: Vec::new() };
                    self.checked(road, point, Ok(sign));
                }
                (Err(why), _) => self.broken(road, point, why.clone()),
            }
            told.push((road, point));
        }
    }

    /// Puts out what lies on a road behind the first point that is bad: nobody
    /// comes there now.
    pub(in crate::wizard) fn darken_behind_break(&mut self, road: Road) {
        let mut broken = false;
        for point in road.points() {
            if broken && !matches!(self.light(road, *point), Light::NotNeeded(_)) {
                self.set(road, *point, Light::Off);
            }
            broken |= matches!(self.light(road, *point), Light::Bad { .. });
        }
    }

    /// Puts out what was checked before a change at that system.
    pub(in crate::wizard) fn outdate(&mut self, system: System) {
        for (_, point, light) in &mut self.lights {
            if point.depends_on(system) {
                *light = Light::Off;
            }
        }
    }
}

impl Snapshot {
    /// The first light of a road that is bad, and where it stands.
    #[must_use]
    pub fn break_on(&self, road: Road) -> Option<(Point, &Fault)> {
        road.points().iter().find_map(|point| match self.map.light(road, *point) {
            Light::Bad { why, .. } => Some((*point, why)),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        site::FaultKind,
        wizard::{CheckId, Claim, Evidence},
    };

    fn proof(what: &str, holds: bool) -> Proof {
        let fault = Fault::new(System::Authentik, FaultKind::Refused, what);
        Proof {
            what: Claim::Checked { check: CheckId::RedirectUris, of: what.to_owned() },
            outcome: if holds { Ok(Evidence::ClientIsKnown) } else { Err(fault) },
            on: Some((Road::BrowserToAuthentik, Point::RedirectUris)),
        }
    }

    fn light(map: &MapView) -> &Light {
        map.light(Road::BrowserToAuthentik, Point::RedirectUris)
    }

    #[test]
    fn one_broken_proof_of_several_is_what_counts() {
        for order in [[true, false, true], [false, true, true], [true, true, false]] {
            let mut map = MapView::default();
            map.proved(&order.map(|holds| proof("a redirect URI", holds)));
            assert!(matches!(light(&map), Light::Bad { .. }), "{order:?}");
            // Proved anew, it is mended.
            map.proved(&[proof("a redirect URI", true), proof("another", true)]);
            assert!(matches!(light(&map), Light::Good { .. }));
        }
    }

    #[test]
    fn a_change_puts_out_what_was_proved_before_it_and_no_more() {
        let mut map = MapView::default();
        map.proved(&[proof("a redirect URI", true)]);
        map.checked(Road::BrowserToAuthentik, Point::Name, Ok(Sign::AddressIsNumber));
        map.outdate(System::Immich);
        assert!(matches!(light(&map), Light::Good { .. }));
        map.outdate(System::Authentik);
        assert_eq!(light(&map), &Light::Off);
        assert_ne!(map.light(Road::BrowserToAuthentik, Point::Name), &Light::Off);
    }
}
