//! The hard moments of a walk: something differs, fails, or is very long.

use immich_sso::{
    site::{Fault, FaultKind, Last, Reading, System},
    wizard::{
        AgainPick, CheckId, Evidence, FieldId, FieldState, FieldValue, FitPick, Key, Lamp,
        LeavePick, LiveSubject, LiveValue, Prompt, PromptKind, Proof, Snapshot, StepId, StepState,
        StepTopic, StorePick, StoreTopic,
    },
};
use jiff::ToSpan;

use super::{decide, known, noon, opening, option, prompt, value};

/// Something is there already, and is not quite right.
pub fn differs() -> Snapshot {
    let mut s = decide();
    let fields = &mut s.steps[1].fields;
    let live = |text: &str| known(Some(value(text)));
    for field in &mut *fields {
        field.live = known(Some(field.wanted.clone()));
        field.state = FieldState::Same;
    }
    fields[3].wanted = value("•••••••• (e3a16486)");
    fields[3].live = live("•••••••• (51c09fd2)");
    fields[3].state = FieldState::Differs;
    fields[5].live = known(None::<FieldValue>);
    fields[5].state = FieldState::Differs;
    fields[6].live = live("https://photos.example.com/auth/login");
    fields[6].state = FieldState::Differs;
    s
}

/// A server that does not answer while a step is looked at.
pub fn failing() -> Snapshot {
    let mut s = differs();
    let fault = Fault::new(System::Authentik, FaultKind::Late, "read the provider")
        .answered("no answer within 20 s")
        .remedy("See whether authentik's server and worker run, then look again.");
    s.header.systems[0].lamp = Lamp::Bad;
    s.header.systems[1].lamp = Lamp::Warning;
    let card = &mut s.steps[1];
    card.state = StepState::Failed;
    card.plan = None;
    card.live[0].value = Reading::Failed {
        why: fault.clone(),
        at: noon() - 2.hours(),
        last: Some(Last {
            value: LiveValue::Given("client id immich-oauth-client".into()),
            at: noon() - 5.minutes(),
        }),
    };
    card.fields.truncate(2);
    card.fields[0].live = Reading::Failed {
        why: fault.clone(),
        at: noon(),
        last: Some(Last { value: Some(value("immich")), at: noon() - 5.minutes() }),
    };
    card.fields[0].state = FieldState::Unknown;
    card.proofs = vec![
        Proof {
            what: CheckId::KeptSecret.into(),
            outcome: Ok(Evidence::Answered("invalid_grant".into())),
            on: None,
        },
        Proof { what: CheckId::DiscoveryAnswers.into(), outcome: Err(fault.clone()), on: None },
    ];
    card.blockers = vec![fault];
    s.prompt = Some(prompt(
        StepTopic::Blocked(StepId::Settings),
        &[],
        PromptKind::Choice {
            options: vec![
                option(Key::R, AgainPick::LookOnceRepaired),
                option(Key::A, FitPick::ChangeReach),
                option(Key::S, LeavePick::Step),
            ],
            default: 0,
        },
    ));
    s
}

/// No keyring, and much to say about it: a choice must be made all the same.
pub fn no_store() -> Snapshot {
    let mut s = opening();
    let fault = Fault::new(System::SecretStore, FaultKind::Unreachable, "open the keyring")
        .answered(
            "there is no D-Bus session to reach a keyring by (Failed to connect to address \
             `unix:path=/run/user/1000/bus`: No such file or directory (os error 2))",
        )
        .remedy(
            "Run it in a desktop session, or keep the secrets in an encrypted file: `secrets = \
             \"file\"` in the profile.",
        );
    let kind = PromptKind::Choice {
        options: vec![
            option(Key::R, StorePick::TryKeyring),
            option(Key::F, StorePick::UseEncryptedFile),
        ],
        default: 0,
    };
    s.work = None;
    s.prompt = Some(Prompt { refused: Some(fault), ..prompt(StoreTopic::NoKeyring, &[], kind) });
    s
}

/// Names that are long or take two columns a character.
pub fn wide() -> Snapshot {
    let mut s = differs();
    s.header.lab = true;
    s.header.site = "写真アルバムと家族の思い出を守る長い名前のサイト.example.com".into();
    let card = &mut s.steps[1];
    card.fields[0].wanted = value(&"写真アルバム 🎉 e\u{301}te\u{301} ".repeat(4));
    card.fields[1].id =
        FieldId::Other { key: "認証フローの種類を表すとても長い項目名".into() };
    card.fields[1].state = FieldState::Differs;
    card.fields[2].wanted = value(&"x".repeat(300));
    card.fields[2].state = FieldState::Differs;
    card.live[0].what = LiveSubject::Provider { name: "プロバイダー ".repeat(9) };
    card.live[0].value = known(LiveValue::Given("家族".repeat(40)));
    s
}
