//! An operator for tests: answers prompts by what they ask, and remembers
//! everything that was shown.

mod rotating;
mod walking;

use std::{
    any::Any,
    path::{Path, PathBuf},
    sync::Arc,
};

use futures::FutureExt;
use immich_sso::{
    secret::{Label, Secret, Vault},
    site::{Clock, Folders, Profile, ProfileFile, RouteKind},
    wizard::{Purpose, Setup, StandIn, start},
};
use immich_sso_lab::{
    Homelab, HomelabOptions, Settings, Version,
    authentik::{self, Authentik},
};
use tempfile::TempDir;

pub use walking::*;

/// A lab with a place for profile and journal, and a secret store.
pub struct Site {
    /// The built-in servers and the host.
    pub lab: Homelab,
    /// Where profile, journal and memory are.
    pub folder: TempDir,
    /// The secret store.
    pub vault: Vault,
    /// The profile that a run starts with.
    pub profile: Profile,
    /// The clock that a run goes by.
    pub clock: Clock,
    /// What stands in front of the lab, where something does.
    pub door: Option<Door>,
}

/// A way to the lab by TLS.
pub struct Door {
    /// Immich's address there.
    pub immich: String,
    /// The authorities to trust.
    pub authorities: PathBuf,
    /// What is dropped with it.
    pub keeps: Box<dyn Any + Send + Sync>,
}

impl Site {
    /// The newest servers, with access given.
    pub async fn open() -> Self {
        Self::with(HomelabOptions::default()).await
    }

    /// Servers of these versions, with access given.
    pub async fn of(authentik: &str, immich: &str) -> Self {
        let version = |text: &str| text.parse::<Version>().unwrap();
        let options = HomelabOptions {
            authentik: version(authentik),
            immich: version(immich),
            ..HomelabOptions::default()
        };
        Self::with(options).await
    }

    /// Servers as the options say, with access given.
    pub async fn with(options: HomelabOptions) -> Self {
        let site = Self::without_access(options).await;
        let (token, key) = (
            Secret::new(site.lab.authentik.admin_token()),
            Secret::new(site.lab.immich.admin_key()),
        );
        site.vault.put(Label::AuthentikToken, &token).await.unwrap();
        site.vault.put(Label::ImmichApiKey, &key).await.unwrap();
        site
    }

    /// Servers as the options say, without access to either.
    pub async fn without_access(options: HomelabOptions) -> Self {
        let lab = Homelab::start(options).await.unwrap();
        let mut profile = Profile::default();
        profile.authentik.url = lab.authentik.url();
        profile.immich.url = lab.immich.url();
        profile.settings.allow_insecure_requests = true;
        profile.host.ssh = Some(lab.host.target());
        profile.host.key_file = Some(lab.host.key_file().display().to_string());
        profile.host.folder = lab.folder().display().to_string();
        if lab.settings() == Settings::Database {
            profile.settings.route = Some(RouteKind::Database);
        }
        let folder = tempfile::tempdir().unwrap();
        Self { lab, folder, vault: Vault::memory(), profile, clock: Clock::default(), door: None }
    }

    /// The program's folders, below [`Site::folder`].
    pub fn folders(&self) -> Folders {
        Folders::below(self.folder.path())
    }

    /// What a set-up starts with.
    pub fn setup(&self) -> Setup {
        let way = self.way();
        Setup {
            file: ProfileFile::new(&self.folders(), "test").unwrap(),
            profile: self.profile.clone(),
            folders: self.folders(),
            vault: Some(self.vault.clone()),
            purpose: Purpose::SetUp,
            lab: true,
            clock: self.clock.clone(),
            stand_in: Some(StandIn {
                name: "alice".into(),
                log_in: Arc::new(move || log_in(way.clone()).boxed()),
            }),
        }
    }

    /// Where Immich is for a browser, and whom that trusts.
    fn way(&self) -> (String, Option<PathBuf>) {
        match &self.door {
            Some(door) => (door.immich.clone(), Some(door.authorities.clone())),
            None => (self.lab.immich.url(), None),
        }
    }

