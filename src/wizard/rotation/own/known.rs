//! Which tokens and keys of this program's there are: the one in use, and an
//! old one that is to go.

use crate::{
    authentik,
    immich::Access,
    secret::{Label, Secret},
    site::{Fault, FaultKind},
    wizard::{
        Rotated,
        access::{Kind, ours},
        systems::Systems,
    },
};

/// The old credential, until it is deleted.
pub(in crate::wizard) struct Retiring {
    /// Its name where it was made; `None`: it could not be found out.
    pub(super) name: Option<String>,
    /// Its primary key there.
    pub(super) key: String,
    pub(super) secret: Secret,
    pub(super) ours: bool,
}

pub(super) const fn labels(of: Rotated) -> (Label, Label) {
    match of {
        Rotated::ImmichApiKey => (Label::ImmichApiKey, Label::ImmichApiKeyPrevious),
        _ => (Label::AuthentikToken, Label::AuthentikTokenPrevious),
    }
}

/// What is in use now, and how it can be deleted later.
pub(super) async fn find(systems: &Systems, of: Rotated) -> Result<Option<Retiring>, Fault> {
    let (label, _) = labels(of);
    let Some(secret) = systems.vault()?.get(label).await? else { return Ok(None) };
    known(systems, of, secret, &made(systems, of)).await.map(Some)
}

/// What is kept as the previous one, if this program made it and it is not
/// deleted. One that is refused needs no place any more.
pub(super) async fn left_over(systems: &Systems, of: Rotated) -> Result<Option<Retiring>, Fault> {
    let (label, previous) = labels(of);
    let vault = systems.vault()?;
    let (now, old) = (vault.get(label).await?, vault.get(previous).await?);
    let Some(secret) = old.filter(|old| Some(old) != now.as_ref()) else { return Ok(None) };
    if is_refused(systems, of).await? {
        vault.forget(previous).await?;
        return Ok(None);
    }
    let mut made = made(systems, of);
    // The last one that was made is in use.
    made.pop();
    let left = known(systems, of, secret, &made).await?;
    Ok(Some(left).filter(|left| left.ours))
}

/// Whether what is kept as the previous one opens nothing any more.
pub(in crate::wizard) async fn is_refused(systems: &Systems, of: Rotated) -> Result<bool, Fault> {
    let (_, previous) = labels(of);
    let Some(old) = systems.vault()?.get(previous).await? else { return Ok(true) };
    match opens(systems, of, &old).await {
        Ok(()) => Ok(false),
        Err(fault) if fault.kind == FaultKind::NotSignedIn => Ok(true),
        Err(fault) => Err(fault),
    }
}

/// What this program made of the kind, by primary key, the last one last.
fn made(systems: &Systems, of: Rotated) -> Vec<String> {
    let kind = if of == Rotated::ImmichApiKey { Kind::Key } else { Kind::Token };
    let all = ours(systems.history()).into_iter();
    all.filter(|made| made.kind == kind).filter_map(|made| made.pk).collect()
}

/// What names a token or a key where it was made.
async fn known(
    systems: &Systems,
    of: Rotated,
    secret: Secret,
    made: &[String],
) -> Result<Retiring, Fault> {
    let found = if of == Rotated::ImmichApiKey {
        let key = systems.immich()?.with(Access::ApiKey(secret.clone())).own_key().await?;
        key.map(|key| (key.name, key.id))
    } else {
        let http = systems.authentik()?.http().clone();
        let client = authentik::Client::new(http, Some(secret.clone()));
        let row = client.identify(&secret, made).await?;
        row.map(|row| (row.identifier, row.pk))
    };
    let (name, key) = found.map_or((None, String::new()), |(name, key)| (Some(name), key));
    let ours = name.is_some() && made.contains(&key);
    Ok(Retiring { name, key, secret, ours })
}

/// Asks once with a token or a key.
pub(super) async fn opens(systems: &Systems, of: Rotated, with: &Secret) -> Result<(), Fault> {
    if of == Rotated::ImmichApiKey {
        let client = systems.immich()?.with(Access::ApiKey(with.clone()));
        return client.own_key().await.map(|_| ());
    }
    let http = systems.authentik()?.http().clone();
    authentik::Client::new(http, Some(with.clone())).me().await.map(|_| ())
}
