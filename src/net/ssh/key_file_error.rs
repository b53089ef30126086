//! Why a private key file is of no use.

use std::path::PathBuf;

use crate::site::{Failure, FaultKind, System};

/// Why a private key file is of no use. `path` is its path.
#[derive(Debug, thiserror::Error)]
pub(super) enum KeyFileError {
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
