//! Rotation with something going wrong at every point, and cut off anywhere.

use immich_sso::{
    secret::{Label, Secret},
    site::{Fault, System},
    wizard::{
        About, ActOutcome, BackTo, Course, Ending, RotateWish, RotationTopic, Snapshot, StepId,
        StepTopic, Topic, apply, start, survey,
    },
};
use immich_sso_lab::{
    Homelab, HomelabOptions, Settings,
    authentik::{Mishap, MishapKind},
    immich,
};
use testkit::said;
use testkit::said_with;

use crate::{
    driver::{Driver, Site, confirm, leaves, pick, refusal, says},
    rotation::{PROVIDER, options},
};

/// The first write of a rotation that goes wrong, in every way that a server or
/// the network has, on either side: afterwards both sides hold the old secret,
/// or, where the write was only unheard of, the new one.
#[tokio::test]
async fn whatever_goes_wrong_leads_back() {
    let patch =
        |kind: MishapKind| Mishap::new("/providers/oauth2/", kind).on(reqwest::Method::PATCH);
    for kind in [
        MishapKind::Crash,
        MishapKind::ServerError,
        MishapKind::BadGateway,
        MishapKind::Drop,
        MishapKind::DropAfter,
    ] {
        let site = Site::set_up(HomelabOptions::default()).await;
        let old = site.kept(Label::ClientSecret).await.unwrap();
        site.lab.authentik.let_fail(patch(kind.clone()));
        let walked = site.rotates().walk(leaves).await;
        if kind == MishapKind::DropAfter {
            // The answer was lost, and the look afterwards found it done.
            assert_eq!(walked.ending, Ending::Rotated, "{kind:?}");
            site.is_rotated_from(&old).await;
            continue;
        }
        assert_eq!(walked.ending, Ending::Left, "{kind:?}");
        assert!(refusal(&walked).contains(&*said("set back")), "{kind:?}: {}", refusal(&walked));
        is_told_as_answered(&walked.last, &kind);
        site.is_back_on(&old).await;
    }
    let put = |after| immich::Mishap::Drop {
        method: "PUT".into(),
        path: "/api/system-config".into(),
        after,
    };
    let bad = immich::Mishap::Answer {
        method: "PUT".into(),
        path: "/api/system-config".into(),
        status: 502,
    };
    for (mishap, done) in [(put(false), false), (put(true), true), (bad, false)] {
        let site = Site::set_up(HomelabOptions::default()).await;
        let old = site.kept(Label::ClientSecret).await.unwrap();
        site.lab.immich.mishap(mishap.clone());
        let walked = site.rotates().walk(leaves).await;
        if done {
            assert_eq!(walked.ending, Ending::Rotated, "{mishap:?}");
            site.is_rotated_from(&old).await;
            continue;
        }
        assert_eq!(walked.ending, Ending::Left, "{mishap:?}");
        assert!(refusal(&walked).contains(&*said("set back")), "{mishap:?}: {}", refusal(&walked));
        site.is_back_on(&old).await;
        // The next start sees where it stands, and goes on.
        let walked = site.rotates().walk(confirm).await;
        assert_eq!(walked.ending, Ending::Rotated, "{mishap:?}");
        site.is_rotated_from(&old).await;
    }
}

/// What was answered is no cut, and a look showed what became of it.
fn is_told_as_answered(now: &Snapshot, kind: &MishapKind) {
    let ends: Vec<&Fault> = failures(now).collect();
    let end = ends.first().unwrap_or_else(|| panic!("{kind:?}: {:?}", now.journal));
    assert!(end.answer.ends_with(&*said("not done, as the next look showed")), "{end}");
    assert!(!end.answer.starts_with(&*said("cut short")), "{kind:?}: {end}");
    if *kind == MishapKind::ServerError {
        assert!(end.answer.contains("500"), "{end}");
    }
}

/// Why writes of authentik's secret failed, by the journal.
fn failures(now: &Snapshot) -> impl Iterator<Item = &Fault> {
    now.journal.iter().filter(|row| row.system == System::Authentik).filter_map(|row| {
        match &row.outcome {
            ActOutcome::Failed(fault) => Some(fault),
            _ => None,
        }
    })
}

/// A test that fails after the switch leads back too, also where Immich had to
/// be restarted for it.
#[tokio::test]
async fn a_test_that_fails_leads_back() {
    for (immich, settings) in [("2.7.5", Settings::Api), ("1.105.1", Settings::Database)] {
        let site = Site::set_up(options("2026.8.3", immich, settings)).await;
        let old = site.kept(Label::ClientSecret).await.unwrap();
        let mut armed = false;
        let walked = site
            .rotates()
            .walk(|prompt, now| {
                if matches!(prompt.topic, Topic::Step(StepTopic::Apply(StepId::Set))) && !armed {
                    armed = true;
                    // It is looked at twice.
                    for _ in 0..2 {
                        site.lab.immich.mishap(immich::Mishap::Answer {
                            method: "POST".into(),
                            path: "/api/oauth/authorize".into(),
                            status: 500,
                        });
                    }
                }
                leaves(prompt, now)
            })
            .await;
        assert_eq!(walked.ending, Ending::Left, "Immich {immich}");
        assert!(refusal(&walked).contains(&*said("set back")), "{}", refusal(&walked));
        let switch = walked.last.rotation.unwrap().switch.unwrap();
        assert!(matches!(switch.course, Course::LedBack(_)), "{switch:?}");
        site.is_back_on(&old).await;
    }
}

