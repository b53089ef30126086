//! A site as checks look at it, and what they find as proofs.

use std::sync::OnceLock;

use tokio::sync::OnceCell;

use super::Systems;
use crate::{
    authentik,
    site::Fault,
    wizard::{
        Claim, Proof,
        checks::{CheckId, Finding, Site, Suite},
    },
};

impl Systems {
    /// The site as checks look at it.
    ///
    /// # Errors
    /// A system is not open.
    pub(in crate::wizard) fn site(&self) -> Result<Site<'_>, Fault> {
        let api = self.authentik().ok().map(authentik::Client::http);
        Ok(Site {
            profile: &self.profile,
            immich: self.immich()?,
            features: None,
            authentik: (self.oidc()?, api),
            discovery: OnceCell::new(),
            vault: self.vault()?,
            route: self.chosen_route().and_then(|(kind, _)| self.route(kind)),
            restart_is_due: self.restart_is_due(),
            rotating: None,
            accepted: OnceLock::new(),
        })
    }
}

/// Makes the checks of a suite.
pub(in crate::wizard) async fn check(suite: Suite, site: &Site<'_>) -> Vec<Proof> {
    suite.run(site).await.into_iter().map(proof).collect()
}

fn proof((check, found): (CheckId, Finding)) -> Proof {
    Proof {
        what: Claim::Checked { check, of: found.of },
        outcome: found.outcome,
        on: check.on().filter(|_| found.lights),
    }
}
