//! Changes that no look at a step planned, confirmed on a step's card.

use std::time::Duration;

use crate::wizard::{
    Note, StepId, Topic,
    desk::{Desk, Interrupt, Question, Stop},
    effect::Effect,
    perform,
    plan::{Decision, Plan},
    systems::Systems,
};

/// How long the plan may stand before it is made anew.
const LOOK_AGAIN: Duration = Duration::from_mins(10);

/// Puts effects that no look at the step planned to the operator, on that
/// step's card, and performs them once confirmed.
pub(in crate::wizard) async fn confirm(
    desk: &mut Desk,
    systems: &mut Systems,
    on: StepId,
    effects: Vec<Effect>,
    notes: Vec<Note>,
    topic: impl Into<Topic>,
) -> Result<(), Stop> {
    let topic = topic.into();
    let plan = Plan::new(on, effects);
    let view = plan.view(systems);
    desk.show_step(on, |step| {
        step.plan = Some(view.clone());
        step.notes = notes;
    });
    let answer = loop {
        let asked = Question::decide(topic.clone(), view.clone(), LOOK_AGAIN).can_go_back();
        match desk.ask(asked).await {
            Err(Interrupt::Refresh) => {}
            other => break other,
        }
    };
    desk.show_step(on, |step| {
        step.plan = None;
        step.notes.clear();
    });
    let decision = Decision::of(&answer?).ok_or(Interrupt::Back)?;
    let confirmed = plan.confirmed_by(&decision).map_err(|_| Interrupt::Back)?;
    Ok(perform::perform(desk, systems, confirmed).await?)
}
