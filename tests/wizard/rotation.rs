//! Rotation on the lab: by every route, every release, and with something
//! going wrong at every point.

use std::time::Duration;

use immich_sso::{
    lab::{
        Homelab, HomelabOptions, Settings,
        authentik::{Mishap, MishapKind},
        immich,
    },
    secret::{Label, Secret},
    wizard::{
        Answer, Ending, PlanFile, Prompt, PromptKind, Purpose, RotateWish, Rotated, Setup,
        Snapshot, Staged, StepId, StepState, apply, secret_age, start, survey,
    },
};

use crate::driver::{Driver, Site, Walked, confirm, pick};

const PROVIDER: &str = "immich-oauth-provider";

impl Site {
    /// A site that is set up, and nothing is under way.
    async fn set_up(options: HomelabOptions) -> Self {
        let site = Self::with(options).await;
        assert_eq!(site.walk().await.ending, Ending::LoginVerified);
        site
    }

    fn rotates_with(&self, wish: RotateWish) -> Setup {
        Setup { purpose: Purpose::Rotate(wish), ..self.setup() }
    }

    fn rotates(&self) -> Driver {
        Driver::of(start(self.rotates_with(RotateWish::default())))
    }

    async fn kept(&self, label: Label) -> Option<Secret> {
        self.vault.get(label).await.unwrap()
    }

    /// What authentik and Immich hold.
    fn sides(&self) -> (String, String) {
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        (text(&self.provider()["client_secret"]), text(&self.oauth()["clientSecret"]))
    }

    /// Everything is as before a rotation: both sides, and a login.
    async fn is_back_on(&self, old: &Secret) {
        let (authentik, immich) = self.sides();
        assert_eq!(authentik, old.expose(), "authentik");
        assert_eq!(immich, old.expose(), "Immich");
        assert_eq!(self.kept(Label::ClientSecret).await.as_ref(), Some(old));
        Homelab::log_in_as_alice(self.lab.immich.url()).await.unwrap();
    }

    /// The new secret is everywhere, the old one is kept as the previous.
    async fn is_rotated_from(&self, old: &Secret) -> Secret {
        let (authentik, immich) = self.sides();
        let current = self.kept(Label::ClientSecret).await.unwrap();
        assert_ne!(current, *old);
        assert_eq!(authentik, current.expose(), "authentik");
        assert_eq!(immich, current.expose(), "Immich");
        assert_eq!(self.kept(Label::ClientSecretPrevious).await.as_ref(), Some(old));
        assert_eq!(self.kept(Label::ClientSecretPending).await, None);
        Homelab::log_in_as_alice(self.lab.immich.url()).await.unwrap();
        current
    }
}

fn options(authentik: &str, immich: &str, settings: Settings) -> HomelabOptions {
    HomelabOptions {
        authentik: authentik.parse().unwrap(),
        immich: immich.parse().unwrap(),
        settings,
        ..HomelabOptions::default()
    }
}

/// Confirms everything, and leaves where something failed.
fn leaves(prompt: &Prompt, now: &Snapshot) -> Answer {
    if prompt.refused.is_some() {
        let PromptKind::Choice { options, .. } = &prompt.kind else { panic!("{prompt:?}") };
        let leave = options.iter().position(|option| option.label.starts_with("Leave it"));
        return Answer::Choice(leave.unwrap_or_else(|| panic!("{prompt:?}")));
    }
    confirm(prompt, now)
}

fn refusal(walked: &Walked) -> String {
    let step = walked.last.steps.iter().find(|step| step.state == StepState::Failed).unwrap();
    step.blockers[0].to_string()
}

