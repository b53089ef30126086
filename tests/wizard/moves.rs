//! Addresses that move: everything that holds them moves along, and what the old
//! ones left behind goes once a login came over the new one.

use immich_sso::{
    site::{FaultKind, System},
    wizard::{
        AccessTopic, Answer, Ending, LoginTopic, Prompt, PromptKind, RunTopic, Snapshot, Topic,
        Verdict, survey,
    },
};
use serde_json::{Value, json};
use testkit::said;
use testkit::said_with;

use crate::driver::{Site, Walked, confirm, in_words, pick};

/// An entry that somebody else made.
const FOREIGN: &str = "https://frame.example.com/callback";

async fn walk(
    site: &Site,
    mut answer: impl FnMut(&Prompt, &Snapshot) -> Option<Answer>,
) -> (Walked, String, usize) {
    let (mut told, mut offers) = (String::new(), 0);
    let walked = site
        .start()
        .walk(|prompt, now| {
            if matches!(prompt.topic, Topic::Run(RunTopic::StepsNeeded { .. })) {
                told = in_words(&prompt.help).join("\n");
            }
            offers += usize::from(matches!(
                prompt.topic,
                Topic::Login(LoginTopic::RemoveOldRedirectUris)
            ));
            answer(prompt, now).unwrap_or_else(|| confirm(prompt, now))
        })
        .await;
    (walked, told, offers)
}

fn uris(site: &Site) -> Vec<String> {
    let provider = site.provider();
    let entries = provider["redirect_uris"].as_array().unwrap().iter();
    entries.map(|entry| entry["url"].as_str().unwrap().to_owned()).collect()
}

/// A set-up site to whose provider somebody else added an entry, and whose Immich
/// has another address since.
async fn moved() -> (Site, String) {
    let mut site = Site::open().await;
    site.walk().await;
    assert!(site.lab.authentik.change_provider("immich-oauth-provider", |provider| {
        let entries = provider["redirect_uris"].as_array_mut().unwrap();
        entries.push(json!({
            "matching_mode": "strict", "url": FOREIGN, "redirect_uri_type": "authorization",
        }));
    }));
    let old = site.lab.immich.url();
    site.lab.immich.relocate(None).await.unwrap();
    site.profile.immich.url = site.lab.immich.url();
    assert_ne!(old, site.profile.immich.url);
    (site, old)
}

#[tokio::test]
async fn old_redirect_uris_stay_until_a_login_came_over_the_new_address() {
    let (site, old) = moved().await;
    // Without a login nothing is proven, and nothing is offered.
    let (walked, told, offers) = walk(&site, |prompt, _| {
        matches!(prompt.topic, Topic::Login(LoginTopic::LogIn { .. })).then(|| pick(prompt, 's'))
    })
    .await;
    assert!(told.contains(&said_with("Immich's address: {} last time", &[&old])), "{told}");
    assert_eq!((walked.ending, offers), (Ending::Finished, 0));
    let now = uris(&site);
    assert!(now.contains(&format!("{old}/auth/login")), "{now:?}");
    assert!(now.contains(&format!("{}/auth/login", site.lab.immich.url())), "{now:?}");
    assert_eq!(site.lab.authentik.applications()[0]["meta_launch_url"], site.lab.immich.url());

    // With one they are offered, and go; others' stay.
    let (walked, _, offers) = walk(&site, |prompt, now| {
        if matches!(prompt.topic, Topic::Login(LoginTopic::RemoveOldRedirectUris)) {
            let card = now.card().unwrap();
            assert!(
                in_words(&card.notes)[0].contains(&format!("{old}/auth/login")),
                "{:?}",
                card.notes
            );
            assert!(!in_words(&card.notes)[0].contains(FOREIGN), "{:?}", card.notes);
        }
        None
    })
    .await;
    assert_eq!((walked.ending, offers), (Ending::LoginVerified, 1));
    let left = uris(&site);
    assert!(!left.iter().any(|uri| uri.starts_with(&old)), "{left:?}");
    assert!(left.contains(&FOREIGN.to_owned()), "{left:?}");
    assert_eq!(left.len(), 4, "web, link, app and the other one: {left:?}");

    // Once they are gone nothing is offered any more.
    let before = site.mutations();
    let (walked, _, offers) = walk(&site, |_, _| None).await;
    assert_eq!((walked.ending, offers), (Ending::LoginVerified, 0));
    assert_eq!(site.mutations(), before);

    // And an undo brings them back.
    site.undo().await;
    assert!(uris(&site).contains(&format!("{old}/auth/login")));
}

