//! Any sequence of keys, pastes, clicks, sizes and snapshots: nothing panics,
//! and nothing is performed but by `y` on a plan that was there to be read.

use std::{sync::Arc, time::Duration};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use immich_sso::{
    secret::{Secret, StorePlace},
    site::{Fault, FaultKind, ProfileKey, Reading, System},
    tui::{
        action::Deed,
        event::Event,
        keys::Mode,
        state::{READ_FIRST, State},
        theme::{Depth, Theme},
        update::update,
        view,
    },
    wizard::{
        About, AccessTopic, Act, ActOutcome, Answer, Check, CheckId, Choice, Claim, Command,
        Credential, CredentialId, CredentialValue, DoneNote, Edit, EffectView, Ending, Exact,
        FieldId, FieldRow, FieldState, FieldValue, FitPick, Header, JournalRow, Key, LiveRow,
        LiveSubject, LiveValue, LoginSight, LoginStage, LoginTask, LoginView, NoUndo, Note,
        Offered, OpeningNote, PlanView, Prompt, PromptId, PromptKind, Proof, Revealed, Sighting,
        Snapshot, StepId, StepState, StepView, Summary, SummaryTitle, Task, UndoView, Verdict,
        Work, effect::Effect,
    },
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use proptest::{prelude::*, test_runner::FileFailurePersistence};
use ratatui::{Terminal, backend::TestBackend};

use super::keys::is_button;

/// Text that is hard to show.
const HARD: [&str; 5] = [
    "",
    "plain words, and a few more of them, so that a line has to be broken",
    "https://写真.example.com/とても長いパス/e\u{301}e\u{301}e\u{301}/👩‍👩‍👧‍👦",
    "a\u{1b}[2Jb\u{202e}c\td\r\n\ne",
    "ooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooo",
];

#[derive(Clone, Debug)]
enum Happening {
    Key(KeyEvent),
    Paste(String),
    Click(u16, u16),
    Wheel(bool),
    Size(u16, u16),
    Published(Arc<Snapshot>),
    Later(i64),
}

fn key() -> impl Strategy<Value = KeyEvent> {
    let codes = prop_oneof![
        5 => prop::sample::select("ysxqJrvcoQ?nglhjkemu0123456 é写".chars().collect::<Vec<_>>())
            .prop_map(KeyCode::Char),
        3 => prop::sample::select(vec![
            KeyCode::Enter,
            KeyCode::Esc,
            KeyCode::Tab,
            KeyCode::BackTab,
            KeyCode::Up,
            KeyCode::Down,
            KeyCode::Left,
            KeyCode::Right,
            KeyCode::Home,
            KeyCode::End,
            KeyCode::PageUp,
            KeyCode::PageDown,
            KeyCode::Backspace,
            KeyCode::Delete,
            KeyCode::F(1),
            KeyCode::F(2),
        ]),
    ];
    let held = prop_oneof![
        8 => Just(KeyModifiers::NONE),
        1 => Just(KeyModifiers::SHIFT),
        1 => Just(KeyModifiers::ALT),
        1 => Just(KeyModifiers::CONTROL),
    ];
    (codes, held).prop_map(|(code, held)| KeyEvent::new(code, held))
}

fn hard() -> impl Strategy<Value = String> {
    prop::sample::select(HARD.to_vec()).prop_map(str::to_owned)
}

fn prompt() -> impl Strategy<Value = Option<Prompt>> {
    let option = |(key, slug): (Key, String)| Choice {
        key,
        pick: FitPick::Offer(Offered::ApplicationIsOurs { slug }).into(),
    };
    let kind = prop_oneof![
        hard().prop_map(|value| PromptKind::Text {
            value,
            example: "https://auth.example.com".into(),
            check: Check::Address,
        }),
        Just(PromptKind::Hidden),
        prop::collection::vec(
            (prop::sample::select(vec![Key::Y, Key::S, Key::Q, Key::X]), hard()).prop_map(option),
            1..4
        )
        .prop_map(|options| PromptKind::Choice { options, default: 0 }),
        prop::sample::select(vec!["one", "two"])
            .prop_map(|digest| PromptKind::Decide { plan: plan(digest, digest) }),
        (prop::sample::select(vec!["one", "two"]), hard())
            .prop_map(|(digest, text)| PromptKind::Decide { plan: plan(digest, &text) }),
    ];
    let refused = prop::option::of(hard().prop_map(|text| fault(&text)));
    let prompt = (0..5_u64, hard(), kind, refused, any::<bool>()).prop_map(
        |(id, name, kind, refused, can_go_back)| Prompt {
            id: PromptId(id),
            help: vec![note(&name), note(&name)],
            topic: AccessTopic::PasswordOf { name }.into(),
            kind,
            refused,
            can_go_back,
            can_refresh: can_go_back,
        },
    );
    prop::option::weighted(0.8, prompt)
}

fn plan(digest: &str, text: &str) -> PlanView {
    PlanView {
        digest: digest.into(),
        effects: vec![EffectView {
            effect: Effect::MakeKey {
                name: text.into(),
                permissions: Vec::new(),
                optional: Vec::new(),
                replaces: None,
            },
            exact: vec![Exact::Input(text.into())],
        }],
    }
}

fn fault(text: &str) -> Fault {
    Fault::new(System::Authentik, FaultKind::Refused, text).answered(text).remedy(text)
}

fn note(text: &str) -> Note {
    OpeningNote::ApplicationGone { slug: text.into() }.into()
}

fn snapshot() -> impl Strategy<Value = Arc<Snapshot>> {
    let rest = (any::<bool>(), 0..30_u8, prop::sample::select(vec!["one", "two", "none"]));
    let here = prop::sample::select(StepId::SET_UP.to_vec());
    (prompt(), hard(), here, rest).prop_map(|(prompt, text, here, (works, turn, plan))| {
        let at = Timestamp::UNIX_EPOCH;
        let known = |text: &str| Reading::Known {
            value: text.to_owned(),
            at,
            took: Duration::from_millis(3),
        };
        let step = |id| StepView {
            id,
            state: if works { StepState::Differs } else { StepState::Failed },
            took: Some(Duration::from_secs(3)),
            about: Some(About::Application { slug: text.clone() }),
            fields: vec![FieldRow {
                id: FieldId::Other { key: text.clone() },
                wanted: FieldValue::Lines(vec![text.clone()]),
                live: known(&text).map(|text| Some(FieldValue::Text(text.clone()))),
                state: FieldState::Differs,
                edit: (turn % 2 == 0).then(|| Edit { key: ProfileKey::Slug, value: text.clone() }),
            }],
            live: vec![LiveRow {
                system: System::Immich,
                what: LiveSubject::Route,
                value: known(&text).map(|text| LiveValue::Given(text.clone())),
            }],
            plan: (plan != "none").then(|| self::plan(plan, &text)),
            notes: vec![note(&text)],
            blockers: vec![fault(&text)],
            proofs: vec![Proof {
                what: Claim::Checked { check: CheckId::RedirectUris, of: text.clone() },
                outcome: Err(fault(&text)),
                on: None,
            }],
        };
        Arc::new(Snapshot {
            header: Header {
                site: text.clone(),
                lab: works,
                store: Some(StorePlace::File { path: text.clone() }),
                ..Header::default()
            },
            steps: StepId::SET_UP.map(step).into(),
            here,
            prompt,
            work: works.then(|| Work {
                what: Task::Login(LoginTask::LogsIn { name: text.clone() }),
                since: at,
                at_most: Some(Duration::from_secs(9)),
                can_cancel: turn % 2 == 0,
                stretch: None,
            }),
            journal: vec![JournalRow {
                run: "run".into(),
                at,
                system: System::Host,
                act: Act::Words(text.clone()),
                outcome: ActOutcome::Done(Some(DoneNote::Words(text.clone()))),
                undo: UndoView::None(NoUndo::OtherRelease),
            }],
            login: (turn % 3 == 0).then(|| LoginView {
                link: text.clone(),
                trail: vec![Sighting {
                    stage: LoginStage::Authorized,
                    what: LoginSight::Authorized { who: text.clone(), from: None },
                    at,
                }],
                since: Some(at),
                ..LoginView::default()
            }),
            summary: (turn % 7 == 0).then(|| Summary {
                title: SummaryTitle::SetUp,
                credentials: vec![Credential {
                    id: CredentialId::Scopes,
                    value: CredentialValue::Text(text.clone()),
                }],
                next: vec![note(&text)],
                revealed: (turn % 2 == 0)
                    .then(|| Revealed { secret: Secret::new("hunter2"), until: at }),
            }),
            ending: (turn == 29).then_some(Ending::Failed(fault(&text))),
            ..Snapshot::default()
        })
    })
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        8 => key().prop_map(Happening::Key),
        1 => prop_oneof![hard(), Just("y".to_owned()), Just("y\r".to_owned())]
            .prop_map(Happening::Paste),
        1 => (0..130_u16, 0..50_u16).prop_map(|(x, y)| Happening::Click(x, y)),
        1 => any::<bool>().prop_map(Happening::Wheel),
        1 => (1..220_u16, 1..60_u16).prop_map(|(x, y)| Happening::Size(x, y)),
        4 => snapshot().prop_map(Happening::Published),
        3 => (0..3_000_i64).prop_map(Happening::Later),
    ]
}

