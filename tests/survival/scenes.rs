//! The runs that are cut short, and the effects of each.

use immich_sso::{
    lab::{HomelabOptions, Settings},
    secret::{Label, Vault},
    wizard::Purpose,
};
use serde_json::json;

use crate::{
    driver::Site,
    faults::{Lockable, Way},
};

/// A run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scene {
    /// The first set-up.
    SetUp,
    /// A run after somebody changed everything.
    Again,
    /// A set-up that is taken back.
    Undo,
    /// A run after somebody changed everything that is taken back.
    UndoAgain,
}

impl Scene {
    pub const fn name(self) -> &'static str {
        match self {
            Self::SetUp => "set-up",
            Self::Again => "re-run",
            Self::Undo => "undo of a set-up",
            Self::UndoAgain => "undo of a re-run",
        }
    }

    /// What the run that is cut short is for.
    pub const fn purpose(self) -> Purpose {
        match self {
            Self::SetUp | Self::Again => Purpose::SetUp,
            Self::Undo | Self::UndoAgain => Purpose::Undo,
        }
    }

    /// Its effects: how the plan begins the line, and how it is carried out.
    pub fn effects(self, settings: Settings) -> Vec<(&'static str, Way)> {
        const PROVIDERS: &str = "/providers/oauth2/";
        const APPLICATIONS: &str = "/core/applications/";
        let write = match settings {
            Settings::Api => Way::Immich("PUT"),
            Settings::Database => Way::Host("psql"),
            Settings::ConfigFile => Way::Host("immich-sso-new"),
        };
        match self {
            Self::SetUp => vec![
                ("Generate a client secret", Way::Store),
                ("Create the provider", Way::Authentik("POST", PROVIDERS)),
                ("Create the application", Way::Authentik("POST", APPLICATIONS)),
                ("Write Immich's OAuth settings", write),
            ],
            Self::Again => vec![
                ("Keep the secret that authentik", Way::Store),
                ("Change the provider", Way::Authentik("PATCH", PROVIDERS)),
                ("Change the application", Way::Authentik("PATCH", APPLICATIONS)),
                ("Keep the secret that Immich", Way::Store),
                ("Write Immich's OAuth settings", write),
            ],
            Self::Undo => vec![
                ("Set Immich's OAuth settings back", write),
                ("Delete the application", Way::Authentik("DELETE", APPLICATIONS)),
                ("Delete the provider", Way::Authentik("DELETE", PROVIDERS)),
                ("Forget the client secret", Way::Store),
            ],
            Self::UndoAgain => vec![
                ("Set Immich's OAuth settings back", write),
                ("Set the application", Way::Authentik("PATCH", APPLICATIONS)),
                ("Set the provider", Way::Authentik("PATCH", PROVIDERS)),
            ],
        }
    }

    /// A site on which the run is about to begin.
    pub async fn open(self, settings: Settings) -> (Site, Lockable) {
        let options = HomelabOptions { settings, ..HomelabOptions::default() };
        let mut site = Site::with(options).await;
        let store = Lockable::default();
        let vault = Vault::of(store.clone());
        for label in [Label::AuthentikToken, Label::ImmichApiKey] {
            vault.put(label, &site.vault.get(label).await.unwrap().unwrap()).await.unwrap();
        }
        site.vault = vault;
        if self != Self::SetUp {
            site.walk().await;
        }
        if matches!(self, Self::Again | Self::UndoAgain) {
            foreign(&site);
        }
        if self == Self::UndoAgain {
            site.walk().await;
        }
        (site, store)
    }
}

/// Somebody else's hand on every object.
fn foreign(site: &Site) {
    let authentik = &site.lab.authentik;
    assert!(authentik.change_provider("immich-oauth-provider", |provider| {
        provider.insert("client_secret".into(), "somebody-elses".into());
        provider.insert("signing_key".into(), json!(null));
    }));
    assert!(authentik.change_application("immich", |application| {
        application.insert("provider".into(), json!(null));
        application.insert("meta_launch_url".into(), json!("https://photos.example.com"));
    }));
    let storage = site.lab.immich.storage();
    if let Some(path) = storage.file() {
        let text = std::fs::read_to_string(path).unwrap();
        let secret = site.oauth()["clientSecret"].as_str().unwrap().to_owned();
        let text = text.replace(&secret, "yet-another");
        std::fs::write(path, text + "\ntrash:\n  days: 99\n").unwrap();
        return;
    }
    let mut tables = storage.tables();
    let row = tables.metadata.as_mut().unwrap();
    row["oauth"]["clientSecret"] = "yet-another".into();
    row["oauth"]["buttonText"] = "Enter".into();
    row["trash"] = json!({"days": 99});
}
