//! The parts of a run's state: each small, and each for one thing.

use std::time::Instant;

use super::tail::Anchored;
use crate::{
    authentik,
    host::Host,
    immich,
    net::Http,
    secret::Vault,
    site::{Clock, Folders, Profile, ProfileFile, System},
    wizard::{
        Entry,
        journal::{Journal, SetUp},
        lock::RunLock,
        memory::{Memory, Saw},
        pace::{Pace, SettingsPaces},
        plan::Confirmed,
        retiring::Retiring,
        stale::Links,
    },
};

/// What is connected.
#[derive(Default)]
pub(super) struct Connections {
    /// The secret store.
    pub(super) vault: Option<Vault>,
    /// authentik's API, and what it said of itself.
    pub(super) authentik: Option<(authentik::Client, authentik::Seen)>,
    /// authentik's public endpoints.
    pub(super) authentik_public: Option<Http>,
    /// Immich's API, and what it said of itself.
    pub(super) immich: Option<(immich::Client, immich::Seen)>,
    /// The way onto the host.
    pub(super) host: Option<Host>,
    /// Who signed in at authentik with a password, until a token is made.
    pub(super) session: Option<authentik::Client>,
    /// Who signed in at Immich.
    pub(super) immich_session: Option<immich::Client>,
    /// The client of our own token, while somebody's session is borrowed.
    pub(super) own_client: Option<authentik::Client>,
}

impl Connections {
    /// Nothing but the secret store, if that is open.
    pub(super) fn new(vault: Option<Vault>) -> Self {
        Self { vault, ..Self::default() }
    }
}

/// This run in the journal.
pub(in crate::wizard) struct RunLog {
    /// Names this run in the journal.
    pub(in crate::wizard) run: String,
    /// The set-up that was cut short and that this run continues, once it is
    /// known.
    pub(super) resumes: Option<SetUp>,
    /// The journal, where this run may write to it.
    pub(super) journal: Option<Journal>,
    /// What was done before, where it is only read.
    pub(super) past: Vec<Entry>,
    /// Keeps other runs away.
    pub(super) lock: Option<RunLock>,
    /// What the secret store knows of the journal's end.
    pub(super) anchored: Anchored,
}

impl RunLog {
    /// That of a run that begins now.
    pub(super) fn new(clock: &Clock) -> Self {
        Self {
            run: clock.now().to_string(),
            resumes: None,
            journal: None,
            past: Vec::new(),
            lock: None,
            anchored: Anchored::default(),
        }
    }
}

/// What the operator chose in this run.
#[derive(Default)]
pub(in crate::wizard) struct Choices {
    /// To go without an API key for Immich.
    pub(in crate::wizard) goes_without_key: bool,
    /// To go on without the Immich host.
    pub(in crate::wizard) goes_without_host: bool,
    /// To restart Immich by hand.
    pub(in crate::wizard) restarts_by_hand: bool,
    /// A restart that nothing else asks for.
    pub(in crate::wizard) wants_restart: bool,
    /// That these servers have another address now.
    pub(super) known_to_have_moved: Vec<System>,
    /// To take the provider from that application.
    pub(in crate::wizard) takes_provider_from: Option<String>,
    /// Another value for the profile.
    pub(in crate::wizard) was_edited: bool,
}

/// What this run and the last one saw.
#[derive(Default)]
pub(in crate::wizard) struct Seen {
    /// The objects themselves.
    pub(in crate::wizard) saw: Saw,
    /// What Immich's accounts are linked to.
    pub(in crate::wizard) links: Links,
    /// What the API wrote was seen not to be in effect.
    pub(in crate::wizard) not_in_effect: bool,
    /// How long authentik took for its last write of a provider.
    pub(in crate::wizard) provider_write: Pace,
    /// How long Immich took for the last prepared write of its settings.
    pub(in crate::wizard) settings_writes: SettingsPaces,
    /// What the last run saw.
    pub(in crate::wizard) memory: Option<Memory>,
}

impl Seen {
    /// What the last run saw, and nothing yet of this one.
    pub(super) fn new(memory: Option<Memory>) -> Self {
        Self {
            provider_write: Pace::new(memory.as_ref().and_then(|memory| memory.provider_write_ms)),
            settings_writes: memory
                .as_ref()
                .map(|memory| SettingsPaces::new(&memory.settings_write_ms))
                .unwrap_or_default(),
            memory,
            ..Self::default()
        }
    }
}

/// A rotation, as far as the secret store does not tell where it stands.
#[derive(Default)]
pub(in crate::wizard) struct Rotating {
    /// It goes back to the current secret instead of on to the pending one.
    pub(in crate::wizard) rotates_back: bool,
    /// The switch that was made, until the rotation is finished: what is
    /// confirmed with it is that it may be led back.
    pub(in crate::wizard) switched: Option<Confirmed>,
    /// When its writes were sent.
    pub(in crate::wizard) launched: Option<Instant>,
    /// The wizard's own old credential, until it is deleted.
    pub(in crate::wizard) retiring: Option<Retiring>,
}

/// Where the files of the profile are.
pub(in crate::wizard) struct Files {
    /// The name of the profile.
    pub(in crate::wizard) name: String,
    pub(super) folders: Folders,
    pub(super) file: ProfileFile,
    /// The profile as it is on file.
    pub(super) saved: Profile,
}
