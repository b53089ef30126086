//! The machine that Immich runs on: Docker, its containers, and files, reached
//! over SSH. Nothing secret ever stands on a command line there: it goes
//! through standard input.

mod command;
mod compose;
mod container;
mod docker;
mod file;
mod frame;
mod prepared;
mod psql;

pub use command::Command;
pub use compose::RestartCommands;
pub use container::{Condition, ConfigFile};
pub use file::{FileSeen, FileWarning, FileWrite, Keep, Maker, copy_name, kept_beside};
pub use prepared::{GO, Prepared, commit, ready};
pub use psql::Psql;

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use self::frame::Framed;
use crate::{
    net::{AgentSilence, Fills, Output, Ssh, SshAccess},
    secret::{Known, Secret},
    site::{DockerAccess, Fault},
};

/// How long an ordinary command may take. Docker on a small machine under load
/// takes seconds.
const DEADLINE: Duration = Duration::from_secs(30);

/// How much longer than the command itself the session waits for it.
const SLACK: Duration = Duration::from_secs(5);

/// The Immich host, signed in on. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Host {
    ssh: Ssh,
    docker: DockerAccess,
    /// What a login script printed before a command, the first time.
    noise: Arc<OnceLock<String>>,
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
        let ssh = Ssh::connect(access).await?;
        Ok(Self { ssh, docker, noise: Arc::default() })
    }

    /// The same host in a run that knows these secrets: no complaint of its
    /// shows one of them.
    #[must_use]
    pub fn knowing(mut self, known: &Known) -> Self {
        self.ssh = self.ssh.knowing(known);
        self
    }

    /// How long a word to the host and its answer take, at the least. `None`:
    /// it did not answer soon.
    pub async fn round_trip(&self) -> Option<Duration> {
        self.ssh.round_trip().await
    }

    /// How the SSH agent was of no use, where another way in worked in its
    /// place.
    #[must_use]
    pub const fn agent_silence(&self) -> Option<AgentSilence> {
        self.ssh.agent_silence()
    }

    /// What a login script of the host's user prints before each command. It
    /// is nobody's answer.
    #[must_use]
    pub fn noise(&self) -> Option<&str> {
        self.noise.get().map(String::as_str)
    }

    /// Runs a command that ends by itself or is ended.
    async fn run(
        &self,
        tried: &str,
        command: &Command,
        stdin: Option<&Secret>,
    ) -> Result<Output, Fault> {
        let framed = self.begin(tried, command, &Fills::default()).await?;
        framed.finish(stdin).await.map(Output::from)
    }

    /// Starts a command that waits on its standard input; the host ends it
    /// however this machine fares meanwhile.
    async fn begin(&self, tried: &str, command: &Command, fills: &Fills) -> Result<Framed, Fault> {
        let framed = Framed::begin(&self.ssh, tried, command, fills).await?;
        if !framed.noise().is_empty() {
            // The first will do.
            let _ = self.noise.set(framed.noise().to_owned());
        }
        Ok(framed)
    }

    /// Runs a command, and another exit status than 0 is a fault.
    async fn succeed(&self, tried: &str, command: &Command) -> Result<Secret, Fault> {
        let output = self.run(tried, command, None).await?;
        if output.status == 0 { Ok(output.stdout) } else { Err(docker::refusal(tried, &output)) }
    }

    /// How Docker is called here.
    const fn docker(&self) -> &'static str {
        docker::command(self.docker)
    }
}
