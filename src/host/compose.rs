//! Immich's compose project.

use std::time::Duration;

use shell_words::quote;

use super::{DEADLINE, Host, docker, sent};
use crate::{
    secret::Foreign,
    site::{DockerAccess, Failure, Fault, FaultKind, System},
};

/// How long stopping and starting services may take: Docker gives each ten
/// seconds to stop before it kills it.
const RESTART: Duration = Duration::from_secs(90);

/// The command that is sent to restart services of the project in `folder`.
#[must_use]
pub fn restart_command(access: DockerAccess, folder: &str, services: &[String]) -> String {
    sent(&compose(access, "compose", folder, &format!("restart {}", words(services))), RESTART)
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
    pub async fn compose_restart(&self, folder: &str, services: &[String]) -> Result<(), Fault> {
        let tried = restarted(services);
        let what = format!("restart {}", words(services));
        self.compose(&tried, folder, &what, RESTART).await.map(|_| ())
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
        let log = self.compose(&tried, folder, &what, DEADLINE).await?;
        Ok(self.ssh.words(log.as_bytes()))
    }

    async fn compose(
        &self,
        tried: &str,
        folder: &str,
        what: &str,
        deadline: Duration,
    ) -> Result<String, Fault> {
        let command = compose(self.docker, "compose", folder, what);
        let output = self.run(tried, &command, None, deadline).await?;
        if output.status == 0 {
            return Ok(output.stdout.expose().to_owned());
        }
        let lacks_plugin = output.stderr.mentions("is not a docker command")
            || output.stderr.mentions("unknown flag: --project-directory");
        let refused = docker::refusal(tried, &output);
        if !lacks_plugin {
            return Err(refused);
        }
        let command = compose(self.docker, "docker-compose", folder, what);
        let output = self.succeed(tried, &command, None, deadline).await;
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
