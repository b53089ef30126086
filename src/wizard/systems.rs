//! The site's systems as a run has them open: the profile and what it leads
//! to, clients, the way onto the host, the secret store, the journal.

mod access;
mod checked;
mod missing;
mod presume;
mod profile;
mod runs;
mod show;
mod state;
mod tail;

pub(super) use access::Connected;
pub(super) use checked::check;
use missing::Missing;
pub(super) use profile::Elsewhere;
use state::{Choices, Connections, Files, Rotating, RunLog, Seen};

use std::path::PathBuf;

use super::{
    EffectRecord, Entry, LoginResult, StepId,
    effect::Effect,
    journal::{Journal, Seq},
    lock::RunLock,
    memory::{Memory, Saw},
    record,
    setup::{Purpose, Setup, StandIn},
    undo_values,
};
use crate::{
    authentik,
    host::Host,
    immich,
    immich::{RouteKind, RouteReason, route},
    net::Http,
    oidc::{self, Discovery},
    secret::{Known, Secret, Vault},
    site::{Clock, Fault, Profile, System, Version},
};

/// See the module.
pub struct Systems {
    /// What the run is for.
    pub(super) purpose: Purpose,
    /// What is wanted.
    pub(super) profile: Profile,
    /// Somebody who can log in without a browser.
    pub(super) stand_in: Option<StandIn>,
    /// This machine's clock.
    pub(super) clock: Clock,
    /// This run in the journal.
    pub(super) log: RunLog,
    /// What the operator chose in this run.
    pub(super) choices: Choices,
    /// What this run and the last one saw.
    pub(super) seen: Seen,
    /// A rotation, as far as the secret store does not tell.
    pub(super) rotation: Rotating,
    /// Where the files of the profile are.
    pub(super) files: Files,
    /// What is connected.
    open: Connections,
    /// The secrets of the run.
    known: Known,
}

impl Systems {
    /// The systems of a run that knows these secrets.
    pub(super) fn new(setup: Setup, known: &Known) -> Self {
        let memory = Memory::read(&setup.folders.memory(setup.file.name()));
        Self {
            purpose: setup.purpose,
            stand_in: setup.stand_in,
            log: RunLog::new(&setup.clock),
            clock: setup.clock,
            choices: Choices::default(),
            rotation: Rotating::default(),
            seen: Seen::new(memory),
            files: Files {
                name: setup.file.name().to_owned(),
                folders: setup.folders,
                file: setup.file,
                saved: setup.profile.clone(),
            },
            profile: setup.profile,
            open: Connections::new(setup.vault.map(|vault| vault.knowing(known))),
            known: known.clone(),
        }
    }

    /// The client for authentik.
    pub(super) fn authentik(&self) -> Result<&authentik::Client, Fault> {
        self.open
            .authentik
            .as_ref()
            .map(|(client, _)| client)
            .ok_or_else(|| closed(System::Authentik))
    }

    /// authentik's version, if it tells.
    pub(super) fn authentik_version(&self) -> Option<&Version> {
        self.open.authentik.as_ref().and_then(|(_, seen)| seen.version.as_ref())
    }

    /// The client for Immich.
    pub(super) fn immich(&self) -> Result<&immich::Client, Fault> {
        self.open.immich.as_ref().map(|(client, _)| client).ok_or_else(|| closed(System::Immich))
    }

    /// The same client for Immich over connections of its own.
    pub(super) fn another_immich(&self) -> Result<immich::Client, Fault> {
        let http = self.http(System::Immich, self.profile.immich_api())?;
        Ok(self.immich()?.over(http))
    }

    /// The session in which somebody signed in at Immich.
    pub(super) fn immich_session(&self) -> Result<&immich::Client, Fault> {
        self.open.immich_session.as_ref().ok_or_else(|| closed(System::Immich))
    }

    /// Immich's version.
    pub(super) fn immich_version(&self) -> Result<&Version, Fault> {
        self.open
            .immich
            .as_ref()
            .map(|(_, seen)| &seen.version)
            .ok_or_else(|| closed(System::Immich))
    }

    /// The way onto the host.
    pub(super) fn host(&self) -> Result<&Host, Fault> {
        self.open.host.as_ref().ok_or_else(|| closed(System::Host))
    }

