//! Moments of a run on a site that is known: what changed since, what is taken
//! back, what is waited for.

use std::time::Duration;

use immich_sso::{
    immich::{Absent, RouteKind},
    wizard::{
        About, AgainPick, FieldState, Key, Lamp, LeavePick, OnPick, PromptKind, RunTopic, Snapshot,
        StepId, StepState, SystemView, UndoPick, UndoTopic, Work,
        effect::{Effect, Fields},
    },
};

use super::{decide, field, fields, noon, option, prompt, system};

/// What changed since last time is told, and there is much of it.
pub fn changed() -> Snapshot {
    let mut s = decide();
    s.here = StepId::Access;
    s.steps[0].about = Some(About::Access);
    s.steps[1].plan = None;
    let told = [
        "authentik's address: https://sso.example.com last time, https://auth.example.com now.",
        "authentik has no provider for Immich any more (it was number 7): it was rebuilt, or \
         somebody deleted it. It is made again with the same client id and the client secret that \
         is kept here.",
        "authentik has no application `immich` any more. It is made again under the same slug, so \
         that the issuer stays what it was.",
        "Immich settings, issuer URL: https://sso.example.com/application/o/immich/ now; the \
         profile says https://auth.example.com/application/o/immich/.",
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
    let help = ["issuer URL: `https://old.example.com/` before that run, \
         `https://auth.example.com/application/o/immich/` as it left it, \
         `https://somebody.example.com/application/o/photos/` now."];
    let options = vec![
        option(Key::A, LeavePick::Changed),
        option(Key::B, UndoPick::PutBackBefore),
        option(Key::R, AgainPick::Look),
    ];
    let effect = Box::new(Effect::WriteSettings {
        route: RouteKind::Api,
        fields: fields([("issuerUrl", "https://auth.example.com/application/o/immich/")]),
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
    s.systems[1] = SystemView {
        lamp: Lamp::Looking,
        latency: None,
        ..system(immich_sso::site::System::Immich, "https://photos.example.com", "1.105.1")
    };
    s.steps[4].about = Some(About::Restart);
    s.work = Some(Work {
        what: "waiting for Immich to answer again".into(),
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
