//! Accounts in Immich that are linked to ids of an authentik that is gone: they
//! are listed, what their next login comes to is said, and the links are ended
//! as any other change is.

use immich_sso::{
    authentik::{Client, KnownAccess, Permission, SignIn, TokenLife, TokenWish},
    net::{Http, Trust},
    secret::Secret,
    site::System,
    text,
    wizard::{
        AccessTopic, Answer, Ending, HostTopic, LoginTopic, Prompt, PromptKind, RunTopic, Snapshot,
        Topic, UndoTopic, effect::Effect,
    },
};
use immich_sso_lab::{HomelabOptions, Settings, authentik::Authentik};
use testkit::said;
use testkit::said_with;

use crate::driver::{Site, Walked, confirm, in_words, password_of, pick, says};

/// Carol is in authentik, Dora is not; both logged in to Immich once.
const OLD: &str = "0123456789abcdef0123456789abcdef";

async fn linked_site(settings: Settings) -> Site {
    let site = Site::with(HomelabOptions { settings, ..HomelabOptions::default() }).await;
    site.walk().await;
    assert_ne!(link(&site, "alice@example.com"), "");
    site
}

fn link(site: &Site, email: &str) -> String {
    let users = site.lab.immich.users();
    let user = users.iter().find(|user| user["email"] == email).expect("no such user");
    user["oauthId"].as_str().unwrap().to_owned()
}

/// Walks with a new token for a new authentik; `answer` goes first.
async fn again(
    site: &Site,
    token: &Secret,
    mut answer: impl FnMut(&Prompt, &Snapshot) -> Option<Answer>,
) -> (Walked, Vec<String>) {
    let mut told = Vec::new();
    let walked = site
        .start()
        .walk(|prompt, now| {
            if matches!(prompt.topic, Topic::Run(RunTopic::StepsNeeded { .. })) {
                told = in_words(&prompt.help);
            }
            if let Some(answer) = answer(prompt, now) {
                return answer;
            }
            if matches!(prompt.topic, Topic::Access(AccessTopic::HowToWork(System::Authentik))) {
                return pick(prompt, 'p');
            }
            if matches!(prompt.topic, Topic::Access(AccessTopic::PasteToken)) {
                return Answer::Hidden(token.clone());
            }
            confirm(prompt, now)
        })
        .await;
    (walked, told)
}

/// By every way to Immich's settings: the links are ended in its database.
#[tokio::test]
async fn stale_links_are_told_ended_and_linked_anew_by_the_next_login() {
    for settings in [Settings::Api, Settings::Database, Settings::ConfigFile] {
        let mut site = linked_site(settings).await;
        let old = link(&site, "alice@example.com");
        site.rebuild_authentik().await;
        let token = Secret::new(site.lab.authentik.admin_token());
        let mut card = Vec::new();
        let (walked, told) = again(&site, &token, |prompt, now| {
            if matches!(prompt.topic, Topic::Login(LoginTopic::EndLinks)) {
                let plan = now.card().unwrap().plan.as_ref().unwrap();
                let exact = text::exact(&plan.effects[0].exact);
                assert!(exact.contains("UPDATE \"user\"") && exact.contains(&old), "{exact}");
                card.clone_from(&now.card().unwrap().fields);
            }
            None
        })
        .await;
        let told = told.join("\n");
        assert!(
            told.contains(&said_with(
                "{} is linked to an account",
                &[&"Alice (alice@example.com)"]
            )),
            "{told}"
        );
        assert!(told.contains(&*said("already linked to another account")), "{told}");
        assert_eq!(card.len(), 1);
        assert_eq!(walked.ending, Ending::LoginVerified, "{settings:?}");
        let new = link(&site, "alice@example.com");
        assert!(!new.is_empty() && new != old, "linked anew");
        assert!(site.journal().contains("\"unlink\""), "it is journalled");

        // And then there is nothing to tell any more.
        let mut driver = site.start();
        driver.asked(RunTopic::NothingToDo).await;
        driver.leave().await;
    }
}

