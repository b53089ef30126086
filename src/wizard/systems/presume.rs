//! Working with both servers as they were last time, for a glance that looks at
//! everything at once.

use std::time::Duration;

use super::Systems;
use crate::{
    authentik,
    immich::{self, RouteKind},
    secret::Label,
    site::{Fault, System},
};

impl Systems {
    /// Works with both servers as they were last time, without looking first
    /// whether they still are. `false`: too little is known for that.
    pub(in crate::wizard) async fn presume(&mut self) -> Result<bool, Fault> {
        let Some(memory) = self.seen.memory.clone() else { return Ok(false) };
        let moved = |system| self.kept_elsewhere(system).is_some();
        if self.profile.authentik.url.is_empty()
            || self.profile.immich.url.is_empty()
            || moved(System::Authentik)
            || moved(System::Immich)
        {
            return Ok(false);
        }
        let vault = self.vault()?;
        let (token, key, pending) = tokio::try_join!(
            vault.get(Label::AuthentikToken),
            vault.get(Label::ImmichApiKey),
            vault.get(Label::ClientSecretPending),
        )?;
        let release = |text: Option<String>| text.and_then(|text| text.parse().ok());
        let immich = release(memory.immich_version);
        // A rotation that was cut short is no site as it was.
        let (Some(token), Some(key), Some(version), None) = (token, key, immich, pending) else {
            return Ok(false);
        };
        let api = self.http(System::Authentik, self.profile.authentik_api())?;
        let public = self.http(System::Authentik, &self.profile.authentik.url)?;
        let seen = authentik::Seen {
            version: release(memory.authentik_version),
            brand: String::new(),
            authentication_flow: None,
            took: Duration::ZERO,
        };
        self.open.authentik = Some((authentik::Client::new(api, Some(token)), seen));
        self.open.authentik_public = Some(public);
        let api = self.http(System::Immich, self.profile.immich_api())?;
        let client = immich::Client::new(api, Some(immich::Access::ApiKey(key)));
        let seen = immich::Seen {
            version,
            config_file: false,
            is_initialized: true,
            took: Duration::ZERO,
        };
        self.open.immich = Some((client, seen));
        Ok(self.chosen_route()?.0 == RouteKind::Api)
    }

    /// Whether both servers are the releases that they were presumed to be.
    pub(in crate::wizard) async fn are_as_presumed(&self) -> Result<bool, Fault> {
        let (authentik, immich) =
            tokio::try_join!(async { self.authentik()?.version().await }, async {
                self.immich()?.look().await
            },)?;
        Ok(self.authentik_version() == Some(&authentik)
            && *self.immich_version()? == immich.version
            && !immich.config_file)
    }

    /// Knows nothing of the servers any more.
    pub(in crate::wizard) fn forget_presumed(&mut self) {
        self.open.authentik = None;
        self.open.authentik_public = None;
        self.open.immich = None;
    }
}
