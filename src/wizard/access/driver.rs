//! How the right to work on a server is got, whichever server it is: what is kept
//! is tried, and else the operator signs in once or pastes a token or key.

use futures::future::BoxFuture;

use super::{hidden, may_send};
use crate::{
    secret::{Label, Secret},
    site::System,
    wizard::{
        AccessNote, AccessPick, AccessTopic, Key, RightPick, Task,
        desk::{Desk, Interrupt, Menu, Question, Stop},
        systems::Systems,
    },
};

/// What comes of an attempt to get it.
pub(super) type Got<'a> = BoxFuture<'a, Result<(), Stop>>;

/// The right to work on one of the servers: a token, a key.
pub(super) trait Right: Sync {
    /// Where it is given.
    fn system(&self) -> System;

    /// Under which label it is kept.
    fn label(&self) -> Label;

    /// What the operator may pick.
    fn picks(&self) -> Picks;

    /// Whether the operator goes without it, where that is possible.
    fn goes_without<'a>(&self, systems: &'a mut Systems) -> Option<&'a mut bool>;

    /// Checks what somebody gave, and works with it from then on.
    fn take<'a>(&'a self, desk: &'a mut Desk, systems: &'a mut Systems, with: Secret) -> Got<'a>;

    /// Signs the operator in and makes one.
    fn make<'a>(&'a self, desk: &'a mut Desk, systems: &'a mut Systems) -> Got<'a>;
}

/// What the operator may pick to get it.
pub(super) struct Picks {
    /// What is kept.
    pub(super) kept: RightPick,
    /// To sign in once.
    pub(super) sign_in: RightPick,
    /// To paste it.
    pub(super) paste: RightPick,
    /// What asks for it then.
    pub(super) pasted: AccessTopic,
    /// To go without.
    pub(super) without: Option<RightPick>,
}

/// How the operator gets to it.
#[derive(Clone, Copy, Debug)]
enum How {
    Kept,
    SignIn,
    Paste,
    Without,
}

/// Asks until it is there, or asks nothing where what is kept works, unless the
/// operator came to look through it `again`.
pub(super) async fn open(
    right: &dyn Right,
    desk: &mut Desk,
    systems: &mut Systems,
    again: bool,
) -> Result<(), Interrupt> {
    if again && let Some(goes_without) = right.goes_without(systems) {
        *goes_without = false;
    }
    let (works, mut trouble) = match kept(right, desk, systems).await {
        Ok(true) if !again => return Ok(()),
        Ok(works) => (works, None),
        Err(stop) => (false, Some(stop.fault()?)),
    };
    loop {
        let picks = right.picks();
        let mut menu = Menu::new(AccessTopic::HowToWork(right.system()))
            .option_if(works, Key::U, AccessPick::Right(picks.kept), How::Kept)
            .option(Key::S, AccessPick::Right(picks.sign_in), How::SignIn)
            .option(Key::P, AccessPick::Right(picks.paste), How::Paste);
        if let Some(without) = picks.without {
            menu = menu.option(Key::W, AccessPick::Right(without), How::Without);
        }
        let outcome = match desk.pick(menu.about(trouble.take()).can_go_back()).await? {
            How::Kept => return Ok(()),
            How::SignIn => right.make(desk, systems).await,
            How::Paste => paste(right, desk, systems).await,
            How::Without => {
                if let Some(goes_without) = right.goes_without(systems) {
                    *goes_without = true;
                }
                return Ok(());
            }
        };
        match outcome {
            Ok(()) => return Ok(()),
            Err(Stop::Fault(fault)) => trouble = Some(fault),
            Err(Stop::Interrupt(Interrupt::Back | Interrupt::Cancel)) => {}
            Err(Stop::Interrupt(other)) => return Err(other),
        }
    }
}

/// Tries what is kept. `false`: there is none.
pub(super) async fn kept(
    right: &dyn Right,
    desk: &mut Desk,
    systems: &mut Systems,
) -> Result<bool, Stop> {
    if right.goes_without(systems).is_some_and(|goes_without| *goes_without) {
        return Ok(true);
    }
    let vault = systems.vault()?.clone();
    let read = vault.get(right.label());
    let Some(kept) = desk.work(Task::ReadingStore, vault.at_most(), read).await?? else {
        return Ok(false);
    };
    if !may_send(desk, systems, right.system()).await? {
        return Ok(false);
    }
    right.take(desk, systems, kept).await?;
    Ok(true)
}

async fn paste(right: &dyn Right, desk: &mut Desk, systems: &mut Systems) -> Result<(), Stop> {
    let place = systems.vault()?.place();
    let question =
        Question::hidden(right.picks().pasted).help(AccessNote::PastedIsKept(place)).can_go_back();
    let pasted = hidden(desk, question).await?;
    right.take(desk, systems, pasted.clone()).await?;
    Ok(systems.keep(desk, right.label(), pasted).await?)
}

/// The fingerprint of what is kept under a label.
pub(super) async fn in_place(
    desk: &mut Desk,
    systems: &Systems,
    label: Label,
) -> Result<Option<String>, Interrupt> {
    let Ok(vault) = systems.vault().cloned() else { return Ok(None) };
    let kept = desk.work(Task::ReadingStore, vault.at_most(), vault.get(label)).await?;
    Ok(kept.ok().flatten().map(|secret| secret.fingerprint().to_string()))
}
