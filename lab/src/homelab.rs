//! The homelab as a whole: authentik, Immich and the host of Immich, wired up
//! as in somebody's cellar.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    time::Duration,
};

use reqwest::Client;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    Person,
    authentik::{self, Authentik},
    host::{self, Host},
    immich::{self, ADMIN_EMAIL, Immich, StorageKind},
    web,
};
use crate::Version;

/// The version of [`Homelab::description`].
const DESCRIPTION: u32 = 1;

/// How long one request of alice's browser may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long a restart keeps Immich away: long enough to be seen.
const RESTART: Duration = Duration::from_millis(800);

/// The person who logs in.
const ALICE: &str = "alice";

/// How Immich keeps its settings in the lab.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Settings {
    /// In its database, and its API changes them.
    #[default]
    Api,
    /// In its database, changed over SSH.
    Database,
    /// In the file that `IMMICH_CONFIG_FILE` names.
    ConfigFile,
}

/// What a homelab is started with.
#[derive(Clone, Debug)]
pub struct HomelabOptions {
    /// The release that authentik plays.
    pub authentik: Version,
    /// The release that Immich plays.
    pub immich: Version,
    /// How Immich keeps its settings.
    pub settings: Settings,
    /// The port of authentik; `None`: a free one.
    pub authentik_port: Option<u16>,
    /// The port of Immich; `None`: a free one.
    pub immich_port: Option<u16>,
    /// The port of the host's SSH; `None`: a free one.
    pub ssh_port: Option<u16>,
    /// A PEM file with the authorities that Immich trusts beyond none.
    pub authorities: Option<PathBuf>,
    /// The folder of the host's compose project, which is there already; `None`: one that
    /// ends with the lab.
    pub folder: Option<PathBuf>,
}

impl Default for HomelabOptions {
    /// authentik 2026.8 and Immich 2.7.5, settings by its API.
    fn default() -> Self {
        Self {
            authentik: Version::new(2026, 8, 3),
            immich: Version::new(2, 7, 5),
            settings: Settings::Api,
            authentik_port: None,
            immich_port: None,
            ssh_port: None,
            authorities: None,
            folder: None,
        }
    }
}

/// The homelab, at work until it is dropped.
pub struct Homelab {
    /// The identity provider.
    pub authentik: Authentik,
    /// The photo server.
    pub immich: Immich,
    /// The machine that it runs on.
    pub host: Host,
    folder: PathBuf,
    _temporary: Option<TempDir>,
    settings: Settings,
}

impl fmt::Debug for Homelab {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Homelab").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Homelab {
    /// Starts all of it on loopback.
    ///
    /// # Errors
    /// When a port is taken or no folder can be made.
    pub async fn start(options: HomelabOptions) -> io::Result<Self> {
        let temporary = || tempfile::Builder::new().prefix("immich-sso-lab-").tempdir();
        let temporary = options.folder.is_none().then(temporary).transpose()?;
        let made = temporary.as_ref().map(|made| made.path().to_owned());
        let folder = options.folder.or(made).unwrap_or_default();
        let storage = if options.settings == Settings::ConfigFile {
            let path = folder.join("immich.yaml");
            std::fs::write(&path, CONFIG_FILE)?;
            StorageKind::ConfigFile(path)
        } else {
            StorageKind::Database
        };
        let (authentik, immich) = tokio::try_join!(
            Authentik::start(authentik::Options {
                version: options.authentik,
                port: options.authentik_port,
                ..authentik::Options::default()
            }),
            Immich::start(immich::Options {
                version: options.immich,
                port: options.immich_port,
                restart: RESTART,
                authorities: options.authorities,
                ..immich::Options::new(storage)
            }),
        )?;
        // alice had an account with a password before there was single sign-on.
        immich.create_user("alice@example.com", "Alice");
        let host = Host::start(host::Options {
            immich: immich.clone(),
            folder: folder.clone(),
            port: options.ssh_port,
        })
        .await?;
        let settings = options.settings;
        Ok(Self { authentik, immich, host, folder, _temporary: temporary, settings })
    }

