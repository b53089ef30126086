//! Plans: what a step would do, as a list of effects with a digest that names
//! exactly this list.

use data_encoding::HEXLOWER;
use ring::digest;
use serde::{Deserialize, Serialize};

use super::{Answer, StepId, Verdict, effect::Effect};
use crate::secret::Known;

/// What a step would do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    step: StepId,
    effects: Vec<Effect>,
}

impl Plan {
    /// The plan of a step. Effects hold what live was when they were made, so
    /// that another live gives another digest.
    pub(super) const fn new(step: StepId, effects: Vec<Effect>) -> Self {
        Self { step, effects }
    }

    /// The step.
    #[must_use]
    pub const fn step(&self) -> StepId {
        self.step
    }

    /// The effects, in their order.
    #[must_use]
    pub fn effects(&self) -> &[Effect] {
        &self.effects
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.effects.is_empty()
    }

    /// Names exactly this plan: 128 bits of its SHA-256. Empty where the plan
    /// cannot be written as JSON; an empty name confirms nothing.
    #[must_use]
    pub fn digest(&self) -> String {
        serde_json::to_vec(self).map_or_else(
            |_| String::new(),
            |text| HEXLOWER.encode(&digest::digest(&digest::SHA256, &text).as_ref()[..16]),
        )
    }

    /// Whether a text in it, such as an old value, holds one of these secrets.
    pub(super) fn holds_one_of(&self, known: &Known) -> bool {
        serde_json::to_string(self).is_ok_and(|text| known.is_in(&text))
    }

    /// Turns the plan into what can be performed, if `decision` was about this
    /// very plan; else gives it back.
    pub(super) fn confirmed_by(self, decision: &Decision) -> Result<Confirmed, Self> {
        let own = self.digest();
        if !own.is_empty() && decision.plan == own { Ok(Confirmed(self)) } else { Err(self) }
    }
}

/// An operator's decision to perform one plan. It can only be made from what
/// the operator answered, or from a plan file that was handed over for it.
#[derive(Debug)]
pub(super) struct Decision {
    plan: String,
}

impl Decision {
    /// The decision that an answer holds, if it is one to perform.
    pub(super) fn of(answer: &Answer) -> Option<Self> {
        match answer {
            Answer::Decide { plan, verdict: Verdict::Perform } => Some(Self { plan: plan.clone() }),
            _ => None,
        }
    }

    /// The decision of an operator who reviewed `plan` in a file and told this
    /// program to apply that file.
    pub(super) fn of_reviewed(plan: &Plan) -> Self {
        Self { plan: plan.digest() }
    }
}

/// A plan that the operator decided to perform. The engine performs nothing
/// else, and only a `Decision` about that very plan makes one: the field is
/// private to this module, so that the compiler guards it.
///
/// ```compile_fail
/// // There is no way around the operator.
/// let plan: immich_sso::wizard::Plan = todo!();
/// let confirmed = immich_sso::wizard::Confirmed(plan);
/// ```
#[derive(Debug)]
pub struct Confirmed(Plan);

impl Confirmed {
    /// What was confirmed.
    pub(super) const fn plan(&self) -> &Plan {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wizard::Key;

    fn plan(services: &[&str]) -> Plan {
        let services = services.iter().map(ToString::to_string).collect();
        let restart = Effect::Restart { folder: "/opt/immich".into(), services, by_hand: false };
        Plan::new(StepId::Restart, vec![restart])
    }

    fn answer(plan: &Plan, verdict: Verdict) -> Answer {
        Answer::Decide { plan: plan.digest(), verdict }
    }

    #[test]
    fn only_a_decision_about_this_very_plan_confirms_it() {
        let shown = plan(&["immich-server"]);
        let moved = plan(&["immich-server", "immich-microservices"]);
        let decision = Decision::of(&answer(&shown, Verdict::Perform)).unwrap();
        assert_eq!(moved.clone().confirmed_by(&decision).unwrap_err(), moved);
        assert_eq!(shown.clone().confirmed_by(&decision).unwrap().plan(), &shown);
    }

    #[test]
    fn no_other_answer_is_a_decision_to_perform() {
        let shown = plan(&["immich-server"]);
        for other in [answer(&shown, Verdict::Skip), Answer::Choice(Key::Y), Answer::Back] {
            assert!(Decision::of(&other).is_none(), "{other:?}");
        }
    }
}
