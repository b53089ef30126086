//! Docker on the host: is it there, and does it let us in?

use super::{
    Command, DEADLINE, Host,
    frame::{MissingProgram, missing_program},
};
use crate::{
    net::Output,
    secret::Foreign,
    site::{DockerAccess, Failure, Fault, FaultKind, System},
};

/// How Docker is called.
pub(super) const fn command(access: DockerAccess) -> &'static str {
    match access {
        DockerAccess::Direct => "docker",
        DockerAccess::Sudo => "sudo -n docker",
    }
}

impl Host {
    /// Looks whether Docker is there and lets this user in.
    ///
    /// # Errors
    /// [`FaultKind::NotFound`] without Docker, [`FaultKind::NotAllowed`] when
    /// it, or sudo, does not let this user in.
    pub async fn check(&self) -> Result<(), Fault> {
        let command = format!("{} version --format '{{{{.Server.Version}}}}'", self.docker());
        self.succeed(word!("talk to Docker on the Immich host"), &Command::new(command, DEADLINE))
            .await
            .map(|_| ())
    }
}

/// A failed command of Docker's. Its own words are told: they hold nothing of
/// what was on standard input.
#[derive(Debug, thiserror::Error)]
#[error("{}", said(*.status, .words))]
struct DockerError {
    status: u32,
    words: Foreign,
    cause: Cause,
}

/// Why a command of Docker's failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    /// Docker does not let this user in.
    NotInTheGroup,
    /// sudo asks for a password.
    SudoAsks,
    /// The container is not there.
    NoContainer,
    /// The container does not run.
    NotRunning,
    /// Docker itself does not run.
    NoDaemon,
    /// Docker is not there.
    NotInstalled,
    /// The folder of the compose file is not there.
    NoFolder,
    /// The compose file has no such service.
    NoService,
    /// Something else.
    Unknown,
}

fn said(status: u32, words: &Foreign) -> String {
    let words = if words.is_empty() { say!("nothing") } else { words.to_string() };
    say!("exit status {status}: {words}", status, words)
}

impl Cause {
    fn of(output: &Output) -> Self {
        let said = |part: &str| output.stderr.mentions(part);
        if said("permission denied") && said("Docker daemon socket")
            || said("permission denied") && said("docker.sock")
        {
            Self::NotInTheGroup
        } else if said("a password is required") || said("a terminal is required") {
            Self::SudoAsks
        } else if said("No such container") || said("No such object") || said("no such object") {
            Self::NoContainer
        } else if said("is not running") {
            Self::NotRunning
        } else if said("Cannot connect to the Docker daemon") {
            Self::NoDaemon
        } else if said("not found") || output.status == 127 {
            Self::NotInstalled
        } else if said("no configuration file provided") || said("No such file or directory") {
            Self::NoFolder
        } else if said("no such service") {
            Self::NoService
        } else {
            Self::Unknown
        }
    }
}

impl Failure for DockerError {
    fn system(&self) -> System {
        System::Host
    }

    fn kind(&self) -> FaultKind {
        match self.cause {
            Cause::NotInTheGroup | Cause::SudoAsks => FaultKind::NotAllowed,
            Cause::NoContainer | Cause::NotInstalled | Cause::NoFolder | Cause::NoService => {
                FaultKind::NotFound
            }
            Cause::NotRunning | Cause::Unknown => FaultKind::Refused,
            Cause::NoDaemon => FaultKind::Unreachable,
        }
    }

    fn hint(&self) -> String {
        match self.cause {
            Cause::NotInTheGroup => say!(
                "Add the user to the group docker (sudo usermod -aG docker USER, then log in anew), or let Docker be called by sudo."
            ),
            Cause::SudoAsks => say!(
                "sudo must work without a password for docker (NOPASSWD), or the user must be in the group docker."
            ),
            Cause::NoContainer => say!(
                "Put the right name of the container into the profile, under [host]; `docker ps` lists them."
            ),
            Cause::NotRunning => {
                say!("Start the container first: docker compose up -d in Immich's folder.")
            }
            Cause::NoDaemon => say!("Start Docker on the host: sudo systemctl start docker."),
            Cause::NotInstalled => {
                say!("Docker is not installed there, or not on the PATH of this user.")
            }
            Cause::NoFolder => say!(
                "Put the folder of Immich's compose file into the profile (`folder` under [host])."
            ),
            Cause::NoService => say!(
                "Put the name of the compose service into the profile (`server_service` under [host])."
            ),
            Cause::Unknown => String::new(),
        }
    }
}

/// What a failed command of Docker's means.
pub(super) fn refusal(tried: &str, output: &Output) -> Fault {
    let missing = missing_program(output.status, &output.stderr);
    if let Some(program) = missing.filter(|program| program != "docker") {
        return Fault::of(&MissingProgram(program), tried);
    }
    let (status, words) = (output.status, output.stderr.end());
    Fault::of(&DockerError { status, words, cause: Cause::of(output) }, tried)
}
