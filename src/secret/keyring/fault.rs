//! What a keyring says, in words that an operator can act on.

use keyring_core::Error;

use crate::site::{Failure, Fault, FaultKind, System};

/// The way out that is always there.
const OR_A_FILE: &str =
    word!("or keep the secrets in an encrypted file: `secrets = \"file\"` in the profile.");

/// What a keyring says. Error values that carry what was read are never
/// printed: it may be the secret.
#[derive(Debug, thiserror::Error)]
enum KeyringError {
    #[error("{}", say!("the keyring is locked, and the question for its password was closed or could not be shown"))]
    Dismissed,
    #[error("{}", say!("there is no default keyring to keep it in"))]
    NoDefault,
    #[error("{0}")]
    Locked(String),
    #[error("{}", say!("no program on this machine offers a keyring (org.freedesktop.secrets)"))]
    NoProgram,
    #[error("{}", say!("there is no D-Bus session to reach a keyring by ({why})", why = .0))]
    NoSession(String),
    #[error("{0}")]
    OutOfReach(String),
    #[error("{}", say!("the entry holds something that is no text"))]
    NoText,
    #[error("{}", say!("there are {count} entries of that name", count = .0))]
    Several(usize),
    #[error("{}", say!("its {what} is longer than the {limit} characters that this keyring takes", what = .what, limit = .limit))]
    TooLong { what: String, limit: u32 },
    #[error("{0}")]
    Other(Error),
}

impl Failure for KeyringError {
    fn system(&self) -> System {
        System::SecretStore
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::Dismissed | Self::NoDefault | Self::Locked(_) => FaultKind::Locked,
            Self::NoProgram | Self::NoSession(_) | Self::OutOfReach(_) => FaultKind::Unreachable,
            Self::NoText | Self::Other(_) => FaultKind::Unexpected,
            Self::Several(_) | Self::TooLong { .. } => FaultKind::Refused,
        }
    }

    fn hint(&self) -> String {
        let file = OR_A_FILE;
        match self {
            Self::Dismissed => say!(
                "Unlock the keyring (signing in to the desktop does it) and try again, {file}",
                file
            ),
            Self::NoDefault => {
                say!("Make one with your password manager (Seahorse, KWalletManager), {file}", file)
            }
            Self::Locked(_) => say!("Unlock the keyring and try again, {file}", file),
            Self::NoProgram => say!(
                "Install one (GNOME Keyring, KDE Wallet, KeePassXC) and sign in anew, {file}",
                file
            ),
            Self::NoSession(_) => say!("Run it in a desktop session, {file}", file),
            Self::OutOfReach(_) | Self::Other(_) => {
                say!("See whether the keyring works for other programs, {file}", file)
            }
            Self::NoText => {
                say!("Remove the entry with your password manager and try again.")
            }
            Self::Several(_) => say!(
                "Remove all but the right one with your password manager (Seahorse, KWalletManager)."
            ),
            Self::TooLong { .. } => say!("Use another keyring, {file}", file),
        }
    }
}

/// Names what went wrong.
pub(super) fn of(error: Error, tried: String) -> Fault {
    let error = match error {
        Error::NoStorageAccess(cause) => no_access(cause.to_string()),
        Error::PlatformFailure(cause) => failure(&chain(cause.as_ref())),
        Error::BadEncoding(_) | Error::BadDataFormat(..) => KeyringError::NoText,
        Error::Ambiguous(entries) => KeyringError::Several(entries.len()),
        Error::TooLong(what, limit) => KeyringError::TooLong { what, limit },
        other => KeyringError::Other(other),
    };
    Fault::of(&error, tried)
}

fn no_access(cause: String) -> KeyringError {
    if cause.contains("prompt dismissed") {
        KeyringError::Dismissed
    } else if cause.contains("result not returned") {
        KeyringError::NoDefault
    } else {
        KeyringError::Locked(cause)
    }
}

fn failure(cause: &str) -> KeyringError {
    let no_bus = ["no secret service provider or dbus session", "os error 2", "unix:path="];
    if cause.contains("ServiceUnknown") || cause.contains("was not provided by any .service") {
        KeyringError::NoProgram
    } else if no_bus.iter().any(|sign| cause.contains(sign)) {
        KeyringError::NoSession(bare(cause).to_owned())
    } else {
        KeyringError::OutOfReach(bare(cause).to_owned())
    }
}

/// What happened, without the name of the library that says so.
fn bare(cause: &str) -> &str {
    cause.strip_prefix("zbus error: ").unwrap_or(cause)
}

/// An error with its causes.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut said = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        if !said.contains(&text) {
            said = format!("{said}: {text}");
        }
        next = cause.source();
    }
    said
}
