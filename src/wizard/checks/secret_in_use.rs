//! authentik accepts the client secret that a rotation brought in.

use super::{finding::Finding, site::Site};
use crate::{
    oidc::SecretVerdict,
    site::{Fault, FaultKind, System, UniformFailure},
    wizard::Evidence,
};

/// authentik refuses it.
#[derive(Debug, thiserror::Error)]
#[error("invalid_client")]
struct WrongClient;

impl UniformFailure for WrongClient {
    const SYSTEM: System = System::Authentik;
    const KIND: FaultKind = FaultKind::NotKept;

    fn hint(&self) -> String {
        say!(
            "Look again; if it stays so, something else writes these settings, such as a blueprint."
        )
    }
}

pub(super) async fn run(site: &Site<'_>) -> Vec<Finding> {
    let Some(rotating) = &site.rotating else { return Vec::new() };
    let secret = &rotating.in_use;
    let Some(verdict) = site.try_secret(secret).await else { return Vec::new() };
    vec![Finding::new(match verdict {
        SecretVerdict::Right => Ok(Evidence::Accepted(secret.fingerprint().to_string())),
        SecretVerdict::Wrong => Err(Fault::of(&WrongClient, say!("check the secret in use"))),
        SecretVerdict::Unclear(fault) => Err(fault),
    })]
}
