//! What is renewed and revoked beside the client secret.

use immich_sso::{
    secret::Label,
    wizard::{
        Ending, Prompt, RotateWish, Rotated, RotationTopic, Snapshot, StepId, StepTopic, Topic,
        start, survey,
    },
};
use immich_sso_lab::{HomelabOptions, authentik::Authentik, immich::Mishap};
use testkit::said;

use crate::{
    access::signs_in,
    driver::{Driver, Site, confirm, in_words, pick},
};

/// The wizard's own token and key: a new one in use, the old one refused.
#[tokio::test]
async fn the_wizards_own_token_and_key_are_renewed_and_the_old_ones_deleted() {
    let site = Site::without_access(HomelabOptions::default()).await;
    let signs_in = signs_in(&site, "akadmin");
    assert_eq!(site.start().walk(&signs_in).await.ending, Ending::LoginVerified);
    for (of, label) in [
        (Rotated::AuthentikToken, Label::AuthentikToken),
        (Rotated::ImmichApiKey, Label::ImmichApiKey),
    ] {
        let old = site.kept(label).await.unwrap();
        let wish = RotateWish { of, ..RotateWish::default() };
        let walked = Driver::of(start(site.rotates_with(wish))).walk(&signs_in).await;
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

/// A key whose answer was lost is one that nobody knows: it goes with the old
/// one, and so does nothing that is in use.
#[tokio::test]
async fn a_key_whose_answer_was_lost_is_deleted_at_the_end_of_the_renewal() {
    let site = Site::without_access(HomelabOptions::default()).await;
    let signs_in = signs_in(&site, "akadmin");
    assert_eq!(site.start().walk(&signs_in).await.ending, Ending::LoginVerified);
    let old = site.kept(Label::ImmichApiKey).await.unwrap();
    let ours = || {
        let names = site.lab.immich.key_names().into_iter();
        names.filter(|name| name.starts_with("immich-sso-")).count()
    };
    assert_eq!(ours(), 1);
    let lost = Mishap::Drop { method: "POST".into(), path: "/api/api-keys".into(), after: true };
    site.lab.immich.mishap(lost);
    let mut tried_again = false;
    let wish = RotateWish { of: Rotated::ImmichApiKey, ..RotateWish::default() };
    let walked = Driver::of(start(site.rotates_with(wish)))
        .walk(|prompt, now| {
            if matches!(prompt.topic, Topic::Step(StepTopic::DidNotWork)) {
                // The old one is in use still, and the lost one is there.
                assert_eq!(ours(), 2);
                tried_again = true;
                return pick(prompt, 'r');
            }
            signs_in(prompt, now)
        })
        .await;
    assert_eq!(walked.ending, Ending::Rotated, "{:#?}", walked.last.steps);
    assert!(tried_again);
    assert_eq!(ours(), 1);
    assert_ne!(site.kept(Label::ImmichApiKey).await.unwrap(), old);
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
    let notes = in_words(&walked.last.summary.unwrap().next).join(" ");
    assert!(notes.contains(&*said("was not made by this program")), "{notes}");
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
    let password = Authentik::password("akadmin");
    // The wizard's own token, made in a run that signed in.
    site.vault.forget(Label::AuthentikToken).await.unwrap();
    let signs_in = signs_in(&site, "akadmin");
    let signs_in = |prompt: &Prompt, now: &Snapshot| {
        if matches!(prompt.topic, Topic::Rotation(RotationTopic::RevokeFailed)) {
            assert!(
                prompt.refused.as_ref().unwrap().answer.contains(&*said("its own tokens only"))
            );
            return pick(prompt, 's');
        }
        signs_in(prompt, now)
    };
    let wish = RotateWish { revoke: true, ..RotateWish::default() };
    let walked = Driver::of(start(site.rotates_with(wish))).walk(signs_in).await;
    assert_eq!(walked.ending, Ending::Rotated);
    assert_eq!(site.lab.authentik.outstanding_tokens(), 0);
    assert!(!walked.shown.contains(password.expose()));
}
