//! What is asked about an effect before it is taken back: about what somebody
//! changed since, what still needs it, and what is in the way.

use super::{
    sight::Sight,
    target::{Came, Target},
    three::{Stands, Three},
};
use crate::{
    site::{Fault, FaultKind, System},
    wizard::{
        AgainPick, EffectRecord, Key, LeavePick, NothingToUndo, Outcome, UndoPick, UndoTopic,
        access,
        desk::{Desk, Interrupt, Menu, Stop},
        effect::Effect,
        record,
        systems::Systems,
    },
};

/// What to do where live is not as the effect left it.
pub(super) enum Conflict {
    PutBack,
    Leave,
    LookAgain,
}

impl Conflict {
    /// What comes of it; to put back is noted, and looked at once more.
    pub(super) const fn taken_as(self, agreed: &mut bool) -> Option<Came> {
        match self {
            Self::PutBack => {
                *agreed = true;
                None
            }
            Self::Leave => Some(Came::Left),
            Self::LookAgain => None,
        }
    }
}

pub(super) async fn conflict(
    desk: &mut Desk,
    effect: &Effect,
    sight: &Sight,
) -> Result<Conflict, Interrupt> {
    let moved = sight.threes.iter().filter(|three| three.stands == Stands::Otherwise);
    let menu = Menu::new(UndoTopic::ChangedSince { effect: Box::new(effect.clone()) })
        .option(Key::A, LeavePick::Changed, Conflict::Leave)
        .option(Key::B, UndoPick::PutBackBefore, Conflict::PutBack)
        .option(Key::R, AgainPick::Look, Conflict::LookAgain)
        .helps(moved.map(Three::note));
    desk.pick(menu).await
}

/// Whether to undo what Immich still logs in through. Enter leaves it: a login
/// that works is not to break by the way.
pub(super) async fn half(desk: &mut Desk, fault: &Fault) -> Result<Conflict, Interrupt> {
    let menu = Menu::new(UndoTopic::LoginsWouldFail)
        .option(Key::A, LeavePick::Logins, Conflict::Leave)
        .option(Key::R, AgainPick::LookOnceOauthIsOff, Conflict::LookAgain)
        .option(Key::B, UndoPick::Anyway, Conflict::PutBack)
        .about(fault.clone());
    desk.pick(menu).await
}

/// Nothing is to be taken back: that is told, and noted once the operator has
/// seen it.
pub(super) async fn nothing(
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
    let noted = EffectRecord {
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
    journal.end(begun, Outcome::Done { evidence })?;
    Ok(())
}

/// What to do where an undo does not work.
enum Trouble {
    SignIn(System),
    LookAgain,
    Leave,
}

/// It did not work, or something is in the way. `None`: look again.
pub(super) async fn trouble(
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
        System::Immich => access::open_immich_session(desk, systems).await,
        _ => access::borrow_session(desk, systems).await,
    }
}
