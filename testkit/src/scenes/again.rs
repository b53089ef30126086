//! Moments of a run on a site that is known: what changed since, what is taken
//! back, what is waited for.

use std::time::Duration;

use immich_sso::{
    immich::{Absent, RouteKind},
    site::System,
    wizard::{
        About, AgainPick, FieldId, FieldState, FieldValue, Key, Lamp, LeavePick, Note, OnPick,
        OpeningNote, PromptKind, RunTopic, SettingsField, Snapshot, StepId, StepState, SystemView,
        Task, UndoPick, UndoTopic, Work,
        effect::{Effect, Fields},
    },
};

use super::{decide, field, fields, noon, option, prompt, system};

const ISSUER: &str = "https://auth.example.com/application/o/immich/";

fn issuer() -> FieldId {
    FieldId::Settings(SettingsField::IssuerUrl)
}

/// What changed since last time is told, and there is much of it.
pub fn changed() -> Snapshot {
    let mut s = decide();
    s.here = StepId::Access;
    s.steps[0].about = Some(About::Access);
    s.steps[1].plan = None;
    let told = [
        OpeningNote::AnotherAddress {
            system: System::Authentik,
            then: "https://sso.example.com".into(),
            now: "https://auth.example.com".into(),
        }
        .into(),
        OpeningNote::ProviderGone { number: 7 }.into(),
        OpeningNote::ApplicationGone { slug: "immich".into() }.into(),
        Note::Difference {
            step: Some(StepId::Settings),
            id: issuer(),
            live: FieldValue::Text("https://sso.example.com/application/o/immich/".into()),
            wanted: FieldValue::Text(ISSUER.into()),
        },
    ];
    let options = vec![
        option(Key::G, OnPick::ToNeeded),
        option(Key::W, OnPick::WalkAll),
        option(Key::F, LeavePick::Everything),
    ];
    let steps = vec![StepId::Provider, StepId::Application, StepId::Settings];
    // When it was depends on where the machine is.
    let topic = RunTopic::StepsNeeded { changed: None, steps };
    s.prompt = Some(prompt(topic, &told, PromptKind::Choice { options, default: 0 }));
    s
}

/// Somebody changed since what is to be taken back: three values.
pub fn three_values() -> Snapshot {
    let mut s = decide();
    s.here = StepId::Settings;
    s.steps[1].plan = None;
    s.steps[3].fields = vec![field(
        "issuer URL",
        "https://old.example.com/",
        Some("https://somebody.example.com/application/o/photos/"),
        FieldState::Differs,
    )];
    let help = [Note::ChangedSince {
        id: issuer(),
        before: FieldValue::Text("https://old.example.com/".into()),
        left: FieldValue::Text(ISSUER.into()),
        now: FieldValue::Text("https://somebody.example.com/application/o/photos/".into()),
    }];
    let options = vec![
        option(Key::A, LeavePick::Changed),
        option(Key::B, UndoPick::PutBackBefore),
        option(Key::R, AgainPick::Look),
    ];
    let effect = Box::new(Effect::WriteSettings {
        route: RouteKind::Api,
        fields: fields([("issuerUrl", ISSUER)]),
        before: Fields::default(),
        secret: false,
        absent: Absent::default(),
        basis: String::new(),
    });
    s.prompt = Some(prompt(
        UndoTopic::ChangedSince { effect },
        &help,
        PromptKind::Choice { options, default: 0 },
    ));
    s
}

/// Immich is started again, and is not back yet.
pub fn waiting() -> Snapshot {
    let mut s = decide();
    for step in &mut s.steps[1..4] {
        step.state = StepState::Done;
        step.took = Some(Duration::from_millis(400));
    }
    s.here = StepId::Restart;
    s.prompt = None;
    s.steps[1].plan = None;
    s.header.systems[1] = SystemView {
        lamp: Lamp::Looking,
        latency: None,
        ..system(System::Immich, "https://photos.example.com", "1.105.1")
    };
    s.steps[4].about = Some(About::Restart);
    s.work = Some(Work {
        what: Task::Performing(Box::new(Effect::Restart {
            folder: "/opt/immich".into(),
            services: vec!["immich-server".into()],
            by_hand: false,
        })),
        since: noon() - jiff::SignedDuration::from_secs(12),
        at_most: Some(Duration::from_mins(3)),
        can_cancel: true,
        stretch: None,
    });
    s
}

/// The operator leaves while something has to come to its end.
pub fn leaving() -> Snapshot {
    let mut s = waiting();
    s.work = s.work.map(|work| Work { can_cancel: false, ..work });
    s
}