    /// The secret store.
    pub(super) fn vault(&self) -> Result<&Vault, Fault> {
        self.open.vault.as_ref().ok_or_else(|| closed(System::SecretStore))
    }

    /// The journal.
    pub(super) fn journal(&mut self) -> Result<&mut Journal, Fault> {
        self.log.journal.as_mut().ok_or_else(|| closed(System::Workstation))
    }

    /// Sees that no other run can be at work on the profile.
    pub(super) fn is_alone(&self) -> Result<(), Fault> {
        self.log.lock.as_ref().map_or(Ok(()), RunLock::holds)
    }

    /// Writes to the journal that an effect is about to be performed. Old values
    /// that hold a secret are kept in the secret store before that.
    pub(super) async fn begin_effect(&mut self, effect: EffectRecord) -> Result<Seq, Fault> {
        self.is_alone()?;
        let on_file = undo_values::set_aside(self.vault(), &self.known, &effect.body).await?;
        let run = self.log.run.clone();
        let set_up = self.set_up(&effect);
        self.journal()?.begin_as(&run, set_up, effect, on_file)
    }

    /// Puts old values that are kept in the secret store back into what was read of
    /// the journal.
    ///
    /// # Errors
    /// When the secret store cannot be read.
    pub(super) async fn recall_undo_values(&mut self) -> Result<(), Fault> {
        let vault = self.open.vault.as_ref().ok_or_else(|| closed(System::SecretStore));
        let history = match &mut self.log.journal {
            Some(journal) => journal.entries_mut(),
            None => &mut self.log.past,
        };
        undo_values::recall(vault, history).await
    }

    /// What was done at this site, oldest first.
    pub(super) fn history(&self) -> &[Entry] {
        self.log.journal.as_ref().map_or(&self.log.past, Journal::entries)
    }

    /// Whether both servers can be worked with.
    pub(super) const fn are_open(&self) -> bool {
        self.open.authentik.is_some() && self.open.immich.is_some() && self.open.vault.is_some()
    }

    /// The route by which Immich's settings are written, and why.
    pub(super) fn chosen_route(&self) -> Result<(RouteKind, RouteReason), Fault> {
        let (client, seen) = self.open.immich.as_ref().ok_or_else(|| closed(System::Immich))?;
        Ok(route::choose(
            &seen.version,
            seen.config_file,
            self.profile.settings.route,
            client.has_access(),
        ))
    }

