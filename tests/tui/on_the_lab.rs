//! Any hands on the real engine and the built-in lab: whatever is pressed,
//! pasted, clicked and resized, the journal stays whole, and nothing happens
//! that was not confirmed.

use std::{collections::HashMap, time::Duration};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use immich_sso::{
    text,
    tui::{action::Deed, event::Event, state::State, theme::Theme, update::update, view},
    wizard::{Answer, Command, Journal, Record, Snapshot, Verdict, preview, start},
};
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use proptest::{prelude::*, test_runner::FileFailurePersistence};
use ratatui::{Terminal, backend::TestBackend};

use super::driver::Site;

/// How long the engine may take to come to rest.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Clone, Debug)]
enum Hand {
    Key(KeyEvent),
    Paste(String),
    /// On the button of that number, if there are so many.
    Click(usize),
    Size(u16, u16),
}

fn hand() -> impl Strategy<Value = Hand> {
    let code = prop_oneof![
        // Often what leads somewhere, so that walks get far.
        12 => Just(KeyCode::Char('y')),
        6 => prop::sample::select("slgwfeuvJxmrk?".chars().collect::<Vec<_>>())
            .prop_map(KeyCode::Char),
        2 => prop::sample::select("012345".chars().collect::<Vec<_>>()).prop_map(KeyCode::Char),
        4 => prop::sample::select(vec![
            KeyCode::Enter, KeyCode::Esc, KeyCode::Down, KeyCode::Tab, KeyCode::Backspace,
        ]),
    ];
    prop_oneof![
        16 => code.prop_map(|code| Hand::Key(KeyEvent::from(code))),
        1 => Just(Hand::Key(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL))),
        1 => prop::sample::select(vec!["y", "immich-2", "写真\n", "y\ry\r"])
            .prop_map(|text| Hand::Paste(text.into())),
        2 => (0..30_usize).prop_map(Hand::Click),
        1 => (40..200_u16, 10..50_u16).prop_map(|(columns, rows)| Hand::Size(columns, rows)),
    ]
}

/// What was confirmed: how often each effect.
type Confirmed = HashMap<String, usize>;

/// Notes what a deed confirms, by the plan that was on the screen.
fn note(deed: &Deed, snapshot: &Snapshot, confirmed: &mut Confirmed) {
    let Deed::Send(Command::Answer(_, Answer::Decide { plan, verdict: Verdict::Perform })) = deed
    else {
        return;
    };
    let shown = snapshot.plan().unwrap();
    assert_eq!(&shown.digest, plan, "confirmed what was not shown");
    for view in &shown.effects {
        *confirmed.entry(text::effect(&view.effect)).or_default() += 1;
    }
}

async fn walk(hands: Vec<Hand>) {
    let site = Site::open().await;
    let setup = site.setup();
    let first = preview(&setup);
    let mut run = start(setup);
    let mut now = Timestamp::now();
    let mut state = State::new(first.into(), Theme::default(), now, TimeZone::UTC);
    let mut terminal = Terminal::new(TestBackend::new(120, 40)).unwrap();
    let mut confirmed = Confirmed::new();
    let mut journal = Vec::new();
    for hand in hands {
        // The engine comes to rest: it asks something new, or is over.
        let answered = state.answered;
        let rest = run.snapshots.wait_for(|snapshot| {
            let asks = snapshot.prompt.as_ref().is_some_and(|prompt| Some(prompt.id) != answered);
            snapshot.ending.is_some() || (asks && snapshot.work.is_none())
        });
        let snapshot = tokio::time::timeout(PATIENCE, rest).await.unwrap().unwrap().clone();
        let over = snapshot.ending.is_some();
        update(&mut state, Event::Snapshot(snapshot));
        if over {
            break;
        }
        terminal.draw(|frame| state.drawn = view::draw(frame, &state)).unwrap();
        now += 1.second();
        let mut deeds = update(&mut state, Event::Tick(now));
        terminal.draw(|frame| state.drawn = view::draw(frame, &state)).unwrap();
        deeds.extend(match hand {
            Hand::Key(key) => update(&mut state, Event::Key(key)),
            Hand::Paste(text) => update(&mut state, Event::Paste(text)),
            Hand::Size(columns, rows) => {
                terminal.backend_mut().resize(columns, rows);
                update(&mut state, Event::Resize)
            }
            Hand::Click(button) => match state.drawn.buttons.get(button).copied() {
                Some((area, _)) => update(
                    &mut state,
                    Event::Mouse(MouseEvent {
                        kind: MouseEventKind::Down(MouseButton::Left),
                        column: area.x,
                        row: area.y,
                        modifiers: KeyModifiers::NONE,
                    }),
                ),
                None => Vec::new(),
            },
        });
        for deed in deeds {
            note(&deed, &state.snapshot, &mut confirmed);
            if let Deed::Send(command) = deed {
                let _ = run.commands.send(command);
            }
        }
        // What the journal says it says for good.
        let entries = Journal::read(&site.folders().journal("test")).unwrap();
        assert!(entries.starts_with(&journal), "the journal lost something");
        journal = entries;
    }
    let _ = run.commands.send(Command::Quit);
    tokio::time::timeout(PATIENCE, run.task).await.unwrap().unwrap();
    let entries = Journal::read(&site.folders().journal("test")).unwrap();
    assert!(entries.starts_with(&journal), "the journal lost something");
    for entry in &entries {
        if let Record::Begin { effect, .. } = &entry.record {
            let left = confirmed.get_mut(&effect.what).unwrap_or_else(|| {
                panic!("never confirmed: {}", effect.what);
            });
            *left = left.checked_sub(1).unwrap_or_else(|| panic!("too often: {}", effect.what));
        }
    }
    if entries.is_empty() {
        assert_eq!(site.mutations(), 0, "changed, and not in the journal");
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 10,
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_hands_do_nothing_happens_unconfirmed_and_the_journal_stays_whole(
        hands in prop::collection::vec(hand(), 10..60)
    ) {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(walk(hands));
    }
}
