//! Immich holds the client secret that is kept here.

use super::{finding::Finding, site::Site};
use crate::{
    secret::Secret,
    site::{Failure, Fault, FaultKind, System},
    wizard::Evidence,
};

/// Why Immich's client secret is not known, or will not do.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    /// Immich reads its secret at its start, and holds an older one maybe.
    #[error(
        "{}",
        say!("what it has stored was written after its last start, and is read at a start")
    )]
    NotReadYet,
    /// Immich shows no secret.
    #[error("{}", say!("this release shows dots in its place"))]
    Masked,
    /// Immich holds another secret.
    #[error(
        "{}",
        say!(
            "Immich holds {held}, and authentik accepts {kept}: logins fail",
            held = .held.clone().unwrap_or_else(|| say!("none")),
            kept = .kept
        )
    )]
    HoldsAnother {
        /// The fingerprint of the one that Immich holds, if any.
        held: Option<String>,
        /// The fingerprint of the one that is kept.
        kept: String,
    },
}

impl Failure for Trouble {
    fn system(&self) -> System {
        System::Immich
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::NotReadYet | Self::Masked => FaultKind::NotFound,
            Self::HoldsAnother { .. } => FaultKind::NotKept,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::NotReadYet | Self::Masked => String::new(),
            Self::HoldsAnother { .. } => {
                say!("Visit the settings step: it gives Immich the secret that is kept here.")
            }
        }
    }
}

/// Says nothing where authentik does not accept ours, or Immich does not tell.
pub(super) async fn run(site: &Site<'_>) -> Vec<Finding> {
    let Some(ours) = site.accepted.get() else { return Vec::new() };
    match held_by_immich(site).await {
        Ok(held) => vec![Finding::new(same(ours, held.as_ref()))],
        Err(_) => Vec::new(),
    }
}

/// The client secret that Immich works with.
///
/// # Errors
/// Why it is not known.
pub(in crate::wizard) async fn held_by_immich(site: &Site<'_>) -> Result<Option<Secret>, Fault> {
    let unknown = |why: &Trouble| Err(Fault::of(why, say!("see which client secret Immich holds")));
    if site.restart_is_due {
        return unknown(&Trouble::NotReadYet);
    }
    let route = site.route.as_ref().map_err(Clone::clone)?;
    let held = route.read().await?.client_secret;
    if held.as_ref().is_some_and(is_masked) {
        return unknown(&Trouble::Masked);
    }
    Ok(held)
}

/// Whether a server shows something else in the place of a secret.
fn is_masked(secret: &Secret) -> bool {
    secret.expose().chars().all(|c| matches!(c, '*' | '•'))
}

fn same(ours: &Secret, held: Option<&Secret>) -> Result<Evidence, Fault> {
    let kept = ours.fingerprint().to_string();
    if held == Some(ours) {
        return Ok(Evidence::Fingerprint(kept));
    }
    let held = held.map(|held| held.fingerprint().to_string());
    let trouble = Trouble::HoldsAnother { held, kept };
    Err(Fault::of(&trouble, say!("find our client secret in Immich")))
}
