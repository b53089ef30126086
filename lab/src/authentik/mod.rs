//! authentik, as far as this project meets it: its REST API, its OpenID
//! Connect endpoints and its flow executor, over real HTTP, in the behaviour
//! of the release that it is asked to play. 2025.10, 2026.5 and 2026.8 are held
//! against recordings; 2024.6 is known from its contract and code; not recorded.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use immich_sso_lab::authentik::{Authentik, Options};
//! let authentik = Authentik::start(Options::default()).await?;
//! println!("{}", authentik.url());
//! authentik.stop().await;
//! # Ok(()) }
//! ```

mod api;
mod applications;
mod bindings;
mod catalogue;
mod challenges;
mod claims;
mod events;
mod executor;
mod expression;
mod fields;
mod grants;
mod groups;
mod install;
mod keys;
mod look;
mod migrate;
mod mishap;
mod oidc;
mod page;
mod pattern;
mod providers;
mod rbac;
mod redirect_uris;
mod server;
mod session;
mod settings;
mod state;
mod tokens;
mod totp;
mod transactional;
mod users;
mod wire;

pub use mishap::{Mishap, MishapKind};

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use tokio::{net::TcpListener, task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;

use self::{
    listener::{Cuttable, Line},
    server::Inner,
    state::{State, text},
};
use super::{chance, listener};
use crate::{Secret, Version};

/// The releases that it plays, the newest last.
pub const RELEASES: [&str; 15] = [
    "2023.10", "2024.2", "2024.6", "2024.8", "2024.10", "2024.12", "2025.2", "2025.4", "2025.6",
    "2025.8", "2025.10", "2025.12", "2026.2", "2026.5", "2026.8",
];

/// How long open requests may take to end when the server stops.
const GRACE: Duration = Duration::from_secs(2);

/// How an authentik is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// The release that it plays.
    pub version: Version,
    /// The port on 127.0.0.1; `None`: any that is free.
    pub port: Option<u16>,
    /// The key of the administrator's token; `None`: a random one.
    pub admin_token: Option<Secret>,
    /// Rows on a page of a list; `None`: what the release does.
    pub page_size: Option<usize>,
}

impl Default for Options {
    /// 2026.8.3 on a free port.
    fn default() -> Self {
        Self { version: Version::new(2026, 8, 3), port: None, admin_token: None, page_size: None }
    }
}

/// A person who can sign in.
#[derive(Clone, Debug)]
pub struct Resident {
    /// The user name.
    pub username: &'static str,
    /// The full name.
    pub name: &'static str,
    /// The e-mail address.
    pub email: &'static str,
    /// The password.
    pub password: Secret,
    /// Whether a code is asked for too: [`Authentik::totp_code`].
    pub has_totp: bool,
}

/// A request that was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// `GET`, `POST` and so on.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The body, if it says that it is JSON, and is.
    pub body: Option<Value>,
    /// Who asks: the header that says so, its name in lower case.
    pub asks: Option<String>,
}

impl Seen {
    /// Whether it asked the REST API to change something. Steps of a login do
    /// not count.
    #[must_use]
    pub fn is_mutation(&self) -> bool {
        !matches!(self.method.as_str(), "GET" | "HEAD" | "OPTIONS")
            && self.path.starts_with("/api/v3/")
            && !self.path.starts_with("/api/v3/flows/executor/")
    }
}

/// An authentik that runs. It stops when dropped.
pub struct Authentik {
    inner: Inner,
    address: SocketAddr,
    token: Secret,
    version: Version,
    stop: CancellationToken,
    task: Option<JoinHandle<()>>,
}

impl Authentik {
    /// Starts one on 127.0.0.1.
    ///
    /// # Errors
    /// When the port is taken.
    pub async fn start(options: Options) -> io::Result<Self> {
        let port = options.port.unwrap_or(0);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let token = options.admin_token.unwrap_or_else(|| chance::letters(60).into());
        let mut state = State::empty(options.version.clone(), options.page_size);
        install::install(&mut state, token.expose());
        let inner = Inner::new(state, address);
        let (stop, task) = serve(&inner, listener);
        Ok(Self { inner, address, token, version: options.version, stop, task: Some(task) })
    }

