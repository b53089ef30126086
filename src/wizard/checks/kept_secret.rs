//! authentik accepts the client secret that is kept here.

use super::{finding::Finding, site::Site};
use crate::{
    oidc::SecretVerdict,
    secret::{Label, Secret},
    site::{Failure, Fault, FaultKind, System},
    wizard::Evidence,
};

/// Why a login would fail at the client secret.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    /// None is kept.
    #[error("{}", say!("the secret store has no client secret"))]
    NoSecret,
    /// authentik does not accept it.
    #[error("invalid_client")]
    WrongSecret,
}

impl Failure for Trouble {
    fn system(&self) -> System {
        match self {
            Self::NoSecret => System::SecretStore,
            Self::WrongSecret => System::Authentik,
        }
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::NoSecret => FaultKind::NotFound,
            Self::WrongSecret => FaultKind::Refused,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::NoSecret => say!("Walk the provider step again."),
            Self::WrongSecret => {
                say!("Walk the provider step again: authentik holds another secret.")
            }
        }
    }
}

pub(super) async fn run(site: &Site<'_>) -> Vec<Finding> {
    if site.discovery().await.is_err() {
        return Vec::new();
    }
    match accepted(site).await {
        Ok(secret) => {
            let evidence = Evidence::Accepted(secret.fingerprint().to_string());
            let _ = site.accepted.set(secret);
            // Only what Immich itself holds lights its way.
            vec![Finding::new(Ok(evidence)).dark()]
        }
        Err(fault) => vec![Finding::new(Err(fault))],
    }
}

async fn accepted(site: &Site<'_>) -> Result<Secret, Fault> {
    let tried = || say!("check the client secret at the token endpoint");
    let Some(secret) = site.vault.get(Label::ClientSecret).await? else {
        return Err(Fault::of(&Trouble::NoSecret, tried()));
    };
    match site.try_secret(&secret).await {
        Some(SecretVerdict::Wrong) => Err(Fault::of(&Trouble::WrongSecret, tried())),
        Some(SecretVerdict::Unclear(fault)) => Err(fault),
        Some(SecretVerdict::Right) | None => Ok(secret),
    }
}
