//! Tokens are signed as Immich expects.

use super::{finding::Finding, site::Site};
use crate::{
    site::{Fault, FaultKind, System, UniformFailure},
    wizard::Evidence,
};

/// Tokens are signed otherwise.
#[derive(Debug, thiserror::Error)]
#[error("{}", say!("tokens are signed with {algorithms}", algorithms = .0.join(", ")))]
struct SignedOtherwise(Vec<String>);

impl UniformFailure for SignedOtherwise {
    const SYSTEM: System = System::Authentik;
    const KIND: FaultKind = FaultKind::NotKept;

    fn hint(&self) -> String {
        say!(
            "Walk the provider step again: its signing key must fit `signing_algorithm` in the \
             profile."
        )
    }
}

pub(super) async fn run(site: &Site<'_>) -> Vec<Finding> {
    let Ok(discovery) = site.discovery().await else { return Vec::new() };
    let algorithms = &discovery.id_token_signing_alg_values_supported;
    let wanted = site.profile.settings.signing_algorithm;
    vec![Finding::new(if algorithms.iter().any(|known| known == wanted.name()) {
        Ok(Evidence::SignedWith(wanted))
    } else {
        let trouble = SignedOtherwise(algorithms.clone());
        Err(Fault::of(&trouble, say!("find {wanted} in discovery", wanted)))
    })]
}
