//! Which client secret each side holds: what was tested is said, and what was
//! not is not claimed.

use immich_sso::{
    secret::Label,
    site::System,
    text,
    wizard::{
        AccessTopic, Answer, Command, HostTopic, Light, LoginTopic, Point, Prompt, Road, Snapshot,
        StepId, StepTopic, Topic,
    },
};
use immich_sso_lab::HomelabOptions;
use serde_json::json;
use testkit::said;

use crate::driver::{Driver, Site, confirm, in_words, pick};

/// Answers until a question holds that text.
async fn walk_to(driver: &mut Driver, topic: impl Into<Topic>) -> Prompt {
    let topic = topic.into();
    loop {
        let prompt = driver.asked_anything().await;
        if prompt.topic == topic {
            return prompt;
        }
        driver.answer(&prompt, confirm(&prompt, &Snapshot::default()));
        driver.past(&prompt).await;
    }
}

#[tokio::test]
async fn secret_that_immich_alone_lost_is_not_called_right() {
    let site = Site::open().await;
    let mut driver = site.start();
    walk_to(&mut driver, LoginTopic::LogIn { stand_in: true }).await;
    let now = driver.now();
    let held = &now.step(StepId::Login).unwrap().proofs;
    let held = held
        .iter()
        .find(|proof| text::claim(&proof.what).contains(&*said("Immich holds")))
        .unwrap();
    assert!(held.outcome.is_ok(), "{held:?}");

    // Somebody saves another one in Immich; authentik accepts ours still.
    let mut settings = site.lab.immich.settings().unwrap();
    settings["oauth"]["clientSecret"] = json!("somebody-elses");
    site.put_settings(&settings).await;
    driver.send(Command::Visit(StepId::Login));
    let failed = driver.asked(StepTopic::DidNotWork).await;
    let fault = failed.refused.as_ref().unwrap();
    let ours = site.vault.get(Label::ClientSecret).await.unwrap().unwrap();
    let theirs = immich_sso::secret::Secret::new("somebody-elses").fingerprint().to_string();
    assert!(fault.answer.contains(&theirs), "{fault}");
    assert!(fault.answer.contains(&ours.fingerprint().to_string()), "{fault}");
    let now = driver.now();
    let light = now.map.light(Road::ImmichToAuthentik, Point::Secret);
    assert!(matches!(light, Light::Bad { .. }), "{light:?}");
    let proofs = &now.step(StepId::Login).unwrap().proofs;
    let accepted = proofs
        .iter()
        .find(|proof| text::claim(&proof.what).contains(&*said("authentik accepts the client")));
    assert!(accepted.unwrap().outcome.is_ok(), "{proofs:?}");
    driver.leave().await;
}

/// Without a key and without the host nobody sees what Immich holds.
#[tokio::test]
async fn secret_that_cannot_be_read_in_immich_is_called_unknown() {
    let mut site = Site::set_up(HomelabOptions::default()).await;
    site.vault.forget(Label::ImmichApiKey).await.unwrap();
    site.profile.host.ssh = None;
    let mut driver = site.start();
    let prompt = loop {
        let prompt = driver.asked_anything().await;
        let answer = match &prompt.topic {
            Topic::Access(AccessTopic::HowToWork(System::Immich)) => pick(&prompt, 'w'),
            Topic::Host(HostTopic::SshTarget) => Answer::Back,
            Topic::Step(StepTopic::Blocked(_)) => pick(&prompt, 's'),
            Topic::Login(LoginTopic::LogIn { .. }) => break prompt,
            _ => confirm(&prompt, &Snapshot::default()),
        };
        driver.answer(&prompt, answer);
        driver.past(&prompt).await;
    };
    let now = driver.now();
    let step = now.step(StepId::Login).unwrap();
    let notes = in_words(&step.notes).join(" ");
    assert!(notes.contains(&*said("Which client secret Immich holds is not known")), "{notes}");
    assert!(
        !step.proofs.iter().any(|proof| text::claim(&proof.what).contains(&*said("Immich holds")))
    );
    let light = now.map.light(Road::ImmichToAuthentik, Point::Secret);
    assert!(!matches!(light, Light::Good { .. }), "{light:?}");
    drop(prompt);
    driver.leave().await;
}
