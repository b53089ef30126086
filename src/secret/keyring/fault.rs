//! What a keyring says, in words that an operator can act on.

use keyring_core::Error;

use crate::site::{Fault, FaultKind, System};

/// The way out that is always there.
const OR_A_FILE: &str =
    "or keep the secrets in an encrypted file: `secrets = \"file\"` in the profile.";

/// Names what went wrong. Error values that carry what was read are never
/// printed: it may be the secret.
pub(super) fn of(error: Error, tried: String) -> Fault {
    let (kind, answer, remedy) = match error {
        Error::NoStorageAccess(cause) => no_access(&cause.to_string()),
        Error::PlatformFailure(cause) => failure(&chain(cause.as_ref())),
        Error::BadEncoding(_) | Error::BadDataFormat(..) => (
            FaultKind::Unexpected,
            "the entry holds something that is no text".into(),
            "Remove the entry with your password manager and try again.".into(),
        ),
        Error::Ambiguous(entries) => (
            FaultKind::Refused,
            format!("there are {} entries of that name", entries.len()),
            "Remove all but the right one with your password manager (Seahorse, KWalletManager)."
                .into(),
        ),
        Error::TooLong(what, limit) => (
            FaultKind::Refused,
            format!("its {what} is longer than the {limit} characters that this keyring takes"),
            format!("Use another keyring, {OR_A_FILE}"),
        ),
        other => (
            FaultKind::Unexpected,
            other.to_string(),
            format!("See whether the keyring works for other programs, {OR_A_FILE}"),
        ),
    };
    Fault::new(System::SecretStore, kind, tried).answered(answer).remedy(remedy)
}

fn no_access(cause: &str) -> (FaultKind, String, String) {
    let (answer, remedy) = if cause.contains("prompt dismissed") {
        (
            "the keyring is locked, and the question for its password was closed or could not be \
             shown"
                .into(),
            format!(
                "Unlock the keyring (signing in to the desktop does it) and try again, {OR_A_FILE}"
            ),
        )
    } else if cause.contains("result not returned") {
        (
            "there is no default keyring to keep it in".into(),
            format!("Make one with your password manager (Seahorse, KWalletManager), {OR_A_FILE}"),
        )
    } else {
        (cause.to_owned(), format!("Unlock the keyring and try again, {OR_A_FILE}"))
    };
    (FaultKind::Locked, answer, remedy)
}

fn failure(cause: &str) -> (FaultKind, String, String) {
    let no_bus = ["no secret service provider or dbus session", "os error 2", "unix:path="];
    if cause.contains("ServiceUnknown") || cause.contains("was not provided by any .service") {
        (
            FaultKind::Unreachable,
            "no program on this machine offers a keyring (org.freedesktop.secrets)".into(),
            format!(
                "Install one (GNOME Keyring, KDE Wallet, KeePassXC) and sign in anew, {OR_A_FILE}"
            ),
        )
    } else if no_bus.iter().any(|sign| cause.contains(sign)) {
        (
            FaultKind::Unreachable,
            format!("there is no D-Bus session to reach a keyring by ({})", bare(cause)),
            format!("Run it in a desktop session, {OR_A_FILE}"),
        )
    } else {
        (
            FaultKind::Unreachable,
            bare(cause).to_owned(),
            format!("See whether the keyring works for other programs, {OR_A_FILE}"),
        )
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
