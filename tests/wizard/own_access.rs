//! What the wizard makes to have access: how long it lasts, whose it is, and
//! that it goes again.

use immich_sso::{
    authentik::{AccessIds, AccessPart, Call, Client, TokenLife, TokenOwner, TokenPart},
    net::{Auth, Fills, Http, Request, Trust},
    report::{Report, status_json},
    secret::{Label, Secret, Vault},
    site::{FaultKind, System},
    text,
    wizard::{
        AccessTopic, Answer, CredentialId, CredentialValue, Ending, Key, NothingToUndo, Prompt,
        PromptKind, Purpose, Setup, Snapshot, StepId, TokenEnd, Topic, UndoTopic, effect::Effect,
        start, survey,
    },
};
use immich_sso_lab::HomelabOptions;
use jiff::SignedDuration;
use testkit::said_with;

use crate::{
    access::signs_in,
    driver::{Driver, Site, pick},
};

/// Everything that gives access, by name.
#[derive(Debug, PartialEq, Eq)]
struct There {
    users: Vec<String>,
    roles: Vec<String>,
    groups: Vec<String>,
    tokens: Vec<String>,
    keys: Vec<String>,
}

impl There {
    fn at(site: &Site) -> Self {
        let authentik = &site.lab.authentik;
        Self {
            users: authentik.usernames(),
            roles: authentik.role_names(),
            groups: authentik.group_names(),
            tokens: authentik.token_identifiers(),
            keys: site.lab.immich.key_names(),
        }
    }

    fn ours(&self) -> Vec<&String> {
        self.tokens.iter().filter(|name| name.starts_with("immich-sso-")).collect()
    }
}

/// Signs in on both sides, lets the token last as `key` says, and removes what
/// can be removed.
fn operator<'a>(
    site: &'a Site,
    user: &'static str,
    key: char,
) -> impl Fn(&Prompt, &Snapshot) -> Answer + 'a {
    let signs_in = signs_in(site, user);
    move |prompt, now| match &prompt.kind {
        PromptKind::Choice { .. }
            if matches!(prompt.topic, Topic::Access(AccessTopic::TokenLife)) =>
        {
            pick(prompt, key)
        }
        PromptKind::Choice { options, .. }
            if matches!(
                prompt.topic,
                Topic::Undo(UndoTopic::Failed | UndoTopic::NeedsAdministrator(_))
            ) =>
        {
            let may = options.iter().any(|option| option.key == Key::S);
            pick(prompt, if may { 's' } else { 'a' })
        }
        // A token with least rights does not see that the code was redeemed, and
        // whoever is linked already is no news: who logged in says so.
        PromptKind::Choice { options, .. }
            if options.iter().any(|option| option.key == Key::I)
                && now
                    .login
                    .as_ref()
                    .is_some_and(|login| !login.trail.is_empty() && login.who.is_none()) =>
        {
            pick(prompt, 'i')
        }
        _ => signs_in(prompt, now),
    }
}

fn removing(site: &Site) -> Setup {
    Setup { purpose: Purpose::RemoveAccess, ..site.setup() }
}

fn admin(site: &Site) -> Client {
    let base = site.lab.authentik.url().parse().unwrap();
    let http = Http::new(System::Authentik, base, &Trust::default()).unwrap();
    Client::new(http, Some(Secret::new(site.lab.authentik.admin_token())))
}

/// One that another hand deletes.
async fn delete_token(site: &Site, name: &str) {
    let call = Call::delete_token(name);
    admin(site).carry_out(&call, &Fills::default()).await.unwrap();
}

#[tokio::test]
async fn token_of_the_wizard_outlives_the_default_duration() {
    let site = Site::without_access(HomelabOptions::default()).await;
    let walked = site.start().walk(operator(&site, "akadmin", 'n')).await;
    assert_eq!(walked.ending, Ending::LoginVerified);
    let there = There::at(&site);
    let (owner, ends) = site.lab.authentik.token(there.ours()[0]).unwrap();
    assert!(owner.starts_with("immich-sso-"), "a service account's: {owner}");
    assert_eq!(ends, None);
    let token = walked.last.remembered.token.as_ref().unwrap();
    assert_eq!(token.ends, TokenEnd::Never);
    let summary = walked.last.summary.as_ref().unwrap();
    let row =
        summary.credentials.iter().find(|row| row.id == CredentialId::AuthentikToken).unwrap();
    let CredentialValue::Token { token, at: _ } = &row.value else { panic!("{row:?}") };
    assert_eq!(token.ends, TokenEnd::Never);

    // An hour later it still opens everything.
    site.lab.authentik.advance(std::time::Duration::from_hours(1));
    let again = survey(site.setup()).await.unwrap();
    assert!(again.plan_file().is_empty());
    assert_eq!(again.snapshot.remembered.token.as_ref().unwrap().ends, TokenEnd::Never);
}

