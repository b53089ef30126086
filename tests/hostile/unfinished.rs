//! Rotations that were cut anywhere, and every way on from there: what somebody
//! asked for comes, or nothing does, and no secret becomes the current one that
//! was not tested.

use immich_sso::{
    secret::{Label, Secret},
    wizard::{
        Answer, Ending, PromptKind, RotateWish, RotationTopic, StepId, StepTopic, Topic, UndoTopic,
        apply, start, survey,
    },
};
use immich_sso_lab::{
    Homelab, HomelabOptions,
    authentik::{Mishap, MishapKind},
    immich,
};
use reqwest::Method;

use crate::{
    driver::{Driver, Site, confirm, leaves},
    table,
};

/// Where a rotation was cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    /// The new secret is kept, and used nowhere.
    Made,
    /// authentik has it, and Immich does not.
    Half,
    /// Both have it; it was not tested.
    Switched,
    /// It is the current one; only its pending entry is left.
    Promoted,
}

/// What is wanted then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    /// To finish it.
    On,
    /// The previous secret.
    Back,
    /// A plan that finishes it, while logins fail.
    Plan,
    /// To undo, with Enter at what is asked.
    Undo,
}

const CUTS: [Cut; 4] = [Cut::Made, Cut::Half, Cut::Switched, Cut::Promoted];
const WISHES: [Wish; 4] = [Wish::On, Wish::Back, Wish::Plan, Wish::Undo];

impl Cut {
    /// A site whose rotation was cut there, and the secret before it.
    async fn open(self) -> (Site, Secret) {
        let site = Site::set_up(HomelabOptions::default()).await;
        let old = site.kept(Label::ClientSecret).await.unwrap();
        match self {
            Self::Made => {
                killed_at(&site, |topic| *topic == StepTopic::Apply(StepId::Set).into()).await;
            }
            Self::Half => half(&site).await,
            Self::Switched => {
                let tested = |topic: &Topic| *topic == Topic::Rotation(RotationTopic::Tested);
                killed_at(&site, tested).await;
            }
            Self::Promoted => {
                assert_eq!(site.rotates().walk(confirm).await.ending, Ending::Rotated);
                let new = site.kept(Label::ClientSecret).await.unwrap();
                site.vault.put(Label::ClientSecretPending, &new).await.unwrap();
            }
        }
        (site, old)
    }
}

/// A rotation that is killed at a question.
async fn killed_at(site: &Site, at: impl Fn(&Topic) -> bool) {
    let mut driver = site.rotates();
    loop {
        let prompt = driver.asked_anything().await;
        if at(&prompt.topic) {
            return driver.abort().await;
        }
        let answer = confirm(&prompt, &driver.now());
        driver.answer(&prompt, answer);
        driver.past(&prompt).await;
    }
}

/// Immich does not take the new secret, and authentik not the old one again.
async fn half(site: &Site) {
    let mut armed = false;
    let walked = site.rotates().walk(|prompt, now| {
        if prompt.topic == StepTopic::Apply(StepId::Set).into() && !armed {
            armed = true;
            site.lab.immich.mishap(immich::Mishap::Answer {
                method: "PUT".into(),
                path: "/api/system-config".into(),
                status: 502,
            });
            for _ in 0..4 {
                let refused = Mishap::new("/providers/oauth2/", MishapKind::BadGateway);
                site.lab.authentik.let_fail(refused.on(Method::PATCH).after(1));
            }
        }
        leaves(prompt, now)
    });
    assert_eq!(walked.await.ending, Ending::Left);
    site.lab.authentik.heal();
    let (authentik, immich) = site.sides();
    assert_ne!(authentik, immich);
}

/// What is wrong with what comes of a wish after a cut.
async fn wrong(cut: Cut, wish: Wish) -> Option<String> {
    let (site, old) = cut.open().await;
    let before = (site.sides(), site.mutations());
    let what = match wish {
        Wish::On => {
            let ending = site.rotates().walk(confirm).await.ending;
            match in_use(&site).await {
                Ok(now) if now != old => (ending != Ending::Rotated).then(|| format!("{ending:?}")),
                other => Some(format!("{ending:?}, {other:?}")),
            }
        }
        Wish::Back => {
            let wish = RotateWish { back: true, ..RotateWish::default() };
            let walked = Driver::of(start(site.rotates_with(wish))).walk(leaves).await;
            match in_use(&site).await {
                Ok(now) if now == old => None,
                // It is in use and tested: that is finished first, or nothing is done.
                Ok(_) if cut == Cut::Promoted && site.sides() == before.0 => None,
                other => Some(format!("{:?}, {other:?}", walked.ending)),
            }
        }
        Wish::Plan => untested(&site, &old, cut).await,
        Wish::Undo => {
            let mut driver = Driver::of(start(site.undoing()));
            let prompt = driver.asked_anything().await;
            let is_told = matches!(
                &prompt.topic,
                Topic::Undo(UndoTopic::RotatedSince { finished, .. })
                    if *finished == (cut == Cut::Promoted)
            );
            let PromptKind::Choice { options, default } = &prompt.kind else {
                return Some(format!("{cut:?}, {wish:?}: {prompt:?}"));
            };
            driver.answer(&prompt, Answer::Choice(options[*default].key));
            let ending = driver.ended().await;
            if !is_told {
                Some(format!("the rotation is passed over: {:?}", prompt.topic))
            } else if (site.sides(), site.mutations()) != before {
                Some(format!("Enter changes something: {ending:?}"))
            } else {
                None
            }
        }
    };
    what.map(|what| format!("{cut:?}, {wish:?}: {what}"))
}

/// The secret that both sides and the store have, and that logs alice in.
async fn in_use(site: &Site) -> Result<Secret, String> {
    let (authentik, immich) = site.sides();
    let kept = site.kept(Label::ClientSecret).await.ok_or("none is kept")?;
    if authentik != immich || authentik != kept.expose() {
        return Err("the sides and the store do not agree".into());
    }
    Homelab::log_in_as_alice(site.lab.immich.url()).await?;
    Ok(kept)
}

/// What is wrong with a plan that is applied while nobody can log in.
async fn untested(site: &Site, old: &Secret, cut: Cut) -> Option<String> {
    let current = site.kept(Label::ClientSecret).await;
    let looked = survey(site.rotates_with(RotateWish::default())).await.unwrap();
    // It is looked at twice.
    for _ in 0..2 {
        site.lab.immich.mishap(immich::Mishap::Answer {
            method: "POST".into(),
            path: "/api/oauth/authorize".into(),
            status: 500,
        });
    }
    let applied = apply(site.setup(), &looked.plan_file()).await;
    let now = site.kept(Label::ClientSecret).await;
    if now != current || cut != Cut::Promoted && now.as_ref() != Some(old) {
        Some("a secret is the current one that was not tested".into())
    } else if cut != Cut::Promoted && applied.is_ok() {
        Some("it ends well".into())
    } else {
        None
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_on_from_a_cut_rotation_is_the_one_that_was_asked_for() {
    let mut broken = Vec::new();
    for cut in CUTS {
        for wish in WISHES {
            broken.extend(Box::pin(wrong(cut, wish)).await);
        }
    }
    table::row("A rotation is unfinished", CUTS.len() * WISHES.len(), &broken);
}
