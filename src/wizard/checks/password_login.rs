//! Login with a password is on: the way in where authentik is down.

use super::{finding::Finding, site::Site};
use crate::{
    site::{Fault, FaultKind, System, UniformFailure},
    wizard::Evidence,
};

/// Immich lets nobody log in with a password.
#[derive(Debug, thiserror::Error)]
#[error("{}", say!("login with a password is off"))]
struct PasswordLoginIsOff;

impl UniformFailure for PasswordLoginIsOff {
    const SYSTEM: System = System::Immich;
    const KIND: FaultKind = FaultKind::NotFound;

    fn hint(&self) -> String {
        say!(
            "While authentik is down nobody can log in. Turn it on in Immich under \
             Administration, Settings, or on the host with `immich-admin enable-password-login`."
        )
    }
}

pub(super) async fn run(site: &Site<'_>) -> Vec<Finding> {
    let outcome = match site.features().await {
        Ok(features) if features.password_login => Ok(Evidence::Nothing),
        Ok(_) => Err(Fault::of(&PasswordLoginIsOff, say!("find a way in without authentik"))),
        Err(fault) => Err(fault),
    };
    vec![Finding::new(outcome)]
}