/// Both sides were given the new secret, and the run was killed before its test.
async fn killed_before_the_test() -> (Site, Secret, Secret) {
    let site = Site::set_up(options("2026.8.3", "2.7.5", Settings::Api)).await;
    let old = site.kept(Label::ClientSecret).await.unwrap();
    assert_eq!(site.rotates().walk(confirm).await.ending, Ending::Rotated);
    let new = site.is_rotated_from(&old).await;
    site.vault.put(Label::ClientSecretPending, &new).await.unwrap();
    site.vault.put(Label::ClientSecret, &old).await.unwrap();
    (site, old, new)
}

#[tokio::test]
async fn a_plan_finishes_no_switch_of_an_earlier_run_untested() {
    let (site, old, new) = killed_before_the_test().await;
    let looked = survey(site.rotates_with(RotateWish::default())).await.unwrap();
    // It is looked at twice.
    for _ in 0..2 {
        site.lab.immich.mishap(immich::Mishap::Answer {
            method: "POST".into(),
            path: "/api/oauth/authorize".into(),
            status: 500,
        });
    }
    apply(site.setup(), &looked.plan_file()).await.unwrap_err();
    assert_eq!(site.kept(Label::ClientSecret).await, Some(old.clone()));
    apply(site.setup(), &looked.plan_file()).await.unwrap();
    assert_eq!(site.is_rotated_from(&old).await, new);
}

/// The previous secret is asked for while a rotation is unfinished: no way leads on
/// to the new one.
#[tokio::test]
async fn going_back_does_not_finish_an_unfinished_rotation() {
    let (site, old, _) = killed_before_the_test().await;
    let back = || RotateWish { back: true, ..RotateWish::default() };
    let looked = survey(site.rotates_with(back())).await.unwrap();
    let create = looked.snapshot.step(StepId::Create).unwrap();
    assert!(!create.blockers.is_empty());
    let walked = Driver::of(start(site.rotates_with(back()))).walk(confirm).await;
    assert!(matches!(walked.ending, Ending::Finished | Ending::Rotated), "{:?}", walked.ending);
    site.is_back_on(&old).await;
    let set = walked.last.step(StepId::Set).unwrap();
    let back = About::Back { stage: StepId::Set, to: BackTo::Current };
    assert_eq!(set.about, Some(back), "it says that it gives the new one");
}

/// When even going back fails, the operator is told which side holds which
/// secret, and the next start goes on from there, either way.
#[tokio::test]
async fn where_going_back_fails_too_the_next_start_knows_what_each_side_holds() {
    for key in ['g', 'b'] {
        let site = Site::set_up(HomelabOptions::default()).await;
        let old = site.kept(Label::ClientSecret).await.unwrap();
        // Immich refuses the write; authentik all that would lead it back.
        site.lab.immich.mishap(immich::Mishap::Answer {
            method: "PUT".into(),
            path: "/api/system-config".into(),
            status: 502,
        });
        let refuses = || {
            Mishap::new("/providers/oauth2/", MishapKind::BadGateway)
                .on(reqwest::Method::PATCH)
                .after(1)
        };
        let mut armed = false;
        let walked = {
            // The first PATCH is the switch's own.
            site.rotates()
                .walk(|prompt, now| {
                    if matches!(prompt.topic, Topic::Step(StepTopic::Apply(StepId::Set))) && !armed
                    {
                        armed = true;
                        for _ in 0..4 {
                            site.lab.authentik.let_fail(refuses());
                        }
                    }
                    leaves(prompt, now)
                })
                .await
        };
        assert_eq!(walked.ending, Ending::Left);
        let pending = site.kept(Label::ClientSecretPending).await.unwrap();
        let told = refusal(&walked);
        assert!(
            told.contains(&said_with("authentik holds {}", &[&pending.fingerprint()])),
            "{told}"
        );
        assert!(told.contains(&said_with("Immich holds {}", &[&old.fingerprint()])), "{told}");
        let (authentik, immich) = site.sides();
        assert_eq!((authentik.as_str(), immich.as_str()), (pending.expose(), old.expose()));

        let walked = site
            .rotates()
            .walk(|prompt, now| {
                if matches!(
                    prompt.topic,
                    Topic::Rotation(
                        RotationTopic::Unfinished
                            | RotationTopic::Interrupted
                            | RotationTopic::RenewalUnfinished { .. }
                    )
                ) {
                    assert!(says(&prompt.help, &said("logins fail")), "{prompt:?}");
                    return pick(prompt, key);
                }
                confirm(prompt, now)
            })
            .await;
        if key == 'g' {
            assert_eq!(walked.ending, Ending::Rotated);
            site.is_rotated_from(&old).await;
        } else {
            assert_eq!(walked.ending, Ending::Finished);
            site.is_back_on(&old).await;
            assert_eq!(site.kept(Label::ClientSecretPending).await, None);
        }
    }
}

