//! What an effect found and left, beside what it was to find and leave.

use serde_json::Value;

use crate::{
    site::{Fault, FaultKind},
    wizard::effect::{EffectFailure, Fields, Thing},
};

/// A fault that came after the effect was taken: it is done, or may be.
pub(in crate::wizard) fn sent(fault: Fault) -> Fault {
    Fault { kind: FaultKind::NotKept, ..fault }
}

/// Refuses when a field is no longer what it was when the plan was made.
pub(in crate::wizard) fn unmoved(thing: Thing, before: &Fields, now: &Fields) -> Result<(), Fault> {
    let same = before.iter().all(|(key, value)| says(now.get(key).unwrap_or(&Value::Null), value));
    if same { Ok(()) } else { Err(moved(thing)) }
}

pub(in crate::wizard) fn moved(thing: Thing) -> Fault {
    Fault::of(&EffectFailure::Moved, say!("change {thing}", thing))
}

/// A server that says yes to a change and then has no such object did not keep
/// it; nobody else changed anything.
pub(in crate::wizard) fn not_there(thing: Thing) -> Fault {
    Fault::of(&EffectFailure::NotThere(thing), read_back(thing))
}

/// The same of what was to be made.
pub(in crate::wizard) fn not_made(thing: Thing) -> Fault {
    Fault::of(&EffectFailure::NotMade(thing), read_back(thing))
}

fn read_back(thing: Thing) -> String {
    say!("read {thing} back", thing)
}

/// authentik ignores what it does not know without a word: every field that
/// was sent must be there.
pub(in crate::wizard) fn compare(
    thing: Thing,
    sent: &Fields,
    now: &Fields,
    rest: bool,
) -> Result<(), Fault> {
    let lost: Vec<String> = sent
        .iter()
        .filter(|(key, value)| !says(now.get(*key).unwrap_or(&Value::Null), value))
        .map(|(key, _)| key.clone())
        .collect();
    if lost.is_empty() && rest {
        return Ok(());
    }
    let failure = if lost.is_empty() {
        EffectFailure::RestNotAsSent
    } else {
        EffectFailure::FieldsNotAsSent(lost)
    };
    Err(Fault::of(&failure, read_back(thing)))
}

/// Whether an answer says what was sent: lists in any order, and objects with
/// whatever the server adds to them.
pub(in crate::wizard) fn says(answer: &Value, sent: &Value) -> bool {
    match (answer, sent) {
        (Value::Array(answer), Value::Array(sent)) => {
            answer.len() == sent.len()
                && sent.iter().all(|item| answer.iter().any(|other| says(other, item)))
        }
        (Value::Object(answer), Value::Object(sent)) => {
            sent.iter().all(|(key, value)| answer.get(key).is_some_and(|other| says(other, value)))
        }
        _ => answer == sent,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_says_what_was_sent_in_any_order_and_with_more_beside_it() {
        let sent = json!([{"url": "a"}, {"url": "b"}]);
        assert!(says(&json!([{"url": "b", "type": "x"}, {"url": "a", "type": "x"}]), &sent));
        assert!(!says(&json!([{"url": "b"}]), &sent));
        assert!(!says(&json!([{"url": "b"}, {"url": "c"}]), &sent));
    }
}
