//! Rotation on the lab, by every route, on several releases.

use std::time::Duration;

use immich_sso::{
    immich::RouteKind,
    secret::{Label, Secret},
    site::System,
    text,
    wizard::{
        About, Answer, BackTo, Ending, PlanFile, Prompt, PromptKind, RotateWish, RotationNote,
        RotationTopic, RunTopic, Snapshot, Staged, StepId, StepTopic, Story, Topic, apply,
        secret_age, start, survey,
    },
};
use immich_sso_lab::{
    HomelabOptions, Settings,
    authentik::{Mishap, MishapKind},
    host, immich,
};
use testkit::said;
use testkit::said_with;

use crate::driver::{Driver, Site, Walked, confirm, pick};

pub const PROVIDER: &str = "immich-oauth-provider";

pub fn options(authentik: &str, immich: &str, settings: Settings) -> HomelabOptions {
    HomelabOptions {
        authentik: authentik.parse().unwrap(),
        immich: immich.parse().unwrap(),
        settings,
        ..HomelabOptions::default()
    }
}

#[tokio::test]
async fn every_route_and_release_is_rotated_and_the_old_secret_refused() {
    for (authentik, immich, settings, route) in [
        ("2026.8.3", "2.7.5", Settings::Api, RouteKind::Api),
        ("2025.10.2", "3.2.2", Settings::Api, RouteKind::Api),
        ("2024.2.0", "1.118.2", Settings::Api, RouteKind::Api),
        ("2026.8.3", "2.7.5", Settings::Database, RouteKind::Database),
        ("2026.8.3", "1.105.1", Settings::Api, RouteKind::Api),
        ("2026.8.3", "1.105.1", Settings::Database, RouteKind::Database),
        ("2026.8.3", "3.2.2", Settings::ConfigFile, RouteKind::ConfigFile),
    ] {
        let site = Site::set_up(options(authentik, immich, settings)).await;
        let old = site.kept(Label::ClientSecret).await.unwrap();
        let walked = site.rotates().walk(confirm).await;
        let what = format!("authentik {authentik}, Immich {immich}, {route}");
        assert_eq!(walked.ending, Ending::Rotated, "{what}: {:?}", walked.last.card());
        assert_eq!(walked.last.header.route.as_ref().unwrap().kind, route, "{what}");
        let new = site.is_rotated_from(&old).await;

        let rotation = walked.last.rotation.as_ref().unwrap();
        let print = new.fingerprint().to_string();
        assert!(rotation.kept.contains(&(Staged::Current, print)), "{what}: {rotation:?}");
        let (_, at_most) = rotation.switch.as_ref().unwrap().outage().unwrap();
        assert!(at_most > Duration::ZERO, "{what}: it was measured");
        let test = walked.last.step(StepId::Test).unwrap();
        let refused = said_with("the token endpoint refuses {}", &[&old.fingerprint()]);
        assert!(
            test.proofs.iter().any(|proof| text::claim(&proof.what) == refused),
            "{what}: {:?}",
            test.proofs
        );

        // No secret was shown or written.
        let written = crate::driver::files(site.folder.path());
        for secret in [&old, &new] {
            assert!(!walked.shown.contains(secret.expose()), "{what}");
            assert!(!written.contains(secret.expose()), "{what}");
        }
        // The set-up finds nothing to do afterwards.
        let mutations = site.mutations();
        assert!(site.walk().await.login_worked(), "{what}");
        assert_eq!(site.mutations(), mutations, "{what}");
    }
}

/// Old releases read what is written into their database at their start: until
/// they are back, logins fail.
#[tokio::test]
async fn outage_lasts_until_a_restarted_immich_answers_again() {
    let site = Site::set_up(options("2026.8.3", "1.105.1", Settings::Database)).await;
    let walked = site.rotates().walk(confirm).await;
    assert_eq!(walked.ending, Ending::Rotated);
    let switch = walked.last.rotation.unwrap().switch.unwrap();
    let (at_least, at_most) = switch.outage().unwrap();
    // The lab's restart takes 800 ms.
    assert!(at_least > Duration::ZERO, "{switch:?}");
    assert!(at_most >= Duration::from_millis(800), "{switch:?}");
}

