//! The lab's Immich host: an SSH server that plays a Debian machine with
//! Docker, as far as anybody needs it who keeps Immich there. Its PostgreSQL
//! and its files are those of the lab's Immich.

mod docker;
mod input;
mod psql;
mod server;
mod shell;

use std::{
    fs::OpenOptions,
    io::{self, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use russh::keys::{Algorithm, HashAlg, PrivateKey, PublicKey, key::safe_rng, ssh_key::LineEnding};
use tokio::{net::TcpListener, task::JoinHandle};

use super::{Gate, chance, immich::Immich};
use crate::Secret;

/// The user of the lab's host.
pub const USER: &str = "admin";

/// What the host is started with.
#[derive(Clone, Debug)]
pub struct Options {
    /// The Immich that runs there.
    pub immich: Immich,
    /// The folder of its compose project; the only one that commands reach.
    pub folder: PathBuf,
    /// The port on loopback; `None`: a free one.
    pub port: Option<u16>,
}

/// The lab's host, at work until it is dropped.
#[derive(Debug)]
pub struct Host {
    address: SocketAddr,
    machine: Arc<Machine>,
    public_key: PublicKey,
    serving: JoinHandle<()>,
}

/// Something that goes wrong once, with the next command that fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mishap {
    /// What the command line contains.
    pub command: String,
    /// How many that fit go well before.
    pub passes: usize,
    /// How it goes wrong.
    pub kind: MishapKind,
}

/// How it goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MishapKind {
    /// The connection breaks before the command is begun.
    DropBefore,
    /// It breaks while the command reads: nothing is committed or moved.
    DropDuring,
    /// It breaks when a command that has all and waits for its word is given
    /// it: the word does not arrive.
    DropAtWord,
    /// A command that has all and waits for its word hears it only after a
    /// while.
    SlowAtWord(Duration),
    /// The command is carried out, and the connection breaks before its end is
    /// told.
    DropAfter,
    /// The host has no room on its disk.
    DiskFull,
    /// The command waits at the gate before it is begun.
    HeldBefore(Gate),
    /// The command is carried out, and its end waits at the gate.
    HeldAfter(Gate),
}

/// A command that was run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// The command line.
    pub command: String,
    /// What it was given to read.
    pub input: Vec<u8>,
}

/// What the sessions share.
#[derive(Debug)]
struct Machine {
    immich: Immich,
    folder: PathBuf,
    password: Secret,
    authorized: PublicKey,
    client_key: PathBuf,
    mishaps: Mutex<Vec<Mishap>>,
    greeting: Mutex<String>,
    ran: Mutex<Vec<Ran>>,
}

impl Machine {
    /// What the login script prints.
    fn greeting(&self) -> String {
        self.greeting.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes a command, and returns its number.
    fn runs(&self, command: &str) -> usize {
        let mut all = self.ran.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(Ran { command: command.to_owned(), input: Vec::new() });
        all.len() - 1
    }

    /// Notes what a command was given to read.
    fn reads(&self, number: usize, input: &[u8]) {
        let mut all = self.ran.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ran) = all.get_mut(number) {
            ran.input.extend_from_slice(input);
        }
    }

    /// What is to go wrong with a command.
    fn due(&self, command: &str) -> Option<MishapKind> {
        let mut waiting = self.mishaps.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |mishap: &Mishap| command.contains(&mishap.command);
        let at = waiting.iter().position(|mishap| fits(mishap) && mishap.passes == 0);
        for mishap in waiting.iter_mut().filter(|mishap| fits(mishap)) {
            mishap.passes = mishap.passes.saturating_sub(1);
        }
        at.map(|at| waiting.remove(at).kind)
    }
}

/// Makes a file that nobody else may read.
fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(bytes)
}

impl Drop for Host {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Host {
    /// Starts it, with a host key and a client key of its own.
    ///
    /// # Errors
    /// When the port is taken or the folder cannot be written.
    pub async fn start(options: Options) -> io::Result<Self> {
        let new_key =
            || PrivateKey::random(&mut safe_rng(), Algorithm::Ed25519).map_err(io::Error::other);
        let (host_key, client_key) = (new_key()?, new_key()?);
        // Beside the project: it is the workstation's, not the host's.
        let path = options.folder.join("client_ed25519");
        let text = client_key.to_openssh(LineEnding::LF).map_err(io::Error::other)?;
        write_private(&path, text.as_bytes())?;
        let machine = Arc::new(Machine {
            immich: options.immich,
            folder: options.folder,
            password: chance::letters(20).into(),
            authorized: client_key.public_key().clone(),
            client_key: path,
            mishaps: Mutex::default(),
            greeting: Mutex::default(),
            ran: Mutex::default(),
        });
        let listener = TcpListener::bind(("127.0.0.1", options.port.unwrap_or(0))).await?;
        let address = listener.local_addr()?;
        let public = host_key.public_key().clone();
        let serving = server::serve(listener, host_key, Arc::clone(&machine));
        Ok(Self { address, machine, public_key: public, serving })
    }

    /// Lets the next command that fits go wrong.
    pub fn let_fail(&self, mishap: Mishap) {
        self.machine.mishaps.lock().unwrap_or_else(PoisonError::into_inner).push(mishap);
    }

    /// The commands that were run, the oldest first, each with what it has read
    /// so far.
    #[must_use]
    pub fn commands(&self) -> Vec<Ran> {
        self.machine.ran.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lets the user's login script print that before and after every command.
    pub fn greet(&self, greeting: &str) {
        greeting
            .clone_into(&mut self.machine.greeting.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Whom to log in as, where: `admin@127.0.0.1:port`.
    #[must_use]
    pub fn target(&self) -> String {
        format!("{USER}@{}", self.address)
    }

    /// The user's password.
    #[must_use]
    pub fn password(&self) -> Secret {
        self.machine.password.clone()
    }

    /// The private key file that gets in.
    #[must_use]
    pub fn key_file(&self) -> PathBuf {
        self.machine.client_key.clone()
    }

    /// The fingerprint of the host's key, as `ssh-keygen -l` prints it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.public_key.fingerprint(HashAlg::Sha256).to_string()
    }

    /// The host's line for a file of known hosts.
    #[must_use]
    pub fn known_hosts_line(&self) -> String {
        let key = self.public_key.to_openssh().unwrap_or_default();
        format!("[127.0.0.1]:{} {key}", self.address.port())
    }
}
