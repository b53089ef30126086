//! Undo: the last run that is not taken back yet is taken back, effect by
//! effect, the newest first. What takes an effect back is planned from what live
//! says now, shown, confirmed and journalled like any other change; where live
//! is no longer what the effect left, the operator sees all three values and
//! decides.

mod access;
mod authentik;
mod failure;
mod halves;
mod links;
mod look;
mod ours;
mod remains;
mod secret;
mod settings;
mod sight;
mod three;

use std::{collections::BTreeSet, time::Duration};

use super::{
    AgainPick, Key, LeavePick, NothingToUndo, PlanView, StepId, StepState, Tally, Task, UndoNote,
    UndoPick, UndoTopic, access as opened,
    desk::{Desk, Interrupt, Menu, Question, Stop},
    effect::{Effect, Inverse, RotationEffect},
    journal::Seq,
    plan::{Decision, Plan},
    record::{self, Begun, Runs},
    systems::Systems,
};
use crate::site::{Fault, FaultKind, System};

pub(super) use access::to_remove as access_to_remove;
pub(super) use look::look;
pub(super) use sight::Sight;
pub(super) use three::Stands;

/// How long a look at one effect may take.
const AT_MOST: Duration = Duration::from_mins(1);

/// How long a plan may stand on the screen before live is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// An effect that is to be taken back.
#[derive(Clone, Debug)]
struct Target {
    seq: Seq,
    effect: Effect,
}

/// How one of them came out.
enum Came {
    Back,
    Left,
}

/// The rotation of the client secret since the last change that undo would take
/// back: when it was, whether it is finished, and when that change was made. A
/// rotation is not undone here: it has a way back of its own.
pub(super) fn rotated_since(systems: &Systems) -> Option<UndoTopic> {
    let all = record::begun(systems.history());
    let target = all.iter().rev().find(|begun| is_target(begun))?;
    let since = all.iter().rev().take_while(|begun| begun.seq > target.seq);
    let (rotated, finished) = since.filter(|begun| !begun.is_not_done()).find_map(|begun| {
        let Effect::Rotation(effect) = begun.value()? else { return None };
        let ends = match effect {
            RotationEffect::Promote { .. } => begun.is_done(),
            RotationEffect::Create
            | RotationEffect::Recall { .. }
            | RotationEffect::SwitchAuthentik { .. }
            | RotationEffect::SwitchImmich { .. } => false,
            _ => return None,
        };
        Some((begun.at, ends))
    })?;
    Some(UndoTopic::RotatedSince { rotated, finished, made: target.at })
}

/// Takes the last run back that is not taken back yet.
pub(super) async fn last_run(desk: &mut Desk, systems: &mut Systems) -> Result<Tally, Interrupt> {
    let mut tally = Tally::default();
    let mut left = BTreeSet::new();
    let Some(runs) = possible_runs(systems) else { return Ok(tally) };
    while let Some(target) = next(systems, &runs, &left) {
        match take_back(desk, systems, &target).await? {
            Came::Back => tally.taken_back += 1,
            Came::Left => {
                left.insert(target.seq);
                tally.left += 1;
            }
        }
    }
    systems.give_back_session().await;
    let what = Task::LookingWhatRemains;
    tally.remains = desk.work(what, AT_MOST, remains::remains(systems, &runs)).await?;
    if tally.left == 0
        && let Err(fault) = systems.finish_set_up()
    {
        tracing::debug!(%fault, "the journal does not say that nothing is left of the set-up");
    }
    Ok(tally)
}

/// Removes what one effect made to give this program access. `false`: it was
/// left.
pub(super) async fn take_access_back(
    desk: &mut Desk,
    systems: &mut Systems,
    seq: Seq,
) -> Result<bool, Interrupt> {
    let all = record::begun(systems.history());
    let effect = all.iter().find(|begun| begun.seq == seq).and_then(Begun::value);
    let Some(effect) = effect else { return Ok(false) };
    let came = Box::pin(take_back(desk, systems, &Target { seq, effect })).await?;
    Ok(matches!(came, Came::Back))
}