#[tokio::test]
async fn status_tells_the_true_end_of_a_token() {
    let site = Site::without_access(HomelabOptions::default()).await;
    site.lab.authentik.set_token_duration("days=10");
    let walked = site.start().walk(operator(&site, "akadmin", 'e')).await;
    assert_eq!(walked.ending, Ending::LoginVerified);
    let ends = site.lab.authentik.token(There::at(&site).ours()[0]).unwrap().1.unwrap();
    let seen = survey(site.setup()).await.unwrap();
    let TokenEnd::At(at) = seen.snapshot.remembered.token.as_ref().unwrap().ends else { panic!() };
    assert!(at.duration_since(ends).abs() < SignedDuration::from_secs(1), "{at} {ends}");
    let json = status_json(&Report::from(&seen.snapshot)).unwrap();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["token"]["ends"], "at");
    assert_eq!(json["token"]["ends_at"], at.to_string());
    assert_eq!(json["token"]["of_one_run"], false);
}

#[tokio::test]
async fn signing_in_again_uses_what_is_ours_again() {
    let site = Site::without_access(HomelabOptions::default()).await;
    let first = site.start().walk(operator(&site, "akadmin", 'n')).await;
    assert_eq!(first.ending, Ending::LoginVerified);
    let there = There::at(&site);
    // Lost here, not there.
    site.vault.forget(Label::AuthentikToken).await.unwrap();
    site.vault.forget(Label::ImmichApiKey).await.unwrap();
    let again = site.start().walk(operator(&site, "akadmin", 'n')).await;
    assert_eq!(again.ending, Ending::LoginVerified);
    assert_eq!(There::at(&site), there, "nothing piles up");
    assert!(survey(site.setup()).await.unwrap().plan_file().is_empty());
}

/// Where the key is what is missing, the host is not what is asked for.
#[tokio::test]
async fn status_names_the_access_that_is_missing() {
    let mut site = Site::set_up(HomelabOptions::default()).await;
    site.profile.host.ssh = None;
    site.vault.forget(Label::ImmichApiKey).await.unwrap();
    let fault = survey(site.setup()).await.unwrap_err();
    assert_eq!((fault.system, &fault.kind), (System::Immich, &FaultKind::NotSignedIn), "{fault}");
    site.vault.forget(Label::AuthentikToken).await.unwrap();
    let fault = survey(site.setup()).await.unwrap_err();
    assert_eq!((fault.system, &fault.kind), (System::Authentik, &FaultKind::NotSignedIn));
}

#[tokio::test]
async fn what_another_profile_made_stays() {
    let mut site = Site::without_access(HomelabOptions::default()).await;
    let first = site.start().walk(operator(&site, "akadmin", 'n')).await;
    assert_eq!(first.ending, Ending::LoginVerified);
    let theirs = There::at(&site);
    // Another machine of the same name: it has the names, not the journal.
    site.folder = tempfile::tempdir().unwrap();
    let token = site.kept(Label::AuthentikToken).await.unwrap();
    site.vault = Vault::memory();
    let second = site.start().walk(operator(&site, "akadmin", 'n')).await;
    assert_eq!(second.ending, Ending::LoginVerified);
    let both = There::at(&site);
    assert_eq!(both.ours().len(), 2, "{both:?}");
    let removed = Driver::of(start(removing(&site))).walk(operator(&site, "akadmin", 'n')).await;
    assert!(matches!(removed.ending, Ending::AccessRemoved(ref tally) if tally.left == 0));
    assert_eq!(There::at(&site), theirs, "only its own goes");
    let client = Client::new(admin(&site).http().clone(), Some(token));
    assert!(client.me().await.is_ok(), "the other one works on");
}

