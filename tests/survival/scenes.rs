//! The runs that are cut short, and the effects of each.

use immich_sso::{
    secret::{Label, Secret, Vault},
    wizard::{
        Ending, PromptKind, Purpose, RotateWish, Rotated,
        effect::{Effect, RotationEffect},
        start,
    },
};
use immich_sso_lab::{HomelabOptions, Settings};
use serde_json::json;

use crate::{
    cases::Over,
    driver::{Driver, Site},
    http2,
    operator::answer,
    store::Lockable,
};

/// A run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scene {
    /// The first set-up.
    SetUp,
    /// The first set-up of an Immich that has to be restarted.
    OldSetUp,
    /// The first set-up by somebody who signs in: token and key are made.
    Access,
    /// What gave this program access is removed.
    RemoveAccess,
    /// A run after somebody changed everything.
    Again,
    /// A run on a new workstation.
    Adopt,
    /// A set-up that is taken back.
    Undo,
    /// A run after somebody changed everything that is taken back.
    UndoAgain,
    /// A run that ends stale links of accounts.
    Unlink,
    /// Such a run that is taken back.
    UndoUnlink,
    /// A rotation.
    Rotate,
    /// A rotation of an Immich that has to be restarted.
    OldRotate,
    /// A rotation that brings the previous secret back.
    RotateBack,
    /// A rotation that was cut short, and is led back.
    Return,
    /// A rotation after which issued tokens are revoked.
    Revoke,
    /// The wizard's own token, renewed.
    RenewToken,
    /// The wizard's own key, renewed.
    RenewKey,
}

impl Scene {
    pub const fn name(self) -> &'static str {
        match self {
            Self::SetUp => "set-up",
            Self::OldSetUp => "set-up, old Immich",
            Self::Access => "set-up, signing in",
            Self::RemoveAccess => "removal of access",
            Self::Again => "re-run",
            Self::Adopt => "new workstation",
            Self::Undo => "undo of a set-up",
            Self::UndoAgain => "undo of a re-run",
            Self::Unlink => "stale links",
            Self::UndoUnlink => "undo of stale links",
            Self::Rotate => "rotation",
            Self::OldRotate => "rotation, old Immich",
            Self::RotateBack => "rotation to the previous",
            Self::Return => "rotation led back",
            Self::Revoke => "rotation, revoking",
            Self::RenewToken => "renewal of the token",
            Self::RenewKey => "renewal of the key",
        }
    }

    /// What the run that is cut short is for.
    pub fn purpose(self) -> Purpose {
        let rotate = |wish| Purpose::Rotate(wish);
        match self {
            Self::SetUp
            | Self::OldSetUp
            | Self::Access
            | Self::Again
            | Self::Adopt
            | Self::Unlink => Purpose::SetUp,
            Self::RemoveAccess => Purpose::RemoveAccess,
            Self::Undo | Self::UndoAgain | Self::UndoUnlink => Purpose::Undo,
            Self::Rotate | Self::OldRotate | Self::Return => rotate(RotateWish::default()),
            Self::RotateBack => rotate(RotateWish { back: true, ..RotateWish::default() }),
            Self::Revoke => rotate(RotateWish { revoke: true, ..RotateWish::default() }),
            Self::RenewToken => {
                rotate(RotateWish { of: Rotated::AuthentikToken, ..RotateWish::default() })
            }
            Self::RenewKey => {
                rotate(RotateWish { of: Rotated::ImmichApiKey, ..RotateWish::default() })
            }
        }
    }

    /// The same on the command line.
    pub const fn command(self) -> &'static [&'static str] {
        match self {
            Self::SetUp
            | Self::OldSetUp
            | Self::Access
            | Self::Again
            | Self::Adopt
            | Self::Unlink => &["setup"],
            Self::RemoveAccess => &["access", "remove"],
            Self::Undo | Self::UndoAgain | Self::UndoUnlink => &["undo"],
            Self::Rotate | Self::OldRotate | Self::Return => &["rotate"],
            Self::RotateBack => &["rotate", "--back"],
            Self::Revoke => &["rotate", "--revoke"],
            Self::RenewToken => &["rotate", "authentik-token"],
            Self::RenewKey => &["rotate", "immich-api-key"],
        }
    }

    /// Which way it goes where an earlier rotation was cut short.
    pub const fn way(self) -> char {
        if matches!(self, Self::Return) { 'b' } else { 'g' }
    }

    /// Whether authentik's clock may leap, too: what the wizard works with does
    /// not expire by it.
    pub const fn has_lasting_access(self) -> bool {
        !matches!(self, Self::Access | Self::RemoveAccess | Self::RenewToken | Self::RenewKey)
    }

    /// A site on which the run is about to begin.
    pub async fn open(self, settings: Settings, over: Over) -> (Site, Lockable) {
        let mut options = HomelabOptions { settings, ..HomelabOptions::default() };
        if matches!(self, Self::OldSetUp | Self::OldRotate) {
            options.immich = "1.105.1".parse().unwrap();
            // By its API this release needs no restart.
            options.settings = Settings::Database;
        }
        let mut site = match over {
            Over::Http1 => Site::without_access(options).await,
            Over::Http2 => http2::site(options).await,
        };
        let store = Lockable::default();
        site.vault = Vault::of(store.clone());
        if self.has_lasting_access() {
            let (token, key) = (
                Secret::new(site.lab.authentik.admin_token()),
                Secret::new(site.lab.immich.admin_key()),
            );
            site.vault.put(Label::AuthentikToken, &token).await.unwrap();
            site.vault.put(Label::ImmichApiKey, &key).await.unwrap();
        }
        if !matches!(self, Self::SetUp | Self::OldSetUp | Self::Access) {
            set_up(&site).await;
        }
        match self {
            Self::Again | Self::UndoAgain => foreign(&site),
            Self::Unlink | Self::UndoUnlink => {
                assert!(site.lab.immich.link_user(ALICE, STALE));
            }
            Self::Adopt => {
                site.folder = tempfile::tempdir().unwrap();
                site.vault.forget(Label::ClientSecret).await.unwrap();
            }
            Self::RotateBack => {
                let setup =
                    immich_sso::wizard::Setup { purpose: Self::Rotate.purpose(), ..site.setup() };
                let walked = Driver::of(start(setup)).walk(answer(&site, 'g')).await;
                assert_eq!(walked.ending, Ending::Rotated);
            }
            Self::Return => rotate_half(&site).await,
            _ => {}
        }
        if matches!(self, Self::UndoAgain | Self::UndoUnlink) {
            set_up(&site).await;
        }
        (site, store)
    }
}

