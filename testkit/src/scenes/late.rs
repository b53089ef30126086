//! The later moments of a walk: the login, the map, the end.

use std::time::Duration;

use immich_sso::{
    secret::{Secret, StorePlace},
    site::{Fault, FaultKind, System},
    wizard::{
        About, AgainPick, Between, CheckId, Course, Credential, CredentialId, CredentialValue,
        Evidence, Holding, Key, Lamp, LeavePick, Light, LiveValue, LoginEvidence, LoginSight,
        LoginStage, LoginState, LoginTopic, LoginView, NextNote, OnPick, Person, Point, PromptKind,
        Proof, Revealed, Road, RotationView, RunTopic, Side, Sighting, Sign, Snapshot, Staged,
        StepId, StepState, StepTopic, Stretch, Summary, SummaryTitle, SwitchView, SystemView, Task,
        Work,
    },
};
use jiff::ToSpan;

use super::{decide, known, noon, option, prompt, step, system};

/// A person is to log in.
pub fn login() -> Snapshot {
    let mut s = decide();
    for step in &mut s.steps {
        step.state = StepState::Done;
        step.took = Some(Duration::from_secs(3));
    }
    s.steps[4].state = StepState::NotNeeded;
    s.here = StepId::Login;
    s.steps[5].state = StepState::ToDo;
    s.steps[5].about = Some(About::Login);
    s.steps[5].proofs = vec![
        Proof { what: CheckId::LeadsToAuthentik.into(), outcome: Ok(Evidence::Nothing), on: None },
        Proof {
            what: CheckId::KeptSecret.into(),
            outcome: Ok(Evidence::Answered("invalid_grant".into())),
            on: None,
        },
    ];
    s.login = Some(LoginView {
        link: "https://photos.example.com/auth/login?autoLaunch=1".into(),
        trail: vec![Sighting {
            stage: LoginStage::Authorized,
            what: LoginSight::Authorized { who: "alice".into(), from: Some("192.0.2.7".into()) },
            at: noon() - 20.seconds(),
        }],
        since: Some(noon() - 80.seconds()),
        ..LoginView::default()
    });
    s.prompt = Some(prompt(
        LoginTopic::LogIn { stand_in: false },
        &[],
        PromptKind::Choice { options: vec![option(Key::S, OnPick::WithoutLogin)], default: 0 },
    ));
    s
}

/// The login was seen.
pub fn logged_in() -> Snapshot {
    let mut s = login();
    s.steps[5].state = StepState::Done;
    s.prompt = None;
    let login = s.login.as_mut().unwrap();
    let mut see = |stage, what, ago: i64| {
        login.trail.push(Sighting { stage, what, at: noon() - ago.seconds() });
    };
    let to = Some("https://photos.example.com/auth/login".into());
    see(LoginStage::CodeIssued, LoginSight::CodeIssued { to }, 20);
    see(LoginStage::Redeemed, LoginSight::Redeemed, 18);
    let account = "Alice (alice@example.com)";
    let linked = LoginEvidence::AccountLinked(account.into());
    see(LoginStage::LetIn, LoginSight::LetIn(linked), 18);
    login.state = Some(LoginState::Verified);
    login.who = Some(Person::Both { user: "alice".into(), account: account.into() });
    login.at = Some(noon() - 18.seconds());
    s
}

/// Most was checked, and holds.
pub fn mapped() -> Snapshot {
    let mut s = login();
    let mut good = |road, points: &[Point], said: &str| {
        for point in points {
            let sign = Sign::Live(LiveValue::Given(said.into()));
            s.map.set(road, *point, Light::Good { sign, at: noon() - 90.seconds() });
        }
    };
    good(Road::BrowserToImmich, Road::BrowserToImmich.points(), "192.0.2.22");
    good(
        Road::BrowserToAuthentik,
        &[Point::Name, Point::Connection, Point::Tls, Point::RedirectUris],
        "192.0.2.21",
    );
    good(
        Road::ImmichToAuthentik,
        &[Point::Discovery, Point::Reach, Point::Secret],
        "issuer https://auth.example.com/application/o/immich/",
    );
    s
}

/// One road is broken, and another was not tried yet.
pub fn broken() -> Snapshot {
    let mut s = mapped();
    let why = Fault::new(System::Authentik, FaultKind::Refused, "check the client secret")
        .answered("invalid_client")
        .remedy("Walk the provider step again: authentik holds another secret.");
    s.map.set(Road::ImmichToAuthentik, Point::Secret, Light::Bad { why, at: noon() });
    let untrusted = FaultKind::Untrusted { fingerprint: None };
    let why = Fault::new(System::Immich, untrusted, "reach photos.example.com")
        .answered("the certificate is not trusted: it expired on 2026-02-28")
        .remedy("Renew it.");
    s.map.set(Road::BrowserToImmich, Point::Tls, Light::Bad { why, at: noon() });
    s.map.set(Road::BrowserToImmich, Point::Product, Light::Off);
    s.map.set(Road::BrowserToImmich, Point::Offer, Light::Off);
    s.header
        .systems
        .push(SystemView { version: None, ..system(System::Host, "admin@192.0.2.22", "") });
    for point in [Point::SignIn, Point::Docker] {
        let light = Light::Good { sign: Sign::DockerAnswers, at: noon() };
        s.map.set(Road::OntoHost, point, light);
    }
    s.header.systems[1].lamp = Lamp::Bad;
    s
}

