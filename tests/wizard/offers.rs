//! What a step that is blocked offers.

use immich_sso::{
    site::ProfileKey,
    wizard::{FitPick, Offered, Pick, PromptKind, StepId, StepTopic},
};

use crate::driver::Site;

#[tokio::test]
async fn enter_takes_the_first_flow_that_fits_where_two_are_missing() {
    let mut site = Site::open().await;
    site.profile.provider.authorization_flow = "gone-in".into();
    site.profile.provider.invalidation_flow = Some("gone-out".into());
    let mut driver = site.start();
    let prompt = driver.asked(StepTopic::Blocked(StepId::Provider)).await;
    let PromptKind::Choice { options, default } = &prompt.kind else { panic!("{prompt:?}") };
    let flow = |pick: &Pick| match pick {
        Pick::Fit(FitPick::Offer(Offered::Flow { key, slug: _ })) => Some(*key),
        _ => None,
    };
    let offered: Vec<ProfileKey> = options.iter().filter_map(|one| flow(&one.pick)).collect();
    assert!(offered.contains(&ProfileKey::InvalidationFlow), "{options:?}");
    assert_eq!(flow(&options[*default].pick), Some(ProfileKey::AuthorizationFlow));
    driver.leave().await;
}
