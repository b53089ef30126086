//! A lab that is set up, and far away.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use immich_sso::{
    secret::{Label, Secret, Vault},
    site::{Clock, Folders, Profile, ProfileFile, RouteKind},
    wizard::{
        Answer, Command, Ending, Key, Prompt, PromptKind, Purpose, RotateWish, Setup, StepId,
        StepTopic, Topic, Verdict, Walk, start,
    },
};
use immich_sso_lab::{Homelab, HomelabOptions, Settings};
use tempfile::TempDir;

use crate::proxy;

/// The lab, and the profile that leads to it through the proxies.
pub struct Site {
    pub lab: Arc<Homelab>,
    pub profile: Profile,
    pub vault: Vault,
    folder: TempDir,
}

impl Site {
    /// Sets it up. Browsers and Immich are near authentik, as in a cellar; this
    /// program is `delay` away from all of it.
    pub async fn set_up(settings: Settings, delay: Duration) -> Self {
        let lab = Homelab::start(HomelabOptions { settings, ..HomelabOptions::default() });
        let lab = Arc::new(lab.await.unwrap());
        let mut profile = Profile::default();
        profile.authentik.url = lab.authentik.url();
        profile.immich.url = lab.immich.url();
        profile.authentik.api_url = Some(far(&lab.authentik.url(), delay).await);
        profile.immich.api_url = Some(far(&lab.immich.url(), delay).await);
        // Nobody is asked, so that a login is one request.
        profile.provider.authorization_flow =
            "default-provider-authorization-implicit-consent".into();
        let (user, host) = {
            let target = lab.host.target();
            let (user, host) = target.split_once('@').unwrap();
            (user.to_owned(), host.parse::<SocketAddr>().unwrap())
        };
        let far_host = proxy::open(host, delay).await;
        profile.host.ssh = Some(format!("{user}@{far_host}"));
        profile.host.key_file = Some(lab.host.key_file().display().to_string());
        profile.host.folder = lab.folder().display().to_string();
        if settings == Settings::Database {
            profile.settings.route = Some(RouteKind::Database);
        }
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::below(folder.path());
        std::fs::create_dir_all(folders.config()).unwrap();
        let known = lab.host.known_hosts_line();
        let known = known.replace(&host.port().to_string(), &far_host.port().to_string());
        std::fs::write(folders.config().join("known_hosts"), known + "\n").unwrap();
        let vault = Vault::memory();
        vault.put(Label::AuthentikToken, &Secret::new(lab.authentik.admin_token())).await.unwrap();
        vault.put(Label::ImmichApiKey, &Secret::new(lab.immich.admin_key())).await.unwrap();
        let site = Self { lab, profile, vault, folder };
        let walk = site.start(Purpose::SetUp);
        assert!(!matches!(site.walk(walk, None).await.unwrap(), Ending::Failed(_)));
        site
    }

    /// Where the profile and the journal are.
    pub fn folders(&self) -> Folders {
        Folders::below(self.folder.path())
    }

    /// A rotation, as far as the question whether to switch.
    pub async fn rotation(&self) -> Walk {
        let walk = self.start(Purpose::Rotate(RotateWish::default()));
        self.walk(walk, Some(StepTopic::Apply(StepId::Set).into())).await.unwrap_err()
    }

    /// Answers that question, and all that come after it.
    pub async fn switch(&self, walk: Walk) {
        assert_eq!(self.walk(walk, None).await.unwrap(), Ending::Rotated);
    }

    fn start(&self, purpose: Purpose) -> Walk {
        start(Setup {
            file: ProfileFile::new(&self.folders(), "bench").unwrap(),
            profile: self.profile.clone(),
            folders: self.folders(),
            vault: Some(self.vault.clone()),
            purpose,
            lab: true,
            stand_in: None,
            clock: Clock::default(),
        })
    }

    /// Says yes to everything, up to the question that holds `until`.
    async fn walk(&self, mut walk: Walk, until: Option<Topic>) -> Result<Ending, Walk> {
        let mut answered = None;
        loop {
            let now = walk.snapshots.borrow_and_update().clone();
            if let Some(ending) = &now.ending {
                let ending = ending.clone();
                walk.task.await.unwrap();
                return Ok(ending);
            }
            if let Some(prompt) = &now.prompt
                && answered != Some(prompt.id)
            {
                if until.as_ref() == Some(&prompt.topic) {
                    return Err(walk);
                }
                answered = Some(prompt.id);
                walk.commands.send(Command::Answer(prompt.id, yes(prompt))).unwrap();
            }
            walk.snapshots.changed().await.unwrap();
        }
    }
}

fn yes(prompt: &Prompt) -> Answer {
    assert!(prompt.refused.is_none(), "{prompt:?}");
    match &prompt.kind {
        PromptKind::Decide { plan } => {
            Answer::Decide { plan: plan.digest.clone(), verdict: Verdict::Perform }
        }
        PromptKind::Choice { options, default } => {
            let without = options.iter().find(|option| option.key == Key::S);
            Answer::Choice(without.unwrap_or(&options[*default]).key)
        }
        _ => panic!("{prompt:?}"),
    }
}

async fn far(url: &str, delay: Duration) -> String {
    let address: SocketAddr = url.trim_start_matches("http://").parse().unwrap();
    format!("http://{}", proxy::open(address, delay).await)
}
