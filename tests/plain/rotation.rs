//! A rotation in the plain face, in a real terminal, on the real engine and the
//! lab: to its end, refused, and led back.

use std::env;

use immich_sso::{
    lab::authentik::{Mishap, MishapKind},
    plain::{self, Ink, PlainOptions},
    wizard::{Ending, Purpose, RotateWish, Setup, start},
};
use portable_pty::CommandBuilder;

use crate::{driver::Site, runtime, terminal::Terminal};

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

/// Whether the texts come in this order.
fn in_order(told: &str, texts: &[&str]) {
    let mut rest = told;
    for text in texts {
        let at = rest.find(text);
        rest = &rest[at.unwrap_or_else(|| panic!("no {text:?} any more in {told}"))..];
    }
}

#[test]
fn a_rotation_is_walked_in_lines_through_its_four_stages() {
    let mut face = face(false);
    answer(&mut face, "Does anything but Immich use the client", "1");
    answer(&mut face, "Make a new client secret like this?", "yes");
    answer(&mut face, "Give it to both sides now?", "yes");
    answer(&mut face, "Both sides hold the same secret, and authentik accepts it. Go on?", "1");
    answer(&mut face, "Make the new secret the current one?", "yes");
    answer(&mut face, "All stages are walked.", "");
    let told = ended(face, "Rotated", "agreed true, rotated true");
    in_order(
        &told,
        &[
            "Step 1 of 4: Create",
            "Nobody is logged out",
            "Create: done in",
            "Step 2 of 4: Set",
            "did: authentik: Give the provider",
            "did: Immich: Give Immich the pending secret",
            "measured: Logins could fail for",
            "Set: done in",
            "Step 3 of 4: Test",
            "verified: the token endpoint accepts the secret in use",
            "verified: the token endpoint refuses",
            "Step 4 of 4: Finish",
            "The secret was rotated",
            "To go back to the previous secret: `immich-sso rotate --back`.",
            "The new secret is in use, and the old one is refused.",
        ],
    );
    assert!(!told.contains("not known how it ended"), "{told}");
}

#[test]
fn a_rotation_that_is_refused_changes_nothing() {
    let mut face = face(false);
    answer(&mut face, "Does anything but Immich use the client", "1");
    answer(&mut face, "Make a new client secret like this?", "skip");
    let told = ended(face, "Left", "agreed true, rotated false");
    in_order(&told, &["Create: left as it is", "Left."]);
    assert!(!told.contains("did:"), "{told}");
}

/// What happened is heard once, and both sides are as they were.
#[test]
fn a_rotation_that_fails_is_led_back_and_says_so() {
    let mut face = face(true);
    answer(&mut face, "Does anything but Immich use the client", "1");
    answer(&mut face, "Make a new client secret like this?", "yes");
    answer(&mut face, "Give it to both sides now?", "yes");
    answer(&mut face, "This did not work. What now?", "2");
    let told = ended(face, "Left", "agreed true, rotated false");
    in_order(
        &told,
        &[
            "did: Immich: Go back: give Immich the current secret",
            "measured: It was led back. Logins could fail for at most",
            "Set: failed",
        ],
    );
    assert_eq!(told.matches("Both sides are set back and were").count(), 1, "{told}");
}