#[tokio::test]
async fn links_that_are_left_keep_their_owners_out_and_are_told_again() {
    let mut site = linked_site(Settings::Api).await;
    let old = link(&site, "alice@example.com");
    site.rebuild_authentik().await;
    let token = Secret::new(site.lab.authentik.admin_token());
    let mut tried = false;
    let (walked, _) = again(&site, &token, |prompt, now| {
        if matches!(prompt.topic, Topic::Login(LoginTopic::StaleLinks { .. })) {
            return Some(pick(prompt, 'a'));
        }
        let blocked = now.card().is_some_and(|card| !card.blockers.is_empty());
        if matches!(prompt.topic, Topic::Login(LoginTopic::LogIn { .. })) && (tried || blocked) {
            return Some(pick(prompt, 's'));
        }
        tried |= matches!(prompt.topic, Topic::Login(LoginTopic::LogIn { .. }));
        None
    })
    .await;
    assert_eq!(walked.ending, Ending::Finished, "Immich refused the login");
    assert_eq!(link(&site, "alice@example.com"), old);

    let (walked, told) = again(&site, &token, |_, _| None).await;
    assert!(told.iter().any(|line| line.contains("Alice")), "{told:?}");
    assert_eq!(walked.ending, Ending::LoginVerified);
    assert_ne!(link(&site, "alice@example.com"), old);
}

#[tokio::test]
async fn whose_address_nobody_in_authentik_has_keeps_the_link_and_is_told_of() {
    let mut site = linked_site(Settings::Api).await;
    site.lab.immich.create_user("dora@example.com", "Dora");
    assert!(site.lab.immich.link_user("dora@example.com", OLD));
    site.rebuild_authentik().await;
    let token = Secret::new(site.lab.authentik.admin_token());
    let (walked, told) = again(&site, &token, |_, _| None).await;
    let told = told.join("\n");
    assert!(told.contains(&said_with("{} is linked", &[&"Dora (dora@example.com)"])), "{told}");
    assert!(told.contains(&*said("makes a second, empty account")), "{told}");
    assert_eq!(walked.ending, Ending::LoginVerified);
    assert_eq!(link(&site, "dora@example.com"), OLD);
}

#[tokio::test]
async fn a_link_that_moves_under_the_plan_is_planned_anew() {
    let mut site = linked_site(Settings::Database).await;
    site.lab.immich.create_user("tess@example.com", "Tess");
    assert!(site.lab.immich.link_user("tess@example.com", OLD));
    site.rebuild_authentik().await;
    let token = Secret::new(site.lab.authentik.admin_token());
    let mut shown = Vec::new();
    let immich = site.lab.immich.clone();
    let (walked, _) = again(&site, &token, |prompt, now| {
        if !matches!(prompt.topic, Topic::Login(LoginTopic::EndLinks)) {
            return None;
        }
        let summary = now.card().unwrap().plan.as_ref().unwrap().effects[0].effect.clone();
        shown.push(summary);
        // Tess ends hers herself while the plan stands there.
        assert!(immich.link_user("tess@example.com", ""));
        None
    })
    .await;
    assert_eq!(walked.ending, Ending::LoginVerified);
    assert_eq!(shown.len(), 2, "{shown:?}");
    let hers = |effect: &Effect| match effect {
        Effect::Unlink { accounts } => accounts.iter().any(|it| it.email.starts_with("tess@")),
        other => panic!("{other:?}"),
    };
    assert!(hers(&shown[0]) && !hers(&shown[1]), "{shown:?}");
}

#[tokio::test]
async fn ended_links_come_back_with_an_undo() {
    let mut site = linked_site(Settings::Api).await;
    let old = link(&site, "alice@example.com");
    site.rebuild_authentik().await;
    let token = Secret::new(site.lab.authentik.admin_token());
    let (walked, _) = again(&site, &token, |prompt, _| {
        matches!(prompt.topic, Topic::Login(LoginTopic::LogIn { .. })).then(|| pick(prompt, 's'))
    })
    .await;
    assert_eq!(walked.ending, Ending::Finished);
    assert_eq!(link(&site, "alice@example.com"), "");
    let walked = site.undo().await;
    assert!(matches!(walked.ending, Ending::TakenBack(_)), "{:?}", walked.ending);
    assert_eq!(link(&site, "alice@example.com"), old);
}

