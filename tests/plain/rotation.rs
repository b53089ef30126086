//! A rotation in the plain face, in a real terminal, on the real engine and the
//! lab: to its end, refused, and led back.

use std::env;

use immich_sso::{
    plain::{self, Ink, PlainOptions},
    site::System,
    text,
    wizard::{
        Ending, Purpose, RotateWish, RotationTopic, RunTopic, Setup, StepId, StepState, StepTopic,
        start,
    },
};
use immich_sso_lab::authentik::{Mishap, MishapKind};
use portable_pty::CommandBuilder;
use testkit::{said, said_with};

use crate::{driver::Site, question, runtime, terminal::Terminal};

/// The child process of the tests below: a site that is set up, and the face on
/// its rotation.
#[test]
#[ignore = "run by other tests, in a terminal"]
fn face_on_a_rotation() {
    let Some(refuses) = env::var_os("AUTHENTIK_REFUSES") else { return };
    let runtime = runtime();
    runtime.block_on(async {
        let site = Site::open().await;
        assert_eq!(site.walk().await.ending, Ending::LoginVerified);
        let old = site.provider()["client_secret"].clone();
        if refuses == "yes" {
            let crash = Mishap::new("/providers/oauth2/", MishapKind::Crash);
            site.lab.authentik.let_fail(crash.on(reqwest::Method::PATCH));
        }
        let purpose = Purpose::Rotate(RotateWish::default());
        let walk = start(Setup { purpose, ..site.setup() });
        let options = PlainOptions::detect(Ink::auto(true));
        let ending = plain::run(walk.snapshots, walk.commands, options).await;
        walk.task.await.unwrap();
        println!("\nended with {ending:?}");
        let (authentik, immich) =
            (site.provider()["client_secret"].clone(), site.oauth()["clientSecret"].clone());
        println!("agreed {}, rotated {}", authentik == immich, authentik != old);
    });
    runtime.shutdown_background();
}

fn face(refuses: bool) -> Terminal {
    let mut command = CommandBuilder::new(env::current_exe().unwrap());
    command.args(["rotation::face_on_a_rotation", "--exact", "--ignored", "--nocapture"]);
    command.env("TERM", "dumb");
    command.env("AUTHENTIK_REFUSES", if refuses { "yes" } else { "no" });
    Terminal::start_sized(command, 400, 100)
}

/// Answers the question, which has to come.
fn answer(face: &mut Terminal, question: &str, line: &str) {
    face.wait_for(question);
    face.press(&format!("{line}\r"));
}

/// All that was told, once it has ended so, whether both sides agree, and
/// whether they have another secret than before.
fn ended(mut face: Terminal, ending: &str, sides: &str) -> String {
    face.wait_for("agreed ");
    assert!(face.ended_well(), "{}", face.screen());
    let told = face.screen();
    assert!(told.contains(&format!("ended with Ok({ending})")), "{told}");
    assert!(told.contains(sides), "{told}");
    assert!(!face.written().contains('\x1b'), "{:?}", face.written());
    told
}

/// The heading of a stage.
fn heading(place: usize, stage: StepId) -> String {
    said_with("Step {} of {}: {}", &[&place, &4, &stage.title()])
}

/// Something that was verified, from its beginning.
fn verified(what: &str) -> String {
    format!("{} {}", said("verified:"), said(what))
}

/// How a stage came out.
fn outcome(stage: StepId, state: StepState) -> String {
    format!("{}: {}", stage.title(), text::outcome(state))
}

/// Something that was done, from its beginning.
fn did(system: System, what: &str) -> String {
    said_with("did: {}: {}", &[&system, &said(what)])
}

/// Whether the texts come in this order.
fn in_order(told: &str, texts: &[String]) {
    let mut rest = told;
    for text in texts {
        let at = rest.find(text.as_str());
        rest = &rest[at.unwrap_or_else(|| panic!("no {text:?} any more in {told}"))..];
    }
}

#[test]
fn a_rotation_is_walked_in_lines_through_its_four_stages() {
    let mut face = face(false);
    answer(&mut face, &said("Does anything but Immich use the client"), "1");
    answer(&mut face, &question(StepTopic::Apply(StepId::Create)), "yes");
    answer(&mut face, &question(StepTopic::Apply(StepId::Set)), "yes");
    answer(&mut face, &question(RotationTopic::Tested), "1");
    answer(&mut face, &question(StepTopic::Apply(StepId::Finish)), "yes");
    answer(&mut face, &question(RunTopic::AllStagesWalked), "");
    let told = ended(face, "Rotated", "agreed true, rotated true");
    in_order(
        &told,
        &[
            heading(1, StepId::Create),
            said("Nobody is logged out").into_owned(),
            outcome(StepId::Create, StepState::Done),
            heading(2, StepId::Set),
            did(System::Authentik, "Give the provider"),
            did(System::Immich, "Give Immich the pending secret"),
            said("measured: ").into_owned() + &said("Logins could fail for"),
            outcome(StepId::Set, StepState::Done),
            heading(3, StepId::Test),
            verified("the token endpoint accepts the secret in use"),
            verified("the token endpoint refuses"),
            heading(4, StepId::Finish),
            said("The secret was rotated").into_owned(),
            said_with("To go back to the previous secret: `{} rotate --back`.", &[&"immich-sso"]),
            said("The new secret is in use, and the old one is refused.").into_owned(),
        ],
    );
    assert!(!told.contains(&*said("not known how it ended")), "{told}");
}

#[test]
fn a_rotation_that_is_refused_changes_nothing() {
    let mut face = face(false);
    answer(&mut face, &said("Does anything but Immich use the client"), "1");
    answer(&mut face, &question(StepTopic::Apply(StepId::Create)), "skip");
    let told = ended(face, "Left", "agreed true, rotated false");
    in_order(&told, &[outcome(StepId::Create, StepState::Skipped), said("Left.").into_owned()]);
    assert!(!told.contains(&*said("did:")), "{told}");
}

/// What happened is heard once, and both sides are as they were.
#[test]
fn a_rotation_that_fails_is_led_back_and_says_so() {
    let mut face = face(true);
    answer(&mut face, &said("Does anything but Immich use the client"), "1");
    answer(&mut face, &question(StepTopic::Apply(StepId::Create)), "yes");
    answer(&mut face, &question(StepTopic::Apply(StepId::Set)), "yes");
    answer(&mut face, &question(StepTopic::DidNotWork), "2");
    let told = ended(face, "Left", "agreed true, rotated false");
    in_order(
        &told,
        &[
            did(System::Immich, "Go back: give Immich the current secret"),
            said("measured: ").into_owned()
                + &said("It was led back. Logins could fail for at most"),
            outcome(StepId::Set, StepState::Failed),
        ],
    );
    assert_eq!(told.matches(&*said("Both sides are set back and were")).count(), 1, "{told}");
}
