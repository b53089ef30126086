//! The lab's Immich: real HTTP, real sessions, real OpenID Connect, and the
//! manners of the releases that it plays, as they were measured.

mod accounts;
mod answers;
mod claimed;
mod config;
mod edition;
mod keys;
mod oauth;
mod people;
mod relying_party;
mod rules;
mod server;
mod state;
mod storage;
mod system_config;

use std::{
    io,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex as Held, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::Value;
use tokio::{net::TcpListener, sync::Mutex, task::JoinHandle};

use crate::{Secret, Version, web};

pub use server::{Mishap, Seen};
pub use storage::{Row, Storage, StorageKind, Tables};

use edition::Edition;
use state::State;

/// The releases that it plays, the newest last.
pub const RELEASES: [&str; 16] = [
    "1.105", "1.106", "1.111", "1.118", "1.120", "1.125", "1.132", "1.135", "1.144", "2.0", "2.3",
    "2.5", "2.7", "3.0", "3.1", "3.2",
];

/// What the lab's Immich is started with.
#[derive(Clone, Debug)]
pub struct Options {
    /// The release that it plays.
    pub version: Version,
    /// How it keeps its settings.
    pub storage: StorageKind,
    /// The port on loopback; `None`: a free one.
    pub port: Option<u16>,
    /// How long a restart keeps it away.
    pub restart: Duration,
    /// Nobody signed up yet: no administrator, no key.
    pub fresh: bool,
    /// The settings are at `/api/admin/config` alone, as a later release may
    /// have it.
    pub only_admin_config: bool,
    /// A PEM file with the authorities that it trusts, as `NODE_EXTRA_CA_CERTS`
    /// names it.
    pub authorities: Option<PathBuf>,
}

impl Options {
    /// 3.2.2 on a free port, with an administrator.
    #[must_use]
    pub const fn new(storage: StorageKind) -> Self {
        Self {
            version: Version::new(3, 2, 2),
            storage,
            port: None,
            restart: Duration::from_millis(300),
            fresh: false,
            only_admin_config: false,
            authorities: None,
        }
    }
}

/// The lab's Immich, at work until it is dropped.
#[derive(Clone, Debug)]
pub struct Immich {
    /// Another one after an upgrade.
    state: Arc<Held<Arc<State>>>,
    /// Another one after a move.
    address: Arc<Held<SocketAddr>>,
    restart: Duration,
    serving: Arc<Mutex<Option<Serving>>>,
}

/// A user's link, as SQL changes it.
pub(crate) struct Link {
    pub(crate) id: String,
    pub(crate) from: String,
    pub(crate) to: String,
}

/// The task that serves; it ends with its handle.
#[derive(Debug)]
struct Serving(JoinHandle<()>);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// How long its requests to authentik may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The administrator of the lab's Immich.
pub const ADMIN_EMAIL: &str = "admin@example.com";

impl Immich {
    /// Starts it. Unless it is to be fresh, it has an administrator with a
    /// password of its own, who has an API key.
    ///
    /// # Errors
    /// When the port is not free.
    pub async fn start(options: Options) -> io::Result<Self> {
        let port = options.port.unwrap_or(0);
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        let address = listener.local_addr()?;
        let storage = Storage::new(&options.version, options.storage);
        let mut edition = Edition::of(options.version).map_err(io::Error::other)?;
        edition.has_only_admin_config = options.only_admin_config;
        let http = web::client(options.authorities.as_deref(), PATIENCE)?
            .build()
            .map_err(io::Error::other)?;
        let state = State::new(edition, storage, http, options.fresh).map_err(io::Error::other)?;
        let state = Arc::new(state);
        let serving = Serving(server::serve(listener, Arc::clone(&state)));
        Ok(Self {
            state: Arc::new(Held::new(state)),
            address: Arc::new(Held::new(address)),
            restart: options.restart,
            serving: Arc::new(Mutex::new(Some(serving))),
        })
    }

    /// Its address, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", *held(&self.address))
    }

    /// The release that it plays.
    #[must_use]
    pub fn version(&self) -> Version {
        self.state().edition.version.clone()
    }

    /// The password of [`ADMIN_EMAIL`].
    #[must_use]
    pub fn admin_password(&self) -> Secret {
        self.state().admin_password.clone()
    }

    /// An API key of the administrator's with every permission.
    #[must_use]
    pub fn admin_key(&self) -> Secret {
        self.state().admin_key.clone()
    }

    /// Makes a user without a password, as login with OAuth makes them.
    pub fn create_user(&self, email: &str, name: &str) {
        self.state().accounts().create(email, name, false, None);
    }

    /// Makes a user who signs in with a password.
    pub fn create_user_with(&self, email: &str, name: &str, password: Secret) {
        self.state().accounts().create(email, name, false, Some(password));
    }

    /// Makes an API key of the administrator's with just these permissions.
    #[must_use]
    pub fn make_key(&self, permissions: &[&str]) -> Secret {
        let state = self.state();
        let mut accounts = state.accounts();
        let admin = accounts.users.iter().find(|user| user.is_admin);
        let id = admin.map(|user| user.id.clone()).unwrap_or_default();
        let permissions = permissions.iter().map(ToString::to_string).collect();
        accounts.make_key(&id, "made by the lab", permissions).0.into()
    }

    /// What an API key may do.
    #[must_use]
    pub fn permissions_of(&self, key: &str) -> Vec<String> {
        let state = self.state();
        let accounts = state.accounts();
        accounts.keys.get(key).map(|key| key.permissions.clone()).unwrap_or_default()
    }

    /// The names of all API keys, in order.
    #[must_use]
    pub fn key_names(&self) -> Vec<String> {
        let state = self.state();
        let accounts = state.accounts();
        let mut names: Vec<String> = accounts.keys.values().map(|key| key.name.clone()).collect();
        names.sort();
        names
    }

    /// Links a user to a subject at the provider behind everybody's back, or,
    /// with an empty one, to none. False: there is no such user.
    pub fn link_user(&self, email: &str, subject: &str) -> bool {
        let state = self.state();
        let mut accounts = state.accounts();
        let user = accounts.users.iter_mut().find(|user| user.email == email);
        user.map(|user| user.link(subject)).is_some()
    }

    /// The name of the table of users, as SQL has to spell it.
    pub(crate) fn users_table(&self) -> &'static str {
        if self.state().edition.since(1, 136, 0) { "\"user\"" } else { "users" }
    }

    /// Whether each of these users is linked as `from` says.
    pub(crate) fn are_linked_so(&self, links: &[Link]) -> bool {
        let state = self.state();
        let accounts = state.accounts();
        links.iter().all(|link| accounts.by_id(&link.id).is_some_and(|u| u.oauth_id == link.from))
    }

    /// Links users by their ids, if each is linked as `from` says.
    pub(crate) fn relink(&self, links: &[Link]) {
        if !self.are_linked_so(links) {
            return;
        }
        let state = self.state();
        let mut accounts = state.accounts();
        for link in links {
            if let Some(user) = accounts.users.iter_mut().find(|user| user.id == link.id) {
                user.link(&link.to);
            }
        }
    }

    /// All users, as its API lists them.
    #[must_use]
    pub fn users(&self) -> Vec<Value> {
        self.state().accounts().listed(&self.state().edition)
    }

    /// What its settings are kept in: for whoever plays the host.
    #[must_use]
    pub fn storage(&self) -> Storage {
        self.state().storage.clone()
    }

    /// The settings that are in effect.
    ///
    /// # Errors
    /// When what is stored cannot be read.
    pub fn settings(&self) -> Result<Value, String> {
        self.state().config()
    }

    /// The requests that it saw, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<Seen> {
        self.state().seen()
    }

    /// How many requests changed something.
    #[must_use]
    pub fn mutations(&self) -> usize {
        self.requests().iter().filter(|seen| seen.changes()).count()
    }

    /// Lets something go wrong with the next request that fits.
    pub fn mishap(&self, mishap: Mishap) {
        self.state().expect(mishap);
    }

    /// Lets settings that its API stores wait for the next start, as no release
    /// does that was measured.
    ///
    /// # Errors
    /// When what is stored cannot be read.
    pub fn defer_settings(&self) -> Result<(), String> {
        self.state().defer()
    }

    /// Lets its login links lead there from now on, with their query; an empty
    /// text: to where they must lead.
    pub fn lead_logins_to(&self, address: &str) {
        self.state().lead_logins_to(address);
    }

    /// The lines that its container logged.
    #[must_use]
    pub fn log(&self) -> Vec<String> {
        self.state().log_lines()
    }

    /// Restarts it: connections are refused for a while, then the settings are
    /// read anew. With settings that cannot be read it does not come back.
    ///
    /// # Errors
    /// When its port was taken meanwhile.
    pub async fn restart(&self) -> io::Result<()> {
        let mut serving = self.serving.lock().await;
        *serving = None;
        self.state().note("Received SIGTERM, shutting down");
        tokio::time::sleep(self.restart).await;
        if let Err(error) = self.state().reload() {
            self.state().note(&error);
            self.state().note("api worker exited with code 1");
            return Ok(());
        }
        let address = *held(&self.address);
        self.listen(&mut serving, rebind(address).await?);
        drop(serving);
        Ok(())
    }

    /// Plays another release from now on, over the rows that are there: what a
    /// release's migrations make of them, they become.
    ///
    /// # Errors
    /// When what is stored cannot be read, as at its start.
    pub async fn upgrade(&self, version: Version) -> io::Result<()> {
        let mut serving = self.serving.lock().await;
        *serving = None;
        let edition = Edition::of(version).map_err(io::Error::other)?;
        let state = self.state().upgraded(edition).map_err(io::Error::other)?;
        *held(&self.state) = Arc::new(state);
        let address = *held(&self.address);
        self.listen(&mut serving, rebind(address).await?);
        drop(serving);
        Ok(())
    }

    /// Moves it to another port on loopback; `None`: any that is free. What it
    /// knows stays.
    ///
    /// # Errors
    /// When the port is not free.
    pub async fn relocate(&self, port: Option<u16>) -> io::Result<()> {
        let mut serving = self.serving.lock().await;
        let listener = TcpListener::bind(("127.0.0.1", port.unwrap_or(0))).await?;
        *held(&self.address) = listener.local_addr()?;
        self.listen(&mut serving, listener);
        drop(serving);
        Ok(())
    }

    fn listen(&self, serving: &mut Option<Serving>, listener: TcpListener) {
        self.state().note("Immich Server is listening");
        *serving = Some(Serving(server::serve(listener, self.state())));
    }

    fn state(&self) -> Arc<State> {
        Arc::clone(&held(&self.state))
    }

    /// Whether it serves. Not while it restarts, nor after settings that it
    /// cannot read ended it.
    pub async fn is_serving(&self) -> bool {
        self.serving.lock().await.is_some()
    }

    /// Stops it.
    pub async fn stop(&self) {
        *self.serving.lock().await = None;
    }
}

/// Listens at an address that was given up a moment ago.
async fn rebind(address: SocketAddr) -> io::Result<TcpListener> {
    let mut tries = 0;
    loop {
        match TcpListener::bind(address).await {
            Ok(listener) => return Ok(listener),
            Err(error) if tries >= 50 => return Err(error),
            Err(_) => {
                tries += 1;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

fn held<T>(held: &Held<T>) -> MutexGuard<'_, T> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}
