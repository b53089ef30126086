//! The provider offers the scopes that the profile asks for.

use super::{finding::Finding, site::Site};
use crate::{
    site::{Fault, FaultKind, System, UniformFailure},
    wizard::Evidence,
};

/// Scopes are missing.
#[derive(Debug, thiserror::Error)]
#[error("{}", say!("missing: {scopes}", scopes = .0.join(", ")))]
struct NoScopes(Vec<String>);

impl UniformFailure for NoScopes {
    const SYSTEM: System = System::Authentik;
    const KIND: FaultKind = FaultKind::NotKept;

    fn hint(&self) -> String {
        say!("Walk the provider step again: its scope mappings are not all there.")
    }
}

pub(super) async fn run(site: &Site<'_>) -> Vec<Finding> {
    let Ok(discovery) = site.discovery().await else { return Vec::new() };
    let is_missing = |scope: &&str| !discovery.scopes_supported.iter().any(|known| known == scope);
    let missing: Vec<_> = site.profile.scopes().filter(is_missing).map(str::to_owned).collect();
    vec![Finding::new(if missing.is_empty() {
        Ok(Evidence::Scopes(discovery.scopes_supported.clone()))
    } else {
        Err(Fault::of(&NoScopes(missing), say!("find all scopes in discovery")))
    })]
}
