//! Hand-made snapshots: the moments of a walk, the hard ones among them.

mod again;
mod hard;
mod late;

use std::{sync::Arc, time::Duration};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use immich_sso::{
    immich::{RouteKind, RouteReason},
    secret::StorePlace,
    site::{Fault, FaultKind, ProfileKey, Reading, System},
    tui::{
        event::Event,
        state::State,
        theme::{Depth, Ground, Theme},
        update::update,
    },
    wizard::{
        About, AccessNote, AccessTopic, Act, ActOutcome, Check, Choice, DoneNote, Edit, EffectView,
        Exact, FieldId, FieldRow, FieldState, FieldValue, Header, JournalRow, Key, Lamp, LiveRow,
        LiveSubject, LiveValue, NoUndo, Note, Pick, Place, PlanView, Prompt, PromptId, PromptKind,
        ProviderField, RouteView, Snapshot, StepId, StepNote, StepState, StepTopic, StepView,
        SystemView, Task, Topic, UndoView, UndoWay, Work,
        effect::{Effect, Fields},
    },
};
use jiff::{Timestamp, ToSpan, tz::TimeZone};

pub use again::{changed, leaving, three_values, waiting};
pub use hard::{differs, failing, no_store, wide};
pub use late::{apart, broken, logged_in, login, mapped, rotation, summary};

/// A scene: a moment of a walk, and what the operator has in front then.
#[derive(Clone, Copy)]
pub struct Scene {
    /// The name, as tests and pictures use it.
    pub name: &'static str,
    /// Makes the snapshot.
    pub snapshot: fn() -> Snapshot,
    pose: fn(&mut State),
}

impl Scene {
    /// The scene as a state.
    pub fn state(self, depth: Depth, ground: Ground) -> State {
        let mut state = state((self.snapshot)(), depth, ground);
        (self.pose)(&mut state);
        state
    }
}

const fn scene(name: &'static str, snapshot: fn() -> Snapshot) -> Scene {
    Scene { name, snapshot, pose: |_| {} }
}

const fn posed(name: &'static str, snapshot: fn() -> Snapshot, pose: fn(&mut State)) -> Scene {
    Scene { name, snapshot, pose }
}

/// The scenes.
pub const ALL: [Scene; 28] = [
    scene("opening", opening),
    scene("address", address),
    scene("token", token),
    scene("decide", decide),
    scene("differs", differs),
    scene("failing", failing),
    scene("no-store", no_store),
    scene("wide", wide),
    scene("login", login),
    scene("logged-in", logged_in),
    scene("rotation", rotation),
    scene("rotation-apart", apart),
    scene("summary", summary),
    scene("changed", changed),
    scene("three-values", three_values),
    scene("waiting", waiting),
    posed("leaving", leaving, |state| state.leaving = true),
    posed("changed-below", changed, |state| state.scrolled.card = u16::MAX),
    posed("fields", differs, |state| press(state, "e")),
    posed("editing", differs, |state| {
        press(state, "ejj\n");
        update(state, Event::Paste(" ü".into()));
    }),
    posed("wide-editing", wide, |state| press(state, "e\n")),
    posed("exact", decide, |state| press(state, "x")),
    posed("journal", decide, |state| press(state, "J")),
    posed("help", decide, |state| press(state, "?")),
    posed("map", mapped, |state| press(state, "m")),
    posed("map-broken", broken, |state| press(state, "m")),
    posed("code", login, |state| press(state, "Q")),
    posed("quitting", opening, |state| press(state, "q")),
];

/// Presses keys; a line feed is Enter.
fn press(state: &mut State, keys: &str) {
    for key in keys.chars() {
        let code = if key == '\n' { KeyCode::Enter } else { KeyCode::Char(key) };
        update(state, Event::Key(KeyEvent::new(code, KeyModifiers::NONE)));
    }
}

/// When everything happens.
pub fn noon() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