#[tokio::test]
async fn faster_side_waits_for_the_time_of_the_slower_write() {
    const SLOW: Duration = Duration::from_millis(1500);
    let slow = |method| Mishap::new("/providers/oauth2/", MishapKind::Delay(SLOW)).on(method);
    for settings in [Settings::ConfigFile, Settings::Api] {
        let site = Site::with(options("2026.8.3", "2.7.5", settings)).await;
        site.lab.authentik.let_fail(slow(reqwest::Method::POST));
        assert_eq!(site.walk().await.ending, Ending::LoginVerified);
        let walked = site
            .rotates()
            .walk(|prompt, now| {
                if matches!(prompt.topic, Topic::Step(StepTopic::Apply(StepId::Set))) {
                    site.lab.authentik.let_fail(slow(reqwest::Method::PATCH));
                }
                confirm(prompt, now)
            })
            .await;
        assert_eq!(walked.ending, Ending::Rotated, "{settings:?}");
        let switch = walked.last.rotation.unwrap().switch.unwrap();
        let immich = switch.immich.unwrap();
        assert!(immich.to >= Duration::from_secs(1), "{settings:?}: {switch:?}");
    }
}

/// The other way round: Immich is the slow one, and authentik waits as soon as
/// that was timed once. Until then the screen says that it was not.
#[tokio::test]
async fn authentik_waits_for_the_time_of_a_slower_immich() {
    const SLOW: Duration = Duration::from_millis(1500);
    let untimed = |walked: &Walked| {
        let note = format!("{:?}", RotationNote::Untimed(vec![System::Immich]));
        walked.shown.contains(&note)
    };
    for settings in [Settings::Api, Settings::Database, Settings::ConfigFile] {
        let site = Site::with(options("2026.8.3", "2.7.5", settings)).await;
        let slows = |site: &Site| match settings {
            Settings::Api => site.lab.immich.mishap(immich::Mishap::Slow {
                method: "PUT".into(),
                path: "/api/system-config".into(),
                by: SLOW,
            }),
            // What waits for a word is ended sooner than any other command.
            _ => site.lab.host.let_fail(host::Mishap {
                command: " 20 ".into(),
                passes: 0,
                kind: host::MishapKind::SlowAtWord(SLOW),
            }),
        };
        let rotated = async || {
            let slow = |prompt: &Prompt, now: &Snapshot| {
                if matches!(prompt.topic, Topic::Step(StepTopic::Apply(StepId::Set))) {
                    slows(&site);
                }
                confirm(prompt, now)
            };
            let walked = site.rotates().walk(slow).await;
            assert_eq!(walked.ending, Ending::Rotated, "{settings:?}");
            let switch = walked.last.rotation.clone().unwrap().switch.unwrap();
            (walked, switch)
        };
        if settings == Settings::Api {
            slows(&site);
        }
        assert_eq!(site.walk().await.ending, Ending::LoginVerified);
        if settings != Settings::Api {
            let (walked, switch) = rotated().await;
            assert!(untimed(&walked), "{settings:?}");
            assert!(switch.outage().unwrap().1 >= Duration::from_secs(1), "{switch:?}");
        }
        let (walked, switch) = rotated().await;
        assert!(!untimed(&walked), "{settings:?}");
        let authentik = switch.authentik.unwrap();
        assert!(authentik.to >= Duration::from_secs(1), "{settings:?}: {switch:?}");
        assert!(switch.outage().unwrap().0 < Duration::from_secs(1), "{settings:?}: {switch:?}");
    }
}

/// Law 1, and nothing is sent before both sides are asked about.
#[tokio::test]
async fn nothing_is_rotated_unconfirmed() {
    let site = Site::set_up(HomelabOptions::default()).await;
    let old = site.kept(Label::ClientSecret).await.unwrap();
    let mutations = site.mutations();
    let walked = site
        .rotates()
        .walk(|prompt, now| match &prompt.kind {
            PromptKind::Decide { plan } => Answer::Decide {
                plan: plan.digest.clone(),
                verdict: immich_sso::wizard::Verdict::Skip,
            },
            _ => confirm(prompt, now),
        })
        .await;
    assert_eq!(walked.ending, Ending::Left);
    assert_eq!(site.mutations(), mutations);
    assert_eq!(site.kept(Label::ClientSecretPending).await, None);
    site.is_back_on(&old).await;
}

