//! The secret store as the rest of the program uses it: asynchronous, bounded,
//! and read back after every write.

use std::{
    fmt,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use tokio::{
    sync::{oneshot, watch},
    time::{Instant, sleep_until},
};

use crate::site::{Failure, Fault, FaultKind, System};

use super::{
    AgeFile, Call, Demand, Fingerprint, Keyring, Known, Label, Memory, Readiness, Secret, Store,
    StorePlace, store::Waits,
};

/// How long a store may take for a piece of work that needs nobody.
const DEADLINE: Duration = Duration::from_secs(10);
/// The same for an encrypted file: to make its key takes a second of a processor
/// that is free, and much longer on a small one that is busy.
const FILE_DEADLINE: Duration = Duration::from_secs(45);
/// How long the operator may take to unlock a store, and another program to be
/// done with it.
const OPERATOR_DEADLINE: Duration = Duration::from_mins(2);

/// What is told when the operator is needed, with what for; and with nothing
/// once they did it.
type Hook = Arc<dyn Fn(Option<Demand>) + Send + Sync>;

/// The secret store of one site. Cheap to clone; clones share the store.
#[derive(Clone)]
pub struct Vault {
    store: Arc<dyn Store>,
    deadline: Duration,
    operator_deadline: Duration,
    hook: Hook,
    known: Known,
}

impl Vault {
    /// The keyring of the operating system, for the site of that profile. It
    /// is opened by the first call.
    #[must_use]
    pub fn keyring(profile: &str) -> Self {
        Self::of(Keyring::new(profile))
    }

    /// The encrypted file at `path`, which need not exist yet. A wrong
    /// passphrase shows at the first call: [`Vault::open`] is one.
    #[must_use]
    pub fn age_file(path: PathBuf, passphrase: Secret) -> Self {
        Self::of(AgeFile::new(path, passphrase))
    }

    /// A store that ends with the program.
    #[must_use]
    pub fn memory() -> Self {
        Self::of(Memory::default())
    }

    /// Any store.
    #[must_use]
    pub fn of(store: impl Store) -> Self {
        let is_file = matches!(store.place(), StorePlace::File { .. });
        Self {
            store: Arc::new(store),
            deadline: if is_file { FILE_DEADLINE } else { DEADLINE },
            operator_deadline: OPERATOR_DEADLINE,
            hook: Arc::new(|_| {}),
            known: Known::default(),
        }
    }

    /// How long a call may take, and how long once it waits for the operator or
    /// for another program.
    #[must_use]
    pub const fn deadlines(mut self, call: Duration, operator: Duration) -> Self {
        self.deadline = call;
        self.operator_deadline = operator;
        self
    }

    /// Calls `hook` with what is asked of the operator when a call begins to wait
    /// for them, and with `None` when it goes on.
    #[must_use]
    pub fn on_waiting(mut self, hook: impl Fn(Option<Demand>) + Send + Sync + 'static) -> Self {
        self.hook = Arc::new(hook);
        self
    }

    /// The same store in a run that knows these secrets: what is read and
    /// written is added to them.
    #[must_use]
    pub fn knowing(mut self, known: &Known) -> Self {
        self.known = known.clone();
        self
    }

    /// How long a call takes at most, waiting for the operator included.
    #[must_use]
    pub const fn at_most(&self) -> Duration {
        self.deadline.saturating_add(self.operator_deadline).saturating_add(self.deadline)
    }

    /// What the store is.
    #[must_use]
    pub fn place(&self) -> StorePlace {
        self.store.place()
    }

    /// What the store is, for people.
    #[must_use]
    pub fn describe(&self) -> String {
        self.place().to_string()
    }

    /// Opens the store and changes nothing: says whether it can be used, and
    /// whether the operator is needed for it.
    ///
    /// # Errors
    /// [`FaultKind::Unreachable`]: there is none. [`FaultKind::Locked`]: nobody
    /// unlocked it. [`FaultKind::NotSignedIn`]: the passphrase is wrong.
    /// [`FaultKind::Late`]: it does not answer.
    pub async fn open(&self) -> Result<Readiness, Fault> {
        self.bounded(say!("open the secret store"), Store::open).await
    }

    /// Opens the store and has the operator unlock it now, where it
    /// [needs that](Readiness::NeedsOperator), rather than at the first secret.
    ///
    /// # Errors
    /// As [`Vault::open`].
    pub async fn unlock(&self) -> Result<(), Fault> {
        self.bounded(say!("unlock the secret store"), |store, call| match store.open(call)? {
            Readiness::Ready => Ok(()),
            Readiness::NeedsOperator(_) => store.unlock(call),
        })
        .await
    }

    /// The secret of that label, if one is kept.
    ///
    /// # Errors
    /// As [`Vault::open`].
    pub async fn get(&self, label: Label) -> Result<Option<Secret>, Fault> {
        let read = move |store: &dyn Store, call: &Call| store.get(label, call);
        let secret = self.bounded(say!("read `{label}`", label), read).await?;
        if let Some(secret) = &secret {
            self.learn(label, secret);
        }
        Ok(secret)
    }

    /// Keeps a secret, reads it back and compares.
    ///
    /// # Errors
    /// As [`Vault::open`], and [`FaultKind::NotKept`] when what is read back is
    /// something else.
    pub async fn put(&self, label: Label, secret: &Secret) -> Result<(), Fault> {
        self.learn(label, secret);
        let secret = secret.clone();
        self.bounded(say!("keep `{label}`", label), move |store, call| {
            store.set(label, &secret, call)?;
            if store.get(label, call)?.as_ref() == Some(&secret) {
                return Ok(());
            }
            let store = store.place();
            Err(Fault::of(
                &VaultError::OtherReadBack,
                say!("keep `{label}` in {store}", label, store),
            ))
        })
        .await
    }

    /// Forgets a secret. Says whether there was one.
    ///
    /// # Errors
    /// As [`Vault::open`], and [`FaultKind::NotKept`] when it is still there.
    pub async fn forget(&self, label: Label) -> Result<bool, Fault> {
        self.bounded(say!("forget `{label}`", label), move |store, call| {
            let was_there = store.forget(label, call)?;
            if store.get(label, call)?.is_none() {
                return Ok(was_there);
            }
            let tried = say!("remove `{label}` from {store}", label, store = store.place());
            Err(Fault::of(&VaultError::StillThere, tried))
        })
        .await
    }

    /// The labels that are kept, with their fingerprints.
    ///
    /// # Errors
    /// As [`Vault::open`].
    pub async fn list(&self) -> Result<Vec<(Label, Fingerprint)>, Fault> {
        let learner = self.clone();
        self.bounded(say!("list the secrets"), move |store, call| {
            let mut kept = Vec::new();
            for label in Label::ALL {
                if let Some(secret) = store.get(label, call)? {
                    learner.learn(label, &secret);
                    kept.push((label, secret.fingerprint()));
                }
            }
            Ok(kept)
        })
        .await
    }

    fn learn(&self, label: Label, secret: &Secret) {
        if label.is_one_secret() {
            self.known.learn(secret);
        }
    }

    /// Makes one call on a thread of its own and waits no longer than the
    /// deadline. A thread that is stuck is left behind: no store offers a way
    /// to stop a call.
    async fn bounded<T: Send + 'static>(
        &self,
        tried: String,
        work: impl FnOnce(&dyn Store, &Call) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let (call, waiting, abandoned) = Call::new();
        let _abandon = Abandon(abandoned);
        let (done, outcome) = oneshot::channel();
        let store = Arc::clone(&self.store);
        thread::Builder::new()
            .name("secret-store".into())
            .spawn(move || {
                // Nobody listens any more if this fails.
                let _ = done.send(work(store.as_ref(), &call));
            })
            .map_err(|error| Fault::of(&VaultError::NoThread(error), word!("start a thread")))?;
        self.wait(tried, outcome, waiting).await
    }

    async fn wait<T>(
        &self,
        tried: String,
        mut outcome: oneshot::Receiver<Result<T, Fault>>,
        mut waiting: watch::Receiver<Waits>,
    ) -> Result<T, Fault> {
        let mut until = Instant::now() + self.deadline;
        let until_at_most = Instant::now() + self.at_most();
        let mut waits = Waits::No;
        loop {
            tokio::select! {
                biased;
                done = &mut outcome => {
                    // It was asked for, even where the refusal is here first.
                    let last = waiting.borrow().clone();
                    if last != waits {
                        self.tell(&waits, &last);
                    }
                    self.tell(&last, &Waits::No);
                    return done.unwrap_or_else(|_| Err(self.crashed(tried)));
                }
                changed = waiting.changed() => if changed.is_ok() {
                    let now = waiting.borrow_and_update().clone();
                    let longer =
                        if now == Waits::No { self.deadline } else { self.operator_deadline };
                    until = (Instant::now() + longer).min(until_at_most);
                    self.tell(&waits, &now);
                    waits = now;
                } else {
                    // The thread is gone: what it left is in `outcome`.
                    let done = (&mut outcome).await;
                    return done.unwrap_or_else(|_| Err(self.crashed(tried)));
                },
                () = sleep_until(until) => {
                    self.tell(&waits, &Waits::No);
                    return Err(self.late(tried, waits));
                }
            }
        }
    }

    /// Tells what is asked of the operator, where that is not told yet.
    fn tell(&self, before: &Waits, now: &Waits) {
        match (before, now) {
            (_, Waits::Operator(what)) => (self.hook)(Some(*what)),
            (Waits::Operator(_), _) => (self.hook)(None),
            _ => {}
        }
    }

    fn late(&self, tried: String, waits: Waits) -> Fault {
        let error = match waits {
            Waits::Turn(file) => VaultError::OthersTurn { file, within: self.operator_deadline },
            Waits::Operator(what) => VaultError::NotDone { what, within: self.operator_deadline },
            Waits::No => VaultError::Silent { store: self.place(), within: self.deadline },
        };
        Fault::of(&error, tried)
    }

    fn crashed(&self, tried: String) -> Fault {
        Fault::of(&VaultError::NoAnswer { store: self.place().to_string() }, tried)
    }
}