/// Who logs in, and a subject that authentik gives nobody.
pub const ALICE: &str = "alice@example.com";
pub const STALE: &str = "0123456789abcdef0123456789abcdef";

async fn set_up(site: &Site) {
    let walked = site.start().walk(answer(site, 'g')).await;
    assert_eq!(walked.ending, Ending::LoginVerified);
}

/// A rotation that is left when both sides have the new secret.
pub async fn rotate_half(site: &Site) {
    let setup = immich_sso::wizard::Setup { purpose: Scene::Rotate.purpose(), ..site.setup() };
    let mut driver = Driver::of(start(setup));
    while let Some(prompt) = driver.asked_or_ended().await {
        let now = driver.now();
        let plan = now.card().and_then(|card| card.plan.clone());
        let finishes = plan.is_some_and(|plan| {
            plan.effects
                .iter()
                .any(|view| matches!(view.effect, Effect::Rotation(RotationEffect::Promote { .. })))
        });
        if finishes && matches!(prompt.kind, PromptKind::Decide { .. }) {
            break;
        }
        driver.answer(&prompt, answer(site, 'g')(&prompt, &now));
        driver.past(&prompt).await;
    }
    driver.leave().await;
}

/// Somebody else's hand on every object.
fn foreign(site: &Site) {
    let authentik = &site.lab.authentik;
    assert!(authentik.change_provider("immich-oauth-provider", |provider| {
        provider.insert("client_secret".into(), "somebody-elses".into());
        provider.insert("signing_key".into(), json!(null));
    }));
    assert!(authentik.change_application("immich", |application| {
        application.insert("provider".into(), json!(null));
        application.insert("meta_launch_url".into(), json!("https://photos.example.com"));
    }));
    let storage = site.lab.immich.storage();
    if let Some(path) = storage.file() {
        let text = std::fs::read_to_string(path).unwrap();
        let secret = site.oauth()["clientSecret"].as_str().unwrap().to_owned();
        let text = text.replace(&secret, "yet-another");
        std::fs::write(path, text + "\ntrash:\n  days: 99\n").unwrap();
        return;
    }
    let mut tables = storage.tables();
    let row = tables.metadata.as_mut().unwrap();
    row["oauth"]["clientSecret"] = "yet-another".into();
    row["oauth"]["buttonText"] = "Enter".into();
    row["trash"] = json!({"days": 99});
}
