//! What the access step opens: the servers, the host, the secret store.

use std::{path::PathBuf, time::Duration};

use super::{Systems, missing::Missing, show};
use crate::{
    authentik,
    host::Host,
    immich::{self, RouteKind, RouteReason},
    net::{Http, Trust, Way},
    secret::{Label, Secret, Vault},
    site::{Address, Failure, Fault, FaultKind, System, Version},
    wizard::{
        AccessNote, Entry, Lamp, LiveValue, Note, StepId, Task, desk::Desk, journal::Journal,
        lock::RunLock, record,
    },
};

/// A server that was looked at and is what it should be.
pub(in crate::wizard) enum Connected {
    /// authentik, with the HTTP client for its public endpoints.
    Authentik(Box<authentik::Client>, authentik::Seen, Http),
    /// Immich.
    Immich(immich::Client, immich::Seen),
}

impl Connected {
    /// How long its first answer took.
    pub(in crate::wizard) const fn took(&self) -> Duration {
        match self {
            Self::Authentik(_, seen, _) => seen.took,
            Self::Immich(_, seen) => seen.took,
        }
    }

    /// What it is, and of which release as far as it tells.
    pub(in crate::wizard) fn release(&self) -> LiveValue {
        match self {
            Self::Authentik(_, seen, _) => {
                LiveValue::Authentik { version: seen.version.as_ref().map(ToString::to_string) }
            }
            Self::Immich(_, seen) => LiveValue::Immich { version: seen.version.to_string() },
        }
    }
}

impl Systems {
    /// Takes the lock and opens the journal: nobody else may be at work on
    /// this site, and what was done before must be readable.
    pub(in crate::wizard) fn begin(&mut self, desk: &mut Desk) -> Result<(), Fault> {
        self.log.lock =
            Some(RunLock::take(&self.files.folders.lock(&self.files.name), self.purpose.doing())?);
        let (journal, entries) = Journal::open(&self.files.folders.journal(&self.files.name))?;
        self.use_journal(desk, journal, &entries);
        Ok(())
    }

    /// Keeps this journal from now on.
    pub(super) fn use_journal(&mut self, desk: &mut Desk, journal: Journal, entries: &[Entry]) {
        let rows = record::rows(entries);
        desk.show(|snapshot| snapshot.journal = rows);
        self.log.journal = Some(journal.by(self.clock.clone()).knowing(&self.known));
    }

    /// Reads what was done before, without keeping anybody else from working.
    pub(in crate::wizard) fn begin_reading(&mut self) -> Result<(), Fault> {
        self.log.past = Journal::read(&self.files.folders.journal(&self.files.name))?;
        Ok(())
    }

    /// Opens everything without asking anybody: what would have to be asked is
    /// a fault.
    pub(in crate::wizard) async fn open_unattended(
        &mut self,
        desk: &mut Desk,
    ) -> Result<(), Fault> {
        if self.open.vault.is_none() {
            let vault = Vault::keyring(&self.files.name).knowing(&self.known);
            vault.open().await?;
            self.open.vault = Some(vault);
        }
        self.show_store(desk);
        if let Some(cut) = self.lacks_by_store().await? {
            return Err(self.fault_of(cut));
        }
        self.recall_undo_values().await?;
        for system in [System::Authentik, System::Immich] {
            if self.url(system).is_empty() {
                let missing = Missing::NoAddress { system, profile: self.files.name.clone() };
                return Err(Fault::of(&missing, say!("look at {system}", system)));
            }
            let connected = self.connect(system).await?;
            self.connected(desk, connected);
        }
        for system in [System::Authentik, System::Immich] {
            if let Some(elsewhere) = self.kept_elsewhere(system) {
                let missing = Missing::KeptElsewhere { system, then: elsewhere.then };
                return Err(Fault::of(&missing, say!("work on {system}", system)));
            }
        }
        let token = self.vault()?.get(Label::AuthentikToken).await?;
        let token = token.ok_or_else(|| Fault::of(&Missing::NoToken, say!("work on authentik")))?;
        let client = authentik::Client::new(self.authentik()?.http().clone(), Some(token));
        client.me().await?;
        self.work_as(client).await;
        if let Some(key) = self.vault()?.get(Label::ImmichApiKey).await? {
            let client = self.immich()?.with(immich::Access::ApiKey(key));
            self.use_immich(client);
        }
        let (route, reason) = self.chosen_route()?;
        if route != RouteKind::Api {
            let access =
                self.ssh_access().ok_or_else(|| no_way(&reason, self.files.name.clone()))?;
            let host = Host::connect(&access, self.profile.host.docker).await?.knowing(&self.known);
            let began = std::time::Instant::now();
            host.check().await?;
            self.use_host(desk, host, began.elapsed());
        }
        Ok(())
    }