    /// Lets alice log in.
    pub async fn log_in(&self) -> Result<(), String> {
        log_in(self.way()).await
    }

    /// Starts a set-up.
    pub fn start(&self) -> Driver {
        Driver::of(start(self.setup()))
    }

    /// Walks to the end, confirming everything.
    pub async fn walk(&self) -> Walked {
        self.start().walk(confirm).await
    }

    /// Takes the last run back, confirming everything.
    pub async fn undo(&self) -> Walked {
        Driver::of(start(self.undoing())).walk(confirm).await
    }

    /// What an undo starts with.
    pub fn undoing(&self) -> Setup {
        Setup { purpose: Purpose::Undo, ..self.setup() }
    }

    /// Everything at both servers that a run may touch, as it is stored.
    pub async fn stored(&self) -> Stored {
        let storage = self.lab.immich.storage();
        let kept = self.vault.list().await.unwrap();
        let tables = storage.tables().clone();
        Stored {
            providers: self.lab.authentik.providers(),
            applications: self.lab.authentik.applications(),
            tables,
            file: storage.file().map(|path| std::fs::read_to_string(path).unwrap()),
            settings: self.lab.immich.settings().unwrap(),
            secret: kept
                .into_iter()
                .find(|(label, _)| *label == Label::ClientSecret)
                .map(|(_, print)| print.to_string()),
        }
    }

    /// Saves settings as somebody else does in Immich's own page.
    pub async fn put_settings(&self, config: &serde_json::Value) {
        let url = format!("{}/api/system-config", self.lab.immich.url());
        let key = self.lab.immich.admin_key();
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        let sent = client.put(url).header("x-api-key", key.expose()).json(config).send().await;
        assert!(sent.unwrap().status().is_success());
    }

    /// Makes a provider as somebody else does in authentik, like `row` but for
    /// its name and client id.
    pub async fn make_provider(&self, row: &serde_json::Value, name: &str, client_id: &str) {
        let mut body = serde_json::json!({ "name": name, "client_id": client_id });
        for key in ["authorization_flow", "invalidation_flow", "redirect_uris"] {
            body[key] = row[key].clone();
        }
        let url = format!("{}/api/v3/providers/oauth2/", self.lab.authentik.url());
        let token = self.lab.authentik.admin_token();
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        let sent = client.post(url).bearer_auth(token.expose()).json(&body).send().await;
        assert_eq!(sent.unwrap().status(), 201);
    }

    /// The primary key of a flow of authentik's.
    pub async fn flow(&self, slug: &str) -> serde_json::Value {
        let rows = self.rows(&format!("flows/instances/?slug={slug}")).await;
        rows[0]["pk"].clone()
    }

    /// The key pair that signs by authentik's own defaults.
    pub async fn signing_key(&self) -> serde_json::Value {
        let rows = self.rows("crypto/certificatekeypairs/?has_key=true").await;
        rows[0]["pk"].clone()
    }

    /// The provider's scope mappings without the one of that scope.
    pub async fn mappings_but(&self, scope: &str) -> Vec<serde_json::Value> {
        let rows = self.rows("propertymappings/provider/scope/?page_size=100").await;
        let gone = rows.as_array().unwrap().iter().find(|row| {
            row["scope_name"] == scope
                && self.provider()["property_mappings"].as_array().unwrap().contains(&row["pk"])
        });
        let gone = gone.unwrap()["pk"].clone();
        let all = self.provider()["property_mappings"].as_array().unwrap().clone();
        all.into_iter().filter(|pk| *pk != gone).collect()
    }

    /// Makes somebody in authentik who can log in, without an account in Immich.
    pub async fn make_person(&self, name: &str, password: &immich_sso_lab::Secret) {
        let base = format!("{}/api/v3/core/users/", self.lab.authentik.url());
        let token = self.lab.authentik.admin_token();
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        let post = async |url: String, body: serde_json::Value| {
            let sent = client.post(url).bearer_auth(token.expose()).json(&body).send().await;
            let answer = sent.unwrap();
            assert!(answer.status().is_success(), "{answer:?}");
            answer.json::<serde_json::Value>().await.unwrap_or_default()
        };
        let email = format!("{name}@example.com");
        let body = serde_json::json!({"username": name, "name": name, "email": email});
        let made = post(base.clone(), body).await;
        let body = serde_json::json!({"password": password.expose()});
        post(format!("{base}{}/set_password/", made["pk"]), body).await;
    }

