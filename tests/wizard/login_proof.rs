//! What proves a test login: only what Immich itself shows. And what is said
//! where nothing does.

use std::sync::Arc;

use futures::FutureExt;
use immich_sso::{
    immich::needed_permissions,
    report::{Report, status_json},
    secret::{Label, Secret},
    text,
    wizard::{
        Ending, LoginEvidence, LoginState, LoginTopic, Prompt, PromptKind, RunTopic, Snapshot,
        StandIn, StepId, StepState, Topic, start, survey,
    },
};
use immich_sso_lab::{
    Homelab, HomelabOptions, Person,
    authentik::{Authentik, Mishap, MishapKind},
    immich::ADMIN_EMAIL,
};
use serde_json::{Value, json};
use testkit::said;

use crate::{
    access::signs_in,
    driver::{Driver, Site, Walked, confirm, pick, says},
};

const PROVIDER: &str = "immich-oauth-provider";

/// A provider or settings that let a code be redeemed and nobody in.
#[derive(Clone, Copy, Debug)]
enum Breakage {
    NoSigningKey,
    EncryptionKey,
    NoAutoRegister,
}

impl Breakage {
    async fn happen(self, site: &Site) {
        let set = |key: &str, value: Value| {
            assert!(site.lab.authentik.change_provider(PROVIDER, |provider| {
                provider.insert(key.into(), value);
            }));
        };
        match self {
            Self::NoSigningKey => set("signing_key", Value::Null),
            Self::EncryptionKey => set("encryption_key", site.provider()["signing_key"].clone()),
            Self::NoAutoRegister => {
                let mut settings = site.lab.immich.settings().unwrap();
                settings["oauth"]["autoRegister"] = json!(false);
                site.put_settings(&settings).await;
            }
        }
    }

    /// Who logs in: alice has an account, bob has none.
    const fn who(self) -> &'static str {
        if matches!(self, Self::NoAutoRegister) { "bob" } else { "alice" }
    }

    const fn cause(self) -> &'static str {
        match self {
            Self::NoSigningKey => "no signing key",
            Self::EncryptionKey => "encrypts its tokens",
            Self::NoAutoRegister => "auto register is off",
        }
    }
}

fn password(who: &str) -> immich_sso_lab::Secret {
    if who == "bob" { "bobs-password".into() } else { Authentik::password(who) }
}

/// A walk at the question for the login, with that person at hand.
async fn at_the_login(site: &Site, who: Option<&'static str>) -> (Driver, Prompt) {
    let mut setup = site.setup();
    let immich = site.lab.immich.url();
    setup.stand_in = who.map(|who| StandIn {
        name: who.into(),
        log_in: Arc::new(move || {
            let immich = immich.clone();
            Homelab::log_in(Person::new(who, password(who)), immich).boxed()
        }),
    });
    let mut driver = Driver::of(start(setup));
    loop {
        let prompt = driver.asked_anything().await;
        if matches!(prompt.topic, Topic::Login(LoginTopic::LogIn { .. })) {
            return (driver, prompt);
        }
        driver.answer(&prompt, confirm(&prompt, &Snapshot::default()));
        driver.past(&prompt).await;
    }
}

async fn is_judged(driver: &mut Driver) -> Arc<Snapshot> {
    driver.until(|now| now.login.as_ref().is_some_and(|login| login.state.is_some())).await
}

/// `status --json` of a site.
async fn status(site: &Site) -> Value {
    let looked = survey(site.setup()).await.unwrap();
    serde_json::from_str(&status_json(&Report::from(&looked.snapshot)).unwrap()).unwrap()
}

#[tokio::test]
async fn login_that_immich_refuses_after_the_code_is_never_verified() {
    for immich in ["2.7.5", "3.2.2"] {
        for breakage in [Breakage::NoSigningKey, Breakage::EncryptionKey, Breakage::NoAutoRegister]
        {
            let what = format!("Immich {immich}, {breakage:?}");
            let site = Site::of("2026.8.3", immich).await;
            site.make_person("bob", &password("bob")).await;
            let (mut driver, prompt) = at_the_login(&site, Some(breakage.who())).await;
            breakage.happen(&site).await;
            driver.answer(&prompt, pick(&prompt, 'p'));
            let now = is_judged(&mut driver).await;
            let login = now.login.as_ref().unwrap();
            assert!(site.lab.authentik.outstanding_tokens() > 0, "{what}: no code was redeemed");
            assert_eq!((login.state, &login.who), (Some(LoginState::Failed), &None), "{what}");
            let evidence = text::login_evidence(login.evidence.as_ref().unwrap());
            assert!(evidence.contains(&*said("redeemed the code")), "{what}: {evidence}");
            assert!(evidence.contains(&*said(breakage.cause())), "{what}: {evidence}");
            assert_eq!(now.step(StepId::Login).unwrap().state, StepState::Failed, "{what}");
            let prompt = driver
                .until(|now| now.prompt.as_ref().is_some_and(|prompt| prompt.refused.is_some()))
                .await;
            let prompt = prompt.prompt.clone().unwrap();
            driver.answer(&prompt, pick(&prompt, 's'));
            let walked = driver.walk(confirm).await;
            assert_eq!(walked.ending, Ending::Finished, "{what}");
            assert_eq!(status(&site).await["login"]["state"], "failed", "{what}");
        }
    }
}

