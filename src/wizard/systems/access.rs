//! What the access step opens, and what it writes into the profile.

use std::path::PathBuf;

use super::{Systems, closed, show};
use crate::{
    authentik,
    host::Host,
    immich::{self, RouteKind},
    net::{Http, SshAccess, Trust},
    secret::{Label, Secret, Vault},
    site::{Address, DockerAccess, Fault, FaultKind, SshTarget, StoreKind, System},
    wizard::{Lamp, desk::Desk, journal::Journal, lock::RunLock, record},
};

/// A server that was looked at and is what it should be.
pub(in crate::wizard) enum Connected {
    /// authentik, with the HTTP client for its public endpoints.
    Authentik(Box<authentik::Client>, authentik::Seen, Http),
    /// Immich.
    Immich(immich::Client, immich::Seen),
}

impl Systems {
    /// Takes the lock and opens the journal: nobody else may be at work on
    /// this site, and what was done before must be readable.
    pub(in crate::wizard) fn begin(&mut self, desk: &mut Desk) -> Result<(), Fault> {
        self.lock = Some(RunLock::take(&self.folders.lock(&self.name), self.purpose.doing())?);
        let (journal, entries) = Journal::open(&self.folders.journal(&self.name))?;
        let rows = record::rows(&entries);
        desk.show(|snapshot| snapshot.journal = rows);
        self.journal = Some(journal);
        Ok(())
    }

    /// Reads what was done before, without keeping anybody else from working.
    pub(in crate::wizard) fn begin_reading(&mut self) -> Result<(), Fault> {
        self.past = Journal::read(&self.folders.journal(&self.name))?;
        Ok(())
    }

    /// Opens everything without asking anybody: what would have to be asked is
    /// a fault.
    pub(in crate::wizard) async fn open_unattended(
        &mut self,
        desk: &mut Desk,
    ) -> Result<(), Fault> {
        if self.vault.is_none() {
            let vault = Vault::keyring(&self.name);
            vault.open().await?;
            self.vault = Some(vault);
        }
        self.show_store(desk);
        for system in [System::Authentik, System::Immich] {
            if self.url(system).is_empty() {
                return Err(Fault::new(system, FaultKind::NotFound, format!("look at {system}"))
                    .answered(format!("the profile `{}` has no address for it", self.name))
                    .remedy("Run `immich-sso` first: it asks for what is missing."));
            }
            let connected = self.connect(system).await?;
            self.connected(desk, connected);
        }
        let token = self.vault()?.get(Label::AuthentikToken).await?.ok_or_else(|| {
            Fault::new(System::Authentik, FaultKind::NotSignedIn, "work on authentik")
                .answered("no token for it is kept")
                .remedy(
                    "Run `immich-sso` and give access, or `immich-sso secret set authentik-token`.",
                )
        })?;
        let client = authentik::Client::new(self.authentik()?.http().clone(), Some(token));
        client.me().await?;
        self.work_as(client).await;
        if let Some(key) = self.vault()?.get(Label::ImmichApiKey).await? {
            let client = self.immich()?.with(immich::Access::ApiKey(key));
            self.use_immich(client);
        }
        let (route, _) = self.chosen_route()?;
        if route != RouteKind::Api {
            let access = self.ssh_access().ok_or_else(|| {
                Fault::new(System::Host, FaultKind::NotFound, "reach the Immich host")
                    .answered(format!("the profile `{}` does not say how", self.name))
                    .remedy("Run `immich-sso` first: it asks for what is missing.")
            })?;
            let host = Host::connect(&access, self.profile.host.docker).await?;
            host.check().await?;
            self.use_host(desk, host);
        }
        Ok(())
    }

    /// Looks at a server: is it the right product, and which version?
    pub(in crate::wizard) async fn connect(&self, system: System) -> Result<Connected, Fault> {
        let api = self.http(system, self.api_or_public(system))?;
        if system == System::Authentik {
            let client = authentik::Client::new(api, None);
            let seen = client.look().await?;
            let public = self.http(system, self.url(system))?;
            Ok(Connected::Authentik(Box::new(client), seen, public))
        } else {
            let client = immich::Client::new(api, None);
            let seen = client.look().await?;
            Ok(Connected::Immich(client, seen))
        }
    }

    fn http(&self, system: System, address: &str) -> Result<Http, Fault> {
        let address = Address::parse(address)?;
        let (ca_file, pin) = match system {
            System::Authentik => {
                (&self.profile.authentik.ca_file, &self.profile.authentik.pinned_certificate)
            }
            _ => (&self.profile.immich.ca_file, &self.profile.immich.pinned_certificate),
        };
        let trust =
            Trust { ca_file: ca_file.as_ref().map(PathBuf::from), pinned_certificate: pin.clone() };
        Http::new(system, address.url().clone(), &trust)
    }

