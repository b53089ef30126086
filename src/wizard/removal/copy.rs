//! What this program keeps on the host by the config-file route: a copy of
//! Immich's config file from before. It goes with the access.

use super::AT_MOST;
use crate::{
    immich::RouteKind,
    site::{Fault, System},
    wizard::{
        AccessNote, AccessPick, AccessTopic, AgainPick, HostNeed, Key, LeavePick, Purpose, Tally,
        Task,
        access::open_host,
        desk::{Desk, Interrupt, Menu, Retry},
        effect::{Effect, RotationEffect},
        journal::Entry,
        record,
        systems::Systems,
    },
};

/// Deletes the copies once the operator agrees, and counts.
pub(super) async fn remove(
    desk: &mut Desk,
    systems: &mut Systems,
    tally: &mut Tally,
) -> Result<(), Interrupt> {
    if !wrote_file(systems.history()) {
        return Ok(());
    }
    // An undo deleted what it may with the settings, and needed the host for it.
    if systems.purpose == Purpose::RemoveAccess {
        open_host(desk, systems, HostNeed::Copy).await?;
    }
    if systems.host().is_err() {
        tally.left += usize::from(systems.purpose == Purpose::RemoveAccess);
        return Ok(());
    }
    loop {
        let look = async { systems.route(RouteKind::ConfigFile)?.copies().await };
        let fault = match desk.bounded(System::Host, Task::LookingForCopies, AT_MOST, look).await {
            Ok(copies) if copies.is_empty() => return Ok(()),
            Ok(copies) => {
                if !is_to_go(desk, &copies).await? {
                    tally.left += 1;
                    return Ok(());
                }
                match delete(desk, systems).await {
                    Ok(()) => {
                        tally.taken_back += 1;
                        return Ok(());
                    }
                    Err(fault) => fault,
                }
            }
            Err(stop) => stop.fault()?,
        };
        let leave = (Key::A, LeavePick::It);
        let retry = Retry::new(AccessTopic::CopyStays, AgainPick::Look, leave);
        if !retry.ask(desk, fault).await? {
            tally.left += 1;
            return Ok(());
        }
    }
}

/// Whether this program ever wrote Immich's config file, or may have.
fn wrote_file(entries: &[Entry]) -> bool {
    record::begun(entries).iter().filter(|begun| !begun.is_not_done()).any(|begun| {
        matches!(
            begun.value(),
            Some(
                Effect::WriteSettings { route: RouteKind::ConfigFile, .. }
                    | Effect::Rotation(RotationEffect::SwitchImmich {
                        route: RouteKind::ConfigFile,
                        ..
                    })
            )
        )
    })
}

async fn is_to_go(desk: &mut Desk, copies: &[String]) -> Result<bool, Interrupt> {
    let menu = Menu::new(AccessTopic::DeleteCopy)
        .option(Key::D, AccessPick::DeleteCopy, true)
        .option(Key::N, AccessPick::KeepCopy, false)
        // An Enter that was meant for something else deletes nothing.
        .preselected()
        .helps(copies.iter().map(|name| AccessNote::Copy { name: name.clone() }));
    desk.pick(menu).await
}

async fn delete(desk: &mut Desk, systems: &Systems) -> Result<(), Fault> {
    let route = systems.route(RouteKind::ConfigFile)?;
    let deleting = route.forget_copies();
    desk.must(Task::DeletingCopy, AT_MOST, deleting).await?;
    Ok(())
}
