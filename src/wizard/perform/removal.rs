//! What gives this program access, deleted: only what is still what the journal
//! has, and looked for afterwards.

use super::access::forget_refused;
use crate::{
    net::Fills,
    secret::Label,
    site::{Fault, FaultKind},
    wizard::{
        AccessKind, DoneNote,
        effect::{EffectFailure, Inverse, Thing, moved, sent},
        made::ours,
        systems::Systems,
    },
};

/// Removes it, and returns what came of it.
pub(super) async fn remove(systems: &Systems, inverse: &Inverse) -> Result<DoneNote, Fault> {
    let sends = inverse.sends();
    match inverse {
        Inverse::DeleteAccount { account, name } => {
            let client = systems.access_client()?;
            let row = client.account_row(*account).await?.filter(|row| row.username == *name);
            row.ok_or_else(|| moved(Thing::ServiceAccount))?;
            client.carry_out(sends.call()?, &Fills::default()).await?;
            still(client.account_row(*account).await.map(|row| row.is_some()), Thing::Account)?;
        }
        Inverse::DeleteRole { role, name } => {
            let client = systems.access_client()?;
            let row = client.role_row(role).await?.filter(|row| row.name == *name);
            row.ok_or_else(|| moved(Thing::Role))?;
            client.carry_out(sends.call()?, &Fills::default()).await?;
            still(client.role_row(role).await.map(|row| row.is_some()), Thing::Role)?;
        }
        Inverse::DeleteGroup { group, name } => {
            let client = systems.access_client()?;
            let row = client.group_row(group).await?.filter(|row| row.name == *name);
            row.ok_or_else(|| moved(Thing::Group))?;
            client.carry_out(sends.call()?, &Fills::default()).await?;
            still(client.group_row(group).await.map(|row| row.is_some()), Thing::Group)?;
        }
        Inverse::DeleteToken { token, identifier } => {
            let print = fingerprint(systems, AccessKind::Token, token);
            let client = systems.access_client()?;
            let row = client.token_row(identifier).await?.filter(|row| row.pk == *token);
            row.ok_or_else(|| moved(Thing::ApiToken))?;
            client.carry_out(sends.call()?, &Fills::default()).await?;
            match client.token_row(identifier).await {
                // It was deleted in its own name.
                Err(fault) if fault.kind == FaultKind::NotSignedIn => {}
                after => {
                    still(after.map(|row| row.is_some_and(|row| row.pk == *token)), Thing::Token)?;
                }
            }
            forget_refused(systems, Label::AuthentikToken, print.as_ref()).await.map_err(sent)?;
            forget_refused(systems, Label::AuthentikTokenPrevious, print.as_ref())
                .await
                .map_err(sent)?;
        }
        Inverse::DeleteKey { key, .. } => {
            let print = fingerprint(systems, AccessKind::Key, key);
            let session = systems.immich_session()?;
            session.delete_key(sends.immich()?).await?;
            let after = session.keys().await;
            still(after.map(|keys| keys.iter().any(|row| row.id == *key)), Thing::Key)?;
            forget_refused(systems, Label::ImmichApiKey, print.as_ref()).await.map_err(sent)?;
            forget_refused(systems, Label::ImmichApiKeyPrevious, print.as_ref())
                .await
                .map_err(sent)?;
        }
        _ => {}
    }
    Ok(DoneNote::Deleted)
}

/// The fingerprint of a token or a key that this program made.
fn fingerprint(systems: &Systems, kind: AccessKind, pk: &str) -> Option<String> {
    let all = ours(systems.history());
    all.into_iter().find(|made| made.kind == kind && made.pk.as_deref() == Some(pk))?.key
}

/// Sees that it is gone.
fn still(there: Result<bool, Fault>, thing: Thing) -> Result<(), Fault> {
    if !there.map_err(sent)? {
        return Ok(());
    }
    Err(Fault::of(&EffectFailure::AccessStillThere, say!("delete {thing}", thing)))
}
