//! A whole site on a real host: Immich's settings are in a real PostgreSQL or
//! in a file of a real container, and the wizard comes to them by a real sshd.
//! authentik and what Immich answers to browsers are the lab's, whose Immich
//! reads that very row or that very file at every request.

use immich_sso::{
    text,
    wizard::{RunTopic, Topic},
};
use std::{path::PathBuf, sync::Arc};

use futures::FutureExt;
use immich_sso::{
    secret::{Label, Secret, Vault},
    site::{Clock, Folders, Profile, ProfileFile, RouteKind},
    wizard::{
        Answer, Ending, LoginState, Prompt, Purpose, RotateWish, Setup, Snapshot, StandIn, start,
    },
};
use immich_sso_lab::{
    Homelab,
    authentik::{self, Authentik},
    immich::{self, Immich, StorageKind},
};
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    driver::{Driver, Walked, confirm, files, in_words},
    support::{engine::Engine, row::RealRow, sshd::Sshd},
};

/// Who logs in.
pub const ALICE: &str = "alice@example.com";

/// See the module.
pub struct Site {
    pub authentik: Authentik,
    pub immich: Immich,
    pub row: RealRow,
    pub profile: Profile,
    pub vault: Vault,
    pub folder: TempDir,
    pub engine: Engine,
    pub sshd: Sshd,
}

impl Site {
    /// The host, and an Immich that keeps its settings in its database.
    pub async fn start() -> Self {
        let engine = Engine::start();
        let sshd = Sshd::start(&engine.environment());
        let row = RealRow::of(&engine);
        let authentik = Authentik::start(authentik::Options::default()).await.unwrap();
        let immich = immich_on(StorageKind::Row(Arc::new(row.clone()))).await;
        let mut site = Self {
            authentik,
            immich,
            row,
            profile: Profile::default(),
            vault: Vault::memory(),
            folder: tempfile::tempdir().unwrap(),
            engine,
            sshd,
        };
        site.row.keep_accounts(&site.immich.users());
        site.forget_everything().await;
        site
    }

    /// The workstation as after a rebuild: the addresses, the way onto the
    /// host, and what opens both servers are all that is known.
    pub async fn forget_everything(&mut self) {
        let mut profile = Profile::default();
        profile.authentik.url = self.authentik.url();
        profile.immich.url = self.immich.url();
        profile.settings.allow_insecure_requests = true;
        profile.settings.route = Some(RouteKind::Database);
        profile.host.ssh = Some(format!("root@127.0.0.1:{}", self.sshd.port));
        profile.host.key_file =
            Some(self.sshd.folder.path().join("id_ed25519").display().to_string());
        profile.host.folder = self.engine.project().display().to_string();
        self.profile = profile;
        self.folder = tempfile::tempdir().unwrap();
        self.vault = Vault::memory();
        let token = Secret::new(self.authentik.admin_token());
        self.vault.put(Label::AuthentikToken, &token).await.unwrap();
        self.vault.put(Label::ImmichApiKey, &Secret::new(self.immich.admin_key())).await.unwrap();
    }

    /// Another Immich takes the place of this one, at another address.
    pub async fn rebuild_immich(&mut self, storage: StorageKind) {
        self.immich = immich_on(storage).await;
        self.row.ask("DELETE FROM \"user\";");
        self.row.keep_accounts(&self.immich.users());
        self.profile.immich.url = self.immich.url();
        self.vault.put(Label::ImmichApiKey, &Secret::new(self.immich.admin_key())).await.unwrap();
    }

    /// The file that Immich's container reads its settings from.
    pub fn file(&self) -> PathBuf {
        self.engine.project().join("config/immich.yaml")
    }

    /// The profile as the wizard left it.
    pub fn saved(&self) -> Profile {
        self.setup(Purpose::SetUp).file.load().unwrap().unwrap()
    }

    /// Immich's settings to the byte, wherever they are.
    pub fn stored(&self) -> String {
        match self.immich.storage().file() {
            Some(path) => std::fs::read_to_string(path).unwrap(),
            None => self.row.text(),
        }
    }

    /// Another authentik in place of this one, at the same address: nothing of
    /// ours, other keys, other ids for everybody.
    pub async fn rebuild_authentik(&mut self) {
        let port = self.authentik.url().rsplit(':').next().unwrap().parse().unwrap();
        let placeholder = Authentik::start(authentik::Options::default()).await.unwrap();
        std::mem::replace(&mut self.authentik, placeholder).stop().await;
        let options = authentik::Options { port: Some(port), ..authentik::Options::default() };
        self.authentik = Authentik::start(options).await.unwrap();
        let token = Secret::new(self.authentik.admin_token());
        self.vault.put(Label::AuthentikToken, &token).await.unwrap();
    }

