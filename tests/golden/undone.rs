//! What was done is undone; what was cut short is told and finished.

use immich_sso::wizard::{Topic, UndoTopic};
use std::time::Duration;

use immich_sso::wizard::{Ending, Purpose, RotateWish, RunTopic, StepId, start};
use immich_sso_lab::immich::Mishap;

use testkit::driver::{Site, confirm, pick};

use crate::{
    people::{finish, run, usual},
    script::Script,
};

/// Longer than any run.
const LONG: Duration = Duration::from_mins(10);

fn settings_late() -> Mishap {
    Mishap::Late { method: "PUT".into(), path: "/api/system-config".into(), by: LONG }
}

#[tokio::test]
async fn undone() {
    let mut script = Script::new("Undo of a set-up", "Change by change, the newest first.");
    let site = Site::with(usual()).await;
    site.walk().await;
    let ending = script.play(start(run(&site, Purpose::Undo)), confirm).await;
    assert!(matches!(ending, Ending::TakenBack(_)), "{ending:?}");
    script.scene("Once more: nothing is left to undo");
    let ending = script.play(start(run(&site, Purpose::Undo)), confirm).await;
    assert!(matches!(ending, Ending::TakenBack(_)), "{ending:?}");
    finish("undo", script, &site, &[]).await;
}

#[tokio::test]
async fn undone_where_somebody_changed_it_since() {
    let mut script = Script::new(
        "Undo of a set-up that somebody changed since",
        "Immich's button has another text: the operator puts back what was there before. The\n\
         application has another name: it is left, and so is the provider that it uses.",
    );
    let site = Site::with(usual()).await;
    site.walk().await;
    assert!(site.lab.authentik.change_application("immich", |application| {
        application.insert("name".into(), "Our photos".into());
    }));
    let mut config = site.lab.immich.settings().unwrap();
    config["oauth"]["buttonText"] = "Enter".into();
    site.put_settings(&config).await;
    let ending = script
        .play(start(run(&site, Purpose::Undo)), |prompt, now| {
            let asked = &prompt.topic;
            if matches!(asked, Topic::Undo(UndoTopic::ChangedSince { .. }))
                && now.here == StepId::Settings
            {
                return pick(prompt, 'b');
            }
            if matches!(asked, Topic::Undo(UndoTopic::Failed)) {
                return pick(prompt, 'a');
            }
            confirm(prompt, now)
        })
        .await;
    assert!(matches!(ending, Ending::TakenBack(_)), "{ending:?}");
    finish("undo-changed", script, &site, &[]).await;
}

#[tokio::test]
async fn set_up_cut_short() {
    let mut script = Script::new(
        "Recovery of a set-up that was cut short",
        "The program ended while Immich's settings were being written. Immich has them.",
    );
    let site = Site::with(usual()).await;
    site.lab.immich.mishap(settings_late());
    let is_written = || site.oauth()["enabled"] == true;
    script.cut(start(site.setup()), confirm, is_written).await;
    script.scene("The next start goes on");
    let ending = script.play(start(site.setup()), confirm).await;
    assert_eq!(ending, Ending::LoginVerified);
    finish("recovery", script, &site, &[]).await;
}

#[tokio::test]
async fn set_up_cut_short_and_undone() {
    let mut script = Script::new(
        "Undo of a set-up that was cut short",
        "The program ended while Immich's settings were being written. Immich has them.",
    );
    let site = Site::with(usual()).await;
    site.lab.immich.mishap(settings_late());
    let is_written = || site.oauth()["enabled"] == true;
    script.cut(start(site.setup()), confirm, is_written).await;
    script.scene("The next start undoes it");
    let ending = script
        .play(start(site.setup()), |prompt, now| {
            if matches!(prompt.topic, Topic::Run(RunTopic::CutShort { .. })) {
                return pick(prompt, 'u');
            }
            if matches!(prompt.topic, Topic::Undo(UndoTopic::Undone(_))) {
                return pick(prompt, 'f');
            }
            confirm(prompt, now)
        })
        .await;
    assert!(matches!(ending, Ending::TakenBack(_)), "{ending:?}");
    finish("recovery-undo", script, &site, &[]).await;
}

#[tokio::test]
async fn rotation_cut_short() {
    let mut script = Script::new(
        "Recovery of a rotation that was cut short",
        "The program ended while both sides were being switched. Both have the new secret.",
    );
    let site = Site::with(usual()).await;
    site.walk().await;
    let (provider, oauth) = (site.provider(), site.oauth());
    site.lab.immich.mishap(settings_late());
    let is_switched = || {
        site.provider()["client_secret"] != provider["client_secret"]
            && site.oauth()["clientSecret"] != oauth["clientSecret"]
    };
    let rotation = || start(run(&site, Purpose::Rotate(RotateWish::default())));
    script.cut(rotation(), confirm, is_switched).await;
    script.scene("The next start goes on");
    let ending = script.play(rotation(), confirm).await;
    assert_eq!(ending, Ending::Rotated);
    finish("recovery-rotation", script, &site, &[]).await;
}
