//! Any sequence of keys, pastes, clicks, sizes and scenes: only what is on the
//! screen is confirmed, and only by its key or its button.

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use immich_sso::{
    tui::{action::Deed, event::Event, update::update},
    wizard::{Answer, Command, PromptId, PromptKind, Verdict},
};
use proptest::{prelude::*, test_runner::FileFailurePersistence};

use super::{
    keys::{draw, is_button, later, shown},
    scenes,
};

/// What may happen to the face.
#[derive(Clone, Debug)]
enum Happening {
    Key(KeyEvent),
    Paste(String),
    Draw(u16, u16),
    Scene(usize, u64),
    Click(u16, u16),
    Wait,
}

fn happening() -> impl Strategy<Value = Happening> {
    let code = prop_oneof![
        6 => any::<char>().prop_map(KeyCode::Char),
        9 => prop::sample::select(vec!['y', 's', 'x', 'q', 'n', '?', 'J', 'v', 'c', 'j', 'G', '3'])
            .prop_map(KeyCode::Char),
        6 => prop::sample::select(vec![
            KeyCode::Enter, KeyCode::Esc, KeyCode::Tab, KeyCode::Up, KeyCode::Down,
            KeyCode::PageDown, KeyCode::Backspace, KeyCode::Left, KeyCode::Delete, KeyCode::End,
            KeyCode::F(2),
        ]),
    ];
    let held = prop_oneof![
        8 => Just(KeyModifiers::NONE),
        1 => Just(KeyModifiers::CONTROL),
        1 => Just(KeyModifiers::ALT),
    ];
    prop_oneof![
        8 => (code, held).prop_map(|(code, held)| Happening::Key(KeyEvent::new(code, held))),
        1 => any::<String>().prop_map(Happening::Paste),
        3 => (0..220_u16, 0..60_u16).prop_map(|(w, h)| Happening::Draw(w, h)),
        3 => (0..scenes::ALL.len(), 0..4_u64).prop_map(|(i, id)| Happening::Scene(i, id)),
        2 => (0..220_u16, 0..60_u16).prop_map(|(x, y)| Happening::Click(x, y)),
        3 => Just(Happening::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 96,
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_happens_only_y_performs_and_only_what_is_on_the_screen(
        happenings in prop::collection::vec(happening(), 1..60)
    ) {
        let mut state = shown(scenes::opening());
        let mut on_screen = None;
        for happening in happenings {
            let mut is_y = matches!(
                &happening,
                Happening::Key(key) if key.code == KeyCode::Char('y') && key.modifiers.is_empty()
            );
            let deeds = match happening {
                Happening::Key(key) => update(&mut state, Event::Key(key)),
                Happening::Wait => {
                    later(&mut state);
                    Vec::new()
                }
                Happening::Paste(text) => update(&mut state, Event::Paste(text)),
                Happening::Draw(width, height) => {
                    draw(&mut state, width.max(1), height.max(1));
                    on_screen = (width >= 60 && height >= 20)
                        .then(|| state.card().and_then(|c| c.plan.as_ref()).map(|p| p.digest.clone()))
                        .flatten();
                    Vec::new()
                }
                Happening::Scene(index, id) => {
                    let mut scene = (scenes::ALL[index].snapshot)();
                    if let Some(plan) = scene.steps[1].plan.as_mut() {
                        plan.digest = format!("plan-{id}");
                    }
                    if let Some(prompt) = scene.prompt.as_mut() {
                        prompt.id = PromptId(id);
                        if let PromptKind::Decide { plan } = &mut prompt.kind {
                            plan.digest = format!("plan-{id}");
                        }
                    }
                    update(&mut state, Event::Snapshot(Arc::new(scene)))
                }
                Happening::Click(column, row) => {
                    is_y = is_button(&state, column, row);
                    let kind = MouseEventKind::Down(MouseButton::Left);
                    let modifiers = KeyModifiers::NONE;
                    update(&mut state, Event::Mouse(MouseEvent { kind, column, row, modifiers }))
                }
            };
            for deed in deeds {
                if let Deed::Send(Command::Answer(
                    _,
                    Answer::Decide { plan, verdict: Verdict::Perform },
                )) = deed
                {
                    prop_assert!(is_y, "performed without its key or its button");
                    prop_assert_eq!(Some(plan), on_screen.clone());
                }
            }
        }
    }
}
