//! What a secret store is: a few calls, each of which may block.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::watch;

use crate::site::{
    Fault,
    harmless::{Each, Shape},
};

use super::{Label, Secret};

/// A place that keeps the secrets of one site. Its calls block, and are made
/// on a thread of their own by [`super::Vault`], which bounds them.
pub trait Store: Send + Sync + 'static {
    /// What it is.
    fn place(&self) -> StorePlace;

    /// Opens it, as far as that is possible without changing anything: what is
    /// wrong with it shows here.
    ///
    /// # Errors
    /// When it cannot be used.
    fn open(&self, call: &Call) -> Result<Readiness, Fault>;

    /// Has the operator unlock it, where that is needed.
    ///
    /// # Errors
    /// When nobody does.
    fn unlock(&self, _call: &Call) -> Result<(), Fault> {
        Ok(())
    }

    /// The secret of that label, as it is kept now: read anew, not out of
    /// memory, whenever it was written since.
    ///
    /// # Errors
    /// When the store cannot be read. A secret that is not there is no error.
    fn get(&self, label: Label, call: &Call) -> Result<Option<Secret>, Fault>;

    /// Keeps a secret, in place of the one of that label if there is one.
    ///
    /// # Errors
    /// When it could not be kept.
    fn set(&self, label: Label, secret: &Secret, call: &Call) -> Result<(), Fault>;

    /// Forgets a secret. Says whether it was there.
    ///
    /// # Errors
    /// When it could not be removed.
    fn forget(&self, label: Label, call: &Call) -> Result<bool, Fault>;
}

/// Where a store keeps what it is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StorePlace {
    /// The keyring of the operating system.
    Keyring,
    /// An encrypted file.
    File {
        /// Its path.
        path: String,
    },
    /// The memory of this program.
    Memory,
}

impl StorePlace {
    /// Does something with every text that came from outside.
    pub fn each_text(&mut self, each: Each<'_>) {
        match self {
            Self::File { path } => each(path, Shape::Line),
            Self::Keyring | Self::Memory => {}
        }
    }
}

/// As a noun phrase, which errors need.
impl fmt::Display for StorePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match self {
            Self::Keyring => say!("the keyring of this machine"),
            Self::File { path } => say!("the encrypted file {path}", path),
            Self::Memory => say!("a throw-away store that ends with this program"),
        })
    }
}

/// Whether a store that is there can be used at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// It can.
    Ready,
    /// The operator is asked something first.
    NeedsOperator(Demand),
}

/// What a store asks of the operator, as an infinitive without "to".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
    /// To unlock the keyring.
    Unlock,
    /// To choose a password for a keyring that is made.
    NewPassword,
}

impl fmt::Display for Demand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unlock => word!("unlock the keyring"),
            Self::NewPassword => word!("choose a password for a new keyring"),
        })
    }
}

/// What a call waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Waits {
    /// Nothing but the store: it works.
    No,
    /// The operator, who is asked for this.
    Operator(Demand),
    /// Another program, to be done with writing this file.
    Turn(PathBuf),
}

/// A call as the store sees it: who waits for it, and how long they will.
#[derive(Clone, Debug)]
pub struct Call {
    waiting: watch::Sender<Waits>,
    abandoned: Arc<AtomicBool>,
}

impl Call {
    pub(super) fn new() -> (Self, watch::Receiver<Waits>, Arc<AtomicBool>) {
        let (waiting, seen) = watch::channel(Waits::No);
        let abandoned = Arc::new(AtomicBool::new(false));
        (Self { waiting, abandoned: Arc::clone(&abandoned) }, seen, abandoned)
    }

    /// Says that from now on the operator is needed, and what for: they get more
    /// time than a machine does.
    pub fn needs_operator(&self, what: Demand) {
        self.waiting.send_replace(Waits::Operator(what));
    }

    /// Says that another program has to be done first with writing `file`: its
    /// work does not count against the time of this call.
    pub fn awaits_turn(&self, file: &Path) {
        self.waiting.send_replace(Waits::Turn(file.to_owned()));
    }

    /// Says that this is over, or that a piece of the work is done: the next has
    /// the whole time again.
    pub fn goes_on(&self) {
        self.waiting.send_replace(Waits::No);
    }

    /// Whether nobody waits for this call any more. A store that was held up
    /// asks before it writes: a write that comes late could undo a newer one.
    #[must_use]
    pub fn is_abandoned(&self) -> bool {
        self.abandoned.load(Ordering::Acquire)
    }
}
