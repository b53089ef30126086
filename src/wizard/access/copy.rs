//! What this program keeps on the host by the config-file route: a copy of
//! Immich's config file from before. It goes with the access.

use super::{AT_MOST, HostNeed, about, choose, option};
use crate::{
    immich::RouteKind,
    site::{Fault, System},
    wizard::{
        Purpose, Tally,
        desk::{Desk, Interrupt, Question},
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
        super::open_host(desk, systems, HostNeed::Copy).await?;
    }
    if systems.host().is_err() {
        tally.left += usize::from(systems.purpose == Purpose::RemoveAccess);
        return Ok(());
    }
    let what = "looking for copies of Immich's config file";
    loop {
        let look = async { systems.route(RouteKind::ConfigFile)?.copies().await };
        let fault = match desk.bounded(System::Host, what, AT_MOST, look).await? {
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
            Err(fault) => fault,
        };
        let options = vec![option('r', "Look again", ""), option('a', "Leave it", "")];
        let question = "The copy of Immich's config file on the host stays. What now?";
        if choose(desk, about(&fault, question, options), &['r', 'a']).await? == 'a' {
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
    let options = vec![
        option(
            'd',
            "Delete it",
            "This cannot be undone. An undo of the set-up then writes the old values into the file \
             instead of the old file.",
        ),
        option('n', "Keep it", "Whoever may read it can read the client secrets in it."),
    ];
    let mut question = Question::choice(
        "Delete the copy of Immich's config file from before, which this program keeps on the host?",
        options,
    )
    // An Enter that was meant for something else deletes nothing.
    .preselect(1);
    for copy in copies {
        question = question.help(copy.clone());
    }
    Ok(choose(desk, question, &['d', 'n']).await? == 'd')
}

async fn delete(desk: &mut Desk, systems: &Systems) -> Result<(), Fault> {
    let route = systems.route(RouteKind::ConfigFile)?;
    let deleting = route.forget_copies();
    desk.must("deleting the copy of Immich's config file", AT_MOST, deleting).await?;
    Ok(())
}