/// Whether there is a run to take back.
pub(super) fn is_possible(systems: &Systems) -> bool {
    possible_runs(systems).is_some()
}

fn is_target(begun: &Begun<'_>) -> bool {
    begun.taken_back.is_none()
        && !begun.is_not_done()
        && begun.effect.undoes.is_none()
        && begun.value().is_some_and(|effect| effect.can_be_taken_back())
}

/// The runs that would be taken back, as one: that of the newest effect that can
/// be, and those that it continued or that continued it.
pub(super) fn possible_runs(systems: &Systems) -> Option<Runs> {
    let all = record::begun(systems.history());
    let newest = all.iter().rev().find(|begun| is_target(begun))?;
    Some(Runs::of(systems.history(), newest.run))
}

/// The newest effect of these runs that is not taken back and was not left.
fn next(systems: &Systems, runs: &Runs, left: &BTreeSet<Seq>) -> Option<Target> {
    let all = record::begun(systems.history());
    let found = all
        .iter()
        .rev()
        .find(|begun| runs.has(begun.run) && is_target(begun) && !left.contains(&begun.seq))?;
    Some(Target { seq: found.seq, effect: found.value()? })
}

/// Takes one effect back, or leaves it.
async fn take_back(
    desk: &mut Desk,
    systems: &mut Systems,
    target: &Target,
) -> Result<Came, Interrupt> {
    let step = target.effect.step();
    desk.show(|snapshot| snapshot.here = step);
    let (mut agreed, mut halves) = (false, false);
    let came = loop {
        if !matches!(target.effect, Effect::Unlink { .. }) && !target.effect.gives_access() {
            opened::open_host(desk, systems, opened::HostNeed::Settings).await?;
        }
        if matches!(target.effect, Effect::Unlink { .. }) {
            opened::open_host(desk, systems, opened::HostNeed::Accounts).await?;
        }
        let sight = match sight(desk, systems, target).await {
            Ok(sight) => sight,
            Err(stop) => match trouble(desk, systems, &stop.fault()?, target).await? {
                Some(came) => break came,
                None => continue,
            },
        };
        let plan = sight.inverse.clone().map(|inverse| plan(step, target.seq, &sight, inverse));
        let asks = plan.as_ref().filter(|_| sight.obstacle.is_none());
        show(desk, step, target, &sight, asks.map(|plan| plan.view(systems)));
        if let Some(fault) = &sight.obstacle {
            match trouble(desk, systems, fault, target).await? {
                Some(came) => break came,
                None => continue,
            }
        }
        let Some(plan) = plan else {
            if nothing(desk, systems, target, &sight).await? {
                break Came::Back;
            }
            break Came::Left;
        };
        if sight.stands() == Stands::Otherwise && !agreed {
            match conflict(desk, &target.effect, &sight).await? {
                Conflict::PutBack => agreed = true,
                Conflict::Leave => break Came::Left,
                Conflict::LookAgain => {}
            }
            continue;
        }
        if let Some(fault) = sight.half.as_ref().filter(|_| !halves) {
            match half(desk, fault).await? {
                Conflict::PutBack => halves = true,
                Conflict::Leave => break Came::Left,
                Conflict::LookAgain => {}
            }
            continue;
        }
        (agreed, halves) = (false, false);
        let topic = UndoTopic::Effect { effect: Box::new(target.effect.clone()) };
        let asked = Question::decide(topic, plan.view(systems), LOOK_AGAIN);
        let answer = match desk.ask(asked).await {
            Ok(answer) => answer,
            Err(Interrupt::Refresh) => continue,
            Err(other) => return Err(other),
        };
        let Some(decision) = Decision::of(&answer) else { break Came::Left };
        let Ok(confirmed) = plan.confirmed_by(&decision) else { continue };
        match crate::wizard::perform::perform(desk, systems, confirmed).await {
            Ok(()) => break Came::Back,
            Err(fault) => {
                if let Some(came) = trouble(desk, systems, &fault, target).await? {
                    break came;
                }
            }
        }
    };
    clear(desk, step);
    Ok(came)
}