/// Without an operator, too, what fails leads back.
#[tokio::test]
async fn a_plan_that_fails_half_way_leads_back() {
    let site = Site::set_up(HomelabOptions::default()).await;
    let old = site.kept(Label::ClientSecret).await.unwrap();
    let file = survey(site.rotates_with(RotateWish::default())).await.unwrap().plan_file();
    site.lab
        .authentik
        .let_fail(Mishap::new("/providers/oauth2/", MishapKind::Crash).on(reqwest::Method::PATCH));
    let fault = apply(site.setup(), &file).await.unwrap_err();
    assert!(fault.answer.contains(&*said("set back")), "{fault}");
    site.is_back_on(&old).await;
}

/// Whatever a run that was cut off left in the store and on both sides, the
/// next one understands it, and goes on or back.
#[tokio::test]
async fn every_place_where_a_rotation_can_be_cut_off_is_understood() {
    let new = Secret::generate().unwrap();
    let site = Site::set_up(HomelabOptions::default()).await;
    let old = site.kept(Label::ClientSecret).await.unwrap();
    let set = |authentik: &Secret, immich: &Secret| {
        site.lab.authentik.change_provider(PROVIDER, |provider| {
            provider.insert("client_secret".into(), authentik.expose().into());
        });
        let storage = site.lab.immich.storage();
        storage.tables().metadata.as_mut().unwrap()["oauth"]["clientSecret"] =
            immich.expose().into();
    };
    let (o, n) = (&old, &new);
    // authentik, Immich, and the store's current, pending and previous.
    for (authentik, immich, current, previous, way, ends_on) in [
        (o, o, o, None, 'g', n),
        (o, o, o, None, 'b', o),
        (n, o, o, None, 'g', n),
        (n, o, o, None, 'b', o),
        (o, n, o, None, 'g', n),
        (o, n, o, None, 'b', o),
        (n, n, o, None, 'g', n),
        (n, n, o, None, 'b', o),
        (n, n, o, Some(o), 'g', n),
        (n, n, n, Some(o), 'g', n),
    ] {
        set(authentik, immich);
        let what = format!("{way} from {authentik:?} {immich:?} {current:?}");
        site.vault.put(Label::ClientSecret, current).await.unwrap();
        site.vault.put(Label::ClientSecretPending, n).await.unwrap();
        site.vault.forget(Label::ClientSecretPrevious).await.unwrap();
        if let Some(previous) = previous {
            site.vault.put(Label::ClientSecretPrevious, previous).await.unwrap();
        }
        let walked = site
            .rotates()
            .walk(|prompt, now| {
                if matches!(
                    prompt.topic,
                    Topic::Rotation(
                        RotationTopic::Unfinished
                            | RotationTopic::Interrupted
                            | RotationTopic::RenewalUnfinished { .. }
                    )
                ) {
                    return pick(prompt, way);
                }
                confirm(prompt, now)
            })
            .await;
        assert!(matches!(walked.ending, Ending::Rotated | Ending::Finished), "{what}");
        let (authentik, immich) = site.sides();
        assert_eq!((authentik.as_str(), immich.as_str()), (ends_on.expose(), ends_on.expose()));
        assert_eq!(site.kept(Label::ClientSecret).await.as_ref(), Some(ends_on), "{what}");
        assert_eq!(site.kept(Label::ClientSecretPending).await, None, "{what}");
        Homelab::log_in_as_alice(site.lab.immich.url()).await.unwrap();
    }
}

/// Somebody saves other settings between our last look and the write: theirs
/// stay, and the rotation is planned anew.
#[tokio::test]
async fn others_settings_stay_as_they_are_in_a_rotation() {
    let site = Site::set_up(HomelabOptions::default()).await;
    let old = site.kept(Label::ClientSecret).await.unwrap();
    let mut changed = false;
    let walked = site
        .rotates()
        .walk(|prompt, now| {
            if matches!(prompt.topic, Topic::Step(StepTopic::Apply(StepId::Set))) && !changed {
                changed = true;
                site.lab.immich.mishap(immich::Mishap::ForeignChange {
                    method: "GET".into(),
                    path: "/api/system-config".into(),
                    block: "trash".into(),
                    key: "days".into(),
                    value: 99.into(),
                });
            }
            confirm(prompt, now)
        })
        .await;
    assert_eq!(walked.ending, Ending::Rotated);
    assert_eq!(site.lab.immich.settings().unwrap()["trash"]["days"], 99);
    site.is_rotated_from(&old).await;
}
