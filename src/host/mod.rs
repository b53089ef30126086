//! The machine that Immich runs on: Docker, its containers, and files, reached
//! over SSH. Nothing secret ever stands on a command line there: it goes
//! through standard input.

mod compose;
mod container;
mod docker;
mod file;
mod prepared;
mod psql;
mod quote;

pub use compose::restart_command as compose_restart_command;
pub use container::{Condition, ConfigFile};
pub use file::kept_beside;
pub use prepared::Prepared;
pub use psql::Psql;

use std::time::Duration;

use crate::{
    net::{Output, Remote, Running, Ssh, SshAccess},
    secret::{Known, Secret},
    site::{DockerAccess, Fault, FaultKind, System},
};

/// How long an ordinary command may take. Docker on a small machine under load
/// takes seconds.
const DEADLINE: Duration = Duration::from_secs(30);

/// How much longer than the command itself the session waits for it.
const SLACK: Duration = Duration::from_secs(5);

/// The exit status of `timeout` when it had to end the command.
const TIMED_OUT: u32 = 124;

/// The Immich host, signed in on. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Host {
    ssh: Ssh,
    docker: DockerAccess,
}

/// A command as it is sent: the host itself ends it after `deadline`.
fn sent(command: &str, deadline: Duration) -> String {
    format!("timeout -k 2 {} {command}", deadline.as_secs())
}

impl Host {
    /// How long an ordinary command may take before it is given up.
    pub const ANSWERS_WITHIN: Duration = DEADLINE.saturating_add(SLACK);

    /// How long signing in may take at most.
    #[must_use]
    pub fn connects_within(access: &SshAccess) -> Duration {
        Ssh::connects_within(access)
    }

    /// Signs in on the host.
    ///
    /// # Errors
    /// As [`Ssh::connect`].
    pub async fn connect(access: &SshAccess, docker: DockerAccess) -> Result<Self, Fault> {
        Ok(Self { ssh: Ssh::connect(access).await?, docker })
    }

    /// The same host in a run that knows these secrets: no complaint of its
    /// shows one of them.
    #[must_use]
    pub fn knowing(mut self, known: &Known) -> Self {
        self.ssh = self.ssh.knowing(known);
        self
    }

    /// Runs a command that ends by itself or is ended after `deadline`: a
    /// session that closes does not end what root started.
    async fn run(
        &self,
        tried: &str,
        command: &str,
        stdin: Option<Secret>,
        deadline: Duration,
    ) -> Result<Output, Fault> {
        let remote = Remote { command: sent(command, deadline), stdin, deadline: deadline + SLACK };
        let output =
            self.ssh.run(remote).await.map_err(|fault| Fault { tried: tried.into(), ..fault })?;
        if output.status == TIMED_OUT {
            return Err(fault(FaultKind::Late, tried)
                .answered(format!("it did not end within {} s", deadline.as_secs()))
                .remedy("Is the host very busy? Look again in a moment."));
        }
        Ok(output)
    }

    /// Starts a command that waits on its standard input; it is ended after
    /// `deadline` however this machine fares meanwhile.
    async fn begin(
        &self,
        tried: &str,
        command: &str,
        deadline: Duration,
    ) -> Result<Running, Fault> {
        let begun = self.ssh.begin(&sent(command, deadline), deadline + SLACK).await;
        begun.map_err(|fault| Fault { tried: tried.into(), ..fault })
    }

    /// Runs a command, and another exit status than 0 is a fault.
    async fn succeed(
        &self,
        tried: &str,
        command: &str,
        stdin: Option<Secret>,
        deadline: Duration,
    ) -> Result<Secret, Fault> {
        let output = self.run(tried, command, stdin, deadline).await?;
        if output.status == 0 { Ok(output.stdout) } else { Err(docker::refusal(tried, &output)) }
    }

    /// How Docker is called here.
    const fn docker(&self) -> &'static str {
        docker::command(self.docker)
    }
}

/// A fault of the host's.
fn fault(kind: FaultKind, tried: impl Into<String>) -> Fault {
    Fault::new(System::Host, kind, tried)
}
