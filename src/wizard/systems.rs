//! The site's systems as a run has them open: the profile and what it leads
//! to, clients, the way onto the host, the secret store, the journal.

mod access;
mod checked;
mod missing;
mod presume;
mod profile;
mod runs;
mod show;
mod tail;

pub(super) use access::Connected;
pub(super) use checked::check;
use missing::Missing;
use tail::Anchored;

use std::{path::PathBuf, time::Instant};

use super::{
    EffectRecord, Entry, LoginResult, StepId,
    effect::Effect,
    journal::{Journal, Seq, SetUp},
    lock::RunLock,
    memory::{Memory, Saw},
    pace::{Pace, SettingsPaces},
    plan::Confirmed,
    record,
    retiring::Retiring,
    setup::{Purpose, Setup, StandIn},
    stale::Links,
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
    site::{Clock, Fault, Folders, Profile, ProfileFile, System, Version},
};

/// See the module.
pub struct Systems {
    /// The name of the profile.
    pub(super) name: String,
    /// Names this run in the journal.
    pub(super) run: String,
    /// The set-up that was cut short and that this run continues, once it is
    /// known.
    resumes: Option<SetUp>,
    /// What the run is for.
    pub(super) purpose: Purpose,
    /// What is wanted.
    pub(super) profile: Profile,
    /// Somebody who can log in without a browser.
    pub(super) stand_in: Option<StandIn>,
    /// This machine's clock.
    pub(super) clock: Clock,
    /// The operator goes without an API key for Immich.
    pub(super) goes_without_key: bool,
    /// The operator goes on without the Immich host.
    pub(super) goes_without_host: bool,
    /// The operator restarts Immich by hand.
    pub(super) restarts_by_hand: bool,
    /// The operator asked for a restart that nothing else asks for.
    pub(super) wants_restart: bool,
    /// What the API wrote was seen not to be in effect.
    pub(super) not_in_effect: bool,
    /// Settings are about to be written, in a plan for all steps.
    pub(super) settings_pending: bool,
    /// All steps are planned before the first of them is walked.
    pub(super) plans_ahead: bool,
    /// A rotation goes back to the current secret instead of on to the pending
    /// one.
    pub(super) rotates_back: bool,
    /// The switch that was made, until the rotation is finished: what is
    /// confirmed with it is that it may be led back.
    pub(super) switched: Option<Confirmed>,
    /// When its writes were sent.
    pub(super) launched: Option<Instant>,
    /// How long authentik took for its last write of a provider.
    pub(super) provider_write: Pace,
    /// How long Immich took for the last prepared write of its settings.
    pub(super) settings_writes: SettingsPaces,
    /// The wizard's own old credential, until it is deleted.
    pub(super) retiring: Option<Retiring>,
    /// The servers of which the operator says that they have another address now.
    known_to_have_moved: Vec<System>,
    /// What Immich's accounts are linked to.
    pub(super) links: Links,
    /// The application from which the operator lets the provider be taken.
    pub(super) takes_provider_from: Option<String>,
    /// Whether the operator changed the profile in this run.
    pub(super) was_edited: bool,
    /// What looks saw of the objects themselves.
    pub(super) saw: Saw,
    /// What the last run saw.
    pub(super) memory: Option<Memory>,
    /// The secrets of the run.
    known: Known,
    folders: Folders,
    file: ProfileFile,
    /// The profile as it is on file.
    saved: Profile,
    vault: Option<Vault>,
    journal: Option<Journal>,
    past: Vec<Entry>,
    lock: Option<RunLock>,
    anchored: Anchored,
    authentik: Option<(authentik::Client, authentik::Seen)>,
    authentik_public: Option<Http>,
    immich: Option<(immich::Client, immich::Seen)>,
    host: Option<Host>,
    /// Who signed in with a password, until a token is made.
    session: Option<authentik::Client>,
    immich_session: Option<immich::Client>,
    /// The client of our own token, while somebody's session is borrowed.
    own_client: Option<authentik::Client>,
}

