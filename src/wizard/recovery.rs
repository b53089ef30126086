//! Recovery: what was begun and of which nobody wrote how it ended, because the
//! run was killed, the machine lost its power or an answer got lost. Live says
//! what became of it, and the journal gets it.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::{
    AgainPick, Fate, Key, Note, OnPick, Outcome, RunTopic, Task, UndoNote, UndoPick, access,
    desk::{Desk, Interrupt, Menu, Retry},
    effect::Effect,
    journal::Seq,
    record::{self, Became, Begun},
    rotation,
    systems::Systems,
    undo::{self, Sight, Stands},
};
use crate::site::{Fault, System};

/// What became of one effect.
#[derive(Clone, Debug)]
struct Finding {
    seq: Seq,
    run: String,
    at: Timestamp,
    /// How it ended.
    outcome: Outcome,
    /// To be told.
    note: UndoNote,
}

/// How long it may take to look what became of what was begun.
pub(super) const AT_MOST: Duration = Duration::from_mins(1);

/// What the operator wants after a run that was cut short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// To go on from here.
    GoOn,
    /// To take that run back.
    TakeBack,
}

/// Tells what an earlier run left unfinished, and asks what is to come of it.
/// Nothing is asked where everything was finished.
pub(super) async fn begin(desk: &mut Desk, systems: &mut Systems) -> Result<Wish, Interrupt> {
    rotation(desk, systems).await?;
    if !is_open(systems) {
        return Ok(Wish::GoOn);
    }
    if needs_host(systems) {
        access::open_host(desk, systems, access::HostNeed::Settings).await?;
    }
    let findings = loop {
        let what = Task::SettlingLastRun;
        let fault = match desk.bounded(System::Workstation, what, AT_MOST, find(systems)).await {
            Ok(findings) => match note(systems, &findings) {
                Ok(()) => break findings,
                Err(fault) => fault,
            },
            Err(stop) => stop.fault()?,
        };
        let go_on = (Key::G, OnPick::Unseen);
        let retry = Retry::new(RunTopic::CutShortUnseen, AgainPick::Look, go_on);
        if !retry.ask(desk, fault).await? {
            return Ok(Wish::GoOn);
        }
    };
    if findings.is_empty() {
        return Ok(Wish::GoOn);
    }
    let rows = record::rows(systems.history());
    desk.show(|snapshot| snapshot.journal = rows);
    let at = findings.first().map_or_else(|| systems.clock.now(), |finding| finding.at);
    let run = findings.first().map(|finding| finding.run.as_str());
    let possible = undo::possible_runs(systems);
    let can_undo = run.zip(possible).is_some_and(|(run, possible)| possible.has(run));
    let menu = Menu::new(RunTopic::CutShort { at })
        .option(Key::G, OnPick::FromHere, Wish::GoOn)
        .option_if(can_undo, Key::U, UndoPick::ThatRun, Wish::TakeBack)
        .helps(findings.iter().map(|finding| finding.note.clone()));
    desk.pick(menu).await
}

/// Looks what became of what a rotation began, and notes it. Which way it goes
/// on is asked where its stages are known.
async fn rotation(desk: &mut Desk, systems: &mut Systems) -> Result<(), Interrupt> {
    let open = rotation::open(systems.history());
    if open.is_empty() {
        return Ok(());
    }
    if open.iter().any(|(_, effect)| effect.step() == super::StepId::Set) {
        access::open_host(desk, systems, access::HostNeed::Settings).await?;
    }
    let what = Task::SettlingLastRotation;
    let settled = desk.work(what, AT_MOST, Box::pin(rotation::settle_open(systems))).await?;
    if let Err(unseen) = settled {
        tracing::debug!(%unseen, "what became of it cannot be seen yet");
    }
    let rows = record::rows(systems.history());
    desk.show(|snapshot| snapshot.journal = rows);
    Ok(())
}

