//! Effects in the journal: how they get in, and how they are read again.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    EffectRecord, Entry, JournalRow, Outcome, Record, UndoView,
    effect::{Done, Effect},
    journal::{Seq, SetUp},
};
use crate::{
    secret::Secret,
    site::{Fault, FaultKind, System},
};

/// What the journal keeps of an effect that is about to begin.
///
/// # Errors
/// When the effect cannot be written down; then it must not begin.
pub(super) fn record(effect: &Effect, secret: Option<&Secret>) -> Result<EffectRecord, Fault> {
    let body = serde_json::to_value(effect).map_err(|error| {
        Fault::new(System::Workstation, FaultKind::Unexpected, "write the journal")
            .answered(error.to_string())
    })?;
    let undoes = match effect {
        Effect::TakeBack { of, .. } => Some(*of),
        _ => None,
    };
    let secret = secret.map(|secret| secret.fingerprint().to_string());
    Ok(EffectRecord { system: effect.system(), what: effect.to_string(), undoes, secret, body })
}

/// What the journal keeps of how it ended. After a lost connection nobody
/// knows whether it was performed.
pub(super) fn outcome(outcome: &Result<Done, Fault>) -> Outcome {
    match outcome {
        Ok(Done { said, made: None, exact: false, .. }) => Outcome::Done { evidence: json!(said) },
        Ok(Done { said, made: Some(made), key: None, .. }) => {
            Outcome::Done { evidence: json!({"said": said, "made": made}) }
        }
        Ok(Done { said, made: Some(made), key, .. }) => {
            Outcome::Done { evidence: json!({"said": said, "made": made, "key": key}) }
        }
        Ok(Done { said, exact, .. }) => {
            Outcome::Done { evidence: json!({"said": said, "exact": exact}) }
        }
        Err(fault) if may_be_done(fault) => Outcome::Unknown { fault: fault.clone() },
        Err(fault) => Outcome::Failed { fault: fault.clone() },
    }
}

/// Whether an effect that came back with this fault may have happened all the
/// same: the answer was lost, or what was read afterwards was not as sent. Only
/// a clear no of the other side is one.
const fn may_be_done(fault: &Fault) -> bool {
    !matches!(
        fault.kind,
        FaultKind::Refused
            | FaultKind::NotAllowed
            | FaultKind::NotSignedIn
            | FaultKind::NotFound
            | FaultKind::Locked
            | FaultKind::Cancelled
    )
}

/// An effect that was begun, as the journal tells of it.
#[derive(Clone, Debug)]
pub(super) struct Begun<'a> {
    /// The line that began it.
    pub(super) seq: Seq,
    /// When.
    pub(super) at: Timestamp,
    /// The run that it belongs to.
    pub(super) run: &'a str,
    /// The effect.
    pub(super) effect: &'a EffectRecord,
    /// How it ended. `None`: nobody wrote it.
    pub(super) outcome: Option<&'a Outcome>,
    /// When it was taken back.
    pub(super) taken_back: Option<Timestamp>,
}

impl Begun<'_> {
    /// The effect as a value. `None`: another release's.
    pub(super) fn value(&self) -> Option<Effect> {
        serde_json::from_value(self.effect.body.clone()).ok()
    }

    /// Whether it is known to have happened.
    pub(super) const fn is_done(&self) -> bool {
        matches!(self.outcome, Some(Outcome::Done { .. }))
    }

    /// Whether it is known not to have happened.
    pub(super) const fn is_not_done(&self) -> bool {
        matches!(self.outcome, Some(Outcome::Failed { .. }))
    }

    /// Whether nobody knows.
    pub(super) const fn is_open(&self) -> bool {
        matches!(self.outcome, None | Some(Outcome::Unknown { .. }))
    }

    /// Whether it was seen to leave everything as it was before what it undoes.
    pub(super) fn was_exact(&self) -> bool {
        match self.outcome {
            Some(Outcome::Done { evidence }) => evidence.get("exact") == Some(&Value::Bool(true)),
            _ => false,
        }
    }

    /// The primary key of what it made, if it did and that is known.
    pub(super) fn made(&self) -> Option<i64> {
        self.evidence("made")?.as_i64()
    }

    /// What is known since it was performed.
    pub(super) fn evidence(&self, of: &str) -> Option<&Value> {
        match self.outcome {
            Some(Outcome::Done { evidence }) => evidence.get(of),
            _ => None,
        }
    }
}

/// Everything that was begun, oldest first.
pub(super) fn begun(entries: &[Entry]) -> Vec<Begun<'_>> {
    let (mut found, mut places) = (Vec::<Begun<'_>>::new(), HashMap::new());
    for entry in entries {
        match &entry.record {
            Record::Begin { run, effect, .. } => {
                places.insert(entry.seq, found.len());
                found.push(Begun {
                    seq: entry.seq,
                    at: entry.at,
                    run,
                    effect,
                    outcome: None,
                    taken_back: None,
                });
            }
            Record::End { of, outcome } => {
                let Some(at) = places.get(of).copied() else { continue };
                found[at].outcome = Some(outcome);
                let undone = found[at].effect.undoes.filter(|_| found[at].is_done());
                if let Some(undone) = undone.and_then(|undone| places.get(&undone)) {
                    found[*undone].taken_back = Some(entry.at);
                }
            }
            Record::Finish { .. } | Record::Cut { .. } => {}
        }
    }
    found
}

