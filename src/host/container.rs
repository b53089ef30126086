//! Containers, as `docker inspect` tells of them.

use std::collections::HashMap;

use serde::Deserialize;
use shell_words::quote;

use super::{Command, DEADLINE, Host};
use crate::{
    net::unreadable,
    secret::{Foreign, Known},
    site::{Failure, Fault, FaultKind, System},
};

/// The name of Immich's server container where the compose file is Immich's
/// own.
const USUAL_NAME: &str = "immich_server";

/// Where Immich is told that its settings come from a file.
const CONFIG_FILE: &str = "IMMICH_CONFIG_FILE";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Container {
    config: Config,
    #[serde(default)]
    mounts: Vec<Mount>,
    #[serde(default)]
    state: State,
    #[serde(default)]
    restart_count: u32,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct State {
    status: String,
    exit_code: i64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Config {
    #[serde(default)]
    env: Option<Vec<String>>,
    #[serde(default)]
    labels: Option<HashMap<String, String>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Mount {
    source: String,
    destination: String,
}

/// Immich's config file on the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFile {
    /// Its path there.
    pub path: String,
    /// Whether the file itself is mounted, not a folder above it. The container
    /// then holds on to this very file: another one in its place is not seen.
    pub is_mounted_itself: bool,
    /// What of the host is mounted: this file or a folder above it.
    pub mounted: String,
    /// Folders that have the same path on the host and in the container.
    pub same_inside: Vec<String>,
}

/// How the container of a service is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Docker's word for it: `running`, `restarting`, `exited`, `dead`, …
    pub status: String,
    /// The exit status of its last end; 0 while it runs.
    pub exit_code: i64,
    /// How often Docker started it again by itself since it was last started.
    pub restarts: u32,
}

impl Condition {
    /// Whether it ended and will not come back like this: it is over, or Docker
    /// starts it again and again. One new start alone says little, it may have
    /// been too early for its database.
    #[must_use]
    pub fn is_hopeless(&self) -> bool {
        matches!(self.status.as_str(), "exited" | "dead") || self.restarts >= 2
    }
}

impl Host {
    /// How the container of a compose service is.
    ///
    /// # Errors
    /// What Docker said.
    pub async fn condition(&self, folder: &str, service: &str) -> Result<Condition, Fault> {
        let container = self.server(word!("look at Immich's container"), folder, service).await?;
        Ok(Condition {
            status: container.state.status,
            exit_code: container.state.exit_code,
            restarts: container.restart_count,
        })
    }

    /// The file on the host that `IMMICH_CONFIG_FILE` leads to, through the
    /// container's mounts.
    ///
    /// # Errors
    /// When there is no such container, it names no file, or the file is not
    /// mounted from the host.
    pub async fn config_file(&self, folder: &str, service: &str) -> Result<ConfigFile, Fault> {
        let tried = word!("find the config file of Immich on its host");
        let container = self.server(tried, folder, service).await?;
        let named = container.config.env.iter().flatten().find_map(|line| {
            line.strip_prefix(CONFIG_FILE)?.strip_prefix('=').filter(|path| !path.is_empty())
        });
        let named = named.ok_or_else(|| {
            let service = service.to_owned();
            Fault::of(&ContainerError::NoConfigFile { service }, tried)
        })?;
        through_mounts(named, &container.mounts)
            .ok_or_else(|| Fault::of(&ContainerError::NotMounted { path: named.to_owned() }, tried))
    }

    /// The container of a compose service.
    async fn server(&self, tried: &str, folder: &str, service: &str) -> Result<Container, Fault> {
        let filter = format!("label=com.docker.compose.service={service}");
        let command = format!(
            "{} ps --all --filter {} --format '{{{{.Names}}}}'",
            self.docker(),
            quote(&filter)
        );
        let names = self.succeed(tried, &Command::new(command, DEADLINE)).await?;
        let folder = folder.trim_end_matches('/');
        let mut others = Vec::new();
        for name in names.expose().lines().map(str::trim).filter(|name| !name.is_empty()) {
            if !is_name(name) {
                return Err(Fault::of(&ContainerError::OddName, tried));
            }
            let container = self.inspect(tried, name).await?;
            let labels = container.config.labels.as_ref();
            let dir =
                labels.and_then(|labels| labels.get("com.docker.compose.project.working_dir"));
            if dir.is_some_and(|dir| dir.trim_end_matches('/') == folder) {
                return Ok(container);
            }
            others.push(container);
        }
        // One service of that name is the one, wherever its project is said to be.
        match others.len() {
            1 => Ok(others.remove(0)),
            _ => self.inspect(tried, USUAL_NAME).await,
        }
    }

    async fn inspect(&self, tried: &str, name: &str) -> Result<Container, Fault> {
        let command = format!("{} inspect --type container {}", self.docker(), quote(name));
        let text = self.succeed(tried, &Command::new(command, DEADLINE)).await?;
        let all: Vec<Container> = serde_json::from_str(text.expose()).map_err(|error| {
            let why = unreadable(&error, &Known::default());
            Fault::of(&ContainerError::Unreadable(why), tried)
        })?;
        all.into_iter()
            .next()
            .ok_or_else(|| Fault::of(&ContainerError::NotThere { name: name.to_owned() }, tried))
    }
}

/// What is wrong with a container.
#[derive(Debug, thiserror::Error)]
enum ContainerError {
    #[error("{}", say!("the container of {service} has no {variable} in its environment", service = .service, variable = CONFIG_FILE))]
    NoConfigFile { service: String },
    #[error("{}", say!("{path} is inside the container and not mounted from the host", path = .path))]
    NotMounted { path: String },
    #[error("{}", say!("among the names of containers is one that Docker does not allow"))]
    OddName,
    #[error("{}", say!("an answer of docker inspect that cannot be read: {why}", why = .0))]
    Unreadable(Foreign),
    #[error("{}", say!("there is no container {name}", name = .name))]
    NotThere { name: String },
}

impl Failure for ContainerError {
    fn system(&self) -> System {
        System::Host
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::NoConfigFile { .. } | Self::NotMounted { .. } | Self::NotThere { .. } => {
                FaultKind::NotFound
            }
            Self::OddName | Self::Unreadable(_) => FaultKind::Unexpected,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::NoConfigFile { .. } => {
                say!("Does the profile name the right folder and service?")
            }
            Self::NotMounted { .. } => say!(
                "Mount the file or its folder from the host, or build the settings into the image yourself."
            ),
            Self::OddName => say!("Does something of the host's user print while commands run?"),
            Self::Unreadable(_) | Self::NotThere { .. } => String::new(),
        }
    }
}

