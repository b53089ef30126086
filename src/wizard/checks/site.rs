//! What checks may look at.

use std::sync::OnceLock;

use tokio::sync::OnceCell;

use crate::{
    immich::{self, Features, Route},
    net::Http,
    oidc::{self, Discovery, SecretVerdict, probe_secret},
    secret::{Secret, Vault},
    site::{Fault, Profile},
};

/// A site, as checks look at it.
pub(in crate::wizard) struct Site<'a> {
    /// What is asked for.
    pub(in crate::wizard) profile: &'a Profile,
    /// Immich.
    pub(in crate::wizard) immich: &'a immich::Client,
    /// What Immich says of itself, where that was asked already.
    pub(in crate::wizard) features: Option<Features>,
    /// The client for authentik's public address, and that for its API.
    pub(in crate::wizard) authentik: (&'a Http, Option<&'a Http>),
    /// What discovery says, once a check asked.
    pub(in crate::wizard) discovery: OnceCell<Result<Discovery, Fault>>,
    /// The secret store.
    pub(in crate::wizard) vault: &'a Vault,
    /// The way to Immich's settings.
    pub(in crate::wizard) route: Result<Box<dyn Route + 'a>, Fault>,
    /// Immich may not have read yet what is stored there.
    pub(in crate::wizard) restart_is_due: bool,
    /// The secrets of a rotation.
    pub(in crate::wizard) rotating: Option<Rotating>,
    /// The kept client secret, once authentik was seen to accept it.
    pub(in crate::wizard) accepted: OnceLock<Secret>,
}

/// The secrets of a rotation.
pub(in crate::wizard) struct Rotating {
    /// The one that authentik has.
    pub(in crate::wizard) in_use: Secret,
    /// The others that are kept.
    pub(in crate::wizard) others: Vec<Secret>,
}

impl Site<'_> {
    /// What Immich says of itself.
    pub(super) async fn features(&self) -> Result<Features, Fault> {
        match &self.features {
            Some(features) => Ok(features.clone()),
            None => self.immich.features().await,
        }
    }

    /// What discovery says at the application's slug: it is asked once.
    pub(super) async fn discovery(&self) -> Result<&Discovery, &Fault> {
        let ask = || async {
            let (public, api) = self.authentik;
            let api = api.filter(|_| self.profile.authentik.api_url.is_some());
            oidc::discovery(public, api, &self.profile.application.slug).await
        };
        self.discovery.get_or_init(ask).await.as_ref()
    }

    /// An endpoint of the discovery document as it is reached from here, and the
    /// client to ask it with. `None`: discovery does not answer.
    pub(super) async fn endpoint(
        &self,
        endpoint: impl Fn(&Discovery) -> &String,
    ) -> Option<(&Http, String)> {
        let discovery = self.discovery().await.ok()?;
        let (public, api) = self.authentik;
        Some((discovery.asked_with(public, api), discovery.reached_at(endpoint(discovery))))
    }

    /// Whether the token endpoint accepts a client secret. `None`: discovery does
    /// not tell where it is.
    pub(super) async fn try_secret(&self, secret: &Secret) -> Option<SecretVerdict> {
        let (http, endpoint) = self.endpoint(|found| &found.token_endpoint).await?;
        let client_id = &self.profile.provider.client_id;
        let method = self.profile.settings.token_endpoint_auth_method;
        Some(probe_secret(http, &endpoint, client_id, secret, method).await)
    }
}
