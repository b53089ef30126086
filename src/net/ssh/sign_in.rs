//! Signing in: the key file that is named, else the agent and the usual files,
//! then the password.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use russh::{
    client::{AuthResult, Handle, KeyboardInteractiveAuthResponse},
    keys::{Error as KeyError, PrivateKey, PrivateKeyWithHashAlg, decode_secret_key, ssh_key},
};

#[cfg(unix)]
use super::agent::sign_in as by_agent;
use super::{AgentSilence, session::Guard};
use crate::{
    net::SshAccess,
    secret::Secret,
    site::{Failure, Fault, FaultKind, NamedFile, SshTarget, System},
};

/// The files that OpenSSH looks for, too.
const USUAL: [&str; 3] = [".ssh/id_ed25519", ".ssh/id_ecdsa", ".ssh/id_rsa"];

/// Longer than any private key.
const LONGEST: usize = 1 << 20;

/// How many rounds of questions a server may ask.
const ROUNDS: u8 = 8;

/// What was tried, and what the server would take instead.
#[derive(Default)]
pub(super) struct Tried {
    ways: Vec<Way>,
    remaining: Option<String>,
    /// How the agent was of no use.
    silent: Option<AgentSilence>,
}

impl Tried {
    /// A key of the agent is tried, by its comment.
    #[cfg(unix)]
    pub(super) fn tries_agent_key(&mut self, comment: String) {
        self.ways.push(Way::AgentKey(comment));
    }

    /// The agent is there and of no use.
    #[cfg(unix)]
    pub(super) fn is_silent(&mut self, how: AgentSilence) {
        let told = how.told();
        tracing::warn!("{told}");
        self.ways.push(Way::SilentAgent(how));
        self.silent = Some(how);
    }
}

/// A way in that was tried; says it as what the host refused.
#[derive(Debug)]
enum Way {
    Key(PathBuf),
    /// A key file that could not be used.
    UnusedKey(PathBuf),
    /// The same, and why.
    UnfitKey(PathBuf, KeyFileError),
    /// A key of the agent, by its comment.
    #[cfg(unix)]
    AgentKey(String),
    #[cfg(unix)]
    SilentAgent(AgentSilence),
    Password,
    Questions,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match self {
            Self::Key(file) => say!("the key {file}", file = file.display()),
            Self::UnusedKey(file) => say!("nothing by the key {file}", file = file.display()),
            Self::UnfitKey(file, why) => {
                say!("nothing by the key {file} ({why})", file = file.display(), why)
            }
            #[cfg(unix)]
            Self::AgentKey(comment) => say!("the agent's key {comment}", comment),
            #[cfg(unix)]
            Self::SilentAgent(how) => {
                let told = how.told();
                match how {
                    AgentSilence::NoAnswer => say!("nothing by the SSH agent ({told})", told),
                    AgentSilence::NoSignature => say!("and nothing more by it ({told})", told),
                }
            }
            Self::Password => say!("the password"),
            Self::Questions => say!("its questions"),
        })
    }
}

/// Signs in as the target's user. Returns how the agent was of no use, where
/// another way in worked in its place.
pub(super) async fn sign_in(
    handle: &mut Handle<Guard>,
    target: &SshTarget,
    access: &SshAccess,
) -> Result<Option<AgentSilence>, Fault> {
    let mut tried = Tried::default();
    match &access.key_file {
        Some(path) => {
            match key_file(handle, target, access, &at_home(path), true, &mut tried).await {
                Ok(true) => return Ok(None),
                Ok(false) => {}
                // Whoever gave a password was told of the key file already.
                Err(_) if access.password.is_some() && !handle.is_closed() => {
                    tried.ways.push(Way::UnusedKey(path.clone()));
                }
                Err(fault) => return Err(fault),
            }
        }
        None => {
            if by_agent(handle, target, &mut tried).await?
                || usual(handle, target, access, &mut tried).await?
            {
                return Ok(tried.silent);
            }
        }
    }
    if let Some(password) = &access.password
        && (by_password(handle, target, password, &mut tried).await?
            || by_questions(handle, target, password, &mut tried).await?)
    {
        return Ok(tried.silent);
    }
    Err(refused(target, tried))
}

/// Why nobody is signed in on the host.
#[derive(Debug, thiserror::Error)]
enum SignInError {
    #[error("{}", say!("the host refused {ways}", ways = .0))]
    Refused(Ways),
    /// The same, and it says which ways in it takes.
    #[error("{}", say!("the host refused {ways}; it takes {takes}", ways = .ways, takes = .takes))]
    TakesOthers { ways: Ways, takes: String },
    /// In the words of the library.
    #[error("{0}")]
    Lost(String),
}