/// Whether Docker lets a container have that name.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
}

/// The path on the host, by the longest mount that holds the file.
fn through_mounts(path: &str, mounts: &[Mount]) -> Option<ConfigFile> {
    let same = |mount: &&Mount| mount.source == mount.destination;
    let same_inside: Vec<String> =
        mounts.iter().filter(same).map(|mount| mount.source.clone()).collect();
    mounts
        .iter()
        .filter_map(|mount| {
            let destination = mount.destination.trim_end_matches('/');
            let rest = path.strip_prefix(destination)?;
            let file = ConfigFile {
                path: format!("{}{rest}", mount.source.trim_end_matches('/')),
                is_mounted_itself: rest.is_empty(),
                mounted: mount.source.clone(),
                same_inside: same_inside.clone(),
            };
            (rest.is_empty() || rest.starts_with('/')).then_some((destination.len(), file))
        })
        .max_by_key(|(length, _)| *length)
        .map(|(_, file)| file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_through_the_mount_that_is_nearest() {
        let mount = |source: &str, destination: &str| Mount {
            source: source.into(),
            destination: destination.into(),
        };
        let mounts = [
            mount("/opt/immich/config", "/config"),
            mount("/opt/immich/other.json", "/config/immich.json"),
            mount("/data", "/conf"),
        ];
        let file =
            |path| through_mounts(path, &mounts).map(|file| (file.path, file.is_mounted_itself));
        assert_eq!(
            file("/config/immich.yaml").unwrap(),
            ("/opt/immich/config/immich.yaml".to_owned(), false)
        );
        assert_eq!(
            file("/config/immich.json").unwrap(),
            ("/opt/immich/other.json".to_owned(), true)
        );
        assert_eq!(file("/etc/immich.json"), None);
    }
}