    fn setup(&self, purpose: Purpose) -> Setup {
        let folders = Folders::below(self.folder.path());
        let (immich, row) = (self.immich.clone(), self.row.clone());
        Setup {
            file: ProfileFile::new(&folders, "test").unwrap(),
            profile: self.profile.clone(),
            folders,
            vault: Some(self.vault.clone()),
            purpose,
            lab: true,
            stand_in: Some(StandIn {
                name: "alice".into(),
                log_in: Arc::new(move || log_in(immich.clone(), row.clone()).boxed()),
            }),
            clock: Clock::default(),
        }
    }

    /// Walks the set-up to its end, which has to be a login that Immich proves.
    /// What it opened with comes along.
    pub async fn walk(
        &self,
        answer: impl FnMut(&Prompt) -> Option<Answer>,
    ) -> (Walked, Vec<String>) {
        let (walked, told) = self.walk_to(LoginState::Verified, answer).await;
        assert_eq!(walked.ending, Ending::LoginVerified, "{:?}", walked.last.card());
        (walked, told)
    }

    /// The same, to a login that is as certain as that, no more and no less.
    pub async fn walk_to(
        &self,
        state: LoginState,
        mut answer: impl FnMut(&Prompt) -> Option<Answer>,
    ) -> (Walked, Vec<String>) {
        let mut told = Vec::new();
        let walked = Driver::of(start(self.setup(Purpose::SetUp)))
            .walk(|prompt, now| {
                let opens = matches!(
                    prompt.topic,
                    Topic::Run(
                        RunTopic::StepsNeeded { changed: Some(_), .. } | RunTopic::NothingToDo
                    )
                );
                if told.is_empty() && opens {
                    told.push(text::question(&prompt.topic));
                    told.extend(in_words(&prompt.help));
                }
                answer(prompt).unwrap_or_else(|| confirm(prompt, now))
            })
            .await;
        let login = walked.last.login.as_ref().and_then(|login| login.state);
        assert_eq!(login, Some(state), "{:?}", walked.last.card());
        self.agrees().await;
        self.leaks_nothing(&walked);
        (walked, told)
    }

    pub async fn rotate(
        &self,
        wish: RotateWish,
        answer: impl FnMut(&Prompt, &Snapshot) -> Answer,
    ) -> Walked {
        let walked = Driver::of(start(self.setup(Purpose::Rotate(wish)))).walk(answer).await;
        self.leaks_nothing(&walked);
        walked
    }

    pub async fn undo(&self) -> Ending {
        let walked = Driver::of(start(self.setup(Purpose::Undo))).walk(confirm).await;
        self.leaks_nothing(&walked);
        walked.ending
    }

    /// Takes the program's access away.
    pub async fn remove_access(&self, answer: impl FnMut(&Prompt, &Snapshot) -> Answer) -> Ending {
        let walked = Driver::of(start(self.setup(Purpose::RemoveAccess))).walk(answer).await;
        self.leaks_nothing(&walked);
        walked.ending
    }

    pub async fn kept(&self, label: Label) -> Option<Secret> {
        self.vault.get(label).await.unwrap()
    }

    pub async fn current(&self) -> Secret {
        self.kept(Label::ClientSecret).await.unwrap()
    }

    /// Immich's oauth block as it is stored.
    pub fn oauth(&self) -> Value {
        self.immich.settings().unwrap()["oauth"].clone()
    }

    pub fn provider(&self) -> Value {
        self.authentik.providers().first().cloned().unwrap_or_default()
    }

    /// How many requests asked a server to change something.
    pub fn mutations(&self) -> usize {
        self.authentik.mutations().len() + self.immich.mutations()
    }

    /// The store, authentik and Immich have one secret, and alice gets in.
    pub async fn agrees(&self) {
        let current = self.current().await;
        assert_eq!(self.provider()["client_secret"], current.expose(), "authentik");
        assert_eq!(self.oauth()["clientSecret"], current.expose(), "Immich");
        Homelab::log_in_as_alice(self.immich.url()).await.unwrap();
    }

    /// Law 7: neither shown nor written.
    fn leaks_nothing(&self, walked: &Walked) {
        let written = files(self.folder.path());
        let secret = self.oauth()["clientSecret"].as_str().unwrap_or_default().to_owned();
        if !secret.is_empty() {
            assert!(!walked.shown.contains(&secret) && !written.contains(&secret));
        }
    }
}

/// Lets alice log in. The lab's Immich is told beforehand what her account is
/// linked to in the real table, and the table afterwards what it is now.
async fn log_in(immich: Immich, row: RealRow) -> Result<(), String> {
    let link = row.link(ALICE);
    immich.link_user(ALICE, &link);
    let done = Homelab::log_in_as_alice(immich.url()).await;
    row.keep_accounts(&immich.users());
    done
}

/// An Immich of the lab's with these settings, and alice's account.
async fn immich_on(storage: StorageKind) -> Immich {
    let options =
        immich::Options { version: "2.7.5".parse().unwrap(), ..immich::Options::new(storage) };
    let immich = Immich::start(options).await.unwrap();
    immich.create_user(ALICE, "Alice");
    immich
}
