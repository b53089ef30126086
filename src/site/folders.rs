//! Where the files of this program are: the XDG base directories, on macOS
//! too. See <https://specifications.freedesktop.org/basedir-spec/latest/>.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::{Failure, Fault, FaultKind, System};

/// The name of this program's folder in each of the base directories.
const NAME: &str = "immich-sso";

/// Why there is no home folder.
#[derive(Debug, thiserror::Error)]
enum HomeError {
    #[error("{0}")]
    NotFound(String),
    #[error("{}", say!("HOME is `{home}`, which is no absolute path", home = .0.display()))]
    Relative(PathBuf),
}

impl Failure for HomeError {
    fn system(&self) -> System {
        System::Workstation
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::NotFound(_) => FaultKind::NotFound,
            Self::Relative(_) => FaultKind::Refused,
        }
    }

    fn hint(&self) -> String {
        say!("Set HOME to a folder that you may write to.")
    }
}

/// The folders of this program. Nothing is made before it is written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folders {
    config: PathBuf,
    state: PathBuf,
    data: PathBuf,
}

impl Folders {
    /// Those of the person who runs this, with `config` in place of the usual
    /// folder of the profiles if given.
    ///
    /// # Errors
    /// When this account has no home.
    pub fn of_user(config: Option<&Path>) -> Result<Self, Fault> {
        let refused = |error: HomeError| Fault::of(&error, word!("find your home folder"));
        let base = etcetera::choose_base_strategy()
            .map_err(|error| refused(HomeError::NotFound(error.to_string())))?;
        // `etcetera` passes over relative `XDG_*`, as it should, but not `HOME`.
        if !base.home_dir().is_absolute() {
            return Err(refused(HomeError::Relative(base.home_dir().to_owned())));
        }
        let usual = base.config_dir().join(NAME);
        let data = base.data_dir().join(NAME);
        Ok(Self {
            config: config.map_or(usual, Path::to_owned),
            // Windows has no folder for states.
            state: base.state_dir().map_or_else(|| data.join("state"), |state| state.join(NAME)),
            data,
        })
    }

    /// All of them below one folder, for a site that leaves nothing elsewhere.
    #[must_use]
    pub fn below(root: &Path) -> Self {
        Self { config: root.join("config"), state: root.join("state"), data: root.join("data") }
    }

    /// The folder of the profiles.
    #[must_use]
    pub fn config(&self) -> &Path {
        &self.config
    }

    /// The profile of that name.
    #[must_use]
    pub fn profile(&self, name: &str) -> PathBuf {
        self.config.join(format!("{name}.toml"))
    }

    /// The encrypted file with the secrets of that profile.
    #[must_use]
    pub fn secrets(&self, name: &str) -> PathBuf {
        self.data.join(format!("{name}.age"))
    }

    /// The journal of that profile.
    #[must_use]
    pub fn journal(&self, name: &str) -> PathBuf {
        self.state.join(format!("{name}.journal"))
    }

    /// What the last run on that profile saw.
    #[must_use]
    pub fn memory(&self, name: &str) -> PathBuf {
        self.state.join(format!("{name}.seen.json"))
    }

    /// The file that a run on that profile holds locked.
    #[must_use]
    pub fn lock(&self, name: &str) -> PathBuf {
        self.state.join(format!("{name}.lock"))
    }
}
