//! What gives this program access: made, and kept.

use serde_json::Value;

use crate::{
    authentik::{AccessIds, AccessPart, TokenPart},
    immich::{Call, KeyCalls},
    secret::{Label, Secret},
    site::{Fault, FaultKind, System},
    wizard::{AccessKind, Done, DoneNote, made::ours, systems::Systems},
};

/// Makes or changes an object that the token needs.
pub(super) async fn make_part(systems: &Systems, part: &AccessPart) -> Result<Done, Fault> {
    let client = systems.access_client()?;
    let (made, notes) = client.make_part(part, &made_here(systems)).await?;
    let said = DoneNote::PartMade { was_there: part.known().is_some(), notes };
    Ok(Done { made: Some(made), ..Done::from(said) })
}

/// Makes an API token, and keeps it. One that cannot be kept is deleted
/// again.
pub(super) async fn make_token(systems: &Systems, part: &TokenPart) -> Result<Done, Fault> {
    let client = systems.access_client()?;
    let made = client.make_token(part, &made_here(systems)).await?;
    let kept = systems.replace(Label::AuthentikToken, Label::AuthentikTokenPrevious, &made.token);
    if let Err(why) = kept.await {
        return Err(client.withdraw_token(&made.row, why).await);
    }
    Ok(Done {
        said: DoneNote::TokenMade {
            identifier: made.row.identifier,
            owner: made.username,
            ends: made.row.expires,
            notes: made.notes,
        },
        made: Some(Value::from(made.row.pk)),
        key: Some(made.token.fingerprint().to_string()),
        exact: false,
    })
}

/// Makes the API key, and keeps it. One that cannot be kept is deleted
/// again.
pub(super) async fn make_key(
    systems: &Systems,
    name: &str,
    calls: &KeyCalls,
) -> Result<Done, Fault> {
    let session = systems.immich_session()?;
    let (made, has_all) = session.make_best_key(calls).await?;
    let without = if has_all { Vec::new() } else { calls.optional().to_vec() };
    let kept = systems.replace(Label::ImmichApiKey, Label::ImmichApiKeyPrevious, &made.secret);
    if let Err(why) = kept.await {
        return Err(match session.delete_key(&Call::delete_key(&made.id)).await {
            Ok(()) => why,
            Err(_) => Fault { kind: FaultKind::NotKept, ..why },
        });
    }
    Ok(Done {
        said: DoneNote::KeyMade { name: name.to_owned(), without },
        made: Some(Value::from(made.id)),
        key: Some(made.secret.fingerprint().to_string()),
        exact: false,
    })
}

/// The account and the role that this run made: what follows names them.
fn made_here(systems: &Systems) -> AccessIds {
    let all = ours(systems.history());
    let last = |kind: AccessKind| {
        all.iter().rev().find(|made| made.kind == kind && made.run == systems.log.run)?.pk.clone()
    };
    AccessIds {
        account: last(AccessKind::Account).and_then(|pk| pk.parse().ok()),
        role: last(AccessKind::Role),
    }
}

/// Forgets what is kept under a label where it opens nothing any more:
/// what has that fingerprint was just deleted, and of another the server
/// tells.
pub(in crate::wizard) async fn forget_refused(
    systems: &Systems,
    label: Label,
    deleted: Option<&String>,
) -> Result<(), Fault> {
    let vault = systems.vault()?;
    let Some(kept) = vault.get(label).await? else { return Ok(()) };
    if deleted == Some(&kept.fingerprint().to_string()) {
        return vault.forget(label).await.map(|_| ());
    }
    let Some(kept) = systems.given(label).await? else { return Ok(()) };
    match opens(systems, label, &kept).await {
        Err(fault) if fault.kind == FaultKind::NotSignedIn => vault.forget(label).await.map(|_| ()),
        _ => Ok(()),
    }
}

/// Asks once with a token or a key.
pub(in crate::wizard) async fn opens(
    systems: &Systems,
    label: Label,
    with: &Secret,
) -> Result<(), Fault> {
    if Systems::opened_by(label) == System::Immich {
        let access = crate::immich::Access::ApiKey(with.clone());
        return systems.immich()?.with(access).own_key().await.map(|_| ());
    }
    let http = systems.authentik()?.http().clone();
    crate::authentik::Client::new(http, Some(with.clone())).me().await.map(|_| ())
}
