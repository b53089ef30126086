//! The plain face: what it tells, what it asks, what it sends.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "this is how a test fails"
)]

mod reports;
mod rotation;
mod script;
mod surroundings;
mod walks;

use immich_sso::{
    site::System,
    text,
    wizard::{AccessTopic, Topic},
};
use testkit::{driver, said, terminal};

use std::{env, io::IsTerminal, path::PathBuf};

use immich_sso::{
    plain::{self, Ink, Lines, Narrator, PlainOptions, Script},
    wizard::{Answer, Command, Ending, PromptId, PromptKind, Snapshot, StepId, StepTopic, Verdict},
};

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap()
}

/// What a question asks.
fn question(topic: impl Into<Topic>) -> String {
    text::question(&topic.into())
}

/// The end of a walk that verified a login.
fn verified() -> String {
    said("Everything is as wanted, and a login was verified.").into_owned()
}

/// The child process of the tests below: the face on a script.
#[test]
#[ignore = "run by other tests, in a terminal"]
fn face_on_a_script() {
    if !std::io::stdin().is_terminal() {
        return;
    }
    let runtime = runtime();
    runtime.block_on(async {
        let login = env::var_os("SCRIPT_LOGIN").map(PathBuf::from);
        let walk = script::start(login);
        let options = PlainOptions::detect(Ink::auto(true));
        let ending = plain::run(walk.snapshots, walk.commands, options).await;
        println!("\nended with {ending:?}");
        println!("sent {:?}", walk.sent.await.unwrap());
    });
    runtime.shutdown_background();
}

#[test]
fn the_walk_is_told_once_and_in_words() {
    let mut narrator = Narrator::new(Lines::new(Ink::Mono, 80));
    let snapshots = played();
    let told: String = snapshots.iter().map(|snapshot| narrator.tell(snapshot)).collect();
    insta::assert_snapshot!(told);
    let again: String = snapshots.last().into_iter().map(|last| narrator.tell(last)).collect();
    assert_eq!(again, "");
}

#[test]
fn another_change_of_the_same_step_is_no_plan_that_changed() {
    let mut narrator = Narrator::new(Lines::new(Ink::Mono, 80));
    let changed = said("The plan has changed since it was shown. This is the new one.");
    let mut tells = |id, topic: StepTopic, digest: &str| {
        let mut now = testkit::scenes::decide();
        let prompt = now.prompt.as_mut().unwrap();
        (prompt.id, prompt.topic) = (PromptId(id), topic.into());
        let PromptKind::Decide { plan } = &mut prompt.kind else { panic!("no decision") };
        plan.digest = digest.into();
        narrator.tell(&now).contains(&*changed)
    };
    let provider = || StepTopic::Apply(StepId::Provider);
    assert!(!tells(1, provider(), "one"));
    assert!(!tells(2, StepTopic::ForgetPending, "two"));
    assert!(!tells(3, provider(), "three"));
    assert!(tells(4, provider(), "four"));
}

#[test]
fn the_played_operator_walks_to_a_verified_login_and_sends_what_the_script_knows() {
    let sent = runtime().block_on(async {
        let walk = script::start(None);
        let script = Script {
            answers: vec![
                (
                    AccessTopic::Address(System::Immich).into(),
                    Answer::Text("https://photos.example.com".into()),
                ),
                (AccessTopic::PasteToken.into(), Answer::Hidden("hunter2".into())),
            ],
        };
        let lines = Lines::new(Ink::Mono, 80);
        let ending = plain::autopilot(walk.snapshots, walk.commands, &script, lines).await;
        assert_eq!(ending, Ok(Ending::LoginVerified));
        walk.sent.await.unwrap()
    });
    let decision = Answer::Decide { plan: "one".into(), verdict: Verdict::Perform };
    assert_eq!(sent[2], Command::Answer(PromptId(3), decision));
}

#[test]
fn the_played_operator_gives_up_at_a_question_that_it_has_no_answer_to() {
    let (ending, sent) = runtime().block_on(async {
        let walk = script::start(None);
        let lines = Lines::new(Ink::Mono, 80);
        let ending =
            plain::autopilot(walk.snapshots, walk.commands, &Script::default(), lines).await;
        (ending, walk.sent.await.unwrap())
    });
    let fault = ending.unwrap_err();
    assert!(fault.tried.contains(&question(AccessTopic::Address(System::Immich))), "{fault}");
    assert_eq!(sent, [Command::Quit]);
}

/// All snapshots of the script, played by one who says yes.
fn played() -> Vec<Snapshot> {
    runtime().block_on(async {
        let mut walk = script::start(None);
        let mut seen = Vec::new();
        loop {
            let now = walk.snapshots.borrow_and_update().clone();
            seen.push(Snapshot::clone(&now));
            if now.ending.is_some() {
                return seen;
            }
            if let Some(prompt) = &now.prompt
                && prompt.id < PromptId(4)
            {
                let answer = match prompt.id.0 {
                    1 => Answer::Text("https://photos.example.com".into()),
                    2 => Answer::Hidden("hunter2".into()),
                    _ => Answer::Decide { plan: "one".into(), verdict: Verdict::Perform },
                };
                let _ = walk.commands.send(Command::Answer(prompt.id, answer));
            }
            walk.snapshots.changed().await.unwrap();
        }
    })
}