/// Nobody tells how the browser was answered: only the servers are watched.
#[tokio::test]
async fn login_in_a_browser_that_opens_no_session_fails_in_time() {
    let site = Site::open().await;
    let (mut driver, _) = at_the_login(&site, None).await;
    Breakage::NoSigningKey.happen(&site).await;
    // Somebody else's session proves nothing.
    Homelab::log_in_as_alice(site.lab.immich.url()).await.unwrap_err();
    sign_in_by_password(&site).await;
    let now = is_judged(&mut driver).await;
    assert_eq!(now.login.as_ref().unwrap().state, Some(LoginState::Failed));

    // The next attempt is judged by itself.
    let key = site.signing_key().await;
    assert!(site.lab.authentik.change_provider(PROVIDER, |provider| {
        provider.insert("signing_key".into(), key);
    }));
    Homelab::log_in_as_alice(site.lab.immich.url()).await.unwrap();
    let verified = |now: &Snapshot| {
        now.login.as_ref().is_some_and(|login| login.state == Some(LoginState::Verified))
    };
    driver.until(verified).await;
    assert_eq!(driver.walk(confirm).await.ending, Ending::LoginVerified);
}

/// Opens a session of the administrator's.
async fn sign_in_by_password(site: &Site) {
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let body = json!({
        "email": ADMIN_EMAIL,
        "password": site.lab.immich.admin_password().expose(),
    });
    let url = format!("{}/api/auth/login", site.lab.immich.url());
    assert!(client.post(url).json(&body).send().await.unwrap().status().is_success());
}

#[tokio::test]
async fn login_of_a_linked_account_is_verified_by_its_new_session() {
    for immich in ["2.3.1", "2.7.5", "3.2.2"] {
        let site = Site::of("2026.8.3", immich).await;
        let first = site.walk().await;
        let linked = matches!(evidence(&first), LoginEvidence::AccountLinked(_));
        assert!(linked, "{:?}", evidence(&first));
        let again = site.walk().await;
        assert_eq!(again.ending, Ending::LoginVerified, "Immich {immich}");
        let opened = matches!(
            evidence(&again), LoginEvidence::SessionOpened(account) if account.starts_with("Alice")
        );
        assert!(opened, "{:?}", evidence(&again));
        let login = &status(&site).await["login"];
        assert_eq!(login["state"], "verified", "{login}");
        assert!(login["who"].as_str().unwrap().contains("alice"), "{login}");
    }
}

fn evidence(walked: &Walked) -> &LoginEvidence {
    walked.last.login.as_ref().unwrap().evidence.as_ref().unwrap()
}

/// Nothing is judged by what was there before: not even when it could not be
/// read in the beginning.
#[tokio::test]
async fn login_of_before_does_not_count_where_the_beginning_was_not_seen() {
    let site = Site::open().await;
    assert_eq!(site.walk().await.ending, Ending::LoginVerified);
    let mut driver = site.start();
    let prompt = loop {
        let prompt = driver.asked_anything().await;
        if matches!(prompt.topic, Topic::Run(RunTopic::NothingToDo)) {
            site.lab.authentik.let_fail(Mishap::new("/events/events/", MishapKind::BadGateway));
        }
        if matches!(prompt.topic, Topic::Login(LoginTopic::LogIn { .. })) {
            break prompt;
        }
        driver.answer(&prompt, confirm(&prompt, &Snapshot::default()));
        driver.past(&prompt).await;
    };
    let unseen = driver.now().login.clone().unwrap();
    assert_eq!(unseen.state, None);
    // Two looks later nobody has logged in.
    driver.until(|now| now.card().is_some_and(|card| card.blockers.is_empty())).await;
    driver.send(immich_sso::wizard::Command::Refresh);
    let now = driver.until(|now| now.prompt.is_some()).await;
    assert_eq!(now.login.as_ref().unwrap().state, None);
    driver.answer(&prompt, pick(&prompt, 'p'));
    assert_eq!(driver.walk(confirm).await.ending, Ending::LoginVerified);
}

