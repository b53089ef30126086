//! An Immich behind an authentik, both of the lab.

use std::path::PathBuf;

use immich_sso_lab::{
    Person, Version,
    authentik::Authentik,
    immich::{Immich, Options, StorageKind},
};
use reqwest::{Client, redirect};
use serde_json::{Value, json};

use crate::http::started;

/// Where the browser is sent back to.
pub const WEB: &str = "https://photos.example.com/auth/login";

pub struct Site {
    pub authentik: Authentik,
    pub immich: Immich,
    /// A browser, with its cookies.
    pub browser: Client,
}

/// A browser with nothing in it yet.
pub fn browser() -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .tls_certs_only([])
        .cookie_store(true)
        .redirect(redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap()
}

/// An Immich of a release.
pub async fn immich(version: &str) -> Immich {
    let version: Version = version.parse().unwrap();
    let options = Options { version, ..Options::new(StorageKind::Database) };
    Immich::start(options).await.unwrap()
}

impl Site {
    /// [`Self::start_trusting`] nobody but whom everybody trusts.
    pub async fn start(version: &str, change: impl FnOnce(&mut Value)) -> Self {
        Self::start_trusting(version, None, change).await
    }

    /// Both are there, and Immich's settings are as the wizard writes them;
    /// `change` may alter the oauth block. Immich trusts the authorities in the
    /// file beside those that everybody trusts.
    pub async fn start_trusting(
        version: &str,
        authorities: Option<PathBuf>,
        change: impl FnOnce(&mut Value),
    ) -> Self {
        let (authentik, asker) = started("2026.8.0-rc1").await;
        asker.site(&authentik, |_| ()).await;
        let options = Options {
            version: version.parse().unwrap(),
            authorities,
            ..Options::new(StorageKind::Database)
        };
        let immich = Immich::start(options).await.unwrap();
        let site = Self { authentik, immich, browser: browser() };
        let issuer = format!("{}/application/o/immich/", site.authentik.url());
        site.put(|oauth| {
            oauth["enabled"] = true.into();
            oauth["issuerUrl"] = issuer.into();
            oauth["clientId"] = "immich".into();
            oauth["clientSecret"] = "secret1".into();
            if oauth.get("allowInsecureRequests").is_some() {
                oauth["allowInsecureRequests"] = true.into();
            }
            change(oauth);
        })
        .await;
        site
    }

    /// Changes the oauth block by Immich's API.
    pub async fn put(&self, change: impl FnOnce(&mut Value)) {
        let url = format!("{}/api/system-config", self.immich.url());
        let key = self.immich.admin_key();
        let get = self.browser.get(&url).header("x-api-key", key.expose()).send().await.unwrap();
        let mut config: Value = get.json().await.unwrap();
        change(&mut config["oauth"]);
        let put = self.browser.put(&url).header("x-api-key", key.expose()).json(&config);
        let put = put.send().await.unwrap();
        assert_eq!(put.status(), 200, "{}", put.text().await.unwrap());
    }

    pub async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let url = format!("{}{path}", self.immich.url());
        let answer = self.browser.post(url).json(body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    /// Asks Immich to begin a login.
    pub async fn begin(&self) -> (u16, Value) {
        self.post("/api/oauth/authorize", &json!({ "redirectUri": WEB })).await
    }

    /// Signs alice in at authentik: where the browser is sent back to.
    pub async fn arrive(&self) -> String {
        let (status, begun) = self.begin().await;
        assert_eq!(status, 201, "{begun}");
        let alice = Person::new("alice", Authentik::password("alice"));
        alice.sign_in(begun["url"].as_str().unwrap(), WEB).await.unwrap()
    }

    /// A login from the button to Immich's answer.
    pub async fn log_in(&self) -> (u16, Value) {
        let arrived = self.arrive().await;
        self.post("/api/oauth/callback", &json!({ "url": arrived })).await
    }

    /// The user of that address, as the administrator sees them.
    pub fn user(&self, email: &str) -> Option<Value> {
        self.immich.users().into_iter().find(|user| user["email"] == email)
    }
}
