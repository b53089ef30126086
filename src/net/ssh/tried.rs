//! The ways of signing in that were tried, and what is said when none was taken.

use std::{fmt, path::PathBuf};

use russh::client::AuthResult;

use super::{AgentSilence, key_file_error::KeyFileError};
use crate::site::{Failure, Fault, FaultKind, SshTarget, System};

/// What was tried, and what the server would take instead.
#[derive(Default)]
pub(super) struct Tried {
    pub(super) ways: Vec<Way>,
    remaining: Option<String>,
    /// How the agent was of no use.
    pub(super) silent: Option<AgentSilence>,
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
pub(super) enum Way {
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

pub(super) fn refused(target: &SshTarget, tried: Tried) -> Fault {
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
