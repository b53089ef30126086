//! What an effect found and left, beside what it was to find and leave.

use serde_json::Value;

use crate::{
    site::{Fault, FaultKind, System},
    wizard::effect::Fields,
};

/// A fault that came after the effect was taken: it is done, or may be.
pub(in crate::wizard) fn sent(fault: Fault) -> Fault {
    Fault { kind: FaultKind::NotKept, ..fault }
}

/// Refuses when a field is no longer what it was when the plan was made.
pub(in crate::wizard) fn unmoved(what: &str, before: &Fields, now: &Fields) -> Result<(), Fault> {
    let same = before.iter().all(|(key, value)| says(now.get(key).unwrap_or(&Value::Null), value));
    if same { Ok(()) } else { Err(moved(what)) }
}

pub(in crate::wizard) fn moved(what: &str) -> Fault {
    Fault::new(System::Authentik, FaultKind::Moved, format!("change {what}"))
        .answered("somebody changed it since the plan was made; nothing was sent")
        .remedy("Look again: the new state is read and planned anew.")
}

/// A server that says yes to a change and then has no such object did not keep
/// it; nobody else changed anything.
pub(in crate::wizard) fn not_there(what: &str, accepted: &str) -> Fault {
    Fault::new(System::Authentik, FaultKind::NotKept, format!("read {what} back"))
        .answered(format!("authentik accepted {accepted}, and {what} is not there"))
        .remedy("Look again. If it stays so, look into authentik's log: it does not store what it accepts.")
}

/// authentik ignores what it does not know without a word: every field that
/// was sent must be there.
pub(in crate::wizard) fn compare(
    what: &str,
    sent: &Fields,
    now: &Fields,
    rest: bool,
) -> Result<(), Fault> {
    let lost: Vec<&str> = sent
        .iter()
        .filter(|(key, value)| !says(now.get(*key).unwrap_or(&Value::Null), value))
        .map(|(key, _)| key.as_str())
        .collect();
    if lost.is_empty() && rest {
        return Ok(());
    }
    let names = if lost.is_empty() { "its secret or provider".to_owned() } else { lost.join(", ") };
    Err(Fault::new(System::Authentik, FaultKind::NotKept, format!("read {what} back"))
        .answered(format!("not as sent: {names}"))
        .remedy("Look again. If it stays so, this authentik release treats the field differently: please report it with its version."))
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
