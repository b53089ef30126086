//! What a command works on: the profile of the site and its folders.

use crate::{
    site::{Clock, Fault, Folders, Profile, ProfileFile, StoreKind},
    wizard::{Purpose, Setup},
};

use super::{
    Global,
    no_profile::no_profile,
    secret::{NewFile, vault_of},
};

/// The site that a command works on.
pub(super) struct Workplace {
    folders: Folders,
    file: ProfileFile,
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

    /// What the wizard starts with. Without a profile it makes one.
    pub(super) fn setup(self) -> Setup {
        Setup {
            file: self.file,
            profile: self.profile.unwrap_or_default(),
            folders: self.folders,
            vault: None,
            purpose: Purpose::SetUp,
            lab: false,
            stand_in: None,
            clock: Clock::default(),
        }
    }

    /// What taking the last run back starts with: there is a profile.
    pub(super) fn undo(self) -> Result<Setup, Fault> {
        Ok(Setup { purpose: Purpose::Undo, ..self.existing()?.setup() })
    }

    /// What removing this program's access starts with: there is a profile.
    pub(super) fn remove_access(self) -> Result<Setup, Fault> {
        Ok(Setup { purpose: Purpose::RemoveAccess, ..self.existing()?.setup() })
    }

    /// Where the profile, the journal and the lock are, and the profile's name.
    pub(super) fn whereabouts(&self) -> (&Folders, &str) {
        (&self.folders, self.file.name())
    }

    /// The same place, if there is a profile: what only works on a site that is
    /// set up.
    pub(super) fn existing(self) -> Result<Self, Fault> {
        if self.profile.is_some() { Ok(self) } else { Err(self.missing()) }
    }

    /// What a run without an operator starts with: there is a profile, and the
    /// passphrase of an encrypted file is asked for beforehand.
    pub(super) async fn unattended(self) -> Result<Setup, Fault> {
        let Some(profile) = &self.profile else { return Err(self.missing()) };
        let vault = match profile.secrets {
            StoreKind::Keyring => None,
            StoreKind::File => {
                let name = self.file.name();
                Some(vault_of(&self.folders, name, Some(profile), NewFile::Refused).await?)
            }
        };
        Ok(Setup { vault, ..self.setup() })
    }

    /// Says that there is no such profile, and which there are.
    fn missing(&self) -> Fault {
        no_profile(&self.folders, &self.file)
    }
}