/// A state that shows a snapshot.
pub fn state(snapshot: Snapshot, depth: Depth, ground: Ground) -> State {
    let theme = Theme { depth, ground, ascii: false, links: false };
    // What is asked has been there for a while, and can be answered.
    let mut state = State::new(Arc::new(snapshot), theme, noon() - 1.second(), TimeZone::UTC);
    update(&mut state, Event::Tick(noon()));
    state
}

/// A reading of now.
pub fn known<T>(value: T) -> Reading<T> {
    Reading::Known { value, at: noon() - 90.seconds(), took: Duration::from_millis(12) }
}

/// A step in that state, with nothing in it.
pub fn step(id: StepId, state: StepState) -> StepView {
    StepView { state, ..StepView::new(id) }
}

/// A system that answers.
pub fn system(system: System, address: &str, version: &str) -> SystemView {
    SystemView {
        system,
        address: address.into(),
        lamp: Lamp::Good,
        version: Some(version.into()),
        latency: Some(Duration::from_millis(12)),
        fault: None,
    }
}

/// A prompt.
pub fn prompt(topic: impl Into<Topic>, help: &[Note], kind: PromptKind) -> Prompt {
    Prompt {
        id: PromptId(7),
        topic: topic.into(),
        help: help.to_vec(),
        kind,
        refused: None,
        can_go_back: true,
        can_refresh: true,
    }
}

/// A row of a field.
pub fn field(name: &str, wanted: &str, live: Option<&str>, state: FieldState) -> FieldRow {
    let live = known(live.map(value));
    let (id, key) = match name {
        "name" => (FieldId::Provider(ProviderField::Name), Some(ProfileKey::ProviderName)),
        "client id" => (FieldId::Provider(ProviderField::ClientId), Some(ProfileKey::ClientId)),
        "authorization flow" => (
            FieldId::Provider(ProviderField::AuthorizationFlow),
            Some(ProfileKey::AuthorizationFlow),
        ),
        "redirect URIs" => {
            (FieldId::Provider(ProviderField::RedirectUris), Some(ProfileKey::OtherUrls))
        }
        other => (FieldId::Other { key: other.into() }, None),
    };
    let edit = key.map(|key| Edit { key, value: wanted.into() });
    FieldRow { id, wanted: value(wanted), live, state, edit }
}

/// A value of a field, of several lines if need be.
pub fn value(text: &str) -> FieldValue {
    FieldValue::Lines(text.lines().map(str::to_owned).collect())
}

/// A choice behind a key.
pub fn option(key: Key, pick: impl Into<Pick>) -> Choice {
    Choice { key, pick: pick.into() }
}

/// Before anything was read.
pub fn opening() -> Snapshot {
    Snapshot {
        header: Header { site: "photos.example.com".into(), ..Header::default() },
        steps: StepId::SET_UP.into_iter().map(|id| step(id, StepState::ToDo)).collect(),
        work: Some(Work {
            what: Task::ReadingStore,
            since: noon(),
            at_most: Some(Duration::from_secs(15)),
            can_cancel: true,
            stretch: None,
        }),
        ..Snapshot::default()
    }
}

/// The first question.
pub fn address() -> Snapshot {
    let mut s = opening();
    s.work = None;
    s.steps[0].about = Some(About::Access);
    s.prompt = Some(prompt(
        AccessTopic::Address(System::Authentik),
        &[AccessNote::MadeOfAddress(System::Authentik).into()],
        PromptKind::Text {
            value: String::new(),
            example: "https://auth.example.com".into(),
            check: Check::Address,
        },
    ));
    s
}

/// A hidden question after a refusal.
pub fn token() -> Snapshot {
    let mut s = address();
    let mut asked = prompt(
        AccessTopic::PasteToken,
        &[AccessNote::PastedIsKept(StorePlace::Keyring).into()],
        PromptKind::Hidden,
    );
    asked.refused = Some(
        Fault::new(System::Authentik, FaultKind::NotAllowed, "read the providers")
            .answered("403 Token invalid/expired")
            .remedy("Make a new token with intent API and paste it here."),
    );
    s.prompt = Some(asked);
    s.header.systems = vec![
        system(System::Authentik, "https://auth.example.com", "2025.10.2"),
        SystemView {
            lamp: Lamp::Off,
            version: None,
            latency: None,
            ..system(System::Immich, "", "")
        },
    ];
    s
}