/// Looks what became of the effect.
async fn sight(desk: &mut Desk, systems: &Systems, target: &Target) -> Result<Sight, Stop> {
    let all = record::begun(systems.history());
    let Some(begun) = all.iter().find(|begun| begun.seq == target.seq) else {
        return Ok(Sight::default());
    };
    let what = Task::Settling(Box::new(target.effect.clone()));
    Ok(desk.work(what, AT_MOST, look(systems, begun, &target.effect)).await??)
}

/// The effects that take one back; somebody else's secret is kept before.
fn plan(step: StepId, of: Seq, sight: &Sight, inverse: Inverse) -> Plan {
    let mut effects: Vec<Effect> = sight.aside.clone().into_iter().collect();
    effects.push(Effect::TakeBack { of, inverse });
    Plan::new(step, effects)
}

/// Puts what was seen on the card of the step.
fn show(desk: &mut Desk, step: StepId, target: &Target, sight: &Sight, view: Option<PlanView>) {
    desk.show_step(step, |card| {
        card.fields = sight.threes.iter().map(three::Three::row).collect();
        card.live.clear();
        card.proofs.clear();
        card.blockers = sight.obstacle.clone().into_iter().collect();
        card.notes.clone_from(&sight.notes);
        card.notes.insert(0, UndoNote::Did(Box::new(target.effect.clone())).into());
        if sight.stands() == Stands::Otherwise {
            let moved = sight.threes.iter().filter(|three| three.stands == Stands::Otherwise);
            card.notes.extend(moved.map(three::Three::note));
        }
        card.plan = view;
        card.state = StepState::Differs;
    });
}

/// Leaves a card that has to be looked at anew.
fn clear(desk: &mut Desk, step: StepId) {
    desk.show_step(step, |card| {
        card.fields.clear();
        card.notes.clear();
        card.blockers.clear();
        card.plan = None;
        card.state = StepState::ToDo;
    });
}

/// What to do where live is not as the effect left it.
enum Conflict {
    PutBack,
    Leave,
    LookAgain,
}

async fn conflict(desk: &mut Desk, effect: &Effect, sight: &Sight) -> Result<Conflict, Interrupt> {
    let moved = sight.threes.iter().filter(|three| three.stands == Stands::Otherwise);
    let menu = Menu::new(UndoTopic::ChangedSince { effect: Box::new(effect.clone()) })
        .option(Key::A, LeavePick::Changed, Conflict::Leave)
        .option(Key::B, UndoPick::PutBackBefore, Conflict::PutBack)
        .option(Key::R, AgainPick::Look, Conflict::LookAgain)
        .helps(moved.map(three::Three::note));
    desk.pick(menu).await
}

/// Whether to undo what Immich still logs in through. Enter leaves it: a login
/// that works is not to break by the way.
async fn half(desk: &mut Desk, fault: &Fault) -> Result<Conflict, Interrupt> {
    let menu = Menu::new(UndoTopic::LoginsWouldFail)
        .option(Key::A, LeavePick::Logins, Conflict::Leave)
        .option(Key::R, AgainPick::LookOnceOauthIsOff, Conflict::LookAgain)
        .option(Key::B, UndoPick::Anyway, Conflict::PutBack)
        .about(fault.clone());
    desk.pick(menu).await
}

