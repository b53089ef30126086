//! What the profile says of the systems, and what the access step writes into
//! it.

use std::path::PathBuf;

use url::Url;

use super::Systems;
use crate::{
    net::SshAccess,
    site::{Address, DockerAccess, Fault, SshTarget, StoreKind, System},
};

/// A server that has another address than in the last run.
pub(in crate::wizard) struct Elsewhere {
    /// Where it was then.
    pub(in crate::wizard) then: String,
    /// Where the profile says that it is now.
    pub(in crate::wizard) now: String,
}

impl Systems {
    /// The address at which browsers reach a system.
    pub(in crate::wizard) fn url(&self, system: System) -> &str {
        match system {
            System::Authentik => &self.profile.authentik.url,
            System::Immich => &self.profile.immich.url,
            System::Host => self.profile.host.ssh.as_deref().unwrap_or_default(),
            _ => "",
        }
    }

    /// Whether the profile names another server now than that of the last run: what
    /// is kept was given for that one. A profile of the same name may be another
    /// site's, too.
    pub(in crate::wizard) fn kept_elsewhere(&self, system: System) -> Option<Elsewhere> {
        let memory = self.seen.memory.as_ref()?;
        if self.choices.known_to_have_moved.contains(&system) {
            return None;
        }
        let (then, api_then) = match system {
            System::Authentik => (&memory.authentik, &memory.authentik_api),
            _ => (&memory.immich, &memory.immich_api),
        };
        let server = |text: &str| {
            let url = Url::parse(text).ok()?;
            Some((url.host_str()?.to_owned(), url.port_or_known_default()))
        };
        let moved = |then: &str, now: &str| {
            (server(then)? != server(now)?)
                .then(|| Elsewhere { then: then.to_owned(), now: now.to_owned() })
        };
        let api = || moved(api_then.as_ref().unwrap_or(then), self.api_or_public(system));
        moved(then, self.url(system)).or_else(api)
    }

    /// The operator says that it is the same server at a new address.
    pub(in crate::wizard) fn is_the_same_server(&mut self, system: System) {
        self.choices.known_to_have_moved.push(system);
    }

    /// The address at which this machine reaches a system's API, if it is
    /// another one.
    pub(in crate::wizard) fn api_url(&self, system: System) -> &str {
        let url = match system {
            System::Authentik => &self.profile.authentik.api_url,
            _ => &self.profile.immich.api_url,
        };
        url.as_deref().unwrap_or_default()
    }

    /// The address at which this machine asks a system.
    pub(in crate::wizard) fn api_or_public(&self, system: System) -> &str {
        match system {
            System::Authentik => self.profile.authentik_api(),
            _ => self.profile.immich_api(),
        }
    }

    /// The file with further certificate authorities for a system.
    pub(in crate::wizard) fn ca_file(&self, system: System) -> &str {
        let file = match system {
            System::Authentik => &self.profile.authentik.ca_file,
            _ => &self.profile.immich.ca_file,
        };
        file.as_deref().unwrap_or_default()
    }

    /// Writes an address into the profile.
    pub(in crate::wizard) fn set_url(&mut self, system: System, address: &Address) {
        match system {
            System::Authentik => self.profile.authentik.url = address.to_string(),
            _ => self.profile.immich.url = address.to_string(),
        }
    }

    /// Writes the address of an API into the profile.
    pub(in crate::wizard) fn set_api_url(&mut self, system: System, address: Option<&Address>) {
        let url = address.map(ToString::to_string);
        match system {
            System::Authentik => self.profile.authentik.api_url = url,
            _ => self.profile.immich.api_url = url,
        }
    }

    /// Writes a file of certificate authorities into the profile.
    pub(in crate::wizard) fn set_ca_file(&mut self, system: System, path: &str) {
        let path = (!path.is_empty()).then(|| path.to_owned());
        match system {
            System::Authentik => self.profile.authentik.ca_file = path,
            _ => self.profile.immich.ca_file = path,
        }
    }

    /// Writes an accepted certificate into the profile.
    pub(in crate::wizard) fn pin(&mut self, system: System, fingerprint: &str) {
        let pin = Some(fingerprint.to_owned());
        match system {
            System::Authentik => self.profile.authentik.pinned_certificate = pin,
            _ => self.profile.immich.pinned_certificate = pin,
        }
    }

    /// Writes the way onto the host into the profile.
    pub(in crate::wizard) fn set_ssh(&mut self, target: &SshTarget) {
        self.profile.host.ssh = Some(target.to_string());
    }

    /// Writes the bastion into the profile.
    pub(in crate::wizard) fn set_jump(&mut self, target: &SshTarget) {
        self.profile.host.jump = Some(target.to_string());
    }

    /// Writes the private key file into the profile.
    pub(in crate::wizard) fn set_key_file(&mut self, path: &str) {
        self.profile.host.key_file = Some(path.to_owned());
    }

    /// Writes into the profile that Docker is called by sudo.
    pub(in crate::wizard) fn use_sudo(&mut self) {
        self.profile.host.docker = DockerAccess::Sudo;
    }

    /// Writes the kind of secret store into the profile.
    pub(in crate::wizard) fn choose_store(&mut self, kind: StoreKind) {
        self.profile.secrets = kind;
    }

    /// Writes the profile to its file.
    pub(in crate::wizard) fn save_profile(&mut self) -> Result<(), Fault> {
        // One that names only one of the two servers is no profile yet.
        let whole = !self.profile.authentik.url.is_empty() && !self.profile.immich.url.is_empty();
        if whole && self.profile != self.files.saved {
            self.files.file.save(&self.profile)?;
            self.files.saved = self.profile.clone();
        }
        Ok(())
    }

    /// How the host is reached, if that is known.
    pub(in crate::wizard) fn ssh_access(&self) -> Option<SshAccess> {
        let target = SshTarget::parse(self.profile.host.ssh.as_deref()?).ok()?;
        let jump = self.profile.host.jump.as_deref().and_then(|jump| SshTarget::parse(jump).ok());
        Some(SshAccess {
            jump,
            key_file: self.profile.host.key_file.as_ref().map(PathBuf::from),
            ..SshAccess::new(target, self.files.folders.config().join("known_hosts"))
        })
    }
}