#[tokio::test]
async fn who_wants_to_keep_old_redirect_uris_keeps_them() {
    let (site, old) = moved().await;
    let (walked, _, offers) = walk(&site, |prompt, _| match &prompt.kind {
        PromptKind::Decide { plan }
            if matches!(prompt.topic, Topic::Login(LoginTopic::RemoveOldRedirectUris)) =>
        {
            Some(Answer::Decide { plan: plan.digest.clone(), verdict: Verdict::Skip })
        }
        _ => None,
    })
    .await;
    assert_eq!((walked.ending, offers), (Ending::LoginVerified, 1));
    assert!(uris(&site).contains(&format!("{old}/auth/login")));
}

/// What was there before this program came is not its own to take off.
#[tokio::test]
async fn redirect_uris_that_were_there_before_are_never_offered() {
    let mut site = Site::open().await;
    site.walk().await;
    // Another workstation, with a journal of its own and the same secret store.
    site.folder = tempfile::tempdir().unwrap();
    let old = site.lab.immich.url();
    site.lab.immich.relocate(None).await.unwrap();
    site.profile.immich.url = site.lab.immich.url();
    // It did not set this site up, and asks whether what is there stays.
    let mut offered = 0;
    let (walked, _, offers) = walk(&site, |prompt, _| {
        assert!(!matches!(prompt.topic, Topic::Run(RunTopic::JournalCut)), "{prompt:?}");
        let is_offer = matches!(prompt.topic, Topic::Run(RunTopic::TakeOver { .. }));
        offered += usize::from(is_offer);
        is_offer.then(|| pick(prompt, 't'))
    })
    .await;
    assert_eq!((walked.ending, offers, offered), (Ending::LoginVerified, 0, 1));
    assert!(uris(&site).contains(&format!("{old}/auth/login")));
    // Nor later, when it has a journal that says what it did.
    let (walked, _, offers) = walk(&site, |_, _| None).await;
    assert_eq!((walked.ending, offers), (Ending::LoginVerified, 0));
    assert!(uris(&site).contains(&format!("{old}/auth/login")));
}

/// authentik has another address: its issuer moves, and Immich is told.
#[tokio::test]
async fn a_moved_authentik_takes_the_issuer_along() {
    let mut site = Site::open().await;
    site.walk().await;
    let (old, before) = (site.lab.authentik.url(), site.oauth());
    assert!(before["issuerUrl"].as_str().unwrap().starts_with(&old));
    site.lab.authentik.relocate(None).await.unwrap();
    let new = site.lab.authentik.url();
    site.profile.authentik.url.clone_from(&new);
    let (walked, told, offers) = walk(&site, |_, _| None).await;
    assert!(
        told.contains(&said_with("authentik's address: {} last time, {} now", &[&old, &new])),
        "{told}"
    );
    assert!(told.contains(&*said("Immich settings, issuer URL")), "{told}");
    assert_eq!((walked.ending, offers), (Ending::LoginVerified, 0));
    let expected = Value::from(format!("{new}/application/o/immich/"));
    assert_eq!(site.oauth()["issuerUrl"], expected);
    let rest = |mut oauth: Value| {
        oauth["issuerUrl"] = Value::Null;
        oauth
    };
    assert_eq!(rest(site.oauth()), rest(before), "nothing else was touched");
    let before = site.mutations();
    site.walk().await;
    assert_eq!(site.mutations(), before);
}

/// A profile of the same name may be another site's: what is kept was given for the
/// servers of the last run, and goes to no other unasked. Neither does it go to
/// another server that the profile names for the API alone.
#[tokio::test]
async fn what_is_kept_is_sent_to_no_other_server_unasked() {
    for api_alone in [false, true] {
        let mut site = Site::open().await;
        site.walk().await;
        let other = Site::open().await;
        let there = other.lab.authentik.url();
        if api_alone {
            site.profile.authentik.api_url = Some(there.clone());
        } else {
            site.profile.authentik.url.clone_from(&there);
        }
        other.lab.authentik.forget_requests();
        let fault = survey(site.setup()).await.unwrap_err();
        assert_eq!((fault.system, fault.kind), (System::Authentik, FaultKind::Refused));
        // Enter does not send it either.
        let mut driver = site.start();
        let elsewhere = |topic: &Topic| {
            matches!(topic, Topic::Access(AccessTopic::KeptElsewhere {
                system: System::Authentik,
                now,
                ..
            }) if now.trim_end_matches('/') == there)
        };
        let prompt = driver.asked_like(elsewhere).await;
        let PromptKind::Choice { options, default } = &prompt.kind else { panic!("{prompt:?}") };
        driver.answer(&prompt, Answer::Choice(options[*default].key));
        let how = |topic: &Topic| matches!(topic, Topic::Access(AccessTopic::HowToWork(_)));
        driver.asked_like(how).await;
        driver.quit().await;
        // Whose token it is would be asked first.
        let sent = other.lab.authentik.requests();
        assert!(!sent.is_empty());
        assert!(!sent.iter().any(|seen| seen.path.contains("/users/me/")), "{sent:?}");
    }
}
