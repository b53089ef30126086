//! What both servers know of logins at one moment.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, TryStreamExt};
use jiff::Timestamp;

use crate::{
    authentik::{LoginEvent, Provider},
    immich::{Client, LISTS_SESSIONS, User},
    site::{Fault, FaultKind},
    wizard::{Unproved, systems::Systems},
};

/// How many users are asked about at most: each is a request.
const MOST_USERS: usize = 500;

/// How many of these requests are under way at once.
const AT_ONCE: usize = 8;

/// What both servers knew at one moment.
#[derive(Clone, Debug)]
pub(super) struct Sight {
    pub(super) events: Vec<LoginEvent>,
    pub(super) redeemed: BTreeSet<i64>,
    /// `None`: the key may not list them, or there is none.
    pub(super) users: Option<Vec<User>>,
    pub(super) sessions: Sessions,
    /// The subjects that authentik gives its users, by their primary keys, as
    /// far as it tells.
    pub(super) subjects: BTreeMap<i64, String>,
}

/// The sessions of Immich's users.
#[derive(Clone, Debug)]
pub(super) enum Sessions {
    /// Their ids by user.
    Known(BTreeMap<String, BTreeSet<String>>),
    /// They cannot be seen.
    Hidden(Hidden),
}

/// Why sessions cannot be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Hidden {
    /// This release has no list of them.
    Release,
    /// The key lacks the permission of that name.
    Key(&'static str),
    /// There is no key.
    NoKey,
    /// There are too many users to ask about each.
    TooMany,
    /// They could not be read this time.
    Unseen(Fault),
}

impl Hidden {
    /// Why Immich cannot prove a login.
    pub(super) fn why(&self, systems: &Systems) -> Unproved {
        match self {
            Self::Release => {
                let version = systems.immich_version().map(ToString::to_string);
                Unproved::Release { version: version.unwrap_or_default() }
            }
            Self::Key(permission) => Unproved::Key { permission },
            Self::NoKey => Unproved::NoKey,
            Self::TooMany => Unproved::TooMany { users: MOST_USERS },
            Self::Unseen(fault) => Unproved::Unseen(fault.clone()),
        }
    }
}

/// What was there before a test. Sessions are read first: a login meanwhile is
/// missed as a whole then, and not taken for one that opened no session.
pub(super) async fn first(systems: &Systems) -> Result<Sight, Fault> {
    let (users, sessions) = accounts(systems).await;
    let (provider, events, redeemed) = activity(systems).await?;
    // Where nobody is linked, nobody's users have to be listed.
    let is_linked = |user: &User| !user.oauth_id.is_empty();
    let subjects = if users.iter().flatten().any(is_linked) {
        subjects(systems, provider.as_ref()).await
    } else {
        BTreeMap::new()
    };
    Ok(Sight { events, redeemed, users, sessions, subjects })
}

/// What is there now. Sessions are read last: they come last in a login.
pub(super) async fn now(systems: &Systems, before: &Sight) -> Result<Sight, Fault> {
    let (_, events, redeemed) = activity(systems).await?;
    let (users, sessions) = accounts(systems).await;
    Ok(Sight { events, redeemed, users, sessions, subjects: before.subjects.clone() })
}

async fn activity(
    systems: &Systems,
) -> Result<(Option<Provider>, Vec<LoginEvent>, BTreeSet<i64>), Fault> {
    let client = systems.authentik()?;
    let client_id = &systems.profile.provider.client_id;
    let provider = client.provider_by_client_id(client_id).await?;
    // Servers' clocks may differ from ours: what counts is which events were
    // there before, not when they say that they were.
    let events = client.authorize_events(Timestamp::MIN, client_id).await?;
    let redeemed = match &provider {
        Some(found) => {
            client.access_tokens(found.pk).await?.into_iter().map(|token| token.pk).collect()
        }
        None => BTreeSet::new(),
    };
    Ok((provider, events, redeemed))
}

/// A token may lack the right to list users: an account is told by its e-mail
/// address then.
async fn subjects(systems: &Systems, provider: Option<&Provider>) -> BTreeMap<i64, String> {
    let (Ok(client), Some(provider)) = (systems.authentik(), provider) else {
        return BTreeMap::new();
    };
    let users = client.users().await.unwrap_or_default();
    let subject =
        |user: &crate::authentik::User| Some((user.pk, user.subject(&provider.sub_mode)?));
    users.iter().filter_map(subject).filter(|(_, subject)| !subject.is_empty()).collect()
}

async fn accounts(systems: &Systems) -> (Option<Vec<User>>, Sessions) {
    let hidden = |why| (None, Sessions::Hidden(why));
    let client = match systems.immich() {
        Ok(client) if client.has_access() => client,
        _ => return hidden(Hidden::NoKey),
    };
    match client.users().await {
        Ok(users) => {
            let sessions = sessions(client, &users).await;
            (Some(users), sessions)
        }
        Err(fault) if fault.kind == FaultKind::NotAllowed => hidden(Hidden::Key("adminUser.read")),
        Err(fault) => hidden(Hidden::Unseen(fault)),
    }
}

async fn sessions(client: &Client, users: &[User]) -> Sessions {
    if users.len() > MOST_USERS {
        return Sessions::Hidden(Hidden::TooMany);
    }
    let ids: Vec<String> = users.iter().map(|user| user.id.clone()).collect();
    let each = ids.into_iter().map(|id| async move {
        let sessions = client.sessions(&id).await?;
        Ok::<_, Fault>((id, sessions))
    });
    match futures::stream::iter(each).buffered(AT_ONCE).try_collect().await {
        Ok(known) => Sessions::Known(known),
        Err(fault) => Sessions::Hidden(match fault.kind {
            FaultKind::NotFound => Hidden::Release,
            FaultKind::NotAllowed => Hidden::Key(LISTS_SESSIONS),
            _ => Hidden::Unseen(fault),
        }),
    }
}