/// Somebody who logged in meanwhile keeps the new link unless the operator says
/// otherwise.
#[tokio::test]
async fn an_undo_asks_before_it_takes_a_new_link_away() {
    let mut site = linked_site(Settings::Api).await;
    site.rebuild_authentik().await;
    let token = Secret::new(site.lab.authentik.admin_token());
    again(&site, &token, |_, _| None).await;
    let new = link(&site, "alice@example.com");
    let mut asked = 0;
    let driver = crate::driver::Driver::of(immich_sso::wizard::start(site.undoing()));
    driver
        .walk(|prompt, now| {
            if matches!(prompt.topic, Topic::Undo(UndoTopic::ChangedSince { .. })) {
                asked += 1;
                assert!(says(&prompt.help, "alice@example.com"), "{:?}", prompt.help);
            }
            confirm(prompt, now)
        })
        .await;
    assert_eq!(asked, 1);
    assert_eq!(link(&site, "alice@example.com"), new);
}

/// A token that may not list users: one sign-in serves the look.
#[tokio::test]
async fn who_may_not_list_users_signs_in_once() {
    let mut site = linked_site(Settings::Api).await;
    site.rebuild_authentik().await;
    let token = least_rights(&site).await;
    let mut sign_ins = 0;
    let (walked, told) = again(&site, &token, |prompt, _| {
        if matches!(prompt.topic, Topic::Login(LoginTopic::LinksUnseen)) {
            sign_ins += 1;
            assert!(prompt.refused.as_ref().unwrap().remedy.contains("authentik_core.view_user"));
            return Some(pick(prompt, 's'));
        }
        if matches!(prompt.topic, Topic::Access(AccessTopic::UserName)) {
            return Some(Answer::Text("akadmin".into()));
        }
        matches!(prompt.kind, PromptKind::Hidden)
            .then(|| password_of(&prompt.topic, "akadmin"))
            .filter(|yes| *yes)
            .map(|_| Answer::Hidden(Secret::new(Authentik::password("akadmin"))))
    })
    .await;
    assert!(
        told.iter().any(|line| line.contains(&*said("may not list authentik's users"))),
        "{told:?}"
    );
    assert_eq!(sign_ins, 1);
    assert_eq!(walked.ending, Ending::LoginVerified);
}

/// A token with what a set-up needs and no more.
async fn least_rights(site: &Site) -> Secret {
    let base = site.lab.authentik.url().parse().unwrap();
    let http = Http::new(System::Authentik, base, &Trust::default()).unwrap();
    let mut session = SignIn::new(http);
    let client: Client =
        session.password("akadmin", &Secret::new(Authentik::password("akadmin"))).await.unwrap();
    let wish = TokenWish {
        identifier: "least".into(),
        life: TokenLife::Unlimited,
        permissions: Permission::ALL.to_vec(),
        known: KnownAccess::default(),
    };
    let plan = client.plan_token(&wish).await.unwrap();
    client.make_all(&plan).await.unwrap().token
}

/// Without a way onto the host it is said what people can do.
#[tokio::test]
async fn without_the_host_it_is_said_how_it_is_done_by_hand() {
    let mut site = linked_site(Settings::Api).await;
    site.rebuild_authentik().await;
    site.profile.host.ssh = None;
    let token = Secret::new(site.lab.authentik.admin_token());
    let mut told = Vec::new();
    let (walked, _) = again(&site, &token, |prompt, now| {
        if matches!(prompt.topic, Topic::Host(HostTopic::SshTarget)) {
            return Some(Answer::Back);
        }
        if matches!(prompt.topic, Topic::Login(LoginTopic::LinksByHand)) {
            told = in_words(&prompt.help);
        }
        let tried = now.card().is_some_and(|card| !card.blockers.is_empty());
        (matches!(prompt.topic, Topic::Login(LoginTopic::LogIn { .. })) && tried)
            .then(|| pick(prompt, 's'))
    })
    .await;
    assert!(
        told[0].contains(&*said("Unlink")) && told[1].contains(&*said("Unlink all")),
        "{told:?}"
    );
    assert_eq!(walked.ending, Ending::Finished);
}

/// Nothing is asked of authentik's users where nobody is linked.
#[tokio::test]
async fn where_nobody_is_linked_nobodys_users_are_listed() {
    let site = Site::open().await;
    let mut answered = |prompt: &Prompt, now: &Snapshot| match &prompt.kind {
        _ if matches!(prompt.topic, Topic::Login(LoginTopic::LogIn { .. })) => pick(prompt, 's'),
        _ => confirm(prompt, now),
    };
    let walked = site.start().walk(&mut answered).await;
    assert_eq!(walked.ending, Ending::Finished);
    let listed = |path: &str| path.starts_with("/api/v3/core/users/?");
    assert!(!site.lab.authentik.requests().iter().any(|seen| listed(&seen.path)));
}