    /// Plays another release from now on, over the rows that are there: what a
    /// release's migrations make of them, they become.
    pub fn upgrade(&mut self, version: Version) {
        migrate::migrate(&mut self.inner.lock(), version.clone());
        self.version = version;
    }

    /// Moves it to another port on 127.0.0.1; `None`: any that is free. What it
    /// knows stays.
    ///
    /// # Errors
    /// When the port is taken.
    pub async fn relocate(&mut self, port: Option<u16>) -> io::Result<()> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port.unwrap_or(0))).await?;
        self.halt().await;
        self.address = listener.local_addr()?;
        self.inner = self.inner.at(self.address);
        let (stop, task) = serve(&self.inner, listener);
        (self.stop, self.task) = (stop, Some(task));
        Ok(())
    }

    /// Its address, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The release that it plays.
    #[must_use]
    pub const fn version(&self) -> &Version {
        &self.version
    }

    /// The API token of `akadmin`, who may do everything.
    #[must_use]
    pub fn admin_token(&self) -> Secret {
        self.token.clone()
    }

    /// The people: `akadmin`, a superuser; `alice`, an ordinary user; `tess`,
    /// who has a second factor.
    #[must_use]
    pub fn residents() -> Vec<Resident> {
        install::PEOPLE
            .into_iter()
            .map(|(username, name, email, password)| Resident {
                username,
                name,
                email,
                password: password.into(),
                has_totp: username == "tess",
            })
            .collect()
    }

    /// The password of one of [`Self::residents`]; empty for anybody else.
    #[must_use]
    pub fn password(username: &str) -> Secret {
        let mut residents = Self::residents().into_iter();
        residents.find(|one| one.username == username).map_or_else(|| "".into(), |one| one.password)
    }

    /// The code that a user's authenticator shows now; `None` for users
    /// without one.
    #[must_use]
    pub fn totp_code(&self, username: &str) -> Option<Secret> {
        let state = self.inner.lock();
        let now = state.now();
        let user = state.users.iter().find(|user| user.username == username)?;
        Some(totp::code(user.totp.as_deref()?, now).into())
    }

    /// What was received, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<Seen> {
        self.inner.lock().log.clone()
    }

    /// What was received that asks to change something.
    #[must_use]
    pub fn mutations(&self) -> Vec<Seen> {
        self.inner.lock().log.iter().filter(|seen| seen.is_mutation()).cloned().collect()
    }

    /// Forgets what was received so far.
    pub fn forget_requests(&self) {
        self.inner.lock().log.clear();
    }

    /// The providers as they are stored, secrets in clear.
    #[must_use]
    pub fn providers(&self) -> Vec<Value> {
        self.inner.lock().providers.iter().cloned().map(Value::Object).collect()
    }

    /// The applications as they are stored.
    #[must_use]
    pub fn applications(&self) -> Vec<Value> {
        self.inner.lock().applications.iter().cloned().map(Value::Object).collect()
    }

    /// The events, oldest first.
    #[must_use]
    pub fn events(&self) -> Vec<Value> {
        self.inner.lock().events.iter().cloned().map(Value::Object).collect()
    }

    /// How many access and refresh tokens are outstanding, of all clients.
    #[must_use]
    pub fn outstanding_tokens(&self) -> usize {
        let state = self.inner.lock();
        state.access_tokens.len() + state.refresh_tokens.len()
    }

    /// The names of the API tokens and app passwords.
    #[must_use]
    pub fn token_identifiers(&self) -> Vec<String> {
        self.inner.lock().tokens.iter().map(|token| token.identifier.clone()).collect()
    }

    /// An API token or app password as it stands: whose it is, and when it ends
    /// if it does. `None`: there is none of that identifier.
    #[must_use]
    pub fn token(&self, identifier: &str) -> Option<(String, Option<Timestamp>)> {
        let state = self.inner.lock();
        let token = state.tokens.iter().find(|token| token.identifier == identifier)?;
        let user = state.user(token.user).map(|user| user.username.clone())?;
        Some((user, token.expiring.then_some(token.expires)))
    }

    /// Sets how long API tokens last, as an administrator does in authentik's
    /// settings: `days=90`.
    pub fn set_token_duration(&self, duration: &str) {
        duration.clone_into(&mut self.inner.lock().token_duration);
    }

    /// The user names.
    #[must_use]
    pub fn usernames(&self) -> Vec<String> {
        self.inner.lock().users.iter().map(|user| user.username.clone()).collect()
    }

    /// The names of the roles.
    #[must_use]
    pub fn role_names(&self) -> Vec<String> {
        self.inner.lock().roles.iter().map(|role| role.name.clone()).collect()
    }

    /// The names of the groups.
    #[must_use]
    pub fn group_names(&self) -> Vec<String> {
        self.inner.lock().groups.iter().map(|group| group.name.clone()).collect()
    }

    /// Changes a provider behind everybody's back, as another administrator
    /// would. False: no provider of that name.
    pub fn change_provider(
        &self,
        name: &str,
        change: impl FnOnce(&mut Map<String, Value>),
    ) -> bool {
        let mut state = self.inner.lock();
        let found = state.providers.iter_mut().find(|row| text(row, "name") == name);
        found.map(change).is_some()
    }

    /// Changes an application behind everybody's back. False: none has the
    /// slug.
    pub fn change_application(
        &self,
        slug: &str,
        change: impl FnOnce(&mut Map<String, Value>),
    ) -> bool {
        let mut state = self.inner.lock();
        let found = state.applications.iter_mut().find(|row| text(row, "slug") == slug);
        found.map(change).is_some()
    }

    /// Adds a key pair on the curve P-256, which signs with ES256. Returns its
    /// primary key; `None`: the machine made none.
    pub fn add_curve_key(&self, name: &str) -> Option<String> {
        let added = keys::AddedKey::on_curve(name)?;
        let pk = added.pk.clone();
        self.inner.lock().added_keys.push(added);
        Some(pk)
    }

    /// Removes a flow, as administrators do who make their own. False: there
    /// is none of that slug.
    pub fn remove_flow(&self, slug: &str) -> bool {
        let mut state = self.inner.lock();
        let before = state.flows.len();
        state.flows.retain(|row| text(row, "slug") != slug);
        state.flows.len() < before
    }

    /// Renames a flow, as administrators do. False: there is none of that slug.
    pub fn rename_flow(&self, slug: &str, to: &str) -> bool {
        let mut state = self.inner.lock();
        let flow = state.flows.iter_mut().find(|row| text(row, "slug") == slug);
        flow.map(|row| row.insert("slug".into(), to.into())).is_some()
    }

    /// Lets the next request that fits go wrong.
    pub fn let_fail(&self, mishap: Mishap) {
        self.inner.lock().mishaps.push(mishap);
    }

    /// What was to go wrong and did not yet goes well.
    pub fn heal(&self) {
        self.inner.lock().mishaps.clear();
    }

    /// Puts this authentik's clock ahead, so that what expires does.
    pub fn advance(&self, by: Duration) {
        let mut state = self.inner.lock();
        let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
        state.ahead = state.ahead.saturating_add(by);
    }

    /// Stops it: what is open is answered, then its port is free.
    pub async fn stop(mut self) {
        self.halt().await;
    }

    async fn halt(&mut self) {
        self.stop.cancel();
        if let Some(mut task) = self.task.take()
            && timeout(GRACE, &mut task).await.is_err()
        {
            task.abort();
        }
    }
}

/// Serves until it is told to stop.
fn serve(inner: &Inner, listener: TcpListener) -> (CancellationToken, JoinHandle<()>) {
    let stop = CancellationToken::new();
    let service = inner.router().into_make_service_with_connect_info::<Line>();
    let server = axum::serve(Cuttable(listener), service)
        .with_graceful_shutdown(stop.clone().cancelled_owned());
    let task = tokio::spawn(async move {
        let _ = server.await;
    });
    (stop, task)
}

impl Drop for Authentik {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl std::fmt::Debug for Authentik {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authentik")
            .field("address", &self.address)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}