fn mouse(kind: MouseEventKind, column: u16, row: u16) -> Event {
    Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE })
}

/// Since when the digest that the screen asks about has been there.
fn watch_plan(asked: &mut Option<(String, Timestamp)>, state: &State) {
    let plan = match state.snapshot.prompt.as_ref().map(|prompt| &prompt.kind) {
        Some(PromptKind::Decide { plan }) => Some(plan.digest.clone()),
        _ => None,
    };
    if asked.as_ref().map(|(plan, _)| plan) != plan.as_ref() {
        *asked = plan.map(|plan| (plan, state.now));
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 96,
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn nothing_panics_and_only_y_on_a_plan_that_was_read_performs(
        happenings in prop::collection::vec(happening(), 1..60),
        colours in any::<bool>(),
        ascii in any::<bool>(),
    ) {
        let depth = if colours { Depth::True } else { Depth::None };
        let theme = Theme { depth, ascii, ..Theme::default() };
        let mut terminal = Terminal::new(TestBackend::new(100, 30)).unwrap();
        let mut now = Timestamp::UNIX_EPOCH;
        let mut state = State::new(Arc::default(), theme, now, TimeZone::UTC);
        let mut asked = None;
        terminal.draw(|frame| state.drawn = view::draw(frame, &state)).unwrap();
        for happening in happenings {
            let mode = Mode::of(&state);
            let seen = state.drawn.plan.clone();
            let mut is_y = false;
            let event = match happening {
                Happening::Key(key) => {
                    is_y = key.code == KeyCode::Char('y')
                        && (key.modifiers - KeyModifiers::SHIFT).is_empty();
                    Event::Key(key)
                }
                Happening::Paste(text) => Event::Paste(text),
                Happening::Click(x, y) => {
                    is_y = is_button(&state, x, y);
                    mouse(MouseEventKind::Down(MouseButton::Left), x, y)
                }
                Happening::Wheel(true) => mouse(MouseEventKind::ScrollUp, 1, 1),
                Happening::Wheel(false) => mouse(MouseEventKind::ScrollDown, 1, 1),
                Happening::Size(columns, rows) => {
                    terminal.backend_mut().resize(columns, rows);
                    Event::Resize
                }
                Happening::Published(snapshot) => Event::Snapshot(snapshot),
                Happening::Later(by) => {
                    now = now.checked_add(SignedDuration::from_millis(by)).unwrap();
                    Event::Tick(now)
                }
            };
            let deeds = update(&mut state, event);
            for deed in deeds {
                let Deed::Send(Command::Answer(_, Answer::Decide { plan, verdict })) = deed else {
                    continue;
                };
                if verdict != Verdict::Perform {
                    continue;
                }
                prop_assert!(is_y, "performed without y or its button");
                prop_assert_eq!(mode, Mode::Deciding);
                prop_assert_eq!(seen.as_ref(), Some(&plan), "not the plan on the screen");
                let (shown, since): &(String, Timestamp) = asked.as_ref().unwrap();
                prop_assert_eq!(shown, &plan);
                let there = Duration::try_from(now.duration_since(*since)).unwrap();
                prop_assert!(there >= READ_FIRST, "after {there:?}");
            }
            watch_plan(&mut asked, &state);
            terminal.draw(|frame| state.drawn = view::draw(frame, &state)).unwrap();
            let drawn = terminal.backend().buffer().content();
            // What servers say moves no cursor.
            prop_assert!(!drawn.iter().any(|cell| cell.symbol().contains(char::is_control)));
        }
    }
}
