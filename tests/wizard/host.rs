//! What the host and the servers say beside the answer, or do not keep: what
//! the wizard makes of it.

use std::{fs, os::unix::fs::symlink};

use immich_sso::{
    site::FaultKind,
    wizard::{Answer, Ending, Prompt, Snapshot, StepId, apply, survey},
};
use immich_sso_lab::{
    HomelabOptions, Settings,
    authentik::{Mishap, MishapKind},
};
use testkit::said;

use crate::driver::{Site, confirm, pick, says};

fn by_file() -> HomelabOptions {
    HomelabOptions {
        immich: "2.7.5".parse().unwrap(),
        settings: Settings::ConfigFile,
        ..HomelabOptions::default()
    }
}

/// The config file of the lab becomes a link that leads out of the mounted
/// folder.
fn lead_outside(site: &Site, outside: &std::path::Path) -> std::path::PathBuf {
    let file = site.lab.immich.storage().file().unwrap().clone();
    fs::copy(&file, outside).unwrap();
    fs::remove_file(&file).unwrap();
    symlink(outside, &file).unwrap();
    file
}

#[tokio::test]
async fn a_file_that_cannot_be_written_is_found_before_the_provider() {
    let site = Site::with(by_file()).await;
    let elsewhere = tempfile::tempdir().unwrap();
    let outside = elsewhere.path().join("immich.yaml");
    let file = lead_outside(&site, &outside);
    let (mut blocked, before) = (0, fs::read_to_string(&outside).unwrap());
    let blocked_by_file = |prompt: &Prompt, now: &Snapshot| -> Answer {
        let refused = prompt.refused.as_ref().map(|fault| fault.answer.clone());
        if refused.is_some_and(|answer| answer.contains(&*said("outside of what the container"))) {
            blocked += 1;
            assert_eq!(now.here, StepId::Settings);
            assert_eq!(site.mutations(), 0, "nothing is made before");
            // The operator mends it, and looks again.
            fs::remove_file(&file).unwrap();
            fs::rename(&outside, &file).unwrap();
            return pick(prompt, 'r');
        }
        confirm(prompt, now)
    };
    let walked = site.start().walk(blocked_by_file).await;
    assert_eq!((walked.ending, blocked), (Ending::LoginVerified, 1));
    assert!(fs::read_to_string(&file).unwrap().starts_with(&before));
}

#[tokio::test]
async fn a_plan_for_a_file_that_cannot_be_written_is_refused() {
    let site = Site::with(by_file()).await;
    let known = site.folders().config().join("known_hosts");
    fs::create_dir_all(known.parent().unwrap()).unwrap();
    fs::write(known, format!("{}\n", site.lab.host.known_hosts_line())).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let file = survey(site.setup()).await.unwrap().plan_file();
    lead_outside(&site, &elsewhere.path().join("immich.yaml"));
    let fault = apply(site.setup(), &file).await.unwrap_err();
    assert!(fault.answer.contains(&*said("outside of what the container")), "{fault}");
    assert_eq!(site.mutations(), 0);
}

#[tokio::test]
async fn a_copy_is_named_on_the_screen_and_in_the_journal() {
    let site = Site::with(by_file()).await;
    let file = site.lab.immich.storage().file().unwrap().clone();
    let kept = format!("{}.immich-sso-kept", file.display());
    let mut shown = false;
    let walked = site
        .start()
        .walk(|prompt, now| {
            let step = now.step(StepId::Settings).unwrap();
            shown |= says(&step.notes, &kept);
            confirm(prompt, now)
        })
        .await;
    assert_eq!(walked.ending, Ending::LoginVerified);
    assert!(shown && site.journal().contains(&kept), "{}", site.journal());
    assert!(fs::exists(&kept).unwrap());
    assert!(matches!(site.undo().await.ending, Ending::TakenBack(_)));
    assert!(!fs::exists(&kept).unwrap(), "undo deletes it");
}

#[tokio::test]
async fn a_login_script_that_speaks_changes_nothing() {
    for settings in [Settings::ConfigFile, Settings::Database] {
        let site = Site::with(HomelabOptions { settings, ..by_file() }).await;
        site.lab.host.greet("# nas, today\ndisk|81%\n");
        let before = site.stored().await;
        let mut noted = false;
        let walked = site
            .start()
            .walk(|prompt, now| {
                let step = now.step(StepId::Settings).unwrap();
                noted |= says(&step.notes, "# nas, today↵disk|81%");
                confirm(prompt, now)
            })
            .await;
        assert_eq!(walked.ending, Ending::LoginVerified, "{settings:?}");
        assert!(noted, "it is said: {settings:?}");
        let text = site.stored().await.file.unwrap_or_default();
        assert!(!text.contains("nas"), "{text}");
        site.undo().await;
        let after = site.stored().await;
        assert_eq!((after.file, after.tables), (before.file, before.tables), "{settings:?}");
    }
}

/// 201, and nothing is there: nobody else changed anything.
#[tokio::test]
async fn a_server_that_stores_nothing_is_not_somebody_else() {
    for path in ["/providers/oauth2/", "/core/applications/"] {
        let site = Site::open().await;
        site.lab
            .authentik
            .let_fail(Mishap::new(path, MishapKind::Forget).on(reqwest::Method::POST));
        let mut faults = Vec::new();
        let walked = site
            .start()
            .walk(|prompt, now| {
                faults.extend(prompt.refused.iter().cloned());
                confirm(prompt, now)
            })
            .await;
        assert_eq!(walked.ending, Ending::LoginVerified, "{path}");
        let [fault] = faults.as_slice() else { panic!("{path}: {faults:?}") };
        assert_eq!(fault.kind, FaultKind::NotKept, "{fault}");
        assert!(fault.answer.contains(&*said("accepted")), "{fault}");
        assert!(!fault.to_string().contains("somebody"), "{fault}");
    }
}
