//! Signing in: the key file that is named, else the agent and the usual files,
//! then the password.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use russh::{
    client::{Handle, KeyboardInteractiveAuthResponse},
    keys::{Error as KeyError, PrivateKey, PrivateKeyWithHashAlg, decode_secret_key, ssh_key},
};

#[cfg(unix)]
use super::agent::sign_in as by_agent;
use super::{
    AgentSilence,
    key_file_error::KeyFileError,
    session::Guard,
    tried::{Tried, Way, lost, note, refused},
};
use crate::{
    net::SshAccess,
    secret::Secret,
    site::{Fault, NamedFile, SshTarget},
};

/// The files that OpenSSH looks for, too.
const USUAL: [&str; 3] = [".ssh/id_ed25519", ".ssh/id_ecdsa", ".ssh/id_rsa"];

/// Longer than any private key.
const LONGEST: usize = 1 << 20;

/// How many rounds of questions a server may ask.
const ROUNDS: u8 = 8;

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
