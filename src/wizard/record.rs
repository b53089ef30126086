//! Effects in the journal: how they get in, and how they are read again.

use serde_json::{Value, json};

use super::{EffectRecord, Entry, JournalRow, Outcome, Record, effect::Effect, journal::Seq};
use crate::site::{Fault, FaultKind, System};

/// What the journal keeps of an effect that is about to begin.
///
/// # Errors
/// When the effect cannot be written down; then it must not begin.
pub(super) fn record(effect: &Effect) -> Result<EffectRecord, Fault> {
    let body = serde_json::to_value(effect).map_err(|error| {
        Fault::new(System::Workstation, FaultKind::Unexpected, "write the journal")
            .answered(error.to_string())
    })?;
    Ok(EffectRecord { system: effect.system(), what: effect.to_string(), undoes: None, body })
}

/// What the journal keeps of how it ended. After a lost connection nobody
/// knows whether it was performed.
pub(super) fn outcome(outcome: &Result<String, Fault>) -> Outcome {
    match outcome {
        Ok(evidence) => Outcome::Done { evidence: json!(evidence) },
        Err(fault) if matches!(fault.kind, FaultKind::Lost | FaultKind::Late) => {
            Outcome::Unknown { fault: fault.clone() }
        }
        Err(fault) => Outcome::Failed { fault: fault.clone() },
    }
}

/// The journal as the screen shows it, oldest first.
pub(super) fn rows(entries: &[Entry]) -> Vec<JournalRow> {
    begun(entries)
        .map(|(entry, effect, outcome)| JournalRow {
            at: entry.at,
            system: effect.system,
            what: effect.what.clone(),
            outcome: match outcome {
                None => "begun, and not known how it ended".into(),
                Some(Outcome::Done { evidence: Value::String(text) }) => text.clone(),
                Some(other) => other.to_string(),
            },
        })
        .collect()
}

/// The effects that were performed, oldest first.
pub(super) fn done(entries: &[Entry]) -> impl Iterator<Item = Effect> {
    begun(entries)
        .filter(|(_, _, outcome)| matches!(outcome, Some(Outcome::Done { .. })))
        .filter_map(|(_, effect, _)| serde_json::from_value(effect.body.clone()).ok())
}

fn begun(entries: &[Entry]) -> impl Iterator<Item = (&Entry, &EffectRecord, Option<&Outcome>)> {
    entries.iter().filter_map(|entry| match &entry.record {
        Record::Begin { effect, .. } => Some((entry, effect, ending(entries, entry.seq))),
        Record::End { .. } => None,
    })
}

fn ending(entries: &[Entry], begun: Seq) -> Option<&Outcome> {
    entries.iter().find_map(|entry| match &entry.record {
        Record::End { of, outcome } if *of == begun => Some(outcome),
        _ => None,
    })
}