/// All ways in that were tried.
#[derive(Debug)]
struct Ways(Vec<Way>);

impl fmt::Display for Ways {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str(word!("nothing"));
        }
        f.write_str(&self.0.iter().map(Way::to_string).collect::<Vec<_>>().join(", "))
    }
}

impl Failure for SignInError {
    fn system(&self) -> System {
        System::Host
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::Refused(_) | Self::TakesOthers { .. } => FaultKind::NotSignedIn,
            Self::Lost(_) => FaultKind::Lost,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Refused(_) | Self::TakesOthers { .. } => say!(
                "Name a private key file that the host knows, load it into your SSH agent, or give the password."
            ),
            Self::Lost(_) => {
                say!("The host ended the session: it may allow only few tries. Wait a moment.")
            }
        }
    }
}

/// Why a private key file is of no use. `path` is its path.
#[derive(Debug, thiserror::Error)]
enum KeyFileError {
    /// In the words of the system or of the library.
    #[error("{0}")]
    Unreadable(String),
    /// A form that OpenSSH may be able to read, such as a P-256 key whose number
    /// is short by chance, which is one in 256.
    #[error("{}", say!("this program cannot read this form of key ({why})", why = .why))]
    UnknownForm { why: String, path: PathBuf },
    #[error("{}", say!("others can read or change it (mode {mode})", mode = format!("{mode:04o}")))]
    OpenToOthers { mode: u32, path: PathBuf },
    #[error("{}", say!("it is encrypted"))]
    Encrypted,
    #[error("{}", say!("the passphrase does not open it"))]
    WrongPassphrase,
}

impl Failure for KeyFileError {
    fn system(&self) -> System {
        System::Host
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::Unreadable(_) | Self::UnknownForm { .. } => FaultKind::NotSignedIn,
            Self::OpenToOthers { .. } => FaultKind::Refused,
            Self::Encrypted | Self::WrongPassphrase => FaultKind::PassphraseNeeded,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Unreadable(_) => {
                say!("Name a private key file in the format of OpenSSH or PEM.")
            }
            Self::UnknownForm { path, .. } => say!(
                "If ssh can use it, load it into your SSH agent, or convert it: ssh-keygen -p -m PKCS8 -f '{file}'",
                file = path.display()
            ),
            Self::OpenToOthers { path, .. } => {
                say!("Run chmod 600 '{file}', then try again.", file = path.display())
            }
            Self::Encrypted => say!("Give its passphrase, or load it into your SSH agent."),
            Self::WrongPassphrase => say!("Type the passphrase again."),
        }
    }
}

fn refused(target: &SshTarget, tried: Tried) -> Fault {
    let ways = Ways(tried.ways);
    let error = match tried.remaining {
        Some(takes) => SignInError::TakesOthers { ways, takes },
        None => SignInError::Refused(ways),
    };
    Fault::of(&error, say!("sign in as {target}", target))
}

pub(super) fn lost(error: &impl std::fmt::Display, target: &SshTarget) -> Fault {
    Fault::of(&SignInError::Lost(error.to_string()), say!("sign in as {target}", target))
}

pub(super) fn note(result: &AuthResult, tried: &mut Tried) -> bool {
    match result {
        AuthResult::Success => true,
        AuthResult::Failure { remaining_methods, .. } => {
            let list: Vec<String> = remaining_methods.iter().map(String::from).collect();
            tried.remaining = (!list.is_empty()).then(|| list.join(", "));
            false
        }
    }
}

