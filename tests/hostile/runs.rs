//! The runs that meet hostile servers.

use crate::driver::password_of;
use std::sync::Arc;

use futures::FutureExt;
use immich_sso::{
    plain::Ink,
    secret::{Label, Secret},
    site::System,
    wizard::{
        AccessTopic, Answer, Ending, Key, LoginTopic, Prompt, PromptKind, Purpose, RotateWish,
        Setup, Snapshot, StandIn, Topic, start,
    },
};
use immich_sso_lab::{Homelab, HomelabOptions, authentik::Authentik, immich::ADMIN_EMAIL};
use serde_json::json;

use crate::{
    driver::{Driver, Site, confirm, files, pick},
    faces::Faces,
    proxy::Wire,
};

/// Secrets of others that no alphabet is safe for.
pub const OTHERS: [&str; 2] = ["p&4ss w\"o'rd<+>/%41\\n", "smtp: \"<&>' 100% s3cret"];

/// A run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Run {
    /// The first set-up, by somebody who signs in.
    SignIn,
    /// The first set-up, with access given.
    SetUp,
    /// A run after somebody changed everything.
    Again,
    /// A rotation.
    Rotate,
    /// An undo.
    Undo,
    /// A removal of the access that a set-up by somebody who signed in made.
    Remove,
}

impl Run {
    pub const ALL: [Self; 6] =
        [Self::SignIn, Self::SetUp, Self::Again, Self::Rotate, Self::Undo, Self::Remove];

    fn purpose(self) -> Purpose {
        match self {
            Self::SignIn | Self::SetUp | Self::Again => Purpose::SetUp,
            Self::Rotate => Purpose::Rotate(RotateWish::default()),
            Self::Undo => Purpose::Undo,
            Self::Remove => Purpose::RemoveAccess,
        }
    }

    /// A site on which it is about to begin, behind proxies.
    pub async fn open(self) -> (Site, Wire) {
        let mut site = Site::without_access(HomelabOptions::default()).await;
        if !matches!(self, Self::SignIn | Self::Remove) {
            let (token, key) = (
                Secret::new(site.lab.authentik.admin_token()),
                Secret::new(site.lab.immich.admin_key()),
            );
            site.vault.put(Label::AuthentikToken, &token).await.unwrap();
            site.vault.put(Label::ImmichApiKey, &key).await.unwrap();
        }
        let wire = Wire::default();
        site.profile.authentik.url =
            wire.before(System::Authentik, &site.lab.authentik.url()).await;
        site.profile.immich.url = wire.before(System::Immich, &site.lab.immich.url()).await;
        if matches!(self, Self::Again | Self::Rotate | Self::Undo | Self::Remove) {
            let ended = finish(&site, Purpose::SetUp).await;
            assert!(matches!(ended, Ending::LoginVerified | Ending::Finished), "{ended:?}");
        }
        if self == Self::Again {
            assert!(site.lab.authentik.change_provider("immich-oauth-provider", |provider| {
                provider.insert("client_secret".into(), OTHERS[0].into());
                provider.insert("signing_key".into(), json!(null));
            }));
        }
        let mut config = site.lab.immich.settings().unwrap();
        config["notifications"]["smtp"]["transport"]["password"] = OTHERS[1].into();
        site.put_settings(&config).await;
        wire.forget();
        (site, wire)
    }
}

/// What came of a run.
pub struct Met {
    pub ending: Ending,
    /// Everything that it showed and wrote.
    pub all: String,
    /// What the faces showed.
    pub faces: String,
}

/// A run whose person comes by the proxy, as everybody does.
fn setup(site: &Site, purpose: Purpose) -> Setup {
    let immich = site.profile.immich.url.clone();
    let log_in = Arc::new(move || Homelab::log_in_as_alice(immich.clone()).boxed());
    let alice = StandIn { name: "alice".into(), log_in };
    Setup { purpose, stand_in: Some(alice), ..site.setup() }
}

/// Walks without faces.
async fn finish(site: &Site, purpose: Purpose) -> Ending {
    let driver = Driver::of(start(setup(site, purpose)));
    driver.walk(|prompt, now| answer(site, prompt, now)).await.ending
}

/// Walks before all faces, and leaves where it only fails.
pub async fn walk(site: &Site, wire: &Wire, run: Run, ink: Ink) -> Met {
    const AFTER: usize = 5;
    const MOST: usize = 60;
    let mut driver = Driver::of(start(setup(site, run.purpose())));
    let mut faces = Faces::new(driver.now(), ink);
    let mut after = 0;
    for _ in 0..MOST {
        let Some(prompt) = driver.asked_or_ended().await else { break };
        let now = driver.now();
        faces.show(&now);
        if prompt.refused.is_some() || now.card().is_some_and(|card| !card.blockers.is_empty()) {
            after += usize::from(wire.echoed().0 + wire.lied() > 0);
        }
        if after > AFTER {
            break;
        }
        driver.answer(&prompt, answer(site, &prompt, &now));
        driver.past(&prompt).await;
    }
    let shown = driver.shown().to_owned();
    let (ending, last) = driver.leave_and_look().await;
    faces.show(&last);
    let written = files(site.folder.path());
    let faces = faces.shown + &crate::faces::summary(&last);
    Met { ending, all: format!("{shown}\n{faces}\n{written}"), faces }
}

/// Confirms everything, and signs in where that is asked for.
pub fn answer(site: &Site, prompt: &Prompt, now: &Snapshot) -> Answer {
    let asked = &prompt.topic;
    match &prompt.kind {
        PromptKind::Choice { .. } if matches!(asked, Topic::Access(AccessTopic::HowToWork(_))) => {
            pick(prompt, 's')
        }
        PromptKind::Choice { options, .. }
            if matches!(asked, Topic::Login(LoginTopic::LogIn { .. }))
                && options.iter().any(|option| option.key == Key::I)
                && now.login.as_ref().is_some_and(|login| login.who.is_none()) =>
        {
            pick(prompt, 'i')
        }
        PromptKind::Choice { options, .. }
            if matches!(asked, Topic::Login(LoginTopic::LogIn { .. }))
                && options.iter().any(|option| option.key == Key::S)
                && now.card().is_some_and(|card| !card.blockers.is_empty()) =>
        {
            pick(prompt, 's')
        }
        PromptKind::Text { .. } if matches!(asked, Topic::Access(AccessTopic::UserName)) => {
            Answer::Text("akadmin".into())
        }
        PromptKind::Text { .. } if matches!(asked, Topic::Access(AccessTopic::Email)) => {
            Answer::Text(ADMIN_EMAIL.into())
        }
        PromptKind::Hidden if password_of(asked, ADMIN_EMAIL) => {
            Answer::Hidden(Secret::new(site.lab.immich.admin_password()))
        }
        PromptKind::Hidden => Answer::Hidden(Secret::new(Authentik::password("akadmin"))),
        _ => confirm(prompt, now),
    }
}