#[tokio::test]
async fn a_reviewed_plan_of_a_rotation_is_applied_exactly_and_only_once() {
    for settings in [Settings::Api, Settings::Database] {
        let site = Site::set_up(options("2026.8.3", "2.7.5", settings)).await;
        let old = site.kept(Label::ClientSecret).await.unwrap();
        let mutations = site.mutations();
        let looked = survey(site.rotates_with(RotateWish::default())).await.unwrap();
        assert_eq!(site.mutations(), mutations, "looking changes nothing");
        let text = looked.plan_file().text().unwrap();
        assert!(!text.contains(old.expose()));
        let file = PlanFile::read(&text).unwrap();
        // The file says what it is for, whatever it is handed to.
        apply(site.setup(), &file).await.unwrap();
        let new = site.is_rotated_from(&old).await;
        let mutations = site.mutations();
        let refused = apply(site.setup(), &file).await.unwrap_err();
        assert_eq!(refused.kind, immich_sso::site::FaultKind::Moved);
        let anew = said_with("Make the plan anew with `{} rotate --plan FILE`", &[&"immich-sso"]);
        assert!(refused.remedy.starts_with(&*anew), "{}", refused.remedy);
        assert_eq!(site.mutations(), mutations);
        assert_eq!(site.kept(Label::ClientSecret).await, Some(new));
    }
}

/// Killed when only the pending entry was left to forget: the new secret is in
/// use, and nothing says otherwise.
#[tokio::test]
async fn rotation_that_lacks_its_last_write_is_told_as_it_is() {
    let site = Site::set_up(HomelabOptions::default()).await;
    let old = site.kept(Label::ClientSecret).await.unwrap();
    assert_eq!(site.rotates().walk(confirm).await.ending, Ending::Rotated);
    let new = site.is_rotated_from(&old).await;
    let unfinished = async || site.vault.put(Label::ClientSecretPending, &new).await.unwrap();

    unfinished().await;
    let looked = survey(site.rotates_with(RotateWish::default())).await.unwrap();
    let mutations = site.mutations();
    apply(site.setup(), &looked.plan_file()).await.unwrap();
    assert_eq!(site.mutations(), mutations, "the store alone is changed");
    assert_eq!(site.is_rotated_from(&old).await, new);

    unfinished().await;
    let mut decided = Vec::new();
    let walked = site
        .rotates()
        .walk(|prompt, now| {
            if matches!(prompt.kind, PromptKind::Decide { .. }) {
                decided.push(prompt.topic.clone());
            }
            confirm(prompt, now)
        })
        .await;
    assert_eq!(walked.ending, Ending::Rotated);
    assert_eq!(decided, [Topic::Step(StepTopic::ForgetPending)]);
    assert!(walked.shown.contains(&format!("{:?}", RotationNote::Standing(Story::Promoted))));
    assert_eq!(site.is_rotated_from(&old).await, new);
}

#[tokio::test]
async fn the_previous_secret_is_brought_back_the_same_way() {
    let site = Site::set_up(HomelabOptions::default()).await;
    let first = site.kept(Label::ClientSecret).await.unwrap();
    let back = || RotateWish { back: true, ..RotateWish::default() };
    // Nothing to go back to yet.
    let mut driver = Driver::of(start(site.rotates_with(back())));
    let prompt = driver
        .asked_like(|topic| matches!(topic, Topic::Rotation(RotationTopic::OtherUsers { .. })))
        .await;
    driver.answer(&prompt, pick(&prompt, 'n'));
    let prompt =
        driver.asked_like(|topic| matches!(topic, Topic::Step(StepTopic::Blocked(_)))).await;
    assert!(prompt.refused.unwrap().answer.contains(&*said("none is kept")));
    driver.quit().await;

    assert_eq!(site.rotates().walk(confirm).await.ending, Ending::Rotated);
    let second = site.is_rotated_from(&first).await;
    let mut asked = Vec::new();
    let walked = Driver::of(start(site.rotates_with(back())))
        .walk(|prompt, now| {
            asked.push(prompt.topic.clone());
            confirm(prompt, now)
        })
        .await;
    assert_eq!(walked.ending, Ending::Rotated);
    assert_eq!(site.is_rotated_from(&second).await, first);
    // Each stage says what it does here, not what one on to a new secret does.
    for step in walked.last.steps.iter().filter(|step| step.id != StepId::Access) {
        let back = About::Back { stage: step.id, to: BackTo::Previous };
        assert_eq!(step.about, Some(back.clone()));
        assert!(!text::about(&back).is_empty(), "{back:?}");
    }
    assert!(asked.contains(&Topic::Step(StepTopic::TakePrevious)), "{asked:?}");
}

