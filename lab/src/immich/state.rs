//! What the lab's Immich knows.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use serde_json::Value;

use super::{
    ADMIN_EMAIL, Mishap, Seen, Storage,
    accounts::{Accounts, Key, User},
    answers::Refusal,
    config::{effective, overrides},
    edition::Edition,
};
use crate::{Secret, chance};

/// See the module.
#[derive(Debug)]
pub(super) struct State {
    pub(super) edition: Edition,
    pub(super) storage: Storage,
    pub(super) admin_password: Secret,
    pub(super) admin_key: Secret,
    pub(super) http: reqwest::Client,
    accounts: Mutex<Accounts>,
    /// The settings in memory, for releases that read them only once.
    cached: Mutex<Option<Value>>,
    /// What its API stores waits for the next start, too.
    defers: AtomicBool,
    seen: Mutex<Vec<Seen>>,
    mishaps: Mutex<Vec<Mishap>>,
    /// Where its login links lead instead of where they must; empty: nowhere.
    misleads_to: Mutex<String>,
    log: Mutex<Vec<String>>,
}

/// Who asks.
pub(super) enum Who {
    /// The owner of a session, with its token.
    Session(User, String),
    /// The owner of a key.
    Key(User, Key),
}

impl Who {
    pub(super) const fn user(&self) -> &User {
        match self {
            Self::Session(user, _) | Self::Key(user, _) => user,
        }
    }
}

impl State {
    pub(super) fn new(
        edition: Edition,
        storage: Storage,
        http: reqwest::Client,
        fresh: bool,
    ) -> Result<Self, String> {
        let mut accounts = Accounts::default();
        let admin_password = Secret::new(chance::letters(20));
        let mut admin_key = String::new();
        if !fresh {
            let admin = accounts.create(ADMIN_EMAIL, "Admin", true, Some(admin_password.clone()));
            admin_key = accounts.make_key(&admin.id, "lab", vec!["all".into()]).0;
        }
        let state = Self {
            edition,
            storage,
            admin_password,
            admin_key: Secret::new(admin_key),
            http,
            accounts: Mutex::new(accounts),
            cached: Mutex::new(None),
            defers: AtomicBool::new(false),
            seen: Mutex::default(),
            mishaps: Mutex::default(),
            misleads_to: Mutex::default(),
            log: Mutex::default(),
        };
        state.reload()?;
        state.note("Immich Server is listening");
        Ok(state)
    }

    /// The same as another release, with all that this one knew.
    pub(super) fn upgraded(&self, edition: Edition) -> Result<Self, String> {
        let storage = self.storage.upgraded(&edition.version)?;
        let mut accounts = std::mem::take(&mut *self.accounts());
        // Keys of before there were permissions may do everything.
        if edition.has_permissions() && !self.edition.has_permissions() {
            accounts.keys.values_mut().for_each(|key| key.permissions = vec!["all".into()]);
        }
        let state = Self {
            edition,
            storage,
            admin_password: self.admin_password.clone(),
            admin_key: self.admin_key.clone(),
            http: self.http.clone(),
            accounts: Mutex::new(accounts),
            cached: Mutex::new(None),
            defers: AtomicBool::new(false),
            seen: Mutex::new(self.seen()),
            mishaps: Mutex::default(),
            misleads_to: Mutex::default(),
            log: Mutex::new(self.log_lines()),
        };
        state.reload()?;
        Ok(state)
    }

