//! Running one command on the host.

use std::{fmt, time::Duration};

use russh::{ChannelMsg, Sig};
use tokio::{io::AsyncWriteExt, time::timeout};

use super::{Ssh, fault};
use crate::{
    secret::{Foreign, Known, Secret},
    site::{Fault, FaultKind},
};

/// The most that is kept of an output.
pub(super) const MOST: usize = 8 << 20;

/// So much of the end of its complaints is looked at, in bytes.
const COMPLAINTS: usize = 32 << 10;

/// How long a command that is told to end may take until the session lets go.
const GRACE: Duration = Duration::from_millis(300);

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
    /// [`FaultKind::Lost`] when the session breaks: whether the command was
    /// carried out is then not known. [`FaultKind::Late`] after its deadline.
    pub async fn run(&self, remote: Remote) -> Result<Output, Fault> {
        let tried = format!("run `{}`", remote.command);
        let lost = |answer: String| {
            fault(FaultKind::Lost, &tried)
                .answered(answer)
                .remedy("Look again: whether it was carried out is read from what is there.")
        };
        let channel =
            self.handle.channel_open_session().await.map_err(|error| lost(error.to_string()))?;
        let (mut reader, writer) = channel.split();
        writer
            .exec(true, remote.command.as_str())
            .await
            .map_err(|error| lost(error.to_string()))?;
        let (mut stdout, mut stderr) = (zeroize::Zeroizing::new(Vec::new()), Vec::new());
        let mut status = None;
        // Both at once: with a big input the other side stops reading until
        // somebody reads what it writes.
        let writing = async {
            if let Some(input) = &remote.stdin {
                let mut pipe = writer.make_writer();
                // A command that ends without reading is not the input's fault.
                if pipe.write_all(input.expose().as_bytes()).await.is_ok() {
                    let _ = pipe.flush().await;
                }
            }
            let _ = writer.eof().await;
        };
        let reading = async {
            while let Some(message) = reader.wait().await {
                match message {
                    ChannelMsg::Data { data } if stdout.len() + data.len() <= MOST => {
                        stdout.extend_from_slice(&data);
                    }
                    ChannelMsg::ExtendedData { data, .. } if stderr.len() + data.len() <= MOST => {
                        stderr.extend_from_slice(&data);
                    }
                    ChannelMsg::ExitStatus { exit_status } => status = Some(exit_status),
                    ChannelMsg::ExitSignal { signal_name, .. } => {
                        status = Some(ended_by(&signal_name));
                    }
                    ChannelMsg::Failure => break,
                    _ => {}
                }
            }
        };
        let both = async { tokio::join!(writing, reading) };
        if timeout(remote.deadline, both).await.is_err() {
            let _ = writer.signal(Sig::TERM).await;
            let _ = writer.close().await;
            // The session's own task has to get the message out.
            tokio::time::sleep(GRACE).await;
            return Err(fault(FaultKind::Late, &tried)
                .answered(format!("it did not end within {} s", remote.deadline.as_secs()))
                .remedy("Is the host very busy, or does the command wait for something?"));
        }
        // Neither status nor signal: the connection broke. Never a success.
        let status = status.ok_or_else(|| lost("the session ended in the middle of it".into()))?;
        let stdout = String::from_utf8_lossy(&stdout).into_owned();
        let stderr = complaints(&self.known, &stderr, remote.stdin.iter());
        Ok(Output { status, stdout: Secret::new(stdout), stderr })
    }
}

impl Ssh {
    /// The end of what the host says, to show.
    #[must_use]
    pub fn words(&self, said: &[u8]) -> Foreign {
        complaints(&self.known, said, std::iter::empty())
    }
}

/// What a command complained of, which may repeat what it read.
pub(super) fn complaints<'a>(
    known: &Known,
    stderr: &[u8],
    inputs: impl Iterator<Item = &'a Secret>,
) -> Foreign {
    let repeated = Known::default();
    inputs.for_each(|input| repeated.learn_document(input.expose()));
    let end = &stderr[stderr.len().saturating_sub(COMPLAINTS)..];
    known.words_beside(&String::from_utf8_lossy(end), &repeated)
}

/// The exit status that a shell gives to a command that a signal ended.
pub(super) fn ended_by(signal: &Sig) -> u32 {
    128 + match signal {
        Sig::HUP => 1,
        Sig::INT => 2,
        Sig::QUIT => 3,
        Sig::ABRT => 6,
        Sig::KILL => 9,
        Sig::SEGV => 11,
        Sig::PIPE => 13,
        _ => 15,
    }
}
