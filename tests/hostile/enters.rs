//! Enter, pressed at every question of the runs that delete something: nothing
//! goes by it. An Enter that was meant for something else deletes nothing.

use std::{collections::BTreeSet, sync::Arc};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use immich_sso::{
    secret::{Label, Secret},
    tui::{
        action::Deed,
        event::Event,
        state::{READ_FIRST, State},
        theme::{Depth, Ground, Theme},
        update, view,
    },
    wizard::{
        AccessTopic, Command, LoginTopic, Purpose, RotateWish, Rotated, RotationTopic, Setup,
        Snapshot, Topic, UndoTopic, start,
    },
};
use immich_sso_lab::{HomelabOptions, Settings};
use jiff::{Timestamp, tz::TimeZone};
use ratatui::{Terminal, backend::TestBackend};

use crate::{
    driver::{Driver, Site},
    runs::answer,
    table,
};

/// More questions than any run has.
const MOST: usize = 60;

/// The questions whose answer may delete something; each must be met.
const DELETES: [&str; 5] = [
    "what gave access",
    "the copy on the host",
    "links of accounts",
    "old redirect URIs",
    "the old token or key",
];

fn deletes(topic: &Topic) -> Option<&'static str> {
    match topic {
        Topic::Undo(UndoTopic::Effect { .. }) => Some(DELETES[0]),
        Topic::Access(AccessTopic::DeleteCopy) => Some(DELETES[1]),
        Topic::Login(LoginTopic::EndLinks) => Some(DELETES[2]),
        Topic::Login(LoginTopic::RemoveOldRedirectUris) => Some(DELETES[3]),
        Topic::Rotation(RotationTopic::DeleteOld { .. }) => Some(DELETES[4]),
        _ => None,
    }
}

/// Everything that is there and could go.
async fn inventory(site: &Site) -> BTreeSet<String> {
    let mut things = BTreeSet::new();
    let mut note = |kind: &str, names: Vec<String>| {
        things.extend(names.into_iter().map(|name| format!("{kind} {name}")));
    };
    let authentik = &site.lab.authentik;
    note("user", authentik.usernames());
    note("role", authentik.role_names());
    note("group", authentik.group_names());
    note("token", authentik.token_identifiers());
    note("key", site.lab.immich.key_names());
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    note("application", authentik.applications().iter().map(|it| text(&it["slug"])).collect());
    for provider in authentik.providers() {
        note("provider", vec![provider["pk"].to_string()]);
        let uris = provider["redirect_uris"].as_array().into_iter().flatten();
        note("redirect URI", uris.map(|uri| text(&uri["url"])).collect());
    }
    let users = site.lab.immich.users().into_iter();
    let linked = users.filter(|user| !text(&user["oauthId"]).is_empty());
    note("link", linked.map(|user| text(&user["email"])).collect());
    let entries = std::fs::read_dir(site.lab.folder()).unwrap();
    note("file", entries.map(|it| it.unwrap().file_name().display().to_string()).collect());
    let kept = site.vault.list().await.unwrap().into_iter();
    note("secret", kept.map(|(label, _)| format!("{label:?}")).collect());
    things
}

/// What Enter comes to on the full screen, once the question was read. The plain
/// face takes the same option of a choice, and no empty line for a plan.
fn enter(now: Arc<Snapshot>) -> Option<Command> {
    let theme = Theme { depth: Depth::None, ground: Ground::Dark, ascii: false, links: true };
    let began = Timestamp::now();
    let mut state = State::new(now, theme, began, TimeZone::UTC);
    let mut terminal = Terminal::new(TestBackend::new(160, 60)).unwrap();
    let mut drawn = None;
    terminal.draw(|frame| drawn = Some(view::draw(frame, &state))).unwrap();
    state.drawn = drawn.unwrap();
    update::update(&mut state, Event::Tick(began + READ_FIRST * 2));
    let key = KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE);
    update::update(&mut state, Event::Key(key)).into_iter().find_map(|deed| match deed {
        Deed::Send(command) => Some(command),
        _ => None,
    })
}

/// What Enter was pressed at, and what went by it.
#[derive(Default)]
struct Pressed {
    tries: usize,
    met: BTreeSet<&'static str>,
    broken: Vec<String>,
}

impl Pressed {
    /// Walks, and presses Enter at every question, once for each kind.
    async fn walk(&mut self, site: &Site, purpose: Purpose) {
        let name = format!("{purpose:?}");
        let mut driver = Driver::of(start(Setup { purpose, ..site.setup() }));
        let mut known = BTreeSet::new();
        let mut before = None::<(String, BTreeSet<String>)>;
        for _ in 0..MOST {
            let prompt = driver.asked_or_ended().await;
            if let Some((topic, before)) = before.take() {
                let now = inventory(site).await;
                let gone: Vec<_> = before.difference(&now).collect();
                if !gone.is_empty() {
                    self.broken.push(format!("{name}, Enter at {topic}: {gone:?} went"));
                }
            }
            let Some(prompt) = prompt else { return };
            let topic = format!("{:?}", prompt.topic);
            let is_new = known.insert(topic.clone());
            self.tries += usize::from(is_new);
            self.met.extend(deletes(&prompt.topic));
            match enter(driver.now()).filter(|_| is_new) {
                Some(command) => {
                    before = Some((topic, inventory(site).await));
                    driver.send(command);
                }
                // Enter answers nothing here.
                None => driver.answer(&prompt, answer(site, &prompt, &driver.now())),
            }
            driver.past(&prompt).await;
        }
        driver.leave().await;
    }
}

/// A site that was set up by somebody who signed in.
async fn signed_in(settings: Settings) -> Site {
    let options = HomelabOptions { settings, ..HomelabOptions::default() };
    let site = Site::without_access(options).await;
    site.start().walk(|prompt, now| answer(&site, prompt, now)).await;
    site
}

#[tokio::test(flavor = "multi_thread")]
async fn enter_deletes_nothing() {
    let mut pressed = Pressed::default();
    for purpose in [Purpose::RemoveAccess, Purpose::Undo] {
        let site = signed_in(Settings::ConfigFile).await;
        pressed.walk(&site, purpose).await;
    }
    let site = signed_in(Settings::Api).await;
    for of in [Rotated::AuthentikToken, Rotated::ImmichApiKey] {
        let wish = RotateWish { of, ..RotateWish::default() };
        pressed.walk(&site, Purpose::Rotate(wish)).await;
    }

    // Immich has another address.
    let mut site = Site::set_up(HomelabOptions::default()).await;
    site.lab.immich.relocate(None).await.unwrap();
    site.profile.immich.url = site.lab.immich.url();
    pressed.walk(&site, Purpose::SetUp).await;

    // authentik was built anew, and knows nobody who is linked.
    let mut site = Site::set_up(HomelabOptions::default()).await;
    site.rebuild_authentik().await;
    let token = Secret::new(site.lab.authentik.admin_token());
    site.vault.put(Label::AuthentikToken, &token).await.unwrap();
    pressed.walk(&site, Purpose::SetUp).await;

    assert_eq!(pressed.met, BTreeSet::from(DELETES), "not every question was met");
    let row = "Enter is pressed at every question of what deletes";
    table::row(row, pressed.tries, &pressed.broken);
}