#[tokio::test]
async fn role_and_group_of_another_name_are_not_deleted() {
    let site = Site::without_access(HomelabOptions::default()).await;
    let first = site.start().walk(operator(&site, "akadmin", 'n')).await;
    assert_eq!(first.ending, Ending::LoginVerified);
    let ours = There::at(&site);
    let client = admin(&site);
    let [role, group] = [&ours.roles, &ours.groups]
        .map(|names| names.iter().find(|name| name.starts_with("immich-sso-")).unwrap());
    let role = client.role_named(role).await.unwrap().unwrap().pk;
    let group = client.group_named(group).await.unwrap().unwrap().pk;
    for path in [format!("/api/v3/rbac/roles/{role}/"), format!("/api/v3/core/groups/{group}/")] {
        let name = serde_json::json!({"name": "photographers"});
        let renames = Request::new(reqwest::Method::PATCH, path).json(name);
        let answer = client
            .http()
            .send(renames.auth(Auth::Bearer(Secret::new(site.lab.authentik.admin_token()))))
            .await;
        assert_eq!(answer.unwrap().status, 200);
    }
    let removed = Driver::of(start(removing(&site))).walk(operator(&site, "akadmin", 'n')).await;
    let Ending::AccessRemoved(tally) = removed.ending else { panic!("{:?}", removed.ending) };
    assert_eq!(tally.left, 2, "{tally:?}");
    assert!(client.role_row(&role).await.unwrap().is_some());
    assert!(client.group_row(&group).await.unwrap().is_some());
    let after = There::at(&site);
    assert_eq!(after.ours(), Vec::<&String>::new(), "the token goes all the same");
}

#[tokio::test]
async fn token_for_one_run_goes_with_the_run() {
    let site = Site::without_access(HomelabOptions::default()).await;
    let walked = site.start().walk(operator(&site, "akadmin", 'o')).await;
    assert_eq!(walked.ending, Ending::LoginVerified);
    assert_eq!(There::at(&site).ours(), Vec::<&String>::new());
    assert_eq!(site.kept(Label::AuthentikToken).await, None, "of no use any more");
    assert!(walked.last.remembered.token.unwrap().is_deleted);
    let users = There::at(&site).users;
    // The next one uses the account again.
    let again = site.start().walk(operator(&site, "akadmin", 'o')).await;
    assert_eq!(again.ending, Ending::LoginVerified);
    assert_eq!(There::at(&site).users, users);
    assert_eq!(There::at(&site).ours(), Vec::<&String>::new());
}

#[tokio::test]
async fn token_for_one_run_goes_when_the_run_is_interrupted() {
    let site = Site::without_access(HomelabOptions::default()).await;
    let mut driver = site.start();
    until_access_is_there(&site, &mut driver).await;
    assert_eq!(There::at(&site).ours().len(), 1);
    assert_eq!(driver.quit().await, Ending::Left);
    assert_eq!(There::at(&site).ours(), Vec::<&String>::new());
}

/// Answers until the first step after access asks something.
async fn until_access_is_there(site: &Site, driver: &mut Driver) {
    let operator = operator(site, "akadmin", 'o');
    while let Some(prompt) = driver.asked_or_ended().await {
        let now = driver.now();
        if now.here == StepId::Provider {
            return;
        }
        driver.answer(&prompt, operator(&prompt, &now));
        driver.past(&prompt).await;
    }
    panic!("it ended before");
}

#[tokio::test]
async fn token_of_a_killed_run_is_deleted_by_the_next() {
    let site = Site::without_access(HomelabOptions::default()).await;
    let mut driver = site.start();
    until_access_is_there(&site, &mut driver).await;
    driver.abort().await;
    assert_eq!(There::at(&site).ours().len(), 1, "nobody deleted it");
    // It lets the next run in, and goes with it.
    let operator = operator(&site, "akadmin", 'o');
    let next = site
        .start()
        .walk(|prompt, now| {
            assert!(
                !matches!(prompt.topic, Topic::Access(AccessTopic::HowToWork(System::Authentik))),
                "{prompt:?}"
            );
            operator(prompt, now)
        })
        .await;
    assert_eq!(next.ending, Ending::LoginVerified);
    assert_eq!(There::at(&site).ours(), Vec::<&String>::new());
}

#[tokio::test]
async fn ordinary_user_is_refused_and_nothing_is_made() {
    let site = Site::without_access(HomelabOptions::default()).await;
    let before = There::at(&site);
    let signs_in = signs_in(&site, "alice");
    let mut driver = site.start();
    let refused = loop {
        let prompt = driver.asked_or_ended().await.unwrap();
        if let Some(refused) = prompt.refused.clone() {
            break refused;
        }
        driver.answer(&prompt, signs_in(&prompt, &driver.now()));
        driver.past(&prompt).await;
    };
    assert!(refused.answer.contains(&said_with("`{}` lacks", &[&"alice"])), "{refused}");
    assert_eq!(There::at(&site), before);
    driver.quit().await;
}

