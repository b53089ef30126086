//! Docker on the host: is it there, and does it let us in?

use super::{DEADLINE, Host, fault, frame::missing_program};
use crate::{
    net::Output,
    site::{DockerAccess, Fault, FaultKind},
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
        self.succeed("talk to Docker on the Immich host", &command, None, DEADLINE)
            .await
            .map(|_| ())
    }
}

/// What a failed command of Docker's means. Its own words are told: they hold
/// nothing of what was on standard input.
pub(super) fn refusal(tried: &str, output: &Output) -> Fault {
    let words = output.stderr.end();
    let said = |part: &str| output.stderr.mentions(part);
    let missing = missing_program(output.status, &output.stderr);
    if let Some(program) = missing.filter(|program| program != "docker") {
        return fault(FaultKind::NotFound, tried)
            .answered(format!("there is no `{program}` on the host"))
            .remedy(format!("Install `{program}` there, or put it on the PATH of this user."));
    }
    let (kind, remedy) = if said("permission denied") && said("Docker daemon socket")
        || said("permission denied") && said("docker.sock")
    {
        (
            FaultKind::NotAllowed,
            "Add the user to the group docker (sudo usermod -aG docker USER, then log in anew), or let Docker be called by sudo.",
        )
    } else if said("a password is required") || said("a terminal is required") {
        (
            FaultKind::NotAllowed,
            "sudo must work without a password for docker (NOPASSWD), or the user must be in the group docker.",
        )
    } else if said("No such container") || said("No such object") || said("no such object") {
        (
            FaultKind::NotFound,
            "Put the right name of the container into the profile, under [host]; `docker ps` lists them.",
        )
    } else if said("is not running") {
        (FaultKind::Refused, "Start the container first: docker compose up -d in Immich's folder.")
    } else if said("Cannot connect to the Docker daemon") {
        (FaultKind::Unreachable, "Start Docker on the host: sudo systemctl start docker.")
    } else if said("not found") || output.status == 127 {
        (FaultKind::NotFound, "Docker is not installed there, or not on the PATH of this user.")
    } else if said("no configuration file provided") || said("No such file or directory") {
        (
            FaultKind::NotFound,
            "Put the folder of Immich's compose file into the profile (`folder` under [host]).",
        )
    } else if said("no such service") {
        (
            FaultKind::NotFound,
            "Put the name of the compose service into the profile (`server_service` under [host]).",
        )
    } else {
        (FaultKind::Refused, "")
    };
    let words = if words.is_empty() { "nothing".into() } else { words.to_string() };
    fault(kind, tried).answered(format!("exit status {}: {words}", output.status)).remedy(remedy)
}
