//! The demo: the wizard on the built-in lab.

use std::{
    error::Error,
    io::{self, IsTerminal},
    path::Path,
    sync::{Arc, OnceLock},
    time::Duration,
};

use clap::{Args, ValueEnum};
use futures::FutureExt;
use immich_sso_lab::{self as lab, Homelab, HomelabOptions, Settings};
use tokio::time::timeout;

use crate::{
    plain::{self, Script},
    secret::{Label, Secret, Vault},
    site::{
        Clock, Fault, FaultKind, Folders, Profile, ProfileFile, RouteKind, System, UniformFailure,
        Version, files,
    },
    wizard::{self, Ending, Purpose, Setup, Snapshot, StandIn, Walk},
};

use super::{Color, EXIT_SAME, demo_folder::DemoFolder, ends::Ends, output, walk};

/// The name of the lab's profile.
const SITE: &str = "lab";

/// How long opening it may take: its keys are made anew.
const OPENING: Duration = Duration::from_mins(1);

/// The options of `demo`.
#[derive(Clone, Debug, Args)]
pub struct Demo {
    /// Questions and answers instead of the full screen
    #[arg(long, conflicts_with = "serve")]
    pub plain: bool,
    /// Runs the homelab alone and prints its addresses, tokens and host key as
    /// one JSON object
    #[arg(long)]
    pub serve: bool,
    /// The version that authentik plays, such as 2025.10 or 2026.8
    #[arg(long, value_name = "VERSION", value_parser = of_authentik, help_heading = "Lab")]
    pub authentik: Option<lab::Version>,
    /// The version that Immich plays, such as 1.105, 2.7 or 3.2
    #[arg(long, value_name = "VERSION", value_parser = of_immich, help_heading = "Lab")]
    pub immich: Option<lab::Version>,
    /// Where Immich keeps its settings
    #[arg(long, value_name = "WHERE", default_value_t, value_enum, help_heading = "Lab")]
    pub settings: LabSettings,
    /// The port of authentik on loopback; a free one if left out
    #[arg(long, value_name = "PORT", help_heading = "Lab")]
    pub authentik_port: Option<u16>,
    /// The port of Immich on loopback; a free one if left out
    #[arg(long, value_name = "PORT", help_heading = "Lab")]
    pub immich_port: Option<u16>,
    /// The port of the Immich host's SSH on loopback; a free one if left out
    #[arg(long, value_name = "PORT", help_heading = "Lab")]
    pub ssh_port: Option<u16>,
}

/// The ways in which Immich keeps its settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LabSettings {
    /// In its database, changed through its API
    #[default]
    Api,
    /// In its database, whose API has no way to change them
    Database,
    /// In the file that `IMMICH_CONFIG_FILE` names
    ConfigFile,
}

/// Opens the lab and does with it what the options say.
pub(super) async fn run(options: Demo, color: Color) -> Result<u8, Fault> {
    if options.serve {
        return serve(&options).await;
    }
    let folder = DemoFolder::make().map_err(no_folder)?;
    let folders = Folders::below(folder.path());
    if !(io::stdin().is_terminal() && output::is_interactive()) {
        let lab = open(&options, folder.path()).await?;
        let setup = setup(&lab, &folders).await?;
        return without_a_person(setup, color).await;
    }
    let plain = options.plain;
    // Open until the walk is over.
    let lab = Arc::new(OnceLock::new());
    let place = Arc::clone(&lab);
    let root = folder.path().to_owned();
    let opening = async move {
        let lab = open(&options, &root).await?;
        setup(place.get_or_init(|| lab), &folders).await
    };
    let start = || wizard::start_opening(first(), wizard::Task::OpeningLab, OPENING, opening);
    walk::at_the_terminal(first(), start, plain, color).await
}

/// Plays the operator, prints the walk, and returns the exit code: a success
/// only when a login was verified.
async fn without_a_person(setup: Setup, color: Color) -> Result<u8, Fault> {
    let Walk { snapshots, commands, task } = wizard::start(setup);
    let lines = output::lines(color);
    let ending = plain::autopilot(snapshots, commands, &Script::default(), lines).await?;
    let _ = timeout(walk::TIDYING, task).await;
    match ending {
        Ending::LoginVerified => Ok(EXIT_SAME),
        Ending::Failed(fault) => Err(fault),
        Ending::Finished
        | Ending::Rotated
        | Ending::TakenBack(_)
        | Ending::AccessRemoved(_)
        | Ending::Left => Err(Fault::of(&NoLogin, say!("verify a login"))),
    }
}

/// What is shown before the lab is open.
fn first() -> Snapshot {
    wizard::preview_lab(SITE)
}

/// Opens the lab below a demo's folder.
async fn open(options: &Demo, root: &Path) -> Result<Homelab, Fault> {
    let folder = root.join("lab");
    files::make_private_folder(&folder).map_err(no_folder)?;
    let defaults = HomelabOptions::default();
    let options = HomelabOptions {
        authentik: options.authentik.clone().unwrap_or(defaults.authentik),
        immich: options.immich.clone().unwrap_or(defaults.immich),
        settings: match options.settings {
            LabSettings::Api => Settings::Api,
            LabSettings::Database => Settings::Database,
            LabSettings::ConfigFile => Settings::ConfigFile,
        },
        authentik_port: options.authentik_port,
        immich_port: options.immich_port,
        ssh_port: options.ssh_port,
        folder: Some(folder),
        ..defaults
    };
    Homelab::start(options).await.map_err(no_lab)
}

