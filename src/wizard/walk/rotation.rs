//! What a rotation says and asks between its stages.

mod ending;
mod revoke;

pub(super) use ending::summary;
pub(super) use revoke::revocation;

use std::time::Instant;

use crate::{
    secret::Label,
    site::System,
    wizard::{
        About, AgainPick, BackTo, Key, LeavePick, OnPick, RotationNote, RotationPick,
        RotationTopic, StepId, StepState, Task, access,
        desk::{Desk, Interrupt, Menu, unless_failed},
        login,
        look::When,
        looking,
        rotation::{self, Phase, Standing},
        setup::Purpose,
        systems::Systems,
        turn::Turn,
    },
};

/// Looks where things stand. Where an earlier rotation did not come to its
/// end, that is told, and the operator says which way it goes.
pub(in crate::wizard::walk) async fn opening(
    desk: &mut Desk,
    systems: &mut Systems,
) -> Result<Turn, Interrupt> {
    access::open_host(desk, systems, access::HostNeed::Settings).await?;
    let what = Task::LookingAtEachSide;
    let began = Instant::now();
    // Where that fails the first stage looks again, and says what is in the way.
    let read = Standing::read(systems);
    let read = desk.bounded(System::Authentik, what, rotation::LOOKS_WITHIN, read).await;
    let Some(standing) = unless_failed(read)? else { return Ok(Turn::On) };
    let live = rotation::live(&standing, began.elapsed());
    desk.show_step(StepId::Create, |step| step.live = live);
    let settled = rotation::settle(systems, &standing);
    desk.show(|snapshot| snapshot.rotation = Some(standing.view(None)));
    rotation::show_age(desk, systems).await;
    if let Err(fault) = settled {
        desk.show_step(StepId::Create, |step| {
            step.notes.insert(0, RotationNote::Trouble(fault).into());
        });
    }
    match standing.phase() {
        Phase::Rest | Phase::Unkept => others(desk, systems).await,
        Phase::Apart => Ok(Turn::On),
        // This very run has come here, and goes on.
        _ if systems.rotation.switched.is_some() => Ok(Turn::On),
        Phase::Promoted => Ok(Turn::On),
        Phase::Created | Phase::Half | Phase::Switched => {
            unfinished(desk, systems, &standing).await
        }
    }
}

/// What else uses the client, as the operator says.
#[derive(Clone, Copy, Debug)]
enum Users {
    OnlyImmich,
    OthersToo,
    Leave,
}

/// What cannot be seen has to be asked.
async fn others(desk: &mut Desk, systems: &Systems) -> Result<Turn, Interrupt> {
    let client = &systems.profile.provider.client_id;
    let menu = Menu::new(RotationTopic::OtherUsers { client_id: client.clone() })
        .option(Key::N, RotationPick::OnlyImmich, Users::OnlyImmich)
        .option(Key::Y, RotationPick::OthersToo, Users::OthersToo)
        .option(Key::A, LeavePick::Unchanged, Users::Leave)
        .help(RotationNote::OthersUntold);
    match desk.pick(menu).await? {
        Users::OnlyImmich => Ok(Turn::On),
        Users::OthersToo => {
            desk.show_step(StepId::Finish, |step| {
                step.notes = vec![RotationNote::GiveToOthers { client: client.clone() }.into()];
            });
            Ok(Turn::On)
        }
        Users::Leave => Ok(Turn::Leave),
    }
}

async fn unfinished(
    desk: &mut Desk,
    systems: &mut Systems,
    standing: &Standing,
) -> Result<Turn, Interrupt> {
    let has_old = standing.kept.current.is_some();
    // Whoever wants the old secret back does not go on to the new one.
    let goes_back = matches!(&systems.purpose, Purpose::Rotate(wish) if wish.back);
    let menu = Menu::new(RotationTopic::Unfinished)
        .option_if(!goes_back, Key::G, RotationPick::On, Some(false))
        .option_if(has_old, Key::B, RotationPick::Back, Some(true))
        .option(Key::A, LeavePick::Rotation, None)
        .help(RotationNote::Standing(standing.story()));
    let Some(back) = desk.pick(menu).await? else { return Ok(Turn::Leave) };
    systems.rotation.rotates_back = back;
    if back {
        tell_way_back(desk);
    }
    Ok(Turn::On)
}

/// Proves that the secret in use is right. What does not hold leads back, by
/// itself where the switch was just confirmed.
pub(in crate::wizard::walk) async fn test(
    desk: &mut Desk,
    systems: &mut Systems,
) -> Result<Turn, Interrupt> {
    looking::look(desk, systems, StepId::Test, When::Walked).await?;
    // A server that was in the middle of something deserves a second look.
    let mut broken = looking::verify(desk, systems, StepId::Test).await?;
    if broken.is_some() {
        broken = looking::verify(desk, systems, StepId::Test).await?;
    }
    let Some(fault) = broken else { return watched(desk, systems).await };
    let fault = match systems.rotation.switched.take() {
        Some(confirmed) => Box::pin(rotation::lead_back(desk, systems, &confirmed, fault)).await,
        None => fault,
    };
    desk.show_step(StepId::Test, |step| {
        step.state = StepState::Failed;
        step.blockers = vec![fault.clone()];
    });
    let menu = Menu::new(RotationTopic::TestFailed)
        .option(Key::R, AgainPick::PlanSwitch, Some(false))
        .option(Key::B, RotationPick::RollBack, Some(true))
        .option(Key::A, LeavePick::RotationUntested, None)
        .about(fault);
    let Some(back) = desk.pick(menu).await? else { return Ok(Turn::Leave) };
    if back {
        systems.rotation.rotates_back = true;
        tell_way_back(desk);
    }
    Ok(Turn::Set)
}

/// From here on the stages lead back to the current secret.
fn tell_way_back(desk: &mut Desk) {
    desk.show(|snapshot| {
        for step in snapshot.steps.iter_mut().filter(|step| step.id != StepId::Access) {
            step.about = Some(About::Back { stage: step.id, to: BackTo::Current });
        }
    });
}

/// Offers to watch a real login: nothing proves more.
async fn watched(desk: &mut Desk, systems: &mut Systems) -> Result<Turn, Interrupt> {
    let menu = Menu::new(RotationTopic::Tested).option(Key::G, OnPick::On, false).option(
        Key::W,
        RotationPick::WatchLogin,
        true,
    );
    if desk.pick(menu).await? {
        login::watch(desk, systems).await?;
    }
    Ok(Turn::On)
}

/// Asks, in a set-up, about a rotation that did not come to its end; `true`:
/// it is gone on with.
pub(in crate::wizard::walk) async fn interrupted(
    desk: &mut Desk,
    systems: &Systems,
) -> Result<bool, Interrupt> {
    let Ok(vault) = systems.vault() else { return Ok(false) };
    let vault = vault.clone();
    let read = vault.get(Label::ClientSecretPending);
    let pending = desk.work(Task::ReadingStore, vault.at_most(), read).await?;
    let Ok(Some(pending)) = pending else { return Ok(false) };
    let menu = Menu::new(RotationTopic::Interrupted)
        .option(Key::G, RotationPick::EitherWay, true)
        .option(Key::A, LeavePick::RotationForLater, false)
        .help(RotationNote::PendingIs { fingerprint: pending.fingerprint().to_string() });
    desk.pick(menu).await
}