#[tokio::test]
async fn every_route_and_release_is_rotated_and_the_old_secret_refused() {
    for (authentik, immich, settings, route) in [
        ("2026.8.3", "2.7.5", Settings::Api, "API"),
        ("2025.10.2", "3.2.2", Settings::Api, "API"),
        ("2024.2.0", "1.118.2", Settings::Api, "API"),
        ("2026.8.3", "2.7.5", Settings::Database, "database"),
        ("2026.8.3", "1.105.1", Settings::Api, "database"),
        ("2026.8.3", "3.2.2", Settings::ConfigFile, "config file"),
    ] {
        let site = Site::set_up(options(authentik, immich, settings)).await;
        let old = site.kept(Label::ClientSecret).await.unwrap();
        let walked = site.rotates().walk(confirm).await;
        let what = format!("authentik {authentik}, Immich {immich}, {route}");
        assert_eq!(walked.ending, Ending::Rotated, "{what}: {:?}", walked.last.card());
        assert_eq!(walked.last.route.as_ref().unwrap().name, route, "{what}");
        let new = site.is_rotated_from(&old).await;

        let rotation = walked.last.rotation.as_ref().unwrap();
        let print = new.fingerprint().to_string();
        assert!(rotation.kept.contains(&(Staged::Current, print)), "{what}: {rotation:?}");
        let (_, at_most) = rotation.switch.as_ref().unwrap().outage().unwrap();
        assert!(at_most > Duration::ZERO, "{what}: it was measured");
        let test = walked.last.step(StepId::Test).unwrap();
        let refused = format!("the token endpoint refuses {}", old.fingerprint());
        assert!(test.proofs.iter().any(|proof| proof.what == refused), "{what}: {:?}", test.proofs);

        // No secret was shown or written.
        let written = crate::driver::files(site.folder.path());
        for secret in [&old, &new] {
            assert!(!walked.shown.contains(secret.expose()), "{what}");
            assert!(!written.contains(secret.expose()), "{what}");
        }
        // The set-up finds nothing to do afterwards.
        let mutations = site.mutations();
        assert_eq!(site.walk().await.ending, Ending::LoginVerified, "{what}");
        assert_eq!(site.mutations(), mutations, "{what}");
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
            PromptKind::Decide { plan } => {
                Answer::Decide { plan: plan.clone(), verdict: immich_sso::wizard::Verdict::Skip }
            }
            _ => confirm(prompt, now),
        })
        .await;
    assert_eq!(walked.ending, Ending::Left);
    assert_eq!(site.mutations(), mutations);
    assert_eq!(site.kept(Label::ClientSecretPending).await, None);
    site.is_back_on(&old).await;
}

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
        assert!(refusal(&walked).contains("set back"), "{kind:?}: {}", refusal(&walked));
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
        assert!(refusal(&walked).contains("set back"), "{mishap:?}: {}", refusal(&walked));
        site.is_back_on(&old).await;
        // The next start sees where it stands, and goes on.
        let walked = site.rotates().walk(confirm).await;
        assert_eq!(walked.ending, Ending::Rotated, "{mishap:?}");
        site.is_rotated_from(&old).await;
    }
}

