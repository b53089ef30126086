//! What a command works on: the profile of the site and its folders.

use crate::site::{Fault, FaultKind, Folders, Profile, ProfileFile, System};

use super::Global;

/// The site that a command works on.
pub(super) struct Workplace {
    /// Where its files are.
    pub(super) folders: Folders,
    /// The file of its profile.
    pub(super) file: ProfileFile,
    profile: Option<Profile>,
}

impl Workplace {
    /// Opens the site that the global options name.
    pub(super) fn open(global: &Global) -> Result<Self, Fault> {
        let folders = Folders::of_user(global.config.as_deref())?;
        let mut file = ProfileFile::new(&folders, &global.profile)?;
        let profile = file.load()?;
        Ok(Self { folders, file, profile })
    }

    /// The profile, which must be there.
    pub(super) fn profile(&self) -> Result<&Profile, Fault> {
        self.profile.as_ref().ok_or_else(|| self.missing())
    }

    /// The profile; its defaults where the wizard is still to make it.
    pub(super) fn profile_or_new(&self) -> Profile {
        self.profile.clone().unwrap_or_default()
    }

    /// Says that there is no such profile, and which there are.
    fn missing(&self) -> Fault {
        let name = self.file.name();
        let others = ProfileFile::list(&self.folders).unwrap_or_default();
        let remedy = if others.is_empty() {
            "`immich-sso` makes it: the wizard asks for the addresses first".to_owned()
        } else {
            format!(
                "`immich-sso --profile {name}` makes it; there is {} (`--profile NAME`)",
                others.iter().map(|other| format!("`{other}`")).collect::<Vec<_>>().join(", ")
            )
        };
        Fault::new(System::Workstation, FaultKind::NotFound, format!("find the profile `{name}`"))
            .answered(format!("there is no {}", self.file.path().display()))
            .remedy(remedy)
    }
}
