//! Effects in the journal: how they get in, and how they are read again.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Act, ActOutcome, Done, DoneNote, EffectRecord, Entry, Fate, JournalRow, NoUndo, Outcome,
    Record, UndoView,
    effect::Effect,
    journal::{JournalFailure, Seq, SetUp},
};
use crate::{
    secret::Secret,
    site::{Fault, FaultKind, System, UniformFailure},
};

/// What became of an effect that was begun and cut short, as the next look found
/// it.
#[derive(Clone, Debug)]
pub(super) struct Became {
    /// What is to be told.
    pub(super) fate: Fate,
    /// The primary key of what is there; `None`: nothing is.
    pub(super) made: Option<Value>,
    /// The fingerprint of the token or key that is kept since.
    pub(super) key: Option<String>,
}

impl Became {
    /// Nothing that has a key or a number.
    pub(super) const fn of(fate: Fate) -> Self {
        Self { fate, made: None, key: None }
    }

    /// The same with what is there.
    pub(super) fn made(self, made: Option<Value>) -> Self {
        Self { made, ..self }
    }

    /// How what was begun there ended, for the journal.
    pub(super) fn outcome(&self, begun: &Begun<'_>) -> Outcome {
        if self.fate.is_done() {
            Done { made: self.made.clone(), key: self.key.clone(), ..DoneNote::FoundDone.into() }
                .outcome()
        } else {
            Outcome::Failed { fault: not_done(begun.outcome, self.fate.is_seen()) }
        }
    }
}

/// What to tell of something of which nobody knew how it ended, and which a look, if
/// there was one, did not find done.
pub(super) fn not_done(before: Option<&Outcome>, looked: bool) -> Fault {
    let not_done = match before {
        Some(Outcome::Unknown { fault }) if !fault.answer.is_empty() => {
            NotDone::Answered { answer: fault.answer.clone(), looked }
        }
        _ => NotDone::CutShort { looked },
    };
    Fault::of(&not_done, say!("finish it"))
}

/// Something was begun, and live shows nothing of it.
#[derive(Debug, thiserror::Error)]
enum NotDone {
    /// Nobody wrote how it ended.
    #[error("{}", if *looked {
        say!("cut short, and not done, as the next look showed")
    } else {
        say!("cut short; whether it was done is not known")
    })]
    CutShort {
        /// Whether what it would have left was looked for.
        looked: bool,
    },
    /// The other side gave an answer that left it open, or none.
    #[error("{}", if *looked {
        say!("{answer}; not done, as the next look showed", answer = .answer)
    } else {
        say!("{answer}; whether it was done is not known", answer = .answer)
    })]
    Answered {
        /// What came back.
        answer: String,
        /// Whether what it would have left was looked for.
        looked: bool,
    },
}

impl UniformFailure for NotDone {
    const SYSTEM: System = System::Workstation;
    const KIND: FaultKind = FaultKind::Cancelled;

    fn hint(&self) -> String {
        String::new()
    }
}

/// What the journal keeps of an effect that is about to begin.
///
/// # Errors
/// When the effect cannot be written down; then it must not begin.
pub(super) fn record(effect: &Effect, secret: Option<&Secret>) -> Result<EffectRecord, Fault> {
    let body = serde_json::to_value(effect)
        .map_err(|error| Fault::of(&JournalFailure::NoJson(error), say!("write the journal")))?;
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
        Ok(done) => done.outcome(),
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
    let all = begun(entries);
    let shown = all.iter().map(|begun| (begun.seq, row(begun, &all)));
    let mut rows: Vec<_> = shown.chain(entries.iter().filter_map(gap)).collect();
    rows.sort_by_key(|(seq, _)| *seq);
    rows.into_iter().map(|(_, row)| row).collect()
}

fn row(begun: &Begun<'_>, all: &[Begun<'_>]) -> JournalRow {
    JournalRow {
        run: begun.run.to_owned(),
        at: begun.at,
        system: begun.effect.system,
        act: act(begun, all),
        outcome: act_outcome(begun.outcome),
        undo: undo(begun),
    }
}