/// The end, the secret revealed.
pub fn summary() -> Snapshot {
    let mut s = login();
    s.steps[5].state = StepState::Done;
    if let Some(login) = &mut s.login {
        login.state = Some(LoginState::Verified);
        login.who = Some(Person::Named("alice".into()));
    }
    let row = |id, value: &str| Credential { id, value: CredentialValue::Text(value.into()) };
    s.summary = Some(Summary {
        title: SummaryTitle::SetUp,
        credentials: vec![
            row(CredentialId::ClientId, "immich-oauth-client"),
            Credential {
                id: CredentialId::ClientSecret,
                value: CredentialValue::Secret { fingerprint: "e3a16486".into(), age: None },
            },
            row(CredentialId::Issuer, "https://auth.example.com/application/o/immich/"),
            row(CredentialId::Scopes, "openid email profile"),
            Credential {
                id: CredentialId::Store,
                value: CredentialValue::Store(StorePlace::Keyring),
            },
        ],
        next: vec![NextNote::MobileApp.into(), NextNote::KeepPasswordLogin.into()],
        revealed: Some(Revealed {
            secret: Secret::new("not-a-real-secret-but-one-for-a-picture"),
            until: noon() + 8.seconds(),
        }),
    });
    s.prompt = Some(prompt(
        RunTopic::AllWalked { not_as_wanted: Vec::new() },
        &[],
        PromptKind::Choice { options: vec![option(Key::F, LeavePick::Finish)], default: 0 },
    ));
    s
}

/// A secret that was changed on both sides, before it is proved.
pub fn rotation() -> Snapshot {
    let mut s = decide();
    s.steps = StepId::ROTATION.into_iter().map(|id| step(id, StepState::ToDo)).collect();
    for (at, took) in [(0, 90), (1, 240), (2, 610)] {
        s.steps[at].state = StepState::Done;
        s.steps[at].took = Some(Duration::from_millis(took));
    }
    s.here = StepId::Test;
    s.steps[3].about = Some(About::Test);
    let holds = |system| Side {
        system,
        holds: known(Holding {
            fingerprint: Some("90e2ecdc".into()),
            which: Some(Staged::Pending),
        }),
    };
    let between = |from, to| {
        Some(Between { from: Duration::from_millis(from), to: Duration::from_millis(to) })
    };
    s.rotation = Some(RotationView {
        kept: vec![(Staged::Current, "51c09fd2".into()), (Staged::Pending, "90e2ecdc".into())],
        sides: vec![holds(System::Authentik), holds(System::Immich)],
        switch: Some(SwitchView {
            authentik: between(8, 14),
            immich: between(17, 22),
            probes: 12,
            course: Course::Stands,
        }),
    });
    s.prompt = None;
    s.work = Some(Work {
        what: Task::AskingBothSides,
        since: noon() - 3.seconds(),
        at_most: Some(Duration::from_mins(1)),
        can_cancel: false,
        stretch: Some(Stretch { since: noon() - 42.seconds(), at_most: Duration::from_mins(10) }),
    });
    s
}

/// A switch that failed on one side, and going back failed on the other.
pub fn apart() -> Snapshot {
    let mut s = rotation();
    let holds = |system, print: &str, which| Side {
        system,
        holds: known(Holding { fingerprint: Some(print.into()), which: Some(which) }),
    };
    s.rotation = Some(RotationView {
        kept: vec![(Staged::Current, "51c09fd2".into()), (Staged::Pending, "90e2ecdc".into())],
        sides: vec![
            holds(System::Authentik, "90e2ecdc", Staged::Pending),
            holds(System::Immich, "51c09fd2", Staged::Current),
        ],
        switch: Some(SwitchView { course: Course::Apart, ..SwitchView::default() }),
    });
    let fault = Fault::new(System::Immich, FaultKind::Crashed, "write Immich's settings")
        .answered(
            "authentik holds 90e2ecdc (pending), Immich holds 51c09fd2 (current): logins fail until \
             both hold the same. The answer was: 502 Bad Gateway. Going back did not come off \
             either (authentik: could not change the provider 1: 502 Bad Gateway)",
        )
        .remedy(
            "Start `immich-sso rotate` again once both can be reached: it sees what each holds, \
             and goes on or back from there. Every secret is in the secret store.",
        );
    s.here = StepId::Set;
    s.steps[2].state = StepState::Failed;
    s.steps[2].about = Some(About::Switch);
    s.steps[2].blockers = vec![fault.clone()];
    s.work = None;
    let options = vec![option(Key::R, AgainPick::Plan), option(Key::S, LeavePick::RotationHere)];
    let kind = PromptKind::Choice { options, default: 0 };
    let mut asks = prompt(StepTopic::DidNotWork, &[], kind);
    asks.refused = Some(fault);
    s.prompt = Some(asks);
    s
}
