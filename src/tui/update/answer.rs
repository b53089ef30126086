//! Answers to the question on the screen.

use super::{say, send};
use crate::{
    tui::{action::Deed, refusal::Refusal, state::State},
    wizard::{Answer, Command, PromptKind, Verdict},
};

/// Answers the prompt on the screen.
pub(super) fn answer(state: &mut State, answer: Answer) -> Vec<Deed> {
    let Some(id) = state.prompt().map(|prompt| prompt.id) else { return Vec::new() };
    state.answered = Some(id);
    state.overlay = None;
    send(Command::Answer(id, answer))
}

pub(super) fn submit(state: &mut State) -> Vec<Deed> {
    match state.prompt().map(|prompt| &prompt.kind) {
        Some(PromptKind::Text { value, check, .. }) => {
            let text = state.line.value().trim().to_owned();
            let takes_default = text.is_empty() && !value.is_empty();
            match check.accept(&text) {
                Err(why) if !takes_default => {
                    state.refused = Some(why.into());
                    Vec::new()
                }
                _ => answer(state, Answer::Text(text)),
            }
        }
        Some(PromptKind::Hidden) if state.hidden.count() == 0 => {
            state.refused = Some(Refusal::Empty);
            Vec::new()
        }
        Some(PromptKind::Hidden) if state.hidden.is_too_long() => {
            state.refused = Some(Refusal::NoSecret);
            Vec::new()
        }
        Some(PromptKind::Hidden) => {
            let secret = state.hidden.take();
            answer(state, Answer::Hidden(secret))
        }
        _ => Vec::new(),
    }
}

pub(super) fn pick(state: &mut State, index: usize) -> Vec<Deed> {
    let key = match state.prompt().map(|prompt| &prompt.kind) {
        Some(PromptKind::Choice { options, .. }) => options.get(index).map(|option| option.key),
        _ => None,
    };
    let Some(key) = key else { return Vec::new() };
    state.chosen = index;
    answer(state, Answer::Choice(key))
}

pub(super) fn move_choice(state: &mut State, down: bool) -> Vec<Deed> {
    if let Some(PromptKind::Choice { options, .. }) = state.prompt().map(|prompt| &prompt.kind) {
        let last = options.len().saturating_sub(1);
        state.chosen =
            if down { (state.chosen + 1).min(last) } else { state.chosen.saturating_sub(1) };
    }
    Vec::new()
}

/// Says yes or no to a plan. Yes counts only for the plan that the screen
/// really shows, and not at once: one that came in since the last drawing was
/// not seen, and one that is there for a blink was not read. A yes that does
/// not count is answered with the reason.
pub(super) fn decide(state: &mut State, verdict: Verdict) -> Vec<Deed> {
    let Some(PromptKind::Decide { plan }) = state.prompt().map(|prompt| &prompt.kind) else {
        return Vec::new();
    };
    let plan = plan.digest.clone();
    if verdict == Verdict::Perform
        && let Some(why) = no_yes_yet(state, &plan)
    {
        say(state, why.into());
        return Vec::new();
    }
    answer(state, Answer::Decide { plan, verdict })
}

/// Why a yes to the plan of that digest does not count now.
fn no_yes_yet(state: &State, plan: &str) -> Option<&'static str> {
    if state.overlay.is_some() {
        Some(word!("Esc closes this page; y then performs the change."))
    } else if state.field.is_some() {
        Some(word!("Esc leads back to the question; y then performs the change."))
    } else if state.drawn.plan.as_deref() != Some(plan) || !state.plan_was_read() {
        Some(word!("This plan came just now: read it, then press y."))
    } else {
        None
    }
}
