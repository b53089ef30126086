//! Immich offers the login with OAuth.

use super::{finding::Finding, site::Site};
use crate::{
    site::{Fault, FaultKind, System, UniformFailure},
    wizard::Evidence,
};

/// Immich does not offer it.
#[derive(Debug, thiserror::Error)]
#[error("{}", say!("login with OAuth is off"))]
struct OauthIsOff;

impl UniformFailure for OauthIsOff {
    const SYSTEM: System = System::Immich;
    const KIND: FaultKind = FaultKind::NotKept;

    fn hint(&self) -> String {
        say!("Walk the settings step again.")
    }
}

pub(super) async fn run(site: &Site<'_>) -> Vec<Finding> {
    let outcome = match site.features().await {
        Ok(features) if features.oauth => Ok(Evidence::OauthIsOn),
        Ok(_) => Err(Fault::of(&OauthIsOff, say!("find the login button"))),
        Err(fault) => Err(fault),
    };
    vec![Finding::new(outcome)]
}
