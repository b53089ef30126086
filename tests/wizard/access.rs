//! The first step: addresses, signing in, tokens, and what is wrong with them.

use immich_sso::{
    secret::{Label, Secret},
    site::System,
    wizard::{
        AccessTopic, Answer, Command, Ending, HostTopic, Key, LoginTopic, Prompt, PromptKind,
        Snapshot, StepId, StepTopic, Topic,
    },
};
use immich_sso_lab::{HomelabOptions, Settings, authentik::Authentik, immich::ADMIN_EMAIL};
use testkit::said;

use crate::driver::{Driver, Site, confirm, password_of, pick};

/// Somebody who signs in on both sides.
pub fn signs_in(site: &Site, username: &'static str) -> impl Fn(&Prompt, &Snapshot) -> Answer {
    move |prompt, now| {
        let asked = &prompt.topic;
        match &prompt.kind {
            PromptKind::Choice { .. }
                if matches!(asked, Topic::Access(AccessTopic::HowToWork(_))) =>
            {
                pick(prompt, 's')
            }
            PromptKind::Text { .. } if matches!(asked, Topic::Access(AccessTopic::UserName)) => {
                Answer::Text(username.into())
            }
            PromptKind::Text { .. }
                if matches!(asked, Topic::Access(AccessTopic::SecondFactor)) =>
            {
                let code = site.lab.authentik.totp_code(username).unwrap();
                Answer::Text(code.expose().into())
            }
            PromptKind::Text { .. } if matches!(asked, Topic::Access(AccessTopic::Email)) => {
                Answer::Text(ADMIN_EMAIL.into())
            }
            PromptKind::Hidden if password_of(asked, ADMIN_EMAIL) => {
                Answer::Hidden(Secret::new(site.lab.immich.admin_password()))
            }
            PromptKind::Hidden if password_of(asked, username) => {
                Answer::Hidden(Secret::new(Authentik::password(username)))
            }
            _ => confirm(prompt, now),
        }
    }
}

#[tokio::test]
async fn signing_in_once_makes_a_token_and_a_key_with_least_rights() {
    let site = Site::without_access(HomelabOptions::default()).await;
    let tokens = site.lab.authentik.token_identifiers().len();
    let walked = site.start().walk(signs_in(&site, "akadmin")).await;
    assert_eq!(walked.ending, Ending::LoginVerified);
    let made = site.lab.authentik.token_identifiers();
    assert_eq!(made.len(), tokens + 1, "{made:?}");
    assert!(made.iter().any(|name| name.starts_with("immich-sso-")), "{made:?}");
    let token = site.vault.get(Label::AuthentikToken).await.unwrap().unwrap();
    assert_ne!(token, Secret::new(site.lab.authentik.admin_token()));
    let key = site.vault.get(Label::ImmichApiKey).await.unwrap().unwrap();
    assert_ne!(key, Secret::new(site.lab.immich.admin_key()));
    // Passwords are kept nowhere.
    let written = crate::driver::files(site.folder.path());
    for password in [Authentik::password("akadmin"), site.lab.immich.admin_password()] {
        assert!(!walked.shown.contains(password.expose()));
        assert!(!written.contains(password.expose()));
    }
    // The next run asks for nothing. Its token has least rights and cannot see
    // that the code was redeemed, and alice is linked already: her new session
    // proves the login, which the key may list.
    let again = site
        .start()
        .walk(|prompt, now| {
            assert!(
                !matches!(prompt.topic, Topic::Access(AccessTopic::HowToWork(_))),
                "{prompt:?}"
            );
            assert!(!matches!(prompt.topic, Topic::Login(LoginTopic::DidImmichOpen)), "{prompt:?}");
            confirm(prompt, now)
        })
        .await;
    assert_eq!(again.ending, Ending::LoginVerified);
}

/// Answers what is asked next, which must be about that.
async fn answered(driver: &mut Driver, topic: impl Into<Topic>, answer: Answer) {
    let prompt = driver.asked(topic).await;
    driver.answer(&prompt, answer);
}

