//! Revoking what authentik issued under this client: for a secret that was
//! seen by somebody who must not have it.

use crate::{
    site::{Fault, FaultKind, System},
    wizard::{
        effect::{Effect, RotationEffect},
        systems::Systems,
    },
};

/// What there is to revoke; `None`: nothing.
///
/// # Errors
/// [`FaultKind::NotAllowed`] when the token's owner cannot see others' tokens:
/// then an empty list would prove nothing.
pub(super) async fn planned(systems: &Systems) -> Result<Option<Effect>, Fault> {
    let client = systems.authentik()?;
    let me = client.me().await?;
    if !me.is_superuser {
        return Err(Fault::new(System::Authentik, FaultKind::NotAllowed, "list the tokens of this client")
            .answered(format!("authentik shows `{}` its own tokens only", me.username))
            .remedy("Sign in once as an administrator, or revoke them in authentik: Admin interface, Directory, Users, the user, OAuth Access Tokens and OAuth Refresh Tokens."));
    }
    let client_id = &systems.profile.provider.client_id;
    let Some(provider) = client.provider_by_client_id(client_id).await? else { return Ok(None) };
    let (access, refresh) = tokio::try_join!(
        client.all_access_tokens(provider.pk),
        client.all_refresh_tokens(provider.pk)
    )?;
    if access.is_empty() && refresh.is_empty() {
        return Ok(None);
    }
    Ok(Some(Effect::Rotation(RotationEffect::Revoke {
        provider: provider.pk,
        name: provider.name,
        access,
        refresh,
    })))
}

/// Whether all of them are gone. Who sees only his own cannot tell: then they
/// count as there.
pub(super) async fn is_done(
    systems: &Systems,
    provider: i64,
    access: &[i64],
    refresh: &[i64],
) -> Result<bool, Fault> {
    let client = systems.authentik()?;
    if !client.me().await?.is_superuser {
        return Ok(false);
    }
    let (now_access, now_refresh) =
        tokio::try_join!(client.all_access_tokens(provider), client.all_refresh_tokens(provider))?;
    Ok(!access.iter().any(|pk| now_access.contains(pk))
        && !refresh.iter().any(|pk| now_refresh.contains(pk)))
}

/// Revokes them. One that is gone already is revoked.
pub(super) async fn perform(
    systems: &Systems,
    access: &[i64],
    refresh: &[i64],
) -> Result<String, Fault> {
    let client = systems.authentik()?;
    // Refresh tokens first: with one of them new access tokens can be had.
    for pk in refresh {
        client.delete_refresh_token(*pk).await?;
    }
    for pk in access {
        client.delete_access_token(*pk).await?;
    }
    Ok(format!("{} access and {} refresh tokens revoked", access.len(), refresh.len()))
}