#[tokio::test]
async fn access_is_removed_as_a_whole() {
    let site = Site::without_access(HomelabOptions::default()).await;
    let before = There::at(&site);
    let walked = site.start().walk(operator(&site, "akadmin", 'n')).await;
    assert_eq!(walked.ending, Ending::LoginVerified);
    let set_up = (site.provider(), site.oauth());
    let removed = Driver::of(start(removing(&site))).walk(operator(&site, "akadmin", 'n')).await;
    let Ending::AccessRemoved(tally) = removed.ending else { panic!("{:?}", removed.ending) };
    assert_eq!((tally.taken_back, tally.left), (5, 0));
    assert_eq!(There::at(&site), before);
    assert_eq!(site.kept(Label::AuthentikToken).await, None);
    assert_eq!(site.kept(Label::ImmichApiKey).await, None);
    assert_eq!((site.provider(), site.oauth()), set_up, "what was set up stays");
    // And once more there is nothing.
    let again = Driver::of(start(removing(&site))).walk(operator(&site, "akadmin", 'n')).await;
    assert!(matches!(again.ending, Ending::AccessRemoved(ref tally) if tally.taken_back == 0));
}

#[tokio::test]
async fn account_that_somebody_else_uses_is_left_and_named() {
    let site = Site::without_access(HomelabOptions::default()).await;
    let walked = site.start().walk(operator(&site, "akadmin", 'n')).await;
    assert_eq!(walked.ending, Ending::LoginVerified);
    let client = admin(&site);
    let name = There::at(&site).ours()[0].clone();
    let account = client.account_named(&name).await.unwrap().unwrap();
    let owner = TokenOwner::Account { name: name.clone(), account: Some(account.pk) };
    let other = TokenPart { identifier: "their-script".into(), owner, life: TokenLife::Unlimited };
    client.make_token(&other, &AccessIds::default()).await.unwrap();
    delete_token(&site, &name).await;

    let (mut told, mut gone) = (String::new(), false);
    let operator = operator(&site, "akadmin", 'n');
    let removed = Driver::of(start(removing(&site)))
        .walk(|prompt, now| {
            gone |= matches!(
                &prompt.topic,
                Topic::Undo(UndoTopic::NothingToUndo { why: NothingToUndo::AccessGone { .. } })
            );
            told.push_str(&text::question(&prompt.topic));
            told.push_str(&prompt.refused.as_ref().map(ToString::to_string).unwrap_or_default());
            operator(prompt, now)
        })
        .await;
    let Ending::AccessRemoved(tally) = removed.ending else { panic!("{:?}", removed.ending) };
    assert_eq!(tally.left, 1, "{told}");
    assert!(
        told.contains(&said_with(
            "its API token `{}` was not made by this profile",
            &[&"their-script"]
        )),
        "{told}"
    );
    assert!(gone, "the token that somebody deleted is named: {told}");
    assert!(site.lab.authentik.usernames().contains(&name));
}

#[tokio::test]
async fn undo_removes_access_last_and_all_is_as_it_was() {
    let site = Site::without_access(HomelabOptions::default()).await;
    let before = There::at(&site);
    let walked = site.start().walk(operator(&site, "akadmin", 'n')).await;
    assert_eq!(walked.ending, Ending::LoginVerified);
    let operator = operator(&site, "akadmin", 'n');
    let undone = Driver::of(start(site.undoing())).walk(&operator).await;
    let Ending::TakenBack(tally) = undone.ending else { panic!("{:?}", undone.ending) };
    assert_eq!((tally.taken_back, tally.left), (9, 0));
    assert_eq!(There::at(&site), before);
    assert_eq!(site.lab.authentik.providers(), Vec::<serde_json::Value>::new());
    assert!(site.vault.list().await.unwrap().is_empty());
}

#[tokio::test]
async fn undo_that_leaves_access_does_not_say_that_all_is_as_it_was() {
    let site = Site::without_access(HomelabOptions::default()).await;
    let walked = site.start().walk(operator(&site, "akadmin", 'n')).await;
    assert_eq!(walked.ending, Ending::LoginVerified);
    let operator = operator(&site, "akadmin", 'n');
    let undone = Driver::of(start(site.undoing()))
        .walk(|prompt, now| match &prompt.kind {
            PromptKind::Decide { plan } if undoes_account(&prompt.topic) => Answer::Decide {
                plan: plan.digest.clone(),
                verdict: immich_sso::wizard::Verdict::Skip,
            },
            _ => operator(prompt, now),
        })
        .await;
    let Ending::TakenBack(tally) = undone.ending else { panic!("{:?}", undone.ending) };
    assert_eq!(tally.left, 1);
}

/// Whether it asks to undo that the service account was made.
fn undoes_account(topic: &Topic) -> bool {
    let Topic::Undo(UndoTopic::Effect { effect }) = topic else { return false };
    matches!(**effect, Effect::Access(AccessPart::MakeAccount { .. }))
}
