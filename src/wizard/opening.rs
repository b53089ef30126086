//! The opening of a run on a site that is known: what changed since last time,
//! in plain words, and which steps that asks for.

mod told;

use std::time::Duration;

use super::{
    Changed, FitPick, Key, LeavePick, LinkNote, OnPick, RunTopic, StepId, StepState, Task,
    UndoPick, access,
    desk::{Desk, Interrupt, Menu},
    links,
    look::Look,
    looking,
    record::{self, Begun},
    stale::{self, Links},
    steps,
    systems::Systems,
    undo,
};
use crate::{
    secret::{Fingerprint, Label},
    site::FaultKind,
};
use told::{Changes, changes};

/// How long a glance may take: one that takes longer is none.
const AT_MOST: Duration = Duration::from_secs(20);

/// What the operator wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// To walk, past these steps, which have nothing to do.
    Walk(Vec<StepId>),
    /// To try the login alone.
    TryLogin,
    /// To take the last run back.
    TakeBack,
    /// To leave everything as it is.
    Finish,
}

/// A glance at a site that is probably as it was: everything is asked for at
/// once, with the tokens that are kept and the releases of last time, and shown if
/// all is as wanted. `false`:
/// it is not all as wanted, or not as it was; then it is looked at with care.
pub(super) async fn glance(desk: &mut Desk, systems: &mut Systems) -> Result<bool, Interrupt> {
    let is_open = record::begun(systems.history()).iter().any(Begun::is_open);
    if systems.seen.memory.is_none() || is_open || systems.vault().is_err() {
        return Ok(false);
    }
    // Links that were left stale are told of until they are in order.
    let stale = systems.seen.memory.as_ref().and_then(|memory| memory.saw.stale_links);
    if stale.is_some_and(|count| count > 0) {
        return Ok(false);
    }
    // Whatever is wrong shows again where it is looked at with care.
    let glanced = match systems.presume().await {
        Ok(true) => {
            let what = Task::Glancing;
            // Which token is in use is no reason to look at anything with care.
            let both = async { tokio::join!(as_wanted(systems), access::read_token(systems)) };
            desk.work(what, AT_MOST, Box::pin(both)).await
        }
        _ => Ok((false, None)),
    };
    match glanced {
        Ok((true, token)) => {
            systems.show_presumed(desk);
            access::put_token(desk, systems, token);
            Ok(true)
        }
        Ok((false, _)) => {
            systems.forget_presumed();
            Ok(false)
        }
        Err(other) => {
            systems.forget_presumed();
            Err(other)
        }
    }
}

async fn as_wanted(systems: &Systems) -> bool {
    let (presumed, looks) =
        tokio::join!(systems.are_as_presumed(), Box::pin(steps::look_at_fields(systems)));
    let clean = |(_, look): &(StepId, Look)| look.effects.is_empty() && look.blockers.is_empty();
    presumed.is_ok_and(|same| same) && looks.iter().all(clean) && !systems.restart_is_due()
}

/// Asks what is to be done where a glance saw that all is as wanted.
pub(super) async fn nothing_to_do(desk: &mut Desk, systems: &Systems) -> Result<Wish, Interrupt> {
    for id in steps::with_fields() {
        desk.show_step(id, |step| step.state = StepState::Done);
    }
    ask(desk, systems, &[], Vec::new(), Changes::default()).await
}

/// Looks at everything at once, says what changed, and asks what is to be done.
pub(super) async fn begin(desk: &mut Desk, systems: &mut Systems) -> Result<Wish, Interrupt> {
    let looks = looking::look_at_all(desk, systems).await?;
    let (mut needed, mut clean) = (Vec::new(), Vec::new());
    for (id, look) in &looks {
        if look.effects.is_empty() && look.blockers.is_empty() {
            clean.push(*id);
            desk.show_step(*id, |step| step.state = StepState::Done);
        } else {
            needed.push(*id);
        }
    }
    if systems.restart_is_due() {
        needed.push(StepId::Restart);
    }
    // Nothing is missing: no later run continues the one before.
    if needed.is_empty()
        && let Err(fault) = systems.finish_set_up()
    {
        tracing::debug!(%fault, "the journal does not say that the set-up is complete");
    }
    let mut told = changes(systems, &looks, &kept(systems).await);
    for line in accounts(desk, systems).await? {
        told.changed(systems, line);
    }
    if !systems.seen.links.stale.is_empty() {
        needed.push(StepId::Login);
    }
    ask(desk, systems, &needed, clean, told).await
}

/// What Immich's accounts are linked to, where that has to be told.
async fn accounts(desk: &mut Desk, systems: &mut Systems) -> Result<Vec<LinkNote>, Interrupt> {
    let what = Task::ReadingLinks;
    systems.seen.links = Links::of(desk.work(what, AT_MOST, links::look(systems)).await?);
    if let Some(fault) = &systems.seen.links.unseen {
        let is_news = fault.kind == FaultKind::NotAllowed && systems.authentik_was_rebuilt();
        return Ok(is_news.then_some(LinkNote::UnseenAfterRebuild).into_iter().collect());
    }
    systems.seen.saw.stale_links = Some(systems.seen.links.stale.len());
    Ok(stale::told(&systems.profile, &systems.seen.links.stale))
}

async fn ask(
    desk: &mut Desk,
    systems: &Systems,
    needed: &[StepId],
    clean: Vec<StepId>,
    told: Changes,
) -> Result<Wish, Interrupt> {
    let all = Wish::Walk(Vec::new());
    let menu = if needed.is_empty() {
        Menu::new(RunTopic::NothingToDo)
            .option(Key::T, FitPick::TestLogin, Wish::TryLogin)
            .option(Key::W, OnPick::WalkAllVerifying, all)
            .option(Key::F, LeavePick::Finish, Wish::Finish)
    } else {
        let changed = match (&systems.seen.memory, told.since) {
            (Some(memory), things @ 1..) => Some(Changed { things, since: memory.at }),
            _ => None,
        };
        Menu::new(RunTopic::StepsNeeded { changed, steps: needed.to_vec() })
            .option(Key::G, OnPick::ToNeeded, Wish::Walk(clean))
            .option(Key::W, OnPick::WalkAll, all)
            .option(Key::F, LeavePick::Everything, Wish::Finish)
    };
    let is_possible = undo::is_possible(systems);
    let menu = menu.option_if(is_possible, Key::U, UndoPick::LastRun, Wish::TakeBack);
    desk.pick(menu.helps(told.lines).refreshes()).await
}

/// What the secret store knows; nothing, where it cannot be read.
async fn kept(systems: &Systems) -> Vec<(Label, Fingerprint)> {
    match systems.vault() {
        Ok(vault) => vault.list().await.unwrap_or_default(),
        Err(_) => Vec::new(),
    }
}
