//! Removing what gives this program access: token, group, role and account in
//! authentik, the API key in Immich, and the copy that is kept on the host, each
//! shown and confirmed. Only what the journal of this profile names by its primary
//! key; anything else is left and named.

mod copy;

use std::{collections::BTreeSet, time::Duration};

use crate::{
    secret::Label,
    site::{Fault, System},
    wizard::{
        AccessKind, AccessNote, AccessPick, AccessTopic, Key, LeavePick, Tally, Task, access,
        desk::{Desk, Interrupt, Menu, Stop, unless_failed},
        journal::Seq,
        made::{Made, ours},
        perform,
        systems::Systems,
        undo,
    },
};

/// How long one look may take.
const AT_MOST: Duration = Duration::from_mins(1);

/// Removes it all, the newest first, and counts.
pub(super) async fn remove(
    desk: &mut Desk,
    systems: &mut Systems,
    tally: &mut Tally,
) -> Result<(), Interrupt> {
    let what = Task::LookingForAccess;
    let settled = access::settle(systems);
    // What is open still is looked at, one by one, below.
    unless_failed(desk.bounded(System::Authentik, what, AT_MOST, settled).await)?;
    let mut left = BTreeSet::new();
    while let Some(made) = next(systems, &left) {
        if made.pk.is_none() {
            if !unknown(desk, systems, &made).await? {
                left.insert(made.seq);
                tally.left += 1;
            }
            continue;
        }
        if undo::take_access_back(desk, systems, made.seq).await? {
            tally.taken_back += 1;
        } else {
            left.insert(made.seq);
            tally.left += 1;
        }
    }
    copy::remove(desk, systems, tally).await?;
    // With the rights of whoever signed in meanwhile.
    let what = Task::LookingWhatIsLeft;
    let left = leave_nothing(systems);
    unless_failed(desk.bounded(System::Authentik, what, AT_MOST, left).await)?;
    Ok(())
}

/// Ends what is open in the journal still, and forgets what opens nothing any
/// more.
async fn leave_nothing(systems: &mut Systems) -> Result<(), Fault> {
    let kept = [
        Label::AuthentikToken,
        Label::AuthentikTokenPrevious,
        Label::ImmichApiKey,
        Label::ImmichApiKeyPrevious,
    ];
    for label in kept {
        perform::forget_refused(systems, label, None).await?;
    }
    access::settle(systems).await
}

/// The order: what needs an administrator comes before the token, which can
/// delete itself, and nothing goes before what needs it.
const ORDER: [AccessKind; 5] =
    [AccessKind::Key, AccessKind::Group, AccessKind::Role, AccessKind::Token, AccessKind::Account];

fn next(systems: &Systems, left: &BTreeSet<Seq>) -> Option<Made> {
    let all = undo::access_to_remove(systems);
    let is_next = |made: &&Made, kind: AccessKind| made.kind == kind && !left.contains(&made.seq);
    ORDER.into_iter().find_map(|kind| all.iter().rev().find(|made| is_next(made, kind)).cloned())
}

/// What an earlier release made without keeping its primary key may be
/// anybody's by now, and what a run was cut short of is seen by an
/// administrator alone. `true`: it was looked at again.
async fn unknown(desk: &mut Desk, systems: &mut Systems, made: &Made) -> Result<bool, Interrupt> {
    let is_open = !ours(systems.history()).iter().any(|done| done.seq == made.seq);
    let name = made.name.clone();
    let menu = Menu::new(AccessTopic::CannotTellApart { kind: made.kind, name })
        .option_if(is_open, Key::S, AccessPick::SignInToLook, true)
        .option(Key::G, LeavePick::It, false)
        .help(AccessNote::LookYourself { kind: made.kind, is_open });
    let signs_in = desk.pick(menu).await?;
    if !signs_in {
        return Ok(false);
    }
    let signed_in = match made.kind {
        AccessKind::Key => access::open_immich_session(desk, systems).await,
        _ => access::borrow_session(desk, systems).await,
    };
    let looked = match (signed_in, made.kind) {
        (Ok(()), AccessKind::Key) => access::settle_keys(systems).await.map_err(Stop::Fault),
        (Ok(()), _) => access::settle(systems).await.map_err(Stop::Fault),
        (Err(stop), _) => Err(stop),
    };
    if unless_failed(looked)?.is_none() {
        return Ok(true);
    }
    // What became of it is in the journal now, or it is nowhere.
    let all = undo::access_to_remove(systems);
    Ok(!all.iter().any(|other| other.seq == made.seq && other.pk.is_none()))
}