impl Systems {
    /// The systems of a run that knows these secrets.
    pub(super) fn new(setup: Setup, known: &Known) -> Self {
        let memory = Memory::read(&setup.folders.memory(setup.file.name()));
        Self {
            known: known.clone(),
            name: setup.file.name().to_owned(),
            run: setup.clock.now().to_string(),
            resumes: None,
            purpose: setup.purpose,
            stand_in: setup.stand_in,
            clock: setup.clock,
            goes_without_key: false,
            goes_without_host: false,
            restarts_by_hand: false,
            wants_restart: false,
            not_in_effect: false,
            settings_pending: false,
            plans_ahead: false,
            rotates_back: false,
            switched: None,
            launched: None,
            provider_write: Pace::new(memory.as_ref().and_then(|memory| memory.provider_write_ms)),
            settings_writes: memory
                .as_ref()
                .map(|memory| SettingsPaces::new(&memory.settings_write_ms))
                .unwrap_or_default(),
            retiring: None,
            known_to_have_moved: Vec::new(),
            links: Links::default(),
            takes_provider_from: None,
            was_edited: false,
            saw: Saw::default(),
            memory,
            folders: setup.folders,
            file: setup.file,
            saved: setup.profile.clone(),
            profile: setup.profile,
            vault: setup.vault.map(|vault| vault.knowing(known)),
            journal: None,
            past: Vec::new(),
            lock: None,
            anchored: Anchored::default(),
            authentik: None,
            authentik_public: None,
            immich: None,
            host: None,
            session: None,
            immich_session: None,
            own_client: None,
        }
    }

    /// The client for authentik.
    pub(super) fn authentik(&self) -> Result<&authentik::Client, Fault> {
        self.authentik.as_ref().map(|(client, _)| client).ok_or_else(|| closed(System::Authentik))
    }

    /// authentik's version, if it tells.
    pub(super) fn authentik_version(&self) -> Option<&Version> {
        self.authentik.as_ref().and_then(|(_, seen)| seen.version.as_ref())
    }

    /// The client for Immich.
    pub(super) fn immich(&self) -> Result<&immich::Client, Fault> {
        self.immich.as_ref().map(|(client, _)| client).ok_or_else(|| closed(System::Immich))
    }

    /// The same client for Immich over connections of its own.
    pub(super) fn another_immich(&self) -> Result<immich::Client, Fault> {
        let http = self.http(System::Immich, self.profile.immich_api())?;
        Ok(self.immich()?.over(http))
    }

    /// The session in which somebody signed in at Immich.
    pub(super) fn immich_session(&self) -> Result<&immich::Client, Fault> {
        self.immich_session.as_ref().ok_or_else(|| closed(System::Immich))
    }

    /// Immich's version.
    pub(super) fn immich_version(&self) -> Result<&Version, Fault> {
        self.immich.as_ref().map(|(_, seen)| &seen.version).ok_or_else(|| closed(System::Immich))
    }

    /// The way onto the host.
    pub(super) fn host(&self) -> Result<&Host, Fault> {
        self.host.as_ref().ok_or_else(|| closed(System::Host))
    }

    /// The secret store.
    pub(super) fn vault(&self) -> Result<&Vault, Fault> {
        self.vault.as_ref().ok_or_else(|| closed(System::SecretStore))
    }

    /// The journal.
    pub(super) fn journal(&mut self) -> Result<&mut Journal, Fault> {
        self.journal.as_mut().ok_or_else(|| closed(System::Workstation))
    }

    /// Sees that no other run can be at work on the profile.
    pub(super) fn is_alone(&self) -> Result<(), Fault> {
        self.lock.as_ref().map_or(Ok(()), RunLock::holds)
    }

    /// Writes to the journal that an effect is about to be performed. Old values
    /// that hold a secret are kept in the secret store before that.
    pub(super) async fn begin_effect(&mut self, effect: EffectRecord) -> Result<Seq, Fault> {
        self.is_alone()?;
        let on_file = undo_values::set_aside(self.vault(), &self.known, &effect.body).await?;
        let run = self.run.clone();
        let set_up = self.set_up(&effect);
        self.journal()?.begin_as(&run, set_up, effect, on_file)
    }

