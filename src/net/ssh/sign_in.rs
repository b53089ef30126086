//! Signing in: the key file that is named, else the agent and the usual files,
//! then the password.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use russh::{
    client::{AuthResult, Handle, KeyboardInteractiveAuthResponse},
    keys::{Error as KeyError, PrivateKey, PrivateKeyWithHashAlg, decode_secret_key},
};

#[cfg(unix)]
use super::agent::sign_in as by_agent;
use super::{AgentSilence, fault, session::Guard};
use crate::{
    net::SshAccess,
    secret::Secret,
    site::{Fault, FaultKind, NamedFile, SshTarget},
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
    pub(super) ways: Vec<String>,
    remaining: Option<String>,
    /// How the agent was of no use.
    silent: Option<AgentSilence>,
}

impl Tried {
    /// The agent is there and of no use.
    #[cfg(unix)]
    pub(super) fn is_silent(&mut self, how: AgentSilence) {
        let told = how.told();
        tracing::warn!("{told}");
        self.ways.push(match how {
            AgentSilence::NoAnswer => format!("nothing by the SSH agent ({told})"),
            AgentSilence::NoSignature => format!("and nothing more by it ({told})"),
        });
        self.silent = Some(how);
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
                    tried.ways.push(format!("nothing by the key {}", path.display()));
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

fn refused(target: &SshTarget, tried: Tried) -> Fault {
    let ways = if tried.ways.is_empty() { "nothing".into() } else { tried.ways.join(", ") };
    let takes = tried.remaining.map_or_else(String::new, |list| format!("; it takes {list}"));
    fault(FaultKind::NotSignedIn, format!("sign in as {target}"))
        .answered(format!("the host refused {ways}{takes}"))
        .remedy("Name a private key file that the host knows, load it into your SSH agent, or give the password.")
}

pub(super) fn lost(error: &impl std::fmt::Display, target: &SshTarget) -> Fault {
    fault(FaultKind::Lost, format!("sign in as {target}"))
        .answered(error.to_string())
        .remedy("The host ended the session: it may allow only few tries. Wait a moment.")
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
        Err(fault) if named => return Err(fault),
        Err(fault) => {
            // One that needs a passphrase is nothing to complain of.
            if fault.kind == FaultKind::Refused {
                tried.ways.push(format!(
                    "nothing by the key {} ({})",
                    path.display(),
                    fault.answer
                ));
            }
            return Ok(false);
        }
    };
    tried.ways.push(format!("the key {}", path.display()));
    let hash = handle.best_supported_rsa_hash().await.map_err(|error| lost(&error, target))?;
    let key = PrivateKeyWithHashAlg::new(Arc::new(key), hash.flatten());
    let result = handle.authenticate_publickey(target.user(), key).await;
    Ok(note(&result.map_err(|error| lost(&error, target))?, tried))
}

/// Reads a private key, which nobody else may be able to read.
fn load(path: &Path, passphrase: Option<&Secret>) -> Result<PrivateKey, Fault> {
    let what = format!("read the private key {}", path.display());
    let unreadable = |answer: String| {
        fault(FaultKind::NotSignedIn, &what)
            .answered(answer)
            .remedy("Name a private key file in the format of OpenSSH or PEM.")
    };
    let file = NamedFile::read(path, LONGEST).map_err(|error| unreadable(error.to_string()))?;
    // As OpenSSH does: what others can read may be in their hands.
    if let Some(mode) = file.mode.filter(|mode| mode & 0o077 != 0) {
        return Err(fault(FaultKind::Refused, &what)
            .answered(format!("others can read or change it (mode {mode:04o})"))
            .remedy(format!("Run chmod 600 '{}', then try again.", path.display())));
    }
    let text = file.text().map_err(|error| unreadable(error.to_string()))?;
    // Some formats take any passphrase for a key without one.
    let key = match decode_secret_key(text, None) {
        Err(KeyError::KeyIsEncrypted) if passphrase.is_some() => {
            decode_secret_key(text, passphrase.map(Secret::expose))
        }
        other => other,
    };
    key.map_err(|error| match error {
        KeyError::KeyIsEncrypted => fault(FaultKind::PassphraseNeeded, &what)
            .answered("it is encrypted")
            .remedy("Give its passphrase, or load it into your SSH agent."),
        _ if passphrase.is_some() => fault(FaultKind::PassphraseNeeded, &what)
            .answered("the passphrase does not open it")
            .remedy("Type the passphrase again."),
        error => unreadable(error.to_string()),
    })
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
    tried.ways.push("the password".into());
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
    tried.ways.push("its questions".into());
    Ok(false)
}