/// Nothing is to be taken back: that is told, and noted once the operator has
/// seen it.
async fn nothing(
    desk: &mut Desk,
    systems: &mut Systems,
    target: &Target,
    sight: &Sight,
) -> Result<bool, Interrupt> {
    let why = sight.nothing.clone();
    let why = why.unwrap_or_else(|| NothingToUndo::Effect(target.effect.undo()));
    let topic = UndoTopic::NothingToUndo { why: why.clone() };
    desk.pick(Menu::new(topic).option(Key::G, UndoPick::CountAsUndone, ())).await?;
    let noted = note(systems, target, &why, sight.exact);
    let rows = record::rows(systems.history());
    desk.show(|snapshot| snapshot.journal = rows);
    Ok(noted.is_ok())
}

/// Notes that an effect counts as taken back. Nothing is sent to anybody.
fn note(
    systems: &mut Systems,
    target: &Target,
    why: &NothingToUndo,
    exact: bool,
) -> Result<(), Fault> {
    let noted = super::EffectRecord {
        system: target.effect.system(),
        what: say!("Take back: {effect}", effect = &target.effect),
        undoes: Some(target.seq),
        secret: None,
        body: serde_json::Value::Null,
    };
    let run = systems.log.run.clone();
    let journal = systems.journal()?;
    let begun = journal.begin(&run, noted)?;
    let evidence = serde_json::json!({record::NOTHING: why, "exact": exact});
    journal.end(begun, super::Outcome::Done { evidence })?;
    Ok(())
}

/// What to do where an undo does not work.
enum Trouble {
    SignIn(System),
    LookAgain,
    Leave,
}

/// It did not work, or something is in the way. `None`: look again.
async fn trouble(
    desk: &mut Desk,
    systems: &mut Systems,
    fault: &Fault,
    target: &Target,
) -> Result<Option<Came>, Interrupt> {
    let signs_in = signing_in_helps(&target.effect, fault);
    // That this takes an administrator is no failure: it is so by intent.
    let goes_without = signs_in.is_none_or(|system| systems.is_signed_in(system));
    let mut refusal = Some(fault.clone()).filter(|_| goes_without);
    loop {
        let topic = match signs_in {
            Some(system) if refusal.is_none() => UndoTopic::NeedsAdministrator(system),
            _ => UndoTopic::Failed,
        };
        let mut menu = Menu::new(topic);
        if let Some(system) = signs_in {
            let pick = match system {
                System::Immich => UndoPick::SignInAtImmich,
                _ => UndoPick::SignInAtAuthentik,
            };
            menu = menu.option(Key::S, pick, Trouble::SignIn(system));
        }
        let menu = menu
            .option(Key::R, AgainPick::LookUnconfirmed, Trouble::LookAgain)
            .option(Key::A, LeavePick::This, Trouble::Leave)
            .about(refusal.clone());
        match desk.pick(menu).await? {
            Trouble::SignIn(system) => match sign_in(desk, systems, system).await {
                Ok(()) => return Ok(None),
                Err(Stop::Fault(fault)) => refusal = Some(fault),
                Err(Stop::Interrupt(Interrupt::Back | Interrupt::Cancel)) => {}
                Err(Stop::Interrupt(other)) => return Err(other),
            },
            Trouble::Leave => return Ok(Some(Came::Left)),
            Trouble::LookAgain => return Ok(None),
        }
    }
}

/// Where signing in helps: this program's own token deletes nothing but itself,
/// and a key does not delete keys.
fn signing_in_helps(effect: &Effect, fault: &Fault) -> Option<System> {
    let deletes =
        matches!(effect, Effect::CreateProvider { .. } | Effect::CreateApplication { .. });
    let may = match fault.kind {
        FaultKind::NotAllowed => deletes || effect.gives_access(),
        FaultKind::NotSignedIn => effect.gives_access(),
        _ => false,
    };
    may.then_some(fault.system)
}

async fn sign_in(desk: &mut Desk, systems: &mut Systems, at: System) -> Result<(), Stop> {
    match at {
        System::Immich => opened::open_immich_session(desk, systems).await,
        _ => opened::borrow_session(desk, systems).await,
    }
}