    /// Puts old values that are kept in the secret store back into what was read of
    /// the journal.
    ///
    /// # Errors
    /// When the secret store cannot be read.
    pub(super) async fn recall_undo_values(&mut self) -> Result<(), Fault> {
        let vault = self.vault.as_ref().ok_or_else(|| closed(System::SecretStore));
        let history = match &mut self.journal {
            Some(journal) => journal.entries_mut(),
            None => &mut self.past,
        };
        undo_values::recall(vault, history).await
    }

    /// What was done at this site, oldest first.
    pub(super) fn history(&self) -> &[Entry] {
        self.journal.as_ref().map_or(&self.past, Journal::entries)
    }

    /// Whether both servers can be worked with.
    pub(super) const fn are_open(&self) -> bool {
        self.authentik.is_some() && self.immich.is_some() && self.vault.is_some()
    }

    /// The route by which Immich's settings are written, and why.
    pub(super) fn chosen_route(&self) -> Result<(RouteKind, RouteReason), Fault> {
        let (client, seen) = self.immich.as_ref().ok_or_else(|| closed(System::Immich))?;
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
        route::open(kind, self.immich()?, self.host.as_ref(), &self.profile.host, version)
    }

    /// What discovery says at the application's slug.
    pub(super) async fn discovery(&self) -> Result<Discovery, Fault> {
        let public = self.authentik_public.as_ref().ok_or_else(|| closed(System::Authentik))?;
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
        self.authentik_public.as_ref().ok_or_else(|| closed(System::Authentik))
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
        let Some(then) = self.memory.as_ref().map(|memory| &memory.saw) else { return false };
        (then.application.is_some() && self.saw.application != then.application)
            || (then.provider.is_some() && self.saw.provider != then.provider)
    }

    /// What the last test login came to, unless something was done since.
    pub(super) fn last_login(&self) -> Option<LoginResult> {
        let login = self.memory.as_ref()?.login.clone()?;
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
            || (self.saw == Saw::default()
                && login.is_none()
                && self.provider_write.last().is_none()
                && self.settings_writes.measured().is_empty())
        {
            return;
        }
        let mut saw = self.saw.clone();
        // A run that looked at no object knows no more of them than the last.
        if let (true, Some(memory)) = (saw == Saw::default(), &self.memory) {
            saw.clone_from(&memory.saw);
        }
        let before = self.memory.as_ref().and_then(|memory| memory.saw.stale_links);
        saw.stale_links = saw.stale_links.or(before);
        let agreed = self.memory.iter().flat_map(|memory| memory.saw.agreed.clone());
        for (row, value) in agreed {
            saw.agreed.entry(row).or_insert(value);
        }
        let before = self.memory.as_ref().and_then(|memory| memory.login.clone());
        let memory = Memory {
            login: login.or(before),
            provider_write_ms: self.provider_write.milliseconds(),
            settings_write_ms: self.settings_writes.measured(),
            authentik: self.profile.authentik.url.clone(),
            authentik_version: self.authentik_version().map(ToString::to_string),
            immich: self.profile.immich.url.clone(),
            immich_version: self.immich_version().ok().map(ToString::to_string),
            ..Memory::new(self.clock.now(), saw)
        };
        if let Err(fault) = memory.write(&self.folders.memory(&self.name)) {
            tracing::debug!(%fault, "the next run will have less to compare with");
        }
    }

    /// Where the encrypted file of this site's secrets is.
    pub(super) fn secret_file(&self) -> PathBuf {
        self.folders.secrets(&self.name)
    }

    /// A name for what this program makes for this profile on this machine: a
    /// token, a key.
    pub(super) fn own_name(&self) -> String {
        let host = hostname::get().unwrap_or_default();
        let host = host.to_string_lossy();
        let profile = if self.name == "default" { "" } else { self.name.as_str() };
        authentik::TokenWish::identifier_for(&format!("{profile} {host}"))
    }
}

fn closed(system: System) -> Fault {
    Fault::of(&Missing::NotOpen(system), say!("use it"))
}