#[tokio::test]
async fn back_from_a_password_is_the_name_as_it_was_typed() {
    let site = Site::without_access(HomelabOptions::default()).await;
    let password = |name: &str| AccessTopic::PasswordOf { name: name.into() };
    let mut driver = site.start();
    let menu = driver.asked(AccessTopic::HowToWork(System::Authentik)).await;
    driver.answer(&menu, pick(&menu, 's'));
    answered(&mut driver, AccessTopic::UserName, Answer::Text("akadmni".into())).await;
    answered(&mut driver, password("akadmni"), Answer::Back).await;
    let name = driver.asked(AccessTopic::UserName).await;
    assert!(matches!(&name.kind, PromptKind::Text { value, .. } if value == "akadmni"), "{name:?}");
    // Once more it is the question before that.
    driver.answer(&name, Answer::Back);
    let menu = driver.asked(AccessTopic::HowToWork(System::Authentik)).await;
    driver.answer(&menu, pick(&menu, 's'));
    // Back from the second factor is the password.
    answered(&mut driver, AccessTopic::UserName, Answer::Text("tess".into())).await;
    let right = || Answer::Hidden(Secret::new(Authentik::password("tess")));
    answered(&mut driver, password("tess"), right()).await;
    answered(&mut driver, AccessTopic::SecondFactor, Answer::Back).await;
    answered(&mut driver, password("tess"), right()).await;
    answered(&mut driver, AccessTopic::SecondFactor, Answer::Back).await;
    answered(&mut driver, password("tess"), Answer::Back).await;
    answered(&mut driver, AccessTopic::UserName, Answer::Back).await;
    let menu = driver.asked(AccessTopic::HowToWork(System::Authentik)).await;
    driver.answer(&menu, pick(&menu, 'p'));
    let token = Secret::new(site.lab.authentik.admin_token());
    answered(&mut driver, AccessTopic::PasteToken, Answer::Hidden(token)).await;

    let menu = driver.asked(AccessTopic::HowToWork(System::Immich)).await;
    driver.answer(&menu, pick(&menu, 's'));
    answered(&mut driver, AccessTopic::Email, Answer::Text(ADMIN_EMAIL.into())).await;
    answered(&mut driver, password(ADMIN_EMAIL), Answer::Back).await;
    let name = driver.asked(AccessTopic::Email).await;
    assert!(matches!(&name.kind, PromptKind::Text { value, .. } if value == ADMIN_EMAIL));
}

#[tokio::test]
async fn addresses_are_asked_for_checked_and_kept_in_the_profile() {
    let mut site = Site::open().await;
    let (authentik, immich) = (site.lab.authentik.url(), site.lab.immich.url());
    site.profile.authentik.url.clear();
    site.profile.immich.url.clear();
    let mut driver = site.start();

    let prompt = driver.asked(AccessTopic::Address(System::Authentik)).await;
    driver.answer(&prompt, Answer::Text(format!("{authentik}/if/admin/")));
    let refused = driver
        .until(|now| now.prompt.as_ref().is_some_and(|prompt| prompt.refused.is_some()))
        .await;
    let prompt = refused.prompt.clone().unwrap();
    let PromptKind::Text { value, .. } = &prompt.kind else { panic!("{prompt:?}") };
    assert_eq!(*value, format!("{authentik}/if/admin/"), "nothing typed is lost");

    // Immich's address where authentik's belongs: found out at once.
    driver.answer(&prompt, Answer::Text(immich.clone()));
    let wrong = driver.asked(AccessTopic::CannotBeUsed(System::Authentik)).await;
    let fault = wrong.refused.as_ref().unwrap();
    assert!(fault.answer.starts_with(&*said("Immich 2.7.5 answers there")), "{fault}");
    driver.answer(&wrong, pick(&wrong, 'c'));
    let prompt = driver.asked(AccessTopic::Address(System::Authentik)).await;
    driver.answer(&prompt, Answer::Text(authentik.clone()));
    let prompt = driver.asked(AccessTopic::Address(System::Immich)).await;
    driver.answer(&prompt, Answer::Text(immich.clone()));
    let walked = driver.walk(confirm).await;
    assert_eq!(walked.ending, Ending::LoginVerified);

    let mut file = site.setup().file;
    let profile = file.load().unwrap().unwrap();
    assert_eq!(profile.authentik.url, authentik);
    assert_eq!(profile.immich.url, immich);
}

#[tokio::test]
async fn a_token_that_is_not_accepted_is_refused_where_it_was_pasted() {
    let site = Site::without_access(HomelabOptions::default()).await;
    let mut driver = site.start();
    let prompt = driver.asked(AccessTopic::HowToWork(System::Authentik)).await;
    driver.answer(&prompt, pick(&prompt, 'p'));
    let prompt = driver.asked(AccessTopic::PasteToken).await;
    driver.answer(&prompt, Answer::Hidden(Secret::new("no-token")));
    let again = driver
        .until(|now| now.prompt.as_ref().is_some_and(|prompt| prompt.refused.is_some()))
        .await;
    let fault = again.prompt.as_ref().unwrap().refused.clone().unwrap();
    assert!(fault.answer.contains("Token invalid/expired"), "{fault}");
    assert!(!fault.remedy.is_empty());
    assert!(site.vault.get(Label::AuthentikToken).await.unwrap().is_none());

    // Pasted with the line end that copying brings.
    let prompt = again.prompt.clone().unwrap();
    driver.answer(&prompt, pick(&prompt, 'p'));
    let prompt = driver.asked(AccessTopic::PasteToken).await;
    let pasted = format!("{}\n", site.lab.authentik.admin_token().expose());
    driver.answer(&prompt, Answer::Hidden(Secret::new(pasted)));
    driver.asked(AccessTopic::HowToWork(System::Immich)).await;
    let kept = site.vault.get(Label::AuthentikToken).await.unwrap().unwrap();
    assert_eq!(kept, Secret::new(site.lab.authentik.admin_token()));
    driver.quit().await;
}

