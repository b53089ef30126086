//! authentik refuses every client secret but the one in use.

use super::{finding::Finding, site::Site};
use crate::{
    oidc::SecretVerdict,
    site::{Fault, FaultKind, System, UniformFailure},
    wizard::Evidence,
};

/// authentik takes the old secret still.
#[derive(Debug, thiserror::Error)]
#[error("{}", say!("authentik still accepts it"))]
struct AcceptedStill;

impl UniformFailure for AcceptedStill {
    const SYSTEM: System = System::Authentik;
    const KIND: FaultKind = FaultKind::NotKept;

    fn hint(&self) -> String {
        say!(
            "Look again; if it stays so, something else writes these settings, such as a blueprint."
        )
    }
}

pub(super) async fn run(site: &Site<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for secret in site.rotating.iter().flat_map(|rotating| &rotating.others) {
        let Some(verdict) = site.try_secret(secret).await else { break };
        let outcome = match verdict {
            SecretVerdict::Wrong => Ok(Evidence::WrongClient),
            SecretVerdict::Right => {
                Err(Fault::of(&AcceptedStill, say!("see the old secret refused")))
            }
            SecretVerdict::Unclear(fault) => Err(fault),
        };
        found.push(Finding::of(secret.fingerprint().to_string(), outcome));
    }
    found
}