    /// Looks at a server: is it the right product, and which version?
    pub(in crate::wizard) async fn connect(&self, system: System) -> Result<Connected, Fault> {
        let api = self.http(system, self.api_or_public(system))?;
        let connected = if system == System::Authentik {
            let client = authentik::Client::new(api.clone(), None);
            let public = self.http(system, self.url(system))?;
            let seen = client.look().await;
            seen.map(|seen| Connected::Authentik(Box::new(client), seen, public))
        } else {
            let client = immich::Client::new(api.clone(), None);
            client.look().await.map(|seen| Connected::Immich(client, seen))
        };
        match connected {
            Err(fault) if fault.kind == FaultKind::WrongProduct => Err(swapped(fault, api).await),
            other => other,
        }
    }

    /// Looks at the way to a server. `None`: what the profile says of it cannot
    /// be used; [`Systems::connect`] says why.
    pub(in crate::wizard) async fn way(&self, system: System) -> Option<Way> {
        let http = self.http(system, self.api_or_public(system)).ok()?;
        Some(http.way().await)
    }

    /// What the certificate of a server is checked against.
    pub(in crate::wizard) fn trusts(&self, system: System) -> LiveValue {
        let (ca_file, pin) = self.trust(system);
        match pin {
            Some(_) => LiveValue::PinnedCertificate,
            None => LiveValue::TrustedCertificate { ca_file: ca_file.clone() },
        }
    }

    const fn trust(&self, system: System) -> (&Option<String>, &Option<String>) {
        match system {
            System::Authentik => {
                (&self.profile.authentik.ca_file, &self.profile.authentik.pinned_certificate)
            }
            _ => (&self.profile.immich.ca_file, &self.profile.immich.pinned_certificate),
        }
    }

