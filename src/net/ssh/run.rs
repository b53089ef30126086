//! Running one command on the host.

use std::{fmt, time::Duration};

use super::{
    Ssh,
    running::{COMPLAINTS, SessionBreak},
};
use crate::{
    secret::{Foreign, Secret},
    site::Fault,
};

/// A command for the host's shell.
#[derive(Clone)]
pub struct Remote {
    /// The command line. Nothing secret may stand on it: everybody on the host
    /// can read it.
    pub command: String,
    /// What it reads; may be secret.
    pub stdin: Option<Secret>,
    /// How long it may take.
    pub deadline: Duration,
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote").field("command", &self.command).finish_non_exhaustive()
    }
}

/// What a command came to.
#[derive(Clone, PartialEq, Eq)]
pub struct Output {
    /// Its exit status; 128 and the number of the signal that ended it.
    pub status: u32,
    /// What it wrote; may be secret.
    pub stdout: Secret,
    /// What it complained of.
    pub stderr: Foreign,
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output").field("status", &self.status).finish_non_exhaustive()
    }
}

impl Ssh {
    /// Runs a command and waits for its end, whatever its exit status.
    ///
    /// # Errors
    /// [`FaultKind::Lost`](crate::site::FaultKind::Lost) when the session
    /// breaks: whether the command was carried out is then not known.
    /// [`FaultKind::Late`](crate::site::FaultKind::Late) after its deadline.
    pub async fn run(&self, remote: Remote) -> Result<Output, Fault> {
        let mut running = self.begin(&remote.command, remote.deadline).await?;
        running.finish(remote.stdin.as_ref(), |_| false).await?;
        // Neither status nor signal: the connection broke. Never a success.
        let status = running.heard().status;
        let status = status.ok_or_else(|| running.lost(SessionBreak::InTheMiddle))?;
        let heard = running.heard();
        Ok(Output {
            status,
            stdout: Secret::new(String::from_utf8_lossy(&heard.stdout).into_owned()),
            stderr: running.complaints(&heard.stderr),
        })
    }
}

impl Ssh {
    /// The end of what the host says, to show.
    #[must_use]
    pub fn words(&self, said: &[u8]) -> Foreign {
        let end = &said[said.len().saturating_sub(COMPLAINTS)..];
        self.known.words(&String::from_utf8_lossy(end))
    }
}