#[tokio::test]
async fn going_back_asks_again_for_what_is_known_already() {
    let site = Site::without_access(HomelabOptions::default()).await;
    let mut driver = site.start();
    let prompt = driver.asked(AccessTopic::HowToWork(System::Authentik)).await;
    driver.answer(&prompt, Answer::Back);
    let prompt = driver.asked(AccessTopic::Address(System::Immich)).await;
    let PromptKind::Text { value, .. } = &prompt.kind else { panic!("{prompt:?}") };
    assert_eq!(*value, site.lab.immich.url());
    driver.answer(&prompt, Answer::Back);
    let prompt = driver.asked(AccessTopic::Address(System::Authentik)).await;
    driver.answer(&prompt, Answer::Text(site.lab.authentik.url()));
    driver.asked(AccessTopic::HowToWork(System::Authentik)).await;
    // Half a profile is no reason to fail when somebody leaves.
    assert_eq!(driver.quit().await, Ending::Left);
}

#[tokio::test]
async fn access_can_be_changed_later_on() {
    let site = Site::open().await;
    let mut driver = site.start();
    driver.asked(StepTopic::Apply(StepId::Provider)).await;
    driver.send(Command::Visit(StepId::Access));
    let prompt = driver.asked(AccessTopic::Address(System::Authentik)).await;
    driver.answer(&prompt, Answer::Text(site.lab.authentik.url()));
    let prompt = driver.asked(AccessTopic::Address(System::Immich)).await;
    driver.answer(&prompt, Answer::Text(site.lab.immich.url()));
    let prompt = driver.asked(AccessTopic::HowToWork(System::Authentik)).await;
    driver.answer(&prompt, pick(&prompt, 'u'));
    let prompt = driver.asked(AccessTopic::HowToWork(System::Immich)).await;
    driver.answer(&prompt, pick(&prompt, 'u'));
    let walked = driver.walk(confirm).await;
    assert_eq!(walked.ending, Ending::LoginVerified);
}

#[tokio::test]
async fn leaving_half_way_keeps_no_half_profile() {
    let mut site = Site::without_access(HomelabOptions::default()).await;
    site.profile.authentik.url.clear();
    site.profile.immich.url.clear();
    let mut driver = site.start();
    let prompt = driver.asked(AccessTopic::Address(System::Authentik)).await;
    driver.answer(&prompt, Answer::Text(site.lab.authentik.url()));
    driver.asked(AccessTopic::Address(System::Immich)).await;
    assert_eq!(driver.quit().await, Ending::Left);
}

#[tokio::test]
async fn a_host_that_is_not_known_is_asked_about_with_its_fingerprint() {
    let options = HomelabOptions { settings: Settings::Database, ..HomelabOptions::default() };
    let site = Site::with(options).await;
    let mut driver = site.start();
    for id in [StepId::Provider, StepId::Application] {
        let prompt = driver.asked(StepTopic::Apply(id)).await;
        driver.answer(&prompt, confirm(&prompt, &Snapshot::default()));
    }
    let prompt = driver.asked(HostTopic::HostKey).await;
    let PromptKind::Choice { options, default } = &prompt.kind else { panic!("{prompt:?}") };
    assert_ne!(options[*default].key, Key::T, "Enter trusts nobody");
    assert!(format!("{options:?}").contains(&site.lab.host.fingerprint()));
    driver.answer(&prompt, pick(&prompt, 't'));
    let walked = driver.walk(confirm).await;
    assert_eq!(walked.ending, Ending::LoginVerified);
    let known = std::fs::read_to_string(site.folders().config().join("known_hosts")).unwrap();
    assert_eq!(known.lines().count(), 1);
}

#[tokio::test]
async fn a_host_that_lets_nobody_in_asks_for_another_way() {
    let options = HomelabOptions { settings: Settings::Database, ..HomelabOptions::default() };
    let mut site = Site::with(options).await;
    let stranger = site.folder.path().join("stranger");
    std::fs::write(&stranger, "no key").unwrap();
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&stranger, private).unwrap();
    site.profile.host.key_file = Some(stranger.display().to_string());
    let password = Secret::new(site.lab.host.password());
    let (mut refused, mut asked) = (0, 0);
    let walked = site
        .start()
        .walk(|prompt, now| match &prompt.kind {
            PromptKind::Choice { .. }
                if matches!(prompt.topic, Topic::Host(HostTopic::Refused)) =>
            {
                refused += 1;
                pick(prompt, if refused == 1 { 'f' } else { 'w' })
            }
            PromptKind::Text { .. } if matches!(prompt.topic, Topic::Host(HostTopic::KeyFile)) => {
                Answer::Back
            }
            PromptKind::Hidden if matches!(prompt.topic, Topic::Host(HostTopic::Password)) => {
                asked += 1;
                if asked == 1 { Answer::Back } else { Answer::Hidden(password.clone()) }
            }
            _ => confirm(prompt, now),
        })
        .await;
    assert_eq!(walked.ending, Ending::LoginVerified);
    // One question back from the key file and from the password is the menu.
    assert_eq!((refused, asked), (3, 2));
    assert!(!walked.shown.contains(password.expose()));
    assert!(!crate::driver::files(site.folder.path()).contains(password.expose()));
}
