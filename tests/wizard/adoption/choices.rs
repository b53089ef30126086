//! What both servers agree on by choice: how tokens are signed, and how Immich
//! tells authentik its secret.

use immich_sso::{
    secret::Label,
    site::{ProfileKey, SigningAlgorithm, TokenAuthMethod},
    wizard::{
        Answer, Ending, FitPick, Offered, Pick, PromptKind, RunTopic, StepId, StepTopic, Topic,
    },
};
use serde_json::{Value, json};
use testkit::{said, said_with};

use super::{hand_made, offer, pastes, saved, settings, walk};
use crate::driver::{Site, confirm, says};

const CURVE: &str = "Home curve";

/// Sets what signs at authentik, and what Immich expects.
async fn agree(site: &Site, provider: &str, key: Value, algorithm: &str, method: &str) {
    assert!(site.lab.authentik.change_provider(provider, |provider| {
        provider.insert("signing_key".into(), key);
    }));
    let mut config = site.lab.immich.settings().unwrap();
    config["oauth"]["signingAlgorithm"] = algorithm.into();
    config["oauth"]["tokenEndpointAuthMethod"] = method.into();
    site.put_settings(&config).await;
}

#[tokio::test]
async fn a_site_that_signs_otherwise_is_adopted_as_it_is() {
    for (algorithm, method) in [
        (SigningAlgorithm::Es256, TokenAuthMethod::ClientSecretBasic),
        (SigningAlgorithm::Es256, TokenAuthMethod::ClientSecretPost),
        (SigningAlgorithm::Hs256, TokenAuthMethod::ClientSecretBasic),
    ] {
        let mut site = hand_made().await;
        let curve = site.lab.authentik.add_curve_key(CURVE).unwrap();
        let is_curve = algorithm == SigningAlgorithm::Es256;
        let key = if is_curve { json!(curve) } else { Value::Null };
        agree(&site, "Photos", key, algorithm.name(), method.name()).await;
        site.log_in().await.unwrap();

        let (before, mutations) = (settings(&site), site.mutations());
        let (walked, asked) = walk(&site, pastes(&site)).await;
        let offered = offer(&asked);
        let has = |line: &str| offered.iter().any(|known| known == line);
        assert!(has(&format!("settings.signing_algorithm: {algorithm}")), "{offered:#?}");
        assert_eq!(has("provider.signing_key: Home curve"), is_curve, "{offered:#?}");
        let method_line = format!("settings.token_endpoint_auth_method: {method}");
        assert_eq!(has(&method_line), method != TokenAuthMethod::default(), "{offered:#?}");
        assert_eq!(walked.ending, Ending::LoginVerified, "{algorithm}");
        assert_eq!(settings(&site), before, "{algorithm}: nothing on either side changed");
        assert_eq!(site.mutations(), mutations, "{algorithm}: nothing was sent");

        site.profile = saved(&site);
        assert_eq!(site.profile.settings.signing_algorithm, algorithm);
        assert_eq!(site.profile.settings.token_endpoint_auth_method, method);
        let (_, asked) = walk(&site, confirm).await;
        assert_eq!(asked[0].0, RunTopic::NothingToDo.into(), "{asked:#?}");
        assert_eq!(site.mutations(), mutations, "{algorithm}");

        // The probes of a rotation tell the secret as Immich does.
        let old = site.kept(Label::ClientSecret).await.unwrap();
        let rotated = site.rotates().walk(confirm).await;
        assert_eq!(rotated.ending, Ending::Rotated, "{algorithm}");
        site.is_rotated_from(&old).await;
    }
}

/// The key decides: where Immich expects something else, no login works, and
/// there is nothing to be kept.
#[tokio::test]
async fn a_key_that_does_not_fit_what_immich_expects_is_named_and_replaced() {
    let site = hand_made().await;
    let rsa = site.signing_key().await;
    let curve = site.lab.authentik.add_curve_key(CURVE).unwrap();
    agree(&site, "Photos", json!(curve), "RS256", "client_secret_post").await;
    site.log_in().await.unwrap_err();
    let mut notes = Vec::new();
    let answer = pastes(&site);
    let (walked, asked) = walk(&site, |prompt, now| {
        notes.extend(now.steps.iter().flat_map(|step| step.notes.clone()));
        answer(prompt, now)
    })
    .await;
    let offered = offer(&asked);
    assert!(!offered.iter().any(|line| line.contains(&*said("sign"))), "{offered:#?}");
    let named = &said_with(
        "`{}` is of the type `{}`: it does not sign with {}",
        &[&"Home curve", &"ec", &"RS256"],
    );
    assert!(says(&notes, named), "{notes:#?}");
    assert_eq!(walked.ending, Ending::LoginVerified);
    assert_eq!(site.provider()["signing_key"], rsa);
}

#[tokio::test]
async fn a_key_that_the_profile_names_must_fit_its_algorithm() {
    let mut site = Site::open().await;
    let curve = site.lab.authentik.add_curve_key(CURVE).unwrap();
    site.profile.provider.signing_key = Some(CURVE.into());
    let mut blockers = Vec::new();
    let (walked, _) = walk(&site, |prompt, now| {
        let provider = now.steps.iter().find(|step| step.id == StepId::Provider).unwrap();
        let PromptKind::Choice { options, .. } = &prompt.kind else {
            return confirm(prompt, now);
        };
        let offered = options.iter().find(|option| {
            matches!(
                option.pick,
                Pick::Fit(FitPick::Offer(Offered::SignWith {
                    algorithm: SigningAlgorithm::Es256,
                    ..
                }))
            )
        });
        match offered.filter(|_| matches!(prompt.topic, Topic::Step(StepTopic::Blocked(_)))) {
            Some(option) => {
                blockers.extend(provider.blockers.iter().map(ToString::to_string));
                Answer::Choice(option.key)
            }
            None => confirm(prompt, now),
        }
    })
    .await;
    assert_eq!(blockers.len(), 1, "{blockers:#?}");
    let named = said_with(
        "`{}` is of the type `{}`; {} needs one of the type `{}`",
        &[&CURVE, &"ec", &"RS256", &"rsa"],
    );
    assert!(blockers[0].contains(&named), "{}", blockers[0]);
    assert_eq!(walked.ending, Ending::LoginVerified);
    assert_eq!(site.provider()["signing_key"], json!(curve));
    assert_eq!(site.oauth()["signingAlgorithm"], "ES256");
}

/// Immich encodes what it sends in a header, and authentik decodes it from
/// 2026.5 on only.
#[tokio::test]
async fn a_client_id_that_authentik_does_not_decode_is_named() {
    let mut site = Site::of("2025.10.4", "3.2.2").await;
    let method = TokenAuthMethod::ClientSecretBasic;
    ProfileKey::TokenAuthMethod.set(&mut site.profile, method.name()).unwrap();
    let mut driver = site.start();
    driver.asked_like(|topic| matches!(topic, Topic::Step(StepTopic::Blocked(_)))).await;
    let now = driver.now();
    let provider = now.steps.iter().find(|step| step.id == StepId::Provider).unwrap();
    let blocker = provider.blockers[0].to_string();
    assert!(
        blocker
            .contains(&said_with("does not decode the client id `{}`", &[&"immich-oauth-client"])),
        "{blocker}"
    );
    driver.quit().await;
    site.profile.provider.client_id = "photos".into();
    assert_eq!(site.walk().await.ending, Ending::LoginVerified);
}