    /// Works with a server that was looked at from now on.
    pub(in crate::wizard) fn connected(&mut self, desk: &mut Desk, connected: Connected) {
        let (system, version, took) = match &connected {
            Connected::Authentik(_, seen, _) => {
                (System::Authentik, seen.version.as_ref().map(ToString::to_string), seen.took)
            }
            Connected::Immich(_, seen) => {
                (System::Immich, Some(seen.version.to_string()), seen.took)
            }
        };
        match connected {
            Connected::Authentik(client, seen, public) => {
                self.authentik = Some((*client, seen));
                self.authentik_public = Some(public);
            }
            Connected::Immich(client, seen) => self.immich = Some((client, seen)),
        }
        self.lamp(desk, system, Lamp::Good, None);
        desk.show(|snapshot| {
            let view = show::view(snapshot, system);
            view.version = version;
            view.latency = Some(took);
        });
    }

    /// Works on authentik with this client from now on.
    pub(in crate::wizard) async fn work_as(&mut self, client: authentik::Client) {
        // Only somebody may read the version of some releases.
        let version = client.version().await.ok();
        if let Some((known, seen)) = &mut self.authentik {
            *known = client;
            if version.is_some() {
                seen.version = version;
            }
        }
    }

    /// Works on Immich with this client from now on.
    pub(in crate::wizard) fn use_immich(&mut self, client: immich::Client) {
        if let Some((known, _)) = &mut self.immich {
            *known = client;
        }
    }

    /// Works on the host from now on.
    pub(in crate::wizard) fn use_host(&mut self, desk: &mut Desk, host: Host) {
        self.host = Some(host);
        self.lamp(desk, System::Host, Lamp::Good, None);
    }

    /// Keeps secrets there from now on.
    pub(in crate::wizard) fn use_vault(&mut self, vault: Vault) {
        self.vault = Some(vault);
    }

    /// Keeps what the operator pasted, having been told where.
    pub(in crate::wizard) async fn keep(
        &self,
        desk: &mut Desk,
        label: Label,
        secret: Secret,
    ) -> Result<(), Fault> {
        let vault = self.vault()?;
        desk.must("keeping it in the secret store", None, vault.put(label, &secret)).await
    }

    /// Remembers a session, and the token that is to be made in it.
    pub(in crate::wizard) fn signed_in(
        &mut self,
        client: authentik::Client,
        plan: authentik::TokenPlan,
    ) {
        self.session = Some((client, plan));
    }

    /// Remembers a session at Immich in which a key is to be made.
    pub(in crate::wizard) fn signed_in_at_immich(&mut self, client: immich::Client) {
        self.immich_session = Some(client);
    }

    /// Makes the token that was planned, and keeps it.
    pub(in crate::wizard) async fn make_token(&self) -> Result<String, Fault> {
        let (client, plan) = self.session.as_ref().ok_or_else(|| closed(System::Authentik))?;
        let made = client.make_token(plan).await?;
        self.vault()?.put(Label::AuthentikToken, &made.token).await?;
        let until = made
            .expires
            .map_or_else(String::new, |at| format!(", valid until {}", at.strftime("%Y-%m-%d")));
        let notes = made.notes.join(" ");
        Ok(format!("token `{}` of {}{until}. {notes}", made.identifier, made.username)
            .trim_end()
            .into())
    }

    /// Makes the API key, and keeps it.
    pub(in crate::wizard) async fn make_key(
        &self,
        name: &str,
        permissions: &[String],
    ) -> Result<String, Fault> {
        let session = self.immich_session.as_ref().ok_or_else(|| closed(System::Immich))?;
        let made = session.make_key(name, permissions).await?;
        self.vault()?.put(Label::ImmichApiKey, &made.secret).await?;
        Ok(format!("API key `{name}`"))
    }

    /// Ends the session at authentik: from now on the token does.
    pub(in crate::wizard) async fn sign_out_of_authentik(&mut self) {
        if let Some((session, _)) = self.session.take() {
            // A courtesy, as at Immich.
            session.sign_out().await;
        }
    }

    /// Ends the session at Immich.
    pub(in crate::wizard) async fn sign_out_of_immich(&mut self) {
        if let Some(session) = self.immich_session.take() {
            // Its end is a courtesy: it would expire by itself.
            let _ = session.sign_out().await;
        }
    }

    /// The address at which browsers reach a system.
    pub(in crate::wizard) fn url(&self, system: System) -> &str {
        match system {
            System::Authentik => &self.profile.authentik.url,
            System::Immich => &self.profile.immich.url,
            System::Host => self.profile.host.ssh.as_deref().unwrap_or_default(),
            _ => "",
        }
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

    fn api_or_public(&self, system: System) -> &str {
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
        if whole && self.profile != self.saved {
            self.file.save(&self.profile)?;
            self.saved = self.profile.clone();
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
            ..SshAccess::new(target, self.folders.config().join("known_hosts"))
        })
    }
}
