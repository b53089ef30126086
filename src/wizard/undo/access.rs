//! What became of what gives this program access, and how it is removed.

use super::{failure::UndoFailure, sight::Sight, three::Three};
use crate::{
    authentik::{Client, GroupRow},
    site::Fault,
    wizard::{
        AccessKind, FieldId, FieldValue, NothingToUndo, UndoNote,
        effect::{Effect, Thing, moved},
        made::{Made, made, ours},
        record::{self, Begun},
        systems::Systems,
    },
};

/// What can be removed: all that is known to be there, and what may be.
pub(in crate::wizard) fn to_remove(systems: &Systems) -> Vec<Made> {
    let mut all = ours(systems.history());
    for begun in record::begun(systems.history()) {
        let open = begun.is_open() && begun.taken_back.is_none();
        let effect = begun.value().filter(|effect| open && effect.gives_access());
        all.extend(effect.and_then(|effect| made(&begun, &effect)));
    }
    all
}

/// Looks what became of an effect that gives access.
pub(super) async fn given(
    systems: &Systems,
    begun: &Begun<'_>,
    effect: &Effect,
) -> Result<Sight, Fault> {
    let Some(made) = made(begun, effect).filter(|made| made.pk.is_some()) else {
        return Ok(Sight::nothing(NothingToUndo::Effect(effect.undo())));
    };
    let pk = made.pk.as_deref().unwrap_or_default();
    match made.kind {
        AccessKind::Account => account(systems, &made, pk).await,
        AccessKind::Role => role(systems, &made, pk).await,
        AccessKind::Group => group(systems, &made, pk).await,
        AccessKind::Token => token(systems, &made, pk).await,
        AccessKind::Key => key(systems, &made, pk).await,
    }
}

fn gone(made: &Made) -> Sight {
    Sight::nothing(NothingToUndo::AccessGone { kind: made.kind, name: made.name.clone() })
}

fn others(made: &Made) -> Sight {
    Sight::nothing(NothingToUndo::AccessReplaced { kind: made.kind, name: made.name.clone() })
}

/// It is there: this is what removes it.
fn there(made: &Made, now: &str, obstacle: Option<Fault>) -> Sight {
    let id = FieldId::Access(made.kind);
    let (left, now) = (FieldValue::text(&made.name), FieldValue::text(now));
    Sight {
        threes: vec![Three::of(id, FieldValue::NotThere, left, now)],
        inverse: made.inverse(),
        obstacle,
        notes: vec![UndoNote::MadeHere.into()],
        ..Sight::default()
    }
}

/// Somebody else uses it: it stays.
fn in_use(made: &Made, by: &UndoFailure) -> Fault {
    Fault::of(by, say!("delete `{name}`", name = &made.name))
}

/// It has another name: it was renamed, or it is not what was made here.
fn renamed(made: &Made, now: &str) -> Option<Sight> {
    let why = UndoFailure::Renamed { now: now.to_owned() };
    (made.name != now).then(|| there(made, now, Some(in_use(made, &why))))
}

async fn account(systems: &Systems, made: &Made, pk: &str) -> Result<Sight, Fault> {
    let client = systems.access_client()?;
    let number = pk.parse().map_err(|_| moved(Thing::ServiceAccount))?;
    let Some(row) = client.account_row(number).await? else {
        return Ok(gone(made));
    };
    // A number alone is another user's once authentik was set up again.
    if row.username != made.name {
        return Ok(others(made));
    }
    let all = ours(systems.history());
    let is_ours = |pk: &str| {
        all.iter().any(|other| other.kind == AccessKind::Token && other.pk.as_deref() == Some(pk))
    };
    let tokens = client.tokens_of(number).await?;
    let strange = tokens.iter().find(|token| !is_ours(&token.pk));
    let obstacle = strange.map(|token| {
        let identifier = token.identifier.clone();
        in_use(made, &UndoFailure::OthersToken { identifier })
    });
    Ok(there(made, &row.username, obstacle))
}

async fn role(systems: &Systems, made: &Made, pk: &str) -> Result<Sight, Fault> {
    let client = systems.access_client()?;
    let Some(row) = client.role_row(pk).await? else { return Ok(gone(made)) };
    if let Some(sight) = renamed(made, &row.name) {
        return Ok(sight);
    }
    let strange = client.groups_with_role(pk).await?.into_iter().find(|group| {
        !ours(systems.history())
            .iter()
            .any(|other| other.kind == AccessKind::Group && other.pk.as_ref() == Some(&group.pk))
    });
    let obstacle =
        strange.map(|group| in_use(made, &UndoFailure::OthersGroup { name: group.name }));
    Ok(there(made, &row.name, obstacle))
}

async fn group(systems: &Systems, made: &Made, pk: &str) -> Result<Sight, Fault> {
    let client = systems.access_client()?;
    let Some(row) = client.group_row(pk).await? else { return Ok(gone(made)) };
    if let Some(sight) = renamed(made, &row.name) {
        return Ok(sight);
    }
    let strange = strange_member(client, systems, &row).await?;
    let obstacle = strange.map(|number| in_use(made, &UndoFailure::OthersMember { number }));
    Ok(there(made, &row.name, obstacle))
}

/// A member of the group that is none of ours.
async fn strange_member(
    client: &Client,
    systems: &Systems,
    group: &GroupRow,
) -> Result<Option<i64>, Fault> {
    let all = ours(systems.history());
    for user in &group.users {
        let ours = all.iter().any(|made| {
            made.kind == AccessKind::Account && made.pk.as_deref() == Some(&user.to_string())
        });
        if !ours && client.account_row(*user).await?.is_some() {
            return Ok(Some(*user));
        }
    }
    Ok(None)
}

async fn token(systems: &Systems, made: &Made, pk: &str) -> Result<Sight, Fault> {
    let client = systems.access_client()?;
    match client.token_row(&made.name).await? {
        Some(row) if row.pk == pk => Ok(there(made, &row.identifier, None)),
        Some(_) => Ok(others(made)),
        None if sees_all(client).await? => Ok(gone(made)),
        // Others' tokens look as if they were not there.
        None => Err(unseen(made)),
    }
}

async fn sees_all(client: &Client) -> Result<bool, Fault> {
    Ok(client.me().await?.is_superuser)
}

fn unseen(made: &Made) -> Fault {
    Fault::of(&UndoFailure::TokenUnseen, say!("look up `{name}`", name = &made.name))
}

async fn key(systems: &Systems, made: &Made, pk: &str) -> Result<Sight, Fault> {
    let Ok(session) = systems.immich_session() else {
        return Err(Fault::of(&UndoFailure::KeyAlone, say!("list the API keys")));
    };
    let keys = session.keys().await?;
    Ok(match keys.into_iter().find(|key| key.id == pk) {
        Some(row) => there(made, &row.name, None),
        None => Sight::nothing(NothingToUndo::KeyNotListed { name: made.name.clone() }),
    })
}