    pub(super) fn accounts(&self) -> MutexGuard<'_, Accounts> {
        lock(&self.accounts)
    }

    /// Reads the settings as at a start.
    pub(super) fn reload(&self) -> Result<(), String> {
        let fresh = self.fresh()?;
        let caches = self.edition.caches() || self.defers.load(Ordering::SeqCst);
        *lock(&self.cached) = caches.then_some(fresh);
        Ok(())
    }

    fn fresh(&self) -> Result<Value, String> {
        Ok(effective(&self.edition.defaults, &self.storage.read()?))
    }

    /// The settings in effect.
    pub(super) fn config(&self) -> Result<Value, String> {
        match &*lock(&self.cached) {
            Some(cached) => Ok(cached.clone()),
            None => self.fresh(),
        }
    }

    /// The settings as its API shows them: in effect, or stored for the next
    /// start.
    pub(super) fn shown(&self) -> Result<Value, String> {
        if self.defers.load(Ordering::SeqCst) { self.fresh() } else { self.config() }
    }

    /// Lets what its API stores wait for the next start from now on.
    pub(super) fn defer(&self) -> Result<(), String> {
        let now = self.config()?;
        *lock(&self.cached) = Some(now);
        self.defers.store(true, Ordering::SeqCst);
        Ok(())
    }

    /// Stores settings and puts them into effect.
    pub(super) fn store(&self, config: &Value) -> Result<Value, String> {
        // Legacy rows that cannot be read make every later PUT fail.
        self.storage.read()?;
        self.storage.write(&overrides(&self.edition.defaults, config))?;
        if self.defers.load(Ordering::SeqCst) {
            return self.fresh();
        }
        self.reload()?;
        self.config()
    }

    /// Who asks, by a session or a key.
    pub(super) fn who(&self, headers: &axum::http::HeaderMap, query: &str) -> Result<Who, Refusal> {
        let accounts = self.accounts();
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let token = header("authorization")
            .and_then(|value| value.strip_prefix("Bearer "))
            .map(str::to_owned)
            .or_else(|| super::answers::cookie(headers, "immich_access_token"));
        if let Some(token) = token {
            let refused = || Refusal::new(401, "Invalid user token");
            let session = accounts.sessions.get(&token).ok_or_else(refused)?;
            let user = accounts.by_id(&session.user).cloned().ok_or_else(refused)?;
            return Ok(Who::Session(user, token));
        }

        let in_query = url::form_urlencoded::parse(query.as_bytes())
            .find(|(key, _)| key == "apiKey")
            .map(|(_, value)| value.into_owned());
        if let Some(secret) = header("x-api-key").map(str::to_owned).or(in_query) {
            let refused = || Refusal::new(401, "Invalid API key");
            let key = accounts.keys.get(&secret).ok_or_else(refused)?;
            let user = accounts.by_id(&key.owner).ok_or_else(refused)?;
            return Ok(Who::Key(user.clone(), key.clone()));
        }
        Err(Refusal::new(401, "Authentication required"))
    }

    /// Who asks, if they may: the key needs the permission, and for what is the
    /// administrators' its owner must be one.
    pub(super) fn allowed(
        &self,
        headers: &axum::http::HeaderMap,
        query: &str,
        permission: &str,
        admin: bool,
    ) -> Result<Who, Refusal> {
        let who = self.who(headers, query)?;
        if admin && !who.user().is_admin {
            return Err(Refusal::new(403, "Forbidden"));
        }
        if let Who::Key(_, key) = &who
            && self.edition.has_permissions()
            && !key.may(permission)
        {
            return Err(Refusal::new(403, format!("Missing required permission: {permission}")));
        }
        Ok(who)
    }

    pub(super) fn saw(&self, seen: Seen) {
        lock(&self.seen).push(seen);
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        lock(&self.seen).clone()
    }

    pub(super) fn expect(&self, mishap: Mishap) {
        lock(&self.mishaps).push(mishap);
    }

    pub(super) fn lead_logins_to(&self, address: &str) {
        address.clone_into(&mut lock(&self.misleads_to));
    }

    /// Where its login links lead, if not to where they must.
    pub(super) fn misleads_to(&self) -> Option<String> {
        Some(lock(&self.misleads_to).clone()).filter(|address| !address.is_empty())
    }

    /// Takes the mishap that waits for this request, if one does.
    pub(super) fn due(&self, method: &str, path: &str) -> Option<Mishap> {
        let mut mishaps = lock(&self.mishaps);
        let index = mishaps.iter().position(|mishap| mishap.fits(method, path))?;
        Some(mishaps.remove(index))
    }

    pub(super) fn note(&self, line: &str) {
        lock(&self.log).push(line.to_owned());
    }

    pub(super) fn log_lines(&self) -> Vec<String> {
        lock(&self.log).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