/// What goes wrong with a call to the store.
#[derive(Debug, thiserror::Error)]
enum VaultError {
    #[error("{}", say!("read back, it is not what was written"))]
    OtherReadBack,
    #[error("{}", say!("it is still there afterwards"))]
    StillThere,
    #[error("{0}")]
    NoThread(std::io::Error),
    /// Another program was at it.
    #[error("{}", say!("another program was not done with {what} within {seconds} seconds", what = say!("writing {file}", file = .file.display()), seconds = .within.as_secs_f32()))]
    OthersTurn { file: PathBuf, within: Duration },
    /// The operator was asked for something.
    #[error("{}", say!("nobody did this within {seconds} seconds: {what}", seconds = .within.as_secs(), what = .what))]
    NotDone { what: Demand, within: Duration },
    #[error("{}", say!("{store} gave no answer within {seconds} seconds", store = .store, seconds = .within.as_secs_f32()))]
    Silent { store: StorePlace, within: Duration },
    #[error("{}", say!("the call to {store} ended without an answer", store = .store))]
    NoAnswer { store: String },
}

impl Failure for VaultError {
    fn system(&self) -> System {
        match self {
            Self::NoThread(_) => System::Workstation,
            Self::OtherReadBack
            | Self::StillThere
            | Self::OthersTurn { .. }
            | Self::NotDone { .. }
            | Self::Silent { .. }
            | Self::NoAnswer { .. } => System::SecretStore,
        }
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::OtherReadBack | Self::StillThere => FaultKind::NotKept,
            Self::NoThread(_) | Self::NoAnswer { .. } => FaultKind::Crashed,
            Self::OthersTurn { .. } | Self::Silent { .. } => FaultKind::Late,
            Self::NotDone { .. } => FaultKind::Locked,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::OtherReadBack => say!(
                "See that no other program changes the same entry, then try again. Nothing was \
                 sent to a server."
            ),
            Self::StillThere | Self::NoThread(_) | Self::NoAnswer { .. } => String::new(),
            Self::OthersTurn { .. } => {
                say!("See which other immich-sso runs, let it come to its end, try again.")
            }
            Self::NotDone { .. } => say!(
                "Unlock it and try again, or keep the secrets in an encrypted file: `secrets = \
                 \"file\"` in the profile."
            ),
            Self::Silent { store: StorePlace::File { .. }, .. } => say!(
                "This machine is very busy, or the disk of that file does not answer. Try again in \
                 a moment."
            ),
            Self::Silent { .. } => say!(
                "See whether it runs and waits for you somewhere else on the screen, or keep the \
                 secrets in an encrypted file: `secrets = \"file\"` in the profile."
            ),
        }
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault({})", self.describe())
    }
}

/// Tells the thread, when the future is dropped or done, that nobody waits.
struct Abandon(Arc<AtomicBool>);

impl Drop for Abandon {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}
