//! What Immich's accounts are linked to. An account that logged in once holds
//! the subject that authentik gave it then; a rebuilt authentik gives everybody
//! another one, and Immich takes the old account for somebody else's.

use std::collections::BTreeSet;

use super::{
    DoneNote,
    stale::{Next, Stale},
    systems::Systems,
};
use crate::{
    immich::{Accounts, Relink, User, folds_email},
    site::{Failure, Fault, FaultKind, System},
};

/// Looks which links are stale.
///
/// # Errors
/// Where either side cannot be looked at; [`FaultKind::NotAllowed`] where a
/// token or key may not.
pub(super) async fn look(systems: &Systems) -> Result<Vec<Stale>, Fault> {
    let linked = linked(systems).await?;
    if linked.is_empty() {
        return Ok(Vec::new());
    }
    let client = systems.authentik()?;
    let (users, provider) = tokio::try_join!(
        client.users(),
        client.provider_by_client_id(&systems.profile.provider.client_id),
    )?;
    let mode = provider.map(|found| found.sub_mode).unwrap_or_default();
    let known: Option<BTreeSet<String>> = users.iter().map(|user| user.subject(&mode)).collect();
    let known = known.ok_or_else(|| {
        let unknown = LinkError::UnknownMode { mode: mode.clone() };
        Fault::of(&unknown, say!("tell whom a login is taken for"))
    })?;
    let folds = systems.immich_version().is_ok_and(folds_email);
    let same = |one: &str, other: &str| {
        if folds { one.trim().eq_ignore_ascii_case(other.trim()) } else { one == other }
    };
    let stale = linked.into_iter().filter(|account| !known.contains(&account.oauth_id));
    Ok(stale
        .map(|account| {
            let has = users.iter().any(|user| same(&user.email, &account.email));
            Stale { account, next: if has { Next::Refused } else { Next::Elsewhere } }
        })
        .collect())
}

/// The accounts that are linked: by Immich's API where there is a key that may
/// list them, else out of its database.
pub(super) async fn linked(systems: &Systems) -> Result<Vec<User>, Fault> {
    let client = systems.immich()?;
    if client.has_access() {
        match client.users().await {
            Err(fault) if fault.kind == FaultKind::NotAllowed && systems.host().is_ok() => {}
            users => {
                let users = users?.into_iter();
                return Ok(users.filter(|user| !user.oauth_id.is_empty()).collect());
            }
        }
    }
    accounts(systems)?.linked().await
}

/// The accounts in Immich's database.
///
/// # Errors
/// Without a way onto the host.
pub(super) fn accounts(systems: &Systems) -> Result<Accounts<'_>, Fault> {
    Ok(Accounts::new(systems.host()?, &systems.profile.host, systems.immich_version()?))
}

/// Changes links, and returns what came of it.
pub(super) async fn relink(systems: &Systems, changes: &[Relink]) -> Result<DoneNote, Fault> {
    accounts(systems)?.relink(changes).await?;
    let now = linked(systems).await.map_err(super::effect::sent)?;
    let is_now = |change: &Relink| {
        let found = now.iter().find(|account| account.id == change.id);
        found.map_or("", |account| account.oauth_id.as_str()) == change.to
    };
    if changes.iter().all(is_now) {
        return Ok(DoneNote::Changed);
    }
    Err(Fault::of(&LinkError::NotAsWritten, say!("read the links back")))
}

/// What goes wrong with the links of accounts.
#[derive(Debug, thiserror::Error)]
enum LinkError {
    /// How the provider names people is not known here.
    #[error("{}", say!("the provider's subject mode is `{mode}`", mode = .mode))]
    UnknownMode {
        /// Its subject mode.
        mode: String,
    },
    /// Links are not as they were written.
    #[error("{}", say!("not all of them are as written"))]
    NotAsWritten,
}

impl Failure for LinkError {
    fn system(&self) -> System {
        match self {
            Self::UnknownMode { .. } => System::Authentik,
            Self::NotAsWritten => System::Immich,
        }
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::UnknownMode { .. } => FaultKind::Unexpected,
            Self::NotAsWritten => FaultKind::NotKept,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::UnknownMode { .. } => {
                say!("This program does not know that mode; look yourself whether logins work.")
            }
            Self::NotAsWritten => {
                say!("Look again: somebody may have logged in meanwhile, which links anew.")
            }
        }
    }
}