/// Looks, and notes what was found, without asking anybody: for runs without an
/// operator, and right after something went wrong. What is found is returned.
pub(super) async fn settle(systems: &mut Systems) -> Result<Vec<Note>, Fault> {
    // What cannot be seen now keeps nobody from the rest.
    if !rotation::open(systems.history()).is_empty()
        && let Err(unseen) = rotation::settle_open(systems).await
    {
        tracing::debug!(%unseen, "what became of a rotation cannot be seen yet");
    }
    if !is_open(systems) {
        return Ok(Vec::new());
    }
    let findings = find(systems).await?;
    note(systems, &findings)?;
    Ok(findings.into_iter().map(|finding| finding.note.into()).collect())
}

fn is_open(systems: &Systems) -> bool {
    record::begun(systems.history()).iter().any(is_ours)
}

/// Whether it is open and looked after here: what a rotation left is settled
/// where its stages are known.
fn is_ours(begun: &Begun<'_>) -> bool {
    begun.is_open() && !matches!(begun.value(), Some(Effect::Rotation(_)))
}

fn needs_host(systems: &Systems) -> bool {
    record::begun(systems.history())
        .iter()
        .filter(|begun| is_ours(begun))
        .filter_map(Begun::value)
        .any(|effect| {
            effect.step() == super::StepId::Settings || matches!(effect, Effect::Unlink { .. })
        })
}

async fn find(systems: &Systems) -> Result<Vec<Finding>, Fault> {
    let all = record::begun(systems.history());
    let mut findings = Vec::new();
    for begun in all.iter().filter(|begun| is_ours(begun)) {
        findings.push(match begun.value() {
            Some(effect) => match access::became(systems, begun, &effect).await {
                Some(looked) => match looked? {
                    Some(became) => finding(&all, begun, &became),
                    // Whoever may see it will say.
                    None => continue,
                },
                None => one(systems, &all, begun, &effect).await?,
            },
            None => finding(&all, begun, &Became::of(Fate::OtherRelease)),
        });
    }
    Ok(findings)
}

async fn one(
    systems: &Systems,
    all: &[Begun<'_>],
    begun: &Begun<'_>,
    effect: &Effect,
) -> Result<Finding, Fault> {
    let became = match effect {
        Effect::SetSecretAside { fingerprint, .. } => {
            let kept = systems.vault()?.list().await?;
            let kept = kept.iter().any(|(_, known)| known.to_string() == *fingerprint);
            Became::of(if kept { Fate::SecretKept } else { Fate::SecretNotKept })
        }
        Effect::Restart { .. } => Became::of(Fate::RestartDue),
        Effect::TakeBack { of, .. } => {
            let taken = all.iter().find(|other| other.seq == *of);
            Became::of(match taken.and_then(|taken| Some((taken, taken.value()?))) {
                Some((taken, effect)) => {
                    match undo::look(systems, taken, &effect).await?.stands() {
                        Stands::AsBefore => Fate::Undone,
                        Stands::AsLeft | Stands::Otherwise => Fate::NotUndone,
                    }
                }
                None => Fate::UndoneUnknown,
            })
        }
        _ => seen(begun, &undo::look(systems, begun, effect).await?),
    };
    Ok(finding(all, begun, &became))
}

/// What live says of an effect that leaves something behind.
fn seen(begun: &Begun<'_>, sight: &Sight) -> Became {
    let system = begun.effect.system;
    let fate = match sight.stands() {
        Stands::AsBefore => Fate::NotDone(system),
        Stands::AsLeft => Fate::Done(system),
        Stands::Otherwise => Fate::ChangedSince(system),
    };
    Became::of(fate).made(sight.made.map(Value::from))
}

fn finding(all: &[Begun<'_>], begun: &Begun<'_>, became: &Became) -> Finding {
    let note = UndoNote::CutShort { act: record::act(begun, all), fate: became.fate.clone() };
    let outcome = became.outcome(begun);
    Finding { seq: begun.seq, run: begun.run.to_owned(), at: begun.at, outcome, note }
}

fn note(systems: &mut Systems, findings: &[Finding]) -> Result<(), Fault> {
    for finding in findings {
        systems.journal()?.end(finding.seq, finding.outcome.clone())?;
    }
    Ok(())
}
