//! authentik knows the client and accepts each redirect URI.

use super::{finding::Finding, site::Site};
use crate::{
    oidc::{RedirectVerdict, probe_redirect},
    site::{Fault, FaultKind, System, UniformFailure},
    wizard::Evidence,
};

/// Why authentik sends nobody back there.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    /// The redirect URI is not registered.
    #[error("{}", say!("Redirect URI Error"))]
    UriRefused,
    /// The client id is not known.
    #[error("{}", say!("Client ID Error"))]
    ClientRefused,
    /// The grant type is not allowed; this is what authentik says.
    #[error("{0}")]
    GrantRefused(String),
    /// No application lets anybody in.
    #[error("{}", say!("Permission denied"))]
    NoApplication,
}

impl UniformFailure for Trouble {
    const SYSTEM: System = System::Authentik;
    const KIND: FaultKind = FaultKind::Refused;

    fn hint(&self) -> String {
        match self {
            Self::UriRefused => say!(
                "Walk the provider step again: this redirect URI is not registered, byte by byte."
            ),
            Self::ClientRefused => {
                say!("Walk the provider step again: authentik does not know the client id.")
            }
            Self::GrantRefused(_) => say!(
                "Walk the provider step again: its grant types must include authorization_code."
            ),
            Self::NoApplication => say!(
                "Walk the application step again: no application uses the provider, or its \
                 bindings let nobody in."
            ),
        }
    }
}

pub(super) async fn run(site: &Site<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for uri in site.profile.redirect_uris() {
        let Some(outcome) = try_uri(site, &uri).await else { break };
        found.push(Finding::of(uri, outcome.map(|()| Evidence::ClientIsKnown)));
    }
    found
}

async fn try_uri(site: &Site<'_>, uri: &str) -> Option<Result<(), Fault>> {
    let (http, endpoint) = site.endpoint(|found| &found.authorization_endpoint).await?;
    let client_id = &site.profile.provider.client_id;
    let trouble = match probe_redirect(http, &endpoint, client_id, uri).await {
        RedirectVerdict::Accepted => return Some(Ok(())),
        RedirectVerdict::UriRefused => Trouble::UriRefused,
        RedirectVerdict::ClientRefused => Trouble::ClientRefused,
        RedirectVerdict::GrantRefused(error) => Trouble::GrantRefused(error),
        RedirectVerdict::NoApplication => Trouble::NoApplication,
        RedirectVerdict::Unclear(fault) => return Some(Err(fault)),
    };
    Some(Err(Fault::of(&trouble, say!("ask for a login that leads back to {uri}", uri))))
}