/// What was done, as far as this release knows such effects.
pub(super) fn act(begun: &Begun<'_>, all: &[Begun<'_>]) -> Act {
    if let Some(effect) = begun.value() {
        let leads_back = begun.effect.undoes.is_some() && matches!(effect, Effect::Rotation(_));
        let effect = Box::new(effect);
        return if leads_back { Act::GoBack(effect) } else { Act::Effect(effect) };
    }
    let undone = begun.effect.undoes.filter(|_| begun.effect.body.is_null());
    let undone = undone.and_then(|of| all.iter().find(|other| other.seq == of)?.value());
    undone.map_or_else(
        || Act::Words(begun.effect.what.clone()),
        |effect| Act::CountAsUndone(Box::new(effect)),
    )
}

fn act_outcome(outcome: Option<&Outcome>) -> ActOutcome {
    match outcome {
        None => ActOutcome::NotWritten,
        Some(Outcome::Done { evidence }) => done(evidence),
        Some(Outcome::Failed { fault }) => ActOutcome::Failed(fault.clone()),
        Some(Outcome::Unknown { fault }) => ActOutcome::Unknown(fault.clone()),
    }
}

/// Under which key the journal keeps why there was nothing to undo.
pub(super) const NOTHING: &str = "nothing";

fn done(evidence: &Value) -> ActOutcome {
    let nothing = evidence.get(NOTHING).cloned();
    if let Some(why) = nothing.and_then(|why| serde_json::from_value(why).ok()) {
        return ActOutcome::NothingToUndo(why);
    }
    // Earlier releases wrote words, and nothing else where that was all.
    let said = evidence.get("said").unwrap_or(evidence);
    ActOutcome::Done(serde_json::from_value(said.clone()).ok())
}

/// The place where lines are missing.
fn gap(entry: &Entry) -> Option<(Seq, JournalRow)> {
    let Record::Cut { found, written } = entry.record else { return None };
    let row = JournalRow {
        run: format!("gap-{}", entry.seq.0),
        at: entry.at,
        system: System::Workstation,
        act: Act::GoOnWithoutLines,
        outcome: ActOutcome::LinesLeft { found, written },
        undo: UndoView::None(NoUndo::LinesMissing),
    };
    Some((entry.seq, row))
}

fn undo(begun: &Begun<'_>) -> UndoView {
    if let Some(at) = begun.taken_back {
        return UndoView::TakenBack(at);
    }
    if begun.effect.undoes.is_some() {
        return UndoView::None(NoUndo::UndoesAnother);
    }
    if begun.is_not_done() {
        return UndoView::None(NoUndo::NotDone);
    }
    match begun.value() {
        Some(effect) if effect.can_be_taken_back() => UndoView::Possible(effect.undo()),
        Some(effect) => UndoView::None(NoUndo::Effect(effect.undo())),
        None => UndoView::None(NoUndo::OtherRelease),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_later_release_it_is_known_that_it_was_done() {
        let evidence = serde_json::json!({"said": {"kind": "later", "more": 1}, "made": 7});
        assert_eq!(done(&evidence), ActOutcome::Done(None));
    }
}

/// Old words can be read in every build, so that they differ where ours cannot.
#[cfg(test)]
#[cfg(not(scrambled))]
mod first_format {
    use std::{fs, path::Path};

    use super::*;
    use crate::text;

    /// What screens show of a stored journal.
    fn shown(name: &str) -> Vec<(String, String)> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/stored");
        let lines = fs::read_to_string(folder.join(name)).unwrap();
        let entries: Vec<Entry> =
            lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let row = |row: JournalRow| (text::act(&row.act), text::act_outcome(&row.outcome));
        rows(&entries).into_iter().map(row).collect()
    }

    #[test]
    fn words_of_the_first_format_are_those_of_the_second() {
        let all = ["adopted", "changed", "complete", "cut", "rebuilt", "renewed", "rotated"];
        for name in all {
            let first = shown(&format!("journal-{name}.jsonl"));
            assert!(!first.is_empty(), "{name}");
            assert_eq!(first, shown(&format!("journal-{name}-2.jsonl")), "{name}");
        }
    }
}