fn of_authentik(text: &str) -> Result<lab::Version, ReleaseError> {
    release(text, &lab::authentik::RELEASES)
}

fn of_immich(text: &str) -> Result<lab::Version, ReleaseError> {
    release(text, &lab::immich::RELEASES)
}

/// A release in the lab's own type: the two share none.
fn release(text: &str, plays: &[&str]) -> Result<lab::Version, ReleaseError> {
    let typed = text.parse::<Version>().map_err(|_| ReleaseError::NoVersion)?;
    let version = typed.to_string().parse::<lab::Version>();
    version
        .ok()
        .filter(|version| version.is_of(plays))
        .ok_or_else(|| ReleaseError::NotPlayed { plays: plays.join(", ") })
}

/// Why the lab does not play a release.
#[derive(Debug, thiserror::Error)]
enum ReleaseError {
    #[error("{}", say!("it is not a version such as 2.7 or 2026.8"))]
    NoVersion,
    #[error("{}", say!("the lab does not play this release; it plays {plays}", plays = .plays))]
    NotPlayed {
        /// All that it does.
        plays: String,
    },
}

fn no_lab(error: impl Into<Box<dyn Error + Send + Sync>>) -> Fault {
    Fault::of(&NoLab(error.into()), say!("open the lab"))
}

fn no_folder(error: io::Error) -> Fault {
    Fault::of(&NoFolder(error), say!("make a folder for the demo"))
}

/// There is no place for the demo's files.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct NoFolder(#[source] io::Error);

impl UniformFailure for NoFolder {
    const SYSTEM: System = System::Workstation;
    const KIND: FaultKind = FaultKind::Refused;

    fn hint(&self) -> String {
        say!("Set TMPDIR to a folder that you may write to.")
    }
}

/// The lab does not open.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct NoLab(#[source] Box<dyn Error + Send + Sync>);

impl UniformFailure for NoLab {
    const SYSTEM: System = System::Workstation;
    const KIND: FaultKind = FaultKind::Refused;

    fn hint(&self) -> String {
        say!("Leave the ports out, or give others that are free.")
    }
}

/// The wizard's start on the lab: addresses and access are there already, as
/// after a first run, and secrets go to a store that ends with the demo.
async fn setup(lab: &Homelab, folders: &Folders) -> Result<Setup, Fault> {
    let mut profile = Profile::default();
    profile.authentik.url = lab.authentik.url();
    profile.immich.url = lab.immich.url();
    // Immich 3 refuses the lab's issuer otherwise: loopback has no TLS.
    profile.settings.allow_insecure_requests = lab.immich.version().at_least(3, 0, 0);
    profile.host.ssh = Some(lab.host.target());
    profile.host.key_file = Some(lab.host.key_file().display().to_string());
    profile.host.folder = lab.folder().display().to_string();
    if lab.settings() == Settings::Database {
        profile.settings.route = Some(RouteKind::Database);
    }
    let known = format!("{}\n", lab.host.known_hosts_line());
    files::make_private_folder(folders.config())
        .and_then(|()| files::replace(&folders.config().join("known_hosts"), known.as_bytes()))
        .map_err(no_lab)?;
    let vault = Vault::memory();
    vault.put(Label::AuthentikToken, &Secret::new(lab.authentik.admin_token())).await?;
    vault.put(Label::ImmichApiKey, &Secret::new(lab.immich.admin_key())).await?;
    let immich = lab.immich.url();
    let alice = StandIn {
        name: "alice".into(),
        log_in: Arc::new(move || Homelab::log_in_as_alice(immich.clone()).boxed()),
    };
    Ok(Setup {
        file: ProfileFile::new(folders, SITE)?,
        profile,
        folders: folders.clone(),
        vault: Some(vault),
        purpose: Purpose::SetUp,
        lab: true,
        stand_in: Some(alice),
        clock: Clock::default(),
    })
}

/// Keeps the lab open until somebody ends it. The signals are listened for
/// before anything is made or printed, so that all of it is cleaned up.
async fn serve(options: &Demo) -> Result<u8, Fault> {
    let mut ends = Ends::listen();
    let folder = DemoFolder::make().map_err(no_folder)?;
    let lab = tokio::select! {
        lab = open(options, folder.path()) => lab?,
        () = ends.asked() => return Ok(EXIT_SAME),
    };
    let text = serde_json::to_string_pretty(&lab.description()).map_err(no_lab)?;
    output::print(&format!("{text}\n"))?;
    ends.asked().await;
    Ok(EXIT_SAME)
}

/// The walk came to its end without a login.
#[derive(Debug, thiserror::Error)]
#[error("{}", say!("the walk is over, and nobody was seen to log in"))]
struct NoLogin;

impl UniformFailure for NoLogin {
    const SYSTEM: System = System::Immich;
    const KIND: FaultKind = FaultKind::Unexpected;

    fn hint(&self) -> String {
        String::new()
    }
}
