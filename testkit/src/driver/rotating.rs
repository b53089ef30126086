//! A site whose secret is rotated.

use immich_sso::{
    secret::{Label, Secret},
    wizard::{Ending, Purpose, RotateWish, Setup, start},
};
use immich_sso_lab::{Homelab, HomelabOptions};

use super::{Driver, Site};

impl Site {
    /// A site that is set up, and nothing is under way.
    pub async fn set_up(options: HomelabOptions) -> Self {
        let site = Self::with(options).await;
        assert_eq!(site.walk().await.ending, Ending::LoginVerified);
        site
    }

    /// What a rotation with these wishes starts with.
    pub fn rotates_with(&self, wish: RotateWish) -> Setup {
        Setup { purpose: Purpose::Rotate(wish), ..self.setup() }
    }

    /// Starts a rotation.
    pub fn rotates(&self) -> Driver {
        Driver::of(start(self.rotates_with(RotateWish::default())))
    }

    /// A secret of the store.
    pub async fn kept(&self, label: Label) -> Option<Secret> {
        self.vault.get(label).await.unwrap()
    }

    /// What authentik and Immich hold.
    pub fn sides(&self) -> (String, String) {
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        (text(&self.provider()["client_secret"]), text(&self.oauth()["clientSecret"]))
    }

    /// Everything is as before a rotation: both sides, and a login.
    pub async fn is_back_on(&self, old: &Secret) {
        let (authentik, immich) = self.sides();
        assert_eq!(authentik, old.expose(), "authentik");
        assert_eq!(immich, old.expose(), "Immich");
        assert_eq!(self.kept(Label::ClientSecret).await.as_ref(), Some(old));
        Homelab::log_in_as_alice(self.lab.immich.url()).await.unwrap();
    }

    /// The new secret is everywhere, the old one is kept as the previous.
    pub async fn is_rotated_from(&self, old: &Secret) -> Secret {
        let (authentik, immich) = self.sides();
        let current = self.kept(Label::ClientSecret).await.unwrap();
        assert_ne!(current, *old);
        assert_eq!(authentik, current.expose(), "authentik");
        assert_eq!(immich, current.expose(), "Immich");
        assert_eq!(self.kept(Label::ClientSecretPrevious).await.as_ref(), Some(old));
        assert_eq!(self.kept(Label::ClientSecretPending).await, None);
        Homelab::log_in_as_alice(self.lab.immich.url()).await.unwrap();
        current
    }
}
