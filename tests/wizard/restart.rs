//! A restart that Immich does not come back from.

use immich_sso::{
    immich::RouteKind,
    site::FaultKind,
    wizard::{Ending, Snapshot, StepId, StepState, StepTopic, Topic},
};
use immich_sso_lab::{HomelabOptions, Settings};
use testkit::said;

use crate::driver::{Site, confirm, in_words, pick};

/// A row that the old Immich cannot read keeps it from starting. Nobody has to
/// wait for the deadline: its container says so, and its log says why.
#[tokio::test]
async fn an_immich_that_ends_at_its_start_is_seen_and_its_log_told() {
    let options = HomelabOptions {
        immich: "1.105.1".parse().unwrap(),
        settings: Settings::Database,
        ..HomelabOptions::default()
    };
    let site = Site::with(options).await;
    let broken = ("ffmpeg.crf".to_owned(), "by hand".to_owned());
    site.lab.immich.storage().tables().rows.as_mut().unwrap().extend([broken]);
    let mut driver = site.start();
    let failed = loop {
        let prompt = driver.asked_anything().await;
        if matches!(prompt.topic, Topic::Step(StepTopic::DidNotWork)) {
            break prompt;
        }
        driver.answer(&prompt, confirm(&prompt, &Snapshot::default()));
        let asked = prompt.id;
        driver.until(|now| now.prompt.as_ref().is_none_or(|prompt| prompt.id != asked)).await;
    };
    let fault = failed.refused.as_ref().unwrap();
    assert_eq!(fault.kind, FaultKind::Crashed, "{fault}");
    assert!(fault.answer.contains(&*said("exit status 1")), "{fault}");
    assert!(fault.answer.contains("SyntaxError: by hand is not valid JSON"), "{fault}");
    assert!(fault.answer.contains("api worker exited with code 1"), "{fault}");
    assert!(!fault.remedy.is_empty());
    let now = driver.until(|_| true).await;
    assert_eq!(now.step(StepId::Restart).unwrap().state, StepState::Failed);

    // Once the row is mended the same prompt leads on.
    site.lab.immich.storage().tables().rows.as_mut().unwrap().remove("ffmpeg.crf");
    driver.answer(&failed, pick(&failed, 'r'));
    assert_eq!(driver.walk(confirm).await.ending, Ending::LoginVerified);
}

/// What the API writes is in effect at once from 1.105.1 on. Of older releases
/// nobody measured that: Immich itself is asked, and restarted where it has to be.
#[tokio::test]
async fn api_of_an_unmeasured_release_is_asked_whether_settings_are_in_effect() {
    for defers in [false, true] {
        let site = Site::of("2026.8.3", "1.104.0").await;
        if defers {
            site.lab.immich.defer_settings().unwrap();
        }
        let mut notes = Vec::new();
        let walked = site
            .start()
            .walk(|prompt, now| {
                if matches!(prompt.topic, Topic::Step(StepTopic::Apply(StepId::Restart))) {
                    notes.clone_from(&now.card().unwrap().notes);
                }
                confirm(prompt, now)
            })
            .await;
        assert_eq!(walked.ending, Ending::LoginVerified, "defers: {defers}");
        assert_eq!(walked.last.header.route.as_ref().unwrap().kind, RouteKind::Api);
        let restart = walked.last.step(StepId::Restart).unwrap();
        let wanted = if defers { StepState::Done } else { StepState::NotNeeded };
        assert_eq!(restart.state, wanted, "defers: {defers}");
        let notes = in_words(&notes).join(" ");
        assert_eq!(notes.contains(&*said("needs a restart to read them")), defers, "{notes}");
    }
}
