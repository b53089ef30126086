//! The issuer is at authentik's public address.

use super::{finding::Finding, site::Site};
use crate::{
    site::{Fault, FaultKind, System, UniformFailure},
    wizard::Evidence,
};

/// The issuer is elsewhere than the public address says.
#[derive(Debug, thiserror::Error)]
#[error("{}", say!("it is `{issuer}`, not `{expected}`", issuer = .issuer, expected = .expected))]
struct OtherIssuer {
    /// Where it is.
    issuer: String,
    /// Where it should be.
    expected: String,
}

impl UniformFailure for OtherIssuer {
    const SYSTEM: System = System::Authentik;
    const KIND: FaultKind = FaultKind::Refused;

    fn hint(&self) -> String {
        say!(
            "The proxy in front of authentik must hand on the name and the scheme that browsers \
             use: `Host` and `X-Forwarded-Proto`. Or the public address in the profile is not \
             the one people use."
        )
    }
}

pub(super) async fn run(site: &Site<'_>) -> Vec<Finding> {
    let Ok(discovery) = site.discovery().await else { return Vec::new() };
    let expected = site.profile.expected_issuer();
    let outcome = if discovery.issuer == expected {
        Ok(Evidence::AsExpected)
    } else {
        let trouble = OtherIssuer { issuer: discovery.issuer.clone(), expected };
        Err(Fault::of(&trouble, say!("find the issuer at authentik's public address")))
    };
    vec![Finding::new(outcome)]
}