/// `~` is the home folder, as people write it.
fn at_home(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), etcetera::home_dir()) {
        (Ok(rest), Ok(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}

async fn usual(
    handle: &mut Handle<Guard>,
    target: &SshTarget,
    access: &SshAccess,
    tried: &mut Tried,
) -> Result<bool, Fault> {
    let Ok(home) = etcetera::home_dir() else { return Ok(false) };
    for name in USUAL {
        let path = home.join(name);
        if path.exists() && key_file(handle, target, access, &path, false, tried).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Tries a key file. One that was named must be readable; one of the usual
/// files that needs a passphrase is only asked about when it was named.
async fn key_file(
    handle: &mut Handle<Guard>,
    target: &SshTarget,
    access: &SshAccess,
    path: &Path,
    named: bool,
    tried: &mut Tried,
) -> Result<bool, Fault> {
    let key = match load(path, access.passphrase.as_ref()) {
        Ok(key) => key,
        Err(error) if named => {
            let what = say!("read the private key {file}", file = path.display());
            return Err(Fault::of(&error, what));
        }
        Err(error) => {
            // One that needs a passphrase is nothing to complain of.
            if matches!(error, KeyFileError::OpenToOthers { .. }) {
                tried.ways.push(Way::UnfitKey(path.to_owned(), error));
            }
            return Ok(false);
        }
    };
    tried.ways.push(Way::Key(path.to_owned()));
    let hash = handle.best_supported_rsa_hash().await.map_err(|error| lost(&error, target))?;
    let key = PrivateKeyWithHashAlg::new(Arc::new(key), hash.flatten());
    let result = handle.authenticate_publickey(target.user(), key).await;
    Ok(note(&result.map_err(|error| lost(&error, target))?, tried))
}

/// Reads a private key, which nobody else may be able to read.
fn load(path: &Path, passphrase: Option<&Secret>) -> Result<PrivateKey, KeyFileError> {
    let unreadable = |error: std::io::Error| KeyFileError::Unreadable(error.to_string());
    let file = NamedFile::read(path, LONGEST).map_err(unreadable)?;
    // As OpenSSH does: what others can read may be in their hands.
    if let Some(mode) = file.mode.filter(|mode| mode & 0o077 != 0) {
        return Err(KeyFileError::OpenToOthers { mode, path: path.to_owned() });
    }
    let text = file.text().map_err(unreadable)?;
    let unknown = |why| KeyFileError::UnknownForm { why, path: path.to_owned() };
    if let Some(cipher) = unread_cipher(text) {
        return Err(unknown(say!("it is encrypted with {cipher}", cipher)));
    }
    // Some formats take any passphrase for a key without one.
    let plain = if is_encrypted_pkcs8(text) {
        Err(KeyError::KeyIsEncrypted)
    } else {
        decode_secret_key(text, None)
    };
    let key = match plain {
        Err(KeyError::KeyIsEncrypted) if passphrase.is_some() => {
            decode_secret_key(text, passphrase.map(Secret::expose))
        }
        other => other,
    };
    key.map_err(|error| match error {
        KeyError::KeyIsEncrypted => KeyFileError::Encrypted,
        // A wrong passphrase is told by a check, not by a broken form.
        KeyError::SshKey(ssh_key::Error::Encoding(why)) => unknown(why.to_string()),
        _ if passphrase.is_some() => KeyFileError::WrongPassphrase,
        error => KeyFileError::Unreadable(error.to_string()),
    })
}

/// Whether it is encrypted as RFC 5958 says, which the library does not tell.
fn is_encrypted_pkcs8(text: &str) -> bool {
    text.lines().any(|line| line == "-----BEGIN ENCRYPTED PRIVATE KEY-----")
}

/// The cipher of a key that is encrypted as RFC 1421 says, where the library
/// does not know that: it reads RSA keys in AES-128-CBC alone.
fn unread_cipher(text: &str) -> Option<&str> {
    let cipher = text.lines().find_map(|line| line.strip_prefix("DEK-Info: "))?;
    let cipher = cipher.split(',').next().unwrap_or(cipher);
    let is_rsa = text.lines().any(|line| line == "-----BEGIN RSA PRIVATE KEY-----");
    (!is_rsa || cipher != "AES-128-CBC").then_some(cipher)
}

#[cfg(not(unix))]
async fn by_agent(_: &mut Handle<Guard>, _: &SshTarget, _: &mut Tried) -> Result<bool, Fault> {
    Ok(false)
}

async fn by_password(
    handle: &mut Handle<Guard>,
    target: &SshTarget,
    password: &Secret,
    tried: &mut Tried,
) -> Result<bool, Fault> {
    tried.ways.push(Way::Password);
    let result = handle.authenticate_password(target.user(), password.expose()).await;
    Ok(note(&result.map_err(|error| lost(&error, target))?, tried))
}

/// Servers that ask for the password by questions, as PAM does.
async fn by_questions(
    handle: &mut Handle<Guard>,
    target: &SshTarget,
    password: &Secret,
    tried: &mut Tried,
) -> Result<bool, Fault> {
    let lost = |error: russh::Error| lost(&error, target);
    let mut answer =
        handle.authenticate_keyboard_interactive_start(target.user(), None).await.map_err(lost)?;
    for _ in 0..ROUNDS {
        let prompts = match answer {
            KeyboardInteractiveAuthResponse::Success => return Ok(true),
            KeyboardInteractiveAuthResponse::Failure { .. } => return Ok(false),
            KeyboardInteractiveAuthResponse::InfoRequest { prompts, .. } => prompts,
        };
        let responses = prompts.iter().map(|_| password.expose().to_owned()).collect();
        answer = handle.authenticate_keyboard_interactive_respond(responses).await.map_err(lost)?;
    }
    tried.ways.push(Way::Questions);
    Ok(false)
}