    async fn rows(&self, path: &str) -> serde_json::Value {
        let url = format!("{}/api/v3/{path}", self.lab.authentik.url());
        let token = self.lab.authentik.admin_token();
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        let sent = client.get(url).bearer_auth(token.expose()).send().await.unwrap();
        sent.json::<serde_json::Value>().await.unwrap()["results"].clone()
    }

    /// Makes an application as somebody else does in authentik.
    pub async fn make_application(&self, name: &str, slug: &str) {
        let url = format!("{}/api/v3/core/applications/", self.lab.authentik.url());
        let token = self.lab.authentik.admin_token();
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        let body = serde_json::json!({ "name": name, "slug": slug });
        let sent = client.post(url).bearer_auth(token.expose()).json(&body).send().await;
        assert_eq!(sent.unwrap().status(), 201);
    }

    /// Another authentik in place of this one, at the same address: nothing of
    /// ours, other keys, other ids for everybody.
    pub async fn rebuild_authentik(&mut self) {
        let port = self.lab.authentik.url().rsplit(':').next().unwrap().parse().unwrap();
        let version = self.lab.authentik.version().clone();
        let placeholder = Authentik::start(authentik::Options::default()).await.unwrap();
        std::mem::replace(&mut self.lab.authentik, placeholder).stop().await;
        let options =
            authentik::Options { version, port: Some(port), ..authentik::Options::default() };
        self.lab.authentik = Authentik::start(options).await.unwrap();
    }

    /// Deletes what is ours in authentik, as a rebuild leaves it.
    pub async fn wipe_authentik(&self) {
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        let token = self.lab.authentik.admin_token();
        let base = format!("{}/api/v3", self.lab.authentik.url());
        for row in self.lab.authentik.applications() {
            let url = format!("{base}/core/applications/{}/", row["slug"].as_str().unwrap());
            client.delete(url).bearer_auth(token.expose()).send().await.unwrap();
        }
        for row in self.lab.authentik.providers() {
            let url = format!("{base}/providers/oauth2/{}/", row["pk"]);
            client.delete(url).bearer_auth(token.expose()).send().await.unwrap();
        }
    }

    /// How many requests asked to change something, at both servers.
    pub fn mutations(&self) -> usize {
        self.lab.authentik.mutations().len() + self.lab.immich.mutations()
    }

    /// The provider as authentik stores it.
    pub fn provider(&self) -> serde_json::Value {
        self.lab.authentik.providers().first().cloned().unwrap_or_default()
    }

    /// Immich's oauth settings in effect.
    pub fn oauth(&self) -> serde_json::Value {
        self.lab.immich.settings().unwrap()["oauth"].clone()
    }

    /// The journal as it is on disk.
    pub fn journal(&self) -> String {
        std::fs::read_to_string(self.folders().journal("test")).unwrap_or_default()
    }
}

async fn log_in((immich, authorities): (String, Option<PathBuf>)) -> Result<(), String> {
    Homelab::log_in_by_tls(immich, authorities.as_deref()).await
}

/// See [`Site::stored`].
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// authentik's providers.
    pub providers: Vec<serde_json::Value>,
    /// authentik's applications.
    pub applications: Vec<serde_json::Value>,
    /// The tables of Immich's database.
    pub tables: immich_sso_lab::immich::Tables,
    /// The text of Immich's config file, if it has one.
    pub file: Option<String>,
    /// The settings in effect.
    pub settings: serde_json::Value,
    /// The fingerprint of the client secret that is kept.
    pub secret: Option<String>,
}

/// The text of every file below a folder.
pub fn files(folder: &Path) -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            text.push_str(&files(&entry.path()));
        } else {
            text.push_str(&String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap()));
        }
    }
    text
}