/// Runs that are one to the operator: a set-up that was cut short, and those
/// that continued it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Runs(BTreeSet<String>);

impl Runs {
    /// The runs that `run` belongs to.
    pub(super) fn of(entries: &[Entry], run: &str) -> Self {
        let links: Vec<(&str, &str)> = entries
            .iter()
            .filter_map(|entry| match &entry.record {
                Record::Begin { run, set_up: Some(SetUp { resumes: Some(of) }), .. } => {
                    Some((run.as_str(), of.as_str()))
                }
                _ => None,
            })
            .collect();
        let mut runs = BTreeSet::from([run.to_owned()]);
        loop {
            let more: Vec<&str> = links
                .iter()
                .filter(|(one, other)| runs.contains(*one) != runs.contains(*other))
                .flat_map(|(one, other)| [*one, *other])
                .collect();
            if more.is_empty() {
                return Self(runs);
            }
            runs.extend(more.into_iter().map(str::to_owned));
        }
    }

    /// Whether a run is one of them.
    pub(super) fn has(&self, run: &str) -> bool {
        self.0.contains(run)
    }
}

/// The last set-up, if it did not come to its end.
pub(super) fn cut_short(entries: &[Entry]) -> Option<&str> {
    let last = entries.iter().rev().find_map(|entry| match &entry.record {
        Record::Begin { run, set_up: Some(_), .. } => Some(run.as_str()),
        _ => None,
    })?;
    let finished = |entry: &Entry| matches!(&entry.record, Record::Finish { run } if run == last);
    (!entries.iter().any(finished)).then_some(last)
}

/// The journal as the screen shows it, oldest first.
pub(super) fn rows(entries: &[Entry]) -> Vec<JournalRow> {
    let begun = begun(entries).into_iter().map(|begun| (begun.seq, row(&begun)));
    let mut rows: Vec<_> = begun.chain(entries.iter().filter_map(gap)).collect();
    rows.sort_by_key(|(seq, _)| *seq);
    rows.into_iter().map(|(_, row)| row).collect()
}

fn row(begun: &Begun<'_>) -> JournalRow {
    JournalRow {
        run: begun.run.to_owned(),
        at: begun.at,
        system: begun.effect.system,
        what: begun.effect.what.clone(),
        outcome: match begun.outcome {
            None => "begun, and not known how it ended".into(),
            Some(Outcome::Done { evidence }) => said(evidence),
            Some(other) => other.to_string(),
        },
        undo: undo(begun),
    }
}

/// The place where lines are missing.
fn gap(entry: &Entry) -> Option<(Seq, JournalRow)> {
    let Record::Cut { found, written } = entry.record else { return None };
    let row = JournalRow {
        run: format!("gap-{}", entry.seq.0),
        at: entry.at,
        system: System::Workstation,
        what: "Go on with a journal that lacks lines".into(),
        outcome: format!("{found} lines were left of {written}"),
        undo: UndoView::None("What the missing lines say cannot be undone from here.".into()),
    };
    Some((entry.seq, row))
}

fn said(evidence: &Value) -> String {
    let text = evidence.get("said").unwrap_or(evidence);
    text.as_str().map_or_else(|| "done".to_owned(), str::to_owned)
}

fn undo(begun: &Begun<'_>) -> UndoView {
    let none = |why: &str| UndoView::None(why.to_owned());
    if let Some(at) = begun.taken_back {
        return UndoView::TakenBack(at);
    }
    if begun.effect.undoes.is_some() {
        return none("It takes another one back.");
    }
    if begun.is_not_done() {
        return none("It was not performed.");
    }
    match begun.value() {
        Some(effect) if effect.can_be_taken_back() => UndoView::Possible(effect.undo()),
        Some(effect) => UndoView::None(effect.undo()),
        None => none("Another release of immich-sso did it; take it back with that one."),
    }
}

/// The effects that were performed, with when each was and which client secret
/// it was about, oldest first.
pub(super) fn done_at(entries: &[Entry]) -> Vec<(Timestamp, Effect, Option<String>)> {
    begun(entries)
        .into_iter()
        .filter(Begun::is_done)
        .filter_map(|begun| Some((begun.at, begun.value()?, begun.effect.secret.clone())))
        .collect()
}

/// The line that last began exactly this effect.
pub(super) fn last_begun(entries: &[Entry], effect: &Effect) -> Option<Seq> {
    let body = serde_json::to_value(effect).ok()?;
    begun(entries).iter().rev().find(|begun| begun.effect.body == body).map(|begun| begun.seq)
}