/// A test that fails after the switch leads back too, also where Immich had to
/// be restarted for it.
#[tokio::test]
async fn a_test_that_fails_leads_back() {
    for immich in ["2.7.5", "1.105.1"] {
        let site = Site::set_up(options("2026.8.3", immich, Settings::Api)).await;
        let old = site.kept(Label::ClientSecret).await.unwrap();
        let mut armed = false;
        let walked = site
            .rotates()
            .walk(|prompt, now| {
                if prompt.question.contains("both sides now") && !armed {
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
        assert!(refusal(&walked).contains("set back"), "{}", refusal(&walked));
        assert!(walked.last.rotation.unwrap().switch.unwrap().taken_back);
        site.is_back_on(&old).await;
    }
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
                    if prompt.question.contains("both sides now") && !armed {
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
        assert!(told.contains(&format!("authentik holds {}", pending.fingerprint())), "{told}");
        assert!(told.contains(&format!("Immich holds {}", old.fingerprint())), "{told}");
        let (authentik, immich) = site.sides();
        assert_eq!((authentik.as_str(), immich.as_str()), (pending.expose(), old.expose()));

        let walked = site
            .rotates()
            .walk(|prompt, now| {
                if prompt.question.contains("did not come to its end") {
                    assert!(prompt.help[0].contains("logins fail"), "{prompt:?}");
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
            if prompt.question.contains("both sides now") && !changed {
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
        assert_eq!(site.mutations(), mutations);
        assert_eq!(site.kept(Label::ClientSecret).await, Some(new));
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
    assert!(fault.answer.contains("set back"), "{fault}");
    site.is_back_on(&old).await;
}

#[tokio::test]
async fn the_previous_secret_is_brought_back_the_same_way() {
    let site = Site::set_up(HomelabOptions::default()).await;
    let first = site.kept(Label::ClientSecret).await.unwrap();
    let back = || RotateWish { back: true, ..RotateWish::default() };
    // Nothing to go back to yet.
    let mut driver = Driver::of(start(site.rotates_with(back())));
    let prompt = driver.asked("Does anything but Immich").await;
    driver.answer(&prompt, pick(&prompt, 'n'));
    let prompt = driver.asked("cannot go on like this").await;
    assert!(prompt.refused.unwrap().answer.contains("none is kept"));
    driver.quit().await;

    assert_eq!(site.rotates().walk(confirm).await.ending, Ending::Rotated);
    let second = site.is_rotated_from(&first).await;
    let walked = Driver::of(start(site.rotates_with(back()))).walk(confirm).await;
    assert_eq!(walked.ending, Ending::Rotated);
    assert_eq!(site.is_rotated_from(&second).await, first);
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
                if prompt.question.contains("did not come to its end") {
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

/// The set-up sees a rotation that was cut off, and goes on with it.
#[tokio::test]
async fn a_set_up_offers_to_go_on_with_a_rotation_that_was_cut_off() {
    let site = Site::set_up(HomelabOptions::default()).await;
    let old = site.kept(Label::ClientSecret).await.unwrap();
    let mut driver = site.rotates();
    loop {
        let prompt = driver.asked("").await;
        if prompt.question.contains("both sides now") {
            break;
        }
        driver.answer(&prompt, confirm(&prompt, &Snapshot::default()));
        let asked = prompt.id;
        driver.until(|now| now.prompt.as_ref().is_none_or(|prompt| prompt.id != asked)).await;
    }
    assert_eq!(driver.quit().await, Ending::Left);
    site.is_back_on(&old).await;
    let looked = survey(site.setup()).await.unwrap();
    let secret = looked.snapshot.secret.unwrap();
    assert!(secret.spelled(jiff::Timestamp::now()).contains("did not come to its end"));
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
            if prompt.question.contains("All steps are walked") {
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
async fn tokens_that_were_issued_under_the_old_secret_are_revoked_on_request() {
    let site = Site::set_up(HomelabOptions::default()).await;
    let old = site.kept(Label::ClientSecret).await.unwrap();
    assert!(site.lab.authentik.outstanding_tokens() > 0);
    let wish = RotateWish { revoke: true, ..RotateWish::default() };
    let walked = Driver::of(start(site.rotates_with(wish))).walk(confirm).await;
    assert_eq!(walked.ending, Ending::Rotated);
    assert_eq!(site.lab.authentik.outstanding_tokens(), 0);
    site.is_rotated_from(&old).await;
}

/// A token with least rights does not see others' tokens: that is said, and an
/// administrator signs in for this alone.
#[tokio::test]
async fn an_administrator_signs_in_to_revoke_what_the_wizards_token_cannot_see() {
    let site = Site::set_up(HomelabOptions::default()).await;
    let (name, password) = ("akadmin", immich_sso::lab::authentik::Authentik::password("akadmin"));
    // The wizard's own token, made in a run that signed in.
    site.vault.forget(Label::AuthentikToken).await.unwrap();
    let signs_in = |prompt: &Prompt, now: &Snapshot| match &prompt.kind {
        PromptKind::Choice { .. } if prompt.question.contains("How may this program") => {
            pick(prompt, 's')
        }
        PromptKind::Choice { .. } if prompt.question.contains("could not be revoked") => {
            assert!(prompt.refused.as_ref().unwrap().answer.contains("its own tokens only"));
            pick(prompt, 's')
        }
        PromptKind::Text { .. } if prompt.question.contains("user name in authentik") => {
            Answer::Text(name.into())
        }
        PromptKind::Text { .. } if prompt.question.contains("second factor") => {
            let code = site.lab.authentik.totp_code(name).unwrap();
            Answer::Text(code.expose().into())
        }
        PromptKind::Hidden => Answer::Hidden(password.clone()),
        _ => confirm(prompt, now),
    };
    let wish = RotateWish { revoke: true, ..RotateWish::default() };
    let walked = Driver::of(start(site.rotates_with(wish))).walk(signs_in).await;
    assert_eq!(walked.ending, Ending::Rotated);
    assert_eq!(site.lab.authentik.outstanding_tokens(), 0);
    assert!(!walked.shown.contains(password.expose()));
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
    // Put there by hand, it is nobody's guess.
    site.vault.put(Label::ClientSecret, &Secret::new("by-hand")).await.unwrap();
    let looked = survey(site.setup()).await.unwrap();
    assert_eq!(looked.snapshot.secret.unwrap().age, None);
    // Taken over from authentik, it is older than that.
    site.vault.forget(Label::ClientSecret).await.unwrap();
    assert_eq!(site.walk().await.ending, Ending::LoginVerified);
    assert!(!age().unwrap().made_here);
}

#[tokio::test]
async fn there_is_nothing_to_rotate_before_the_set_up() {
    let site = Site::open().await;
    let mut driver = site.rotates();
    let prompt = driver.asked("cannot go on like this").await;
    let fault = prompt.refused.unwrap();
    assert!(fault.remedy.contains("walk the set-up first"), "{fault}");
    driver.quit().await;
    assert_eq!(site.mutations(), 0);
}

/// The wizard's own token and key: a new one in use, the old one refused.
#[tokio::test]
async fn the_wizards_own_token_and_key_are_renewed_and_the_old_ones_deleted() {
    let site = Site::without_access(HomelabOptions::default()).await;
    let signs_in = |prompt: &Prompt, now: &Snapshot| {
        let asked = prompt.question.as_str();
        match &prompt.kind {
            PromptKind::Choice { .. } if asked.contains("How may this program work") => {
                pick(prompt, 's')
            }
            PromptKind::Text { .. } if asked.contains("user name in authentik") => {
                Answer::Text("akadmin".into())
            }
            PromptKind::Text { .. } if asked.contains("e-mail address in Immich") => {
                Answer::Text(immich::ADMIN_EMAIL.into())
            }
            PromptKind::Hidden if asked.contains("akadmin") => {
                Answer::Hidden(immich_sso::lab::authentik::Authentik::password("akadmin"))
            }
            PromptKind::Hidden => Answer::Hidden(site.lab.immich.admin_password()),
            _ => confirm(prompt, now),
        }
    };
    assert_eq!(site.start().walk(signs_in).await.ending, Ending::LoginVerified);
    for (of, label) in [
        (Rotated::AuthentikToken, Label::AuthentikToken),
        (Rotated::ImmichApiKey, Label::ImmichApiKey),
    ] {
        let old = site.kept(label).await.unwrap();
        let wish = RotateWish { of, ..RotateWish::default() };
        let walked = Driver::of(start(site.rotates_with(wish))).walk(signs_in).await;
        assert_eq!(walked.ending, Ending::Rotated, "{of:?}: {:?}", walked.last.steps);
        let new = site.kept(label).await.unwrap();
        assert_ne!(new, old, "{of:?}");
        assert!(!walked.shown.contains(new.expose()), "{of:?}");
        let proof = &walked.last.step(StepId::Finish).unwrap().proofs[0];
        assert!(proof.outcome.is_ok(), "{proof:?}");
    }
    assert_eq!(site.kept(Label::AuthentikTokenPrevious).await, None);
    assert_eq!(site.kept(Label::ImmichApiKeyPrevious).await, None);
    // The new ones open what they must.
    assert!(survey(site.setup()).await.unwrap().plan_file().is_empty());
}

/// A token that this program did not make is not its to delete.
#[tokio::test]
async fn a_token_that_was_pasted_is_replaced_and_left_to_its_owner() {
    let site = Site::set_up(HomelabOptions::default()).await;
    let old = site.kept(Label::AuthentikToken).await.unwrap();
    let tokens = site.lab.authentik.token_identifiers();
    let wish = RotateWish { of: Rotated::AuthentikToken, ..RotateWish::default() };
    let walked = Driver::of(start(site.rotates_with(wish))).walk(confirm).await;
    assert_eq!(walked.ending, Ending::Finished);
    assert_eq!(site.kept(Label::AuthentikTokenPrevious).await, Some(old));
    let now = site.lab.authentik.token_identifiers();
    assert!(tokens.iter().all(|token| now.contains(token)), "{now:?}");
    let notes = walked.last.summary.unwrap().next.join(" ");
    assert!(notes.contains("was not made by this program"), "{notes}");
}
