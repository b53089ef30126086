//! Immich's compose project.

use std::time::Duration;

use shell_words::quote;

use super::{Command, DEADLINE, Host, docker};
use crate::{
    secret::Foreign,
    site::{DockerAccess, Failure, Fault, FaultKind, System},
};

/// How long stopping and starting services may take: Docker gives each ten
/// seconds to stop before it kills it.
const RESTART: Duration = Duration::from_secs(90);

/// The commands that restart services of a compose project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestartCommands {
    /// What is sent.
    pub first: Command,
    /// What is sent where Docker has no `compose` of its own.
    pub old: Command,
    services: Vec<String>,
}

impl RestartCommands {
    /// Restarts services of the project in `folder`.
    #[must_use]
    pub fn new(access: DockerAccess, folder: &str, services: &[String]) -> Self {
        let [first, old] = both(access, folder, &format!("restart {}", words(services)), RESTART);
        Self { first, old, services: services.to_vec() }
    }
}

/// A command by each tool.
fn both(access: DockerAccess, folder: &str, what: &str, deadline: Duration) -> [Command; 2] {
    ["compose", "docker-compose"]
        .map(|tool| Command::new(compose(access, tool, folder, what), deadline))
}

/// `docker compose` since 2021, `docker-compose` before and on Debian 12.
fn compose(access: DockerAccess, tool: &str, folder: &str, what: &str) -> String {
    let folder = quote(folder);
    match tool {
        "compose" => {
            format!("{} compose --project-directory {folder} {what}", docker::command(access))
        }
        old => {
            let sudo = if access == DockerAccess::Sudo { "sudo -n " } else { "" };
            format!(
                "{sudo}{old} --project-directory {folder} -f {folder}/docker-compose.yml {what}"
            )
        }
    }
}

fn words(services: &[String]) -> String {
    services.iter().map(|service| quote(service)).collect::<Vec<_>>().join(" ")
}

fn restarted(services: &[String]) -> String {
    say!("restart {services}", services = services.join(word!(" and ")))
}

impl Host {
    /// Restarts services of Immich's compose project.
    ///
    /// # Errors
    /// What Docker said.
    pub async fn compose_restart(&self, commands: &RestartCommands) -> Result<(), Fault> {
        let tried = restarted(&commands.services);
        self.compose(&tried, [&commands.first, &commands.old]).await.map(|_| ())
    }

    /// The last lines that a service logged.
    ///
    /// # Errors
    /// What Docker said.
    pub async fn compose_logs(
        &self,
        folder: &str,
        service: &str,
        lines: usize,
    ) -> Result<Foreign, Fault> {
        let tried = say!("read the log of {service}", service);
        let what = format!("logs --no-color --tail {lines} {}", quote(service));
        let [first, old] = both(self.docker, folder, &what, DEADLINE);
        let log = self.compose(&tried, [&first, &old]).await?;
        Ok(self.ssh.words(log.as_bytes()))
    }

    async fn compose(&self, tried: &str, [first, old]: [&Command; 2]) -> Result<String, Fault> {
        let output = self.run(tried, first, None).await?;
        if output.status == 0 {
            return Ok(output.stdout.expose().to_owned());
        }
        let lacks_plugin = output.stderr.mentions("is not a docker command")
            || output.stderr.mentions("unknown flag: --project-directory");
        let refused = docker::refusal(tried, &output);
        if !lacks_plugin {
            return Err(refused);
        }
        let output = self.succeed(tried, old).await;
        output.map(|text| text.expose().to_owned()).map_err(|fault| {
            if fault.kind == FaultKind::NotFound {
                Fault::of(&NoCompose(refused), tried)
            } else {
                fault
            }
        })
    }
}

/// Neither of both programs is there; this is what Docker says without its part.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.answer)]
struct NoCompose(#[source] Fault);

impl Failure for NoCompose {
    fn system(&self) -> System {
        self.0.system
    }

    fn kind(&self) -> FaultKind {
        self.0.kind.clone()
    }

    fn hint(&self) -> String {
        say!("Neither `docker compose` nor `docker-compose` is there: install one.")
    }
}