    pub(super) fn http(&self, system: System, address: &str) -> Result<Http, Fault> {
        let address = Address::parse(address)?;
        let (ca_file, pin) = self.trust(system);
        let trust =
            Trust { ca_file: ca_file.as_ref().map(PathBuf::from), pinned_certificate: pin.clone() };
        Ok(Http::new(system, address.url().clone(), &trust)?.knowing(&self.known))
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
                self.open.authentik = Some((*client, seen));
                self.open.authentik_public = Some(public);
            }
            Connected::Immich(client, seen) => self.open.immich = Some((client, seen)),
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
        if let Some((known, seen)) = &mut self.open.authentik {
            *known = client;
            if version.is_some() {
                seen.version = version;
            }
        }
    }

    /// Works on Immich with this client from now on.
    pub(in crate::wizard) fn use_immich(&mut self, client: immich::Client) {
        if let Some((known, _)) = &mut self.open.immich {
            *known = client;
        }
    }

    /// Works on the host from now on. A command there took `took`.
    pub(in crate::wizard) fn use_host(&mut self, desk: &mut Desk, host: Host, took: Duration) {
        self.open.host = Some(host.knowing(&self.known));
        self.lamp(desk, System::Host, Lamp::Good, None);
        desk.show(|snapshot| show::view(snapshot, System::Host).latency = Some(took));
        self.show_signed_in(desk, Ok(()));
        self.show_docker(desk, Ok(()));
        if let Some(note) = self.agent_note().map(Note::from) {
            let here = desk.snapshot().here;
            for id in [StepId::Access, here] {
                desk.show_step(id, |step| {
                    step.notes.retain(|known| *known != note);
                    step.notes.push(note.clone());
                });
            }
        }
    }

    /// What to say of an SSH agent that was waited for in vain.
    pub(in crate::wizard) fn agent_note(&self) -> Option<AccessNote> {
        Some(AccessNote::AgentSilent(self.host().ok()?.agent_silence()?))
    }

    /// Keeps secrets there from now on.
    pub(in crate::wizard) fn use_vault(&mut self, vault: Vault) {
        self.open.vault = Some(vault.knowing(&self.known));
    }

    /// Keeps what the operator pasted, having been told where.
    pub(in crate::wizard) async fn keep(
        &self,
        desk: &mut Desk,
        label: Label,
        secret: Secret,
    ) -> Result<(), Fault> {
        let vault = self.vault()?;
        let kept = vault.put(label, &secret);
        desk.must(Task::KeepingSecret, vault.at_most(), kept).await
    }

    /// The token or key that is kept for the server that the profile names: what was
    /// given for another one is not shown to it.
    pub(in crate::wizard) async fn given(&self, label: Label) -> Result<Option<Secret>, Fault> {
        if self.kept_elsewhere(Self::opened_by(label)).is_some() {
            return Ok(None);
        }
        self.vault()?.get(label).await
    }

    /// Which server a token or key opens.
    pub(in crate::wizard) const fn opened_by(label: Label) -> System {
        match label {
            Label::ImmichApiKey | Label::ImmichApiKeyPrevious => System::Immich,
            _ => System::Authentik,
        }
    }

    /// Makes what gives access as this client, until
    /// [`Systems::sign_out_of_authentik`].
    pub(in crate::wizard) fn signed_in(&mut self, client: authentik::Client) {
        self.open.session = Some(client);
    }

    /// In whose name access at authentik is made and removed: whoever signed
    /// in for it, else this program's own token.
    pub(in crate::wizard) fn access_client(&self) -> Result<&authentik::Client, Fault> {
        self.open.session.as_ref().map_or_else(|| self.authentik(), Ok)
    }

    /// Whether requests to authentik are made in the session of whoever signed
    /// in, not with a token.
    pub(in crate::wizard) const fn asks_in_session(&self) -> bool {
        self.open.session.is_some() || self.open.own_client.is_some()
    }

    /// Whether somebody signed in there for this run.
    pub(in crate::wizard) const fn is_signed_in(&self, at: System) -> bool {
        match at {
            System::Immich => self.open.immich_session.is_some(),
            _ => self.asks_in_session(),
        }
    }

    /// Works in somebody's session for a while.
    pub(in crate::wizard) async fn borrow_session(&mut self, client: authentik::Client) {
        let own = self.authentik().ok().cloned();
        self.open.own_client = self.open.own_client.take().or(own);
        self.work_as(client).await;
    }

    /// Ends a borrowed session and works with the token again.
    pub(in crate::wizard) async fn give_back_session(&mut self) {
        if let Some(own) = self.open.own_client.take() {
            if let Ok(session) = self.authentik() {
                session.sign_out().await;
            }
            self.work_as(own).await;
        }
    }

    /// Remembers a session at Immich in which a key is to be made.
    pub(in crate::wizard) fn signed_in_at_immich(&mut self, client: immich::Client) {
        self.open.immich_session = Some(client);
    }

    /// Keeps a credential in another one's place, and that one beside it.
    pub(in crate::wizard) async fn replace(
        &self,
        label: Label,
        aside: Label,
        new: &Secret,
    ) -> Result<(), Fault> {
        let vault = self.vault()?;
        if let Some(old) = vault.get(label).await? {
            vault.put(aside, &old).await?;
        }
        vault.put(label, new).await
    }

    /// Ends the session at authentik: from now on the token does.
    pub(in crate::wizard) async fn sign_out_of_authentik(&mut self) {
        if let Some(session) = self.open.session.take() {
            // A courtesy, as at Immich.
            session.sign_out().await;
        }
    }

    /// Ends the session at Immich.
    pub(in crate::wizard) async fn sign_out_of_immich(&mut self) {
        if let Some(session) = self.open.immich_session.take() {
            // Its end is a courtesy: it would expire by itself.
            let _ = session.sign_out().await;
        }
    }
}

/// The other product answers: the two addresses are easily taken for one another.
#[derive(Debug, thiserror::Error)]
enum Swapped {
    #[error("{}", say!("{system} answers there", system = System::Authentik))]
    ForImmich,
    #[error("{}", say!("{system} {version} answers there", system = System::Immich, version = .0))]
    ForAuthentik(Version),
}

impl Failure for Swapped {
    fn system(&self) -> System {
        match self {
            Self::ForImmich => System::Immich,
            Self::ForAuthentik(_) => System::Authentik,
        }
    }

    fn kind(&self) -> FaultKind {
        FaultKind::WrongProduct
    }

    fn hint(&self) -> String {
        say!("Give the address of {system} here.", system = self.system())
    }
}

/// Says it where the other product answers.
async fn swapped(fault: Fault, at: Http) -> Fault {
    let found = if fault.system == System::Authentik {
        let seen = immich::Client::new(at, None).look().await;
        seen.map(|seen| Swapped::ForAuthentik(seen.version))
    } else {
        authentik::Client::new(at, None).look().await.map(|_| Swapped::ForImmich)
    };
    match found {
        Ok(found) => Fault::of(&found, fault.tried),
        Err(_) => fault,
    }
}

/// The host is not reached: where that was only the second way, the first is
/// what is missing.
fn no_way(reason: &RouteReason, profile: String) -> Fault {
    match reason {
        RouteReason::NoKey { .. } => Fault::of(&Missing::NoKey { profile }, say!("work on Immich")),
        _ => Fault::of(&Missing::NoWayToHost { profile }, say!("reach the Immich host")),
    }
}