    /// The folder of Immich's compose project on the host.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// How Immich keeps its settings.
    #[must_use]
    pub const fn settings(&self) -> Settings {
        self.settings
    }

    /// Everything that somebody needs to use the lab, for people and programs.
    #[must_use]
    pub fn description(&self) -> Value {
        let people: Vec<Value> = Authentik::residents()
            .iter()
            .map(|person| {
                json!({
                    "username": person.username,
                    "email": person.email,
                    "password": person.password.expose(),
                    "second_factor": person.has_totp,
                })
            })
            .collect();
        json!({
            "version": DESCRIPTION,
            "note": "The built-in lab of immich-sso. Its secrets are worth nothing elsewhere.",
            "authentik": {
                "url": self.authentik.url(),
                "version": self.authentik.version().to_string(),
                "token": self.authentik.admin_token().expose(),
                "people": people,
            },
            "immich": {
                "url": self.immich.url(),
                "version": self.immich.version().to_string(),
                "api_key": self.immich.admin_key().expose(),
                "admin": {
                    "email": ADMIN_EMAIL,
                    "password": self.immich.admin_password().expose(),
                },
            },
            "host": {
                "ssh": self.host.target(),
                "password": self.host.password().expose(),
                "key_file": self.host.key_file(),
                "fingerprint": self.host.fingerprint(),
                "known_hosts": self.host.known_hosts_line(),
                "folder": self.folder,
            },
        })
    }

    /// Lets alice log in at Immich through authentik, as a browser would.
    ///
    /// # Errors
    /// Says where the login ended.
    pub async fn log_in_as_alice(immich: String) -> Result<(), String> {
        Self::log_in_by_tls(immich, None).await
    }

    /// The same for anybody, where the way is without TLS.
    ///
    /// # Errors
    /// Says where the login ended.
    pub async fn log_in(person: Person, immich: String) -> Result<(), String> {
        Self::walk_in(person, immich, None).await
    }

    /// The same where the way is by TLS: the file holds the authorities that
    /// the browser trusts.
    ///
    /// # Errors
    /// Says where the login ended.
    pub async fn log_in_by_tls(immich: String, authorities: Option<&Path>) -> Result<(), String> {
        Self::walk_in(Person::new(ALICE, Authentik::password(ALICE)), immich, authorities).await
    }

    async fn walk_in(
        person: Person,
        immich: String,
        authorities: Option<&Path>,
    ) -> Result<(), String> {
        let open = || {
            let browser = web::client(authorities, PATIENCE).map_err(|error| error.to_string())?;
            browser.cookie_store(true).build().map_err(|error| error.to_string())
        };
        let browser = open()?;
        let person = person.in_browser(open()?);
        let redirect_uri = format!("{immich}/auth/login");
        let begun = post(
            &browser,
            &format!("{immich}/api/oauth/authorize"),
            &json!({ "redirectUri": redirect_uri }),
        )
        .await?;
        let link = begun["url"].as_str().unwrap_or_default();
        let arrived = person.sign_in(link, &redirect_uri).await.map_err(|lost| lost.to_string())?;
        post(&browser, &format!("{immich}/api/oauth/callback"), &json!({ "url": arrived }))
            .await
            .map(|_| ())
    }
}

async fn post(browser: &Client, url: &str, body: &Value) -> Result<Value, String> {
    let answer = browser.post(url).json(body).send().await.map_err(|error| error.to_string())?;
    let status = answer.status();
    let body: Value = answer.json().await.unwrap_or_default();
    if status.is_success() { Ok(body) } else { Err(format!("{status}: {}", body["message"])) }
}

/// A config file as people write it: comments, an order of their own, and
/// nothing about OAuth yet.
const CONFIG_FILE: &str = "\
# Immich, as I like it
server:
  externalDomain: https://photos.example.com # the public name
ffmpeg:
  crf: 20
";