/// A key of an earlier version may not list sessions: that is said, who logged
/// in is asked, and the key can be renewed on the spot.
#[tokio::test]
async fn key_that_may_not_list_sessions_makes_a_login_likely_and_is_renewed() {
    let site = Site::open().await;
    let permissions = needed_permissions(&site.lab.immich.version().to_string().parse().unwrap());
    let key = Secret::new(site.lab.immich.make_key(&permissions));
    site.vault.put(Label::ImmichApiKey, &key).await.unwrap();
    // The first login links the account, which any key sees.
    assert_eq!(site.walk().await.ending, Ending::LoginVerified);

    let mut asked = None;
    let walked = site
        .start()
        .walk(|prompt, now| {
            if matches!(prompt.topic, Topic::Login(LoginTopic::DidImmichOpen)) {
                asked = Some(prompt.clone());
                assert_eq!(now.login.as_ref().unwrap().state, None);
                return pick(prompt, 'i');
            }
            confirm(prompt, now)
        })
        .await;
    let asked = asked.expect("the operator is asked");
    assert!(says(&asked.help, "adminSession.read"), "{:?}", asked.help);
    assert_eq!(walked.ending, Ending::Finished);
    assert_eq!(walked.last.login.as_ref().unwrap().state, Some(LoginState::Likely));
    let login = walked.last.login.as_ref().unwrap();
    assert_eq!(login.state, Some(LoginState::Likely));
    assert_eq!(status(&site).await["login"]["state"], "likely");

    // The operator may say that it did not open, too.
    let mut says_no = false;
    let walked = site
        .start()
        .walk(|prompt, now| {
            if matches!(prompt.topic, Topic::Login(LoginTopic::DidImmichOpen)) {
                says_no = true;
                return pick(prompt, 'n');
            }
            if says_no && matches!(prompt.topic, Topic::Login(LoginTopic::LogIn { .. })) {
                return pick(prompt, 's');
            }
            confirm(prompt, now)
        })
        .await;
    assert_eq!(walked.ending, Ending::Finished);
    assert_eq!(walked.last.login.as_ref().unwrap().state, Some(LoginState::Failed));

    // Renewed, it may list them.
    let signs_in = signs_in(&site, "akadmin");
    let mut plans = Vec::new();
    let walked = site
        .start()
        .walk(|prompt, now| {
            let is_kept = plans.is_empty();
            if let PromptKind::Decide { plan } = &prompt.kind {
                // What is asked about is on the card.
                let shown = now.card().and_then(|card| card.plan.as_ref());
                assert_eq!(shown.map(|view| &view.digest), Some(&plan.digest));
                plans.push(text::exact(&shown.unwrap().effects[0].exact));
            }
            if matches!(prompt.topic, Topic::Login(LoginTopic::LogIn { .. })) && is_kept {
                return pick(prompt, 'm');
            }
            signs_in(prompt, now)
        })
        .await;
    assert_eq!(walked.ending, Ending::LoginVerified, "{:?}", walked.last.card());
    assert!(plans[0].contains("adminSession.read"), "{plans:?}");
    let opened = matches!(evidence(&walked), LoginEvidence::SessionOpened(_));
    assert!(opened, "{:?}", evidence(&walked));
    assert_ne!(site.vault.get(Label::ImmichApiKey).await.unwrap(), Some(key));
    assert_eq!(status(&site).await["login"]["state"], "verified");
}

/// A change after the login makes it say nothing any more.
#[tokio::test]
async fn login_of_before_a_change_is_not_reported() {
    let site = Site::open().await;
    assert_eq!(site.walk().await.ending, Ending::LoginVerified);
    assert_eq!(status(&site).await["login"]["state"], "verified");
    assert_eq!(site.rotates().walk(confirm).await.ending, Ending::Rotated);
    assert_eq!(status(&site).await["login"], Value::Null);
}

#[tokio::test]
async fn key_is_made_without_a_permission_that_the_release_refuses() {
    for (immich, may) in [("2.7.5", true), ("2.1.0", false), ("1.118.2", false)] {
        let options =
            HomelabOptions { immich: immich.parse().unwrap(), ..HomelabOptions::default() };
        let site = Site::without_access(options).await;
        let walked = site.start().walk(signs_in(&site, "akadmin")).await;
        assert_eq!(walked.ending, Ending::LoginVerified, "Immich {immich}");
        let key = site.vault.get(Label::ImmichApiKey).await.unwrap().unwrap();
        let permissions = site.lab.immich.permissions_of(key.expose());
        assert!(permissions.contains(&"systemConfig.update".to_owned()), "{permissions:?}");
        let lists = permissions.contains(&"adminSession.read".to_owned());
        assert_eq!(lists, may, "Immich {immich}: {permissions:?}");
    }
}