/// A change is asked about.
pub fn decide() -> Snapshot {
    let mut s = opening();
    s.work = None;
    s.here = StepId::Provider;
    s.header.route = Some(RouteView { kind: RouteKind::Api, why: RouteReason::Checked });
    s.header.systems = vec![
        system(System::Authentik, "https://auth.example.com", "2025.10.2"),
        system(System::Immich, "https://photos.example.com", "2.7.5"),
    ];
    s.steps[0].state = StepState::Done;
    s.steps[0].took = Some(Duration::from_secs(42));
    let card = &mut s.steps[1];
    card.state = StepState::Differs;
    card.about = Some(About::Provider);
    card.fields = vec![
        field("name", "immich-oauth-provider", None, FieldState::New),
        field("client type", "confidential", None, FieldState::New),
        field("client id", "immich-oauth-client", None, FieldState::New),
        field("client secret", "generated here, 128 characters", None, FieldState::New),
        field(
            "authorization flow",
            "default-provider-authorization-explicit-consent",
            None,
            FieldState::New,
        ),
        field("signing key", "authentik Self-signed Certificate (RS256)", None, FieldState::New),
        field(
            "redirect URIs",
            "https://photos.example.com/auth/login https://photos.example.com/user-settings \
             app.immich:///oauth-callback",
            None,
            FieldState::New,
        ),
    ];
    card.live = vec![
        LiveRow {
            system: System::Authentik,
            what: LiveSubject::Provider { name: "immich-oauth-provider".into() },
            value: known(LiveValue::NotThere),
        },
        LiveRow {
            system: System::Authentik,
            what: LiveSubject::ScopeMappings,
            value: known(LiveValue::Names(
                ["openid", "email", "profile"].map(str::to_owned).into(),
            )),
        },
    ];
    card.notes = vec![StepNote::MoreRedirectUris.into()];
    let plan = PlanView {
        digest: "plan-1".into(),
        effects: vec![
            EffectView {
                effect: Effect::GenerateSecret,
                exact: vec![
                    Exact::RandomSecret,
                    Exact::Kept(Place {
                        entry: "home/client-secret".into(),
                        store: "the keyring of this machine".into(),
                    }),
                ],
            },
            EffectView {
                effect: Effect::CreateProvider {
                    fields: fields([("name", "immich-oauth-provider")]),
                },
                exact: vec![Exact::Input(
                    "POST https://auth.example.com/api/v3/providers/oauth2/\n\
                     Authorization: Bearer ••••••••\nContent-Type: application/json\n\n{\n  \
                     \"name\": \"immich-oauth-provider\",\n  \"client_secret\": \"••••••••\"\n}"
                        .into(),
                )],
            },
        ],
    };
    card.plan = Some(plan.clone());
    s.prompt = Some(prompt(StepTopic::Apply(StepId::Provider), &[], PromptKind::Decide { plan }));
    let row = |run: &str, ago: i64, effect: Effect, undo| JournalRow {
        run: run.into(),
        at: noon() - ago.minutes(),
        system: System::SecretStore,
        act: Act::Effect(Box::new(effect)),
        outcome: ActOutcome::Done(Some(DoneNote::Words("kept and read back".into()))),
        undo,
    };
    let aside = Effect::SetSecretAside {
        of: System::Authentik,
        fingerprint: "3f9a12cd".into(),
        among_older: false,
    };
    s.journal = vec![
        row("one", 60 * 30, Effect::GenerateSecret, UndoView::TakenBack(noon() - 29.hours())),
        row("two", 6, aside, UndoView::None(NoUndo::Effect(UndoWay::KeepSecret))),
        row("two", 5, Effect::GenerateSecret, UndoView::Possible(UndoWay::ForgetSecret)),
    ];
    s
}

/// Fields of an object, with texts as their values.
fn fields<const N: usize>(all: [(&str, &str); N]) -> Fields {
    all.into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect()
}