/// The set-up sees a rotation that was cut off, and goes on with it.
#[tokio::test]
async fn a_set_up_offers_to_go_on_with_a_rotation_that_was_cut_off() {
    let site = Site::set_up(HomelabOptions::default()).await;
    let old = site.kept(Label::ClientSecret).await.unwrap();
    let mut driver = site.rotates();
    loop {
        let prompt = driver.asked_anything().await;
        if matches!(prompt.topic, Topic::Step(StepTopic::Apply(StepId::Set))) {
            break;
        }
        driver.answer(&prompt, confirm(&prompt, &Snapshot::default()));
        let asked = prompt.id;
        driver.until(|now| now.prompt.as_ref().is_none_or(|prompt| prompt.id != asked)).await;
    }
    assert_eq!(driver.quit().await, Ending::Left);
    site.is_back_on(&old).await;
    let looked = survey(site.setup()).await.unwrap();
    let secret = looked.snapshot.remembered.secret.unwrap();
    assert!(secret.pending.is_some(), "{secret:?}");
    let walked = site.start().walk(confirm).await;
    assert_eq!(walked.ending, Ending::Rotated);
    site.is_rotated_from(&old).await;
}

/// From the end of the set-up, on the same run.
#[tokio::test]
async fn the_set_up_ends_with_the_offer_to_rotate() {
    let site = Site::set_up(HomelabOptions::default()).await;
    let old = site.kept(Label::ClientSecret).await.unwrap();
    let walked = site
        .start()
        .walk(|prompt, now| {
            if matches!(prompt.topic, Topic::Run(RunTopic::AllWalked { .. })) {
                return pick(prompt, 't');
            }
            confirm(prompt, now)
        })
        .await;
    assert_eq!(walked.ending, Ending::Rotated);
    assert_eq!(walked.last.steps.len(), StepId::ROTATION.len());
    site.is_rotated_from(&old).await;
}

#[tokio::test]
async fn the_age_of_the_secret_is_known_since_it_was_made() {
    let site = Site::set_up(HomelabOptions::default()).await;
    let age = || secret_age(&site.folders(), "test").unwrap();
    let first = age().unwrap();
    assert!(first.made_here);
    assert_eq!(site.rotates().walk(confirm).await.ending, Ending::Rotated);
    let second = age().unwrap();
    assert!(second.since > first.since);
    // What comes back is as old as it was.
    let back = RotateWish { back: true, ..RotateWish::default() };
    let walked = Driver::of(start(site.rotates_with(back))).walk(confirm).await;
    assert_eq!(walked.ending, Ending::Rotated);
    assert_eq!(age(), Some(first));
    // Put there by hand, it is nobody's guess.
    site.vault.put(Label::ClientSecret, &Secret::new("by-hand")).await.unwrap();
    let looked = survey(site.setup()).await.unwrap();
    assert_eq!(looked.snapshot.remembered.secret.unwrap().age, None);
    // Taken over from authentik, it is older than that.
    site.vault.forget(Label::ClientSecret).await.unwrap();
    assert_eq!(site.walk().await.ending, Ending::LoginVerified);
    assert!(!age().unwrap().made_here);
}

#[tokio::test]
async fn there_is_nothing_to_rotate_before_the_set_up() {
    let site = Site::open().await;
    let mut driver = site.rotates();
    let prompt =
        driver.asked_like(|topic| matches!(topic, Topic::Step(StepTopic::Blocked(_)))).await;
    let fault = prompt.refused.unwrap();
    assert!(fault.remedy.contains(&*said("walk the set-up first")), "{fault}");
    driver.quit().await;
    assert_eq!(site.mutations(), 0);
}