    /// A route, ready to read and write.
    pub(super) fn route(&self, kind: RouteKind) -> Result<Box<dyn immich::Route + '_>, Fault> {
        let version = self.immich_version()?;
        route::open(kind, self.immich()?, self.open.host.as_ref(), &self.profile.host, version)
    }

    /// What discovery says at the application's slug.
    pub(super) async fn discovery(&self) -> Result<Discovery, Fault> {
        let public =
            self.open.authentik_public.as_ref().ok_or_else(|| closed(System::Authentik))?;
        let api = self
            .profile
            .authentik
            .api_url
            .is_some()
            .then(|| self.authentik().map(authentik::Client::http));
        oidc::discovery(public, api.transpose()?, &self.profile.application.slug).await
    }

    /// The HTTP client for authentik's public endpoints.
    pub(super) fn oidc(&self) -> Result<&Http, Fault> {
        self.open.authentik_public.as_ref().ok_or_else(|| closed(System::Authentik))
    }

    /// An endpoint of the discovery document as it is reached from here, and
    /// the client to ask it with.
    pub(super) fn endpoint(
        &self,
        discovery: &Discovery,
        endpoint: &str,
    ) -> Result<(&Http, String), Fault> {
        let api = self.authentik().ok().map(authentik::Client::http);
        Ok((discovery.asked_with(self.oidc()?, api), discovery.reached_at(endpoint)))
    }

    /// The issuer, as far as it is known without asking.
    pub(super) fn issuer(&self) -> String {
        self.profile.expected_issuer()
    }

    /// The client secret that authentik's provider holds, if there is one.
    pub(super) async fn provider_secret(&self) -> Result<Option<Secret>, Fault> {
        let (client, wanted) = (self.authentik()?, &self.profile.provider);
        let found = match client.provider_by_client_id(&wanted.client_id).await? {
            Some(found) => Some(found),
            None => client.provider_by_name(&wanted.name).await?,
        };
        Ok(found.map(|provider| provider.client_secret).filter(|secret| !secret.is_empty()))
    }

    /// The client secret that Immich has stored, by whichever route.
    pub(super) async fn stored_secret(&self) -> Result<Option<Secret>, Fault> {
        let (kind, _) = self.chosen_route()?;
        Ok(self.route(kind)?.read().await?.client_secret)
    }

    /// Whether authentik is not the one of last time: what was there has another
    /// number or name, or none. Numbers alone may be the same by chance.
    pub(super) fn authentik_was_rebuilt(&self) -> bool {
        let Some(then) = self.seen.memory.as_ref().map(|memory| &memory.saw) else { return false };
        (then.application.is_some() && self.seen.saw.application != then.application)
            || (then.provider.is_some() && self.seen.saw.provider != then.provider)
    }

    /// What the last test login came to, unless something was done since.
    pub(super) fn last_login(&self) -> Option<LoginResult> {
        let login = self.seen.memory.as_ref()?.login.clone()?;
        // Tokens and keys of this program's are no part of a login.
        let matters = |effect: &Effect| {
            use StepId::{Access, Create, Finish, Restart};
            !matches!(effect.step(), Access | Create | Finish | Restart)
        };
        let begun = record::begun(self.history());
        let changed = begun
            .iter()
            .any(|begun| begun.at > login.at && begun.value().as_ref().is_some_and(matters));
        (!changed).then_some(login)
    }

    /// Remembers what was seen, for the next run to compare with.
    pub(super) fn remember(&self, login: Option<LoginResult>) {
        if !self.are_open()
            || (self.seen.saw == Saw::default()
                && login.is_none()
                && self.seen.provider_write.last().is_none()
                && self.seen.settings_writes.measured().is_empty())
        {
            return;
        }
        let mut saw = self.seen.saw.clone();
        // A run that looked at no object knows no more of them than the last.
        if let (true, Some(memory)) = (saw == Saw::default(), &self.seen.memory) {
            saw.clone_from(&memory.saw);
        }
        let before = self.seen.memory.as_ref().and_then(|memory| memory.saw.stale_links);
        saw.stale_links = saw.stale_links.or(before);
        let agreed = self.seen.memory.iter().flat_map(|memory| memory.saw.agreed.clone());
        for (row, value) in agreed {
            saw.agreed.entry(row).or_insert(value);
        }
        let before = self.seen.memory.as_ref().and_then(|memory| memory.login.clone());
        let memory = Memory {
            login: login.or(before),
            provider_write_ms: self.seen.provider_write.milliseconds(),
            settings_write_ms: self.seen.settings_writes.measured(),
            authentik: self.profile.authentik.url.clone(),
            authentik_version: self.authentik_version().map(ToString::to_string),
            immich: self.profile.immich.url.clone(),
            immich_version: self.immich_version().ok().map(ToString::to_string),
            authentik_api: self.profile.authentik.api_url.clone(),
            immich_api: self.profile.immich.api_url.clone(),
            ..Memory::new(self.clock.now(), saw)
        };
        if let Err(fault) = memory.write(&self.files.folders.memory(&self.files.name)) {
            tracing::debug!(%fault, "the next run will have less to compare with");
        }
    }

    /// Where the encrypted file of this site's secrets is.
    pub(super) fn secret_file(&self) -> PathBuf {
        self.files.folders.secrets(&self.files.name)
    }

    /// A name for what this program makes for this profile on this machine: a
    /// token, a key.
    pub(super) fn own_name(&self) -> String {
        let host = hostname::get().unwrap_or_default();
        let host = host.to_string_lossy();
        let profile = if self.files.name == "default" { "" } else { self.files.name.as_str() };
        authentik::TokenWish::identifier_for(&format!("{profile} {host}"))
    }
}

fn closed(system: System) -> Fault {
    Fault::of(&Missing::NotOpen(system), say!("use it"))
}
